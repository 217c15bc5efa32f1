package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// chunk is one CreateFlowLogs call.
type chunk struct {
	c       *client
	of      *newFlowLog // its settings
	indexes []int       // rows of the statement
	token   string
	request string // id of the reply

	resources []string // of the rows

	ids    map[int]string // made, by row
	extra  []string       // made, of rows that are not known
	failed []failure
	exists []int // rows that conflict
	err    *pgerr.Error
	dry    bool
	j      *intents
}

// failure is an item that a call could not do.
type failure struct{ id, code, message string }

// create makes the calls, several at a time. Once one fails no other starts.
func (t *flowLogs) create(ctx context.Context, req fdw.WriteRequest, chunks []*chunk, ignoreConflicts bool) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	stop := false
	slots := make(chan struct{}, 8)
	for _, k := range chunks {
		slots <- struct{}{}
		mu.Lock()
		ended := stop
		mu.Unlock()
		if ended || ctx.Err() != nil {
			<-slots
			continue
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			k.run(ctx, dryRun(req.Session), ignoreConflicts)
			if k.err != nil || len(k.failed) > 0 {
				mu.Lock()
				stop = true
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
}

// run makes a chunk's call, when it is its turn. Once sent its outcome has to be known,
// so the client's cancel does not end it; repeats carry the same token.
func (k *chunk) run(ctx context.Context, dry, ignoreConflicts bool) {
	tctx, err := k.c.inTurn(ctx, "CreateFlowLogs")
	if err != nil {
		k.err = pgerr.From(err)
		return
	}
	wctx, cancel := k.c.account.b.toItsEnd(tctx)
	defer cancel()
	var l lost
	wctx = context.WithValue(wctx, lostKey{}, &l)
	in := k.input(dry)
	if !dry {
		if err := k.j.create(k.c, in); err != nil {
			k.err = pgerr.From(err)
			return
		}
	}
	since := time.Now()
	out, err := k.c.ec2.CreateFlowLogs(wctx, in)
	var api smithy.APIError
	for err != nil && wctx.Err() == nil && l.answers && (!errors.As(err, &api) || verdictOf(api.ErrorCode(), httpStatus(err)) == madeUnknown) {
		// It may have happened. The same call again tells.
		if pause(wctx, min(time.Second, k.c.account.b.cfg.MaxBackoff)) != nil {
			break
		}
		out, err = k.c.ec2.CreateFlowLogs(wctx, in)
	}
	switch {
	case err == nil:
		k.read(in.ResourceIds, out)
		if !dry {
			k.reconcile(wctx, in, out.FlowLogIds, since, l.answers)
			k.j.made(k.token, k.made())
		}
	case errors.As(err, &api) && api.ErrorCode() == "DryRunOperation":
		k.dry = true
	case dry:
		k.err = k.c.error(wctx, err, "CreateFlowLogs")
	case errors.As(err, &api) && (!l.answers || verdictOf(api.ErrorCode(), httpStatus(err)) != madeUnknown):
		k.refused(wctx, in, since, err, l.answers, ignoreConflicts)
	case !l.maybe():
		k.err = k.c.error(wctx, err, "CreateFlowLogs")
		k.j.made(k.token, nil)
	default:
		k.unknown(k.c.error(wctx, err, "CreateFlowLogs"), in)
	}
}

// unknown ends a call of which nobody knows what it did.
func (k *chunk) unknown(e *pgerr.Error, in *ec2.CreateFlowLogsInput) {
	c := *e
	c.Code = pgerrcode.StatementCompletionUnknown
	c.Message = "it is not known whether flow logs were created: " + e.Message
	c.Hint = "Look for flow logs on " + strings.Join(in.ResourceIds, ", ") + "; see flowgres.in_doubt."
	k.err = &c
	k.j.doubt(k.c, k.token, in, nil, e.Message)
}

// refused deals with a call that failed as a whole. AWS then did nothing, but
// not every endpoint: what was made all the same is found, so that it can be
// taken back, or kept when only the conflicts were in the way.
//
// When a reply was lost, an attempt before may have made everything: then the
// flow logs that are in the way, or whose token is taken, are the call's own.
func (k *chunk) refused(ctx context.Context, in *ec2.CreateFlowLogsInput, since time.Time, err error, lost, ignoreConflicts bool) {
	var api smithy.APIError
	errors.As(err, &api)
	code, status := api.ErrorCode(), httpStatus(err)
	if code == "FlowLogAlreadyExists" && len(k.indexes) == 1 && !lost {
		k.exists = k.indexes
		k.j.made(k.token, nil)
		return
	}
	k.err = k.c.error(ctx, err, "CreateFlowLogs")
	v := verdictOf(code, status)
	if !lost && (v == madeNothing || v == madeUnknown && (status < 500 || isThrottled(err)) || v == madeSome && len(k.indexes) == 1) {
		k.j.made(k.token, nil)
		return
	}
	found, e := k.look(ctx, in, since, v == madeUnknown)
	if e != nil {
		cause := *k.err
		cause.Detail += "\n" + pgerr.From(e).Detail
		k.unknown(&cause, in)
		return
	}
	for i, r := range k.resources {
		if id := found[r]; id != "" {
			k.ids[k.indexes[i]] = id
		}
	}
	k.j.made(k.token, k.made())
	switch {
	case lost && len(k.ids) == len(k.indexes) && (code == "FlowLogAlreadyExists" || code == "IdempotentParameterMismatch"):
		k.err = nil
	case code == "FlowLogAlreadyExists" && len(k.indexes) == 1:
		k.err, k.exists = nil, k.indexes
	case code == "FlowLogAlreadyExists" && ignoreConflicts:
		k.oneByOne(ctx)
	}
}

// look finds what the call made, if it made anything. unsure tells that it may
// have, and that what it made need not be seen at once.
func (k *chunk) look(ctx context.Context, in *ec2.CreateFlowLogsInput, since time.Time, unsure bool) (map[string]string, error) {
	b := k.c.account.b
	for try := 0; ; try++ {
		found, err := b.findMade(ctx, k.c, in, since)
		if err != nil || !unsure || len(found) == len(in.ResourceIds) || try == 2 {
			return found, err
		}
		if err := pause(ctx, min(time.Second, b.cfg.MaxBackoff)); err != nil {
			return found, err
		}
	}
}

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// reconcile holds a reply against what was asked. Each resource is to have its
// id or its error, in the order of the call; where the numbers do not fit, the
// flow logs themselves tell whose they are. What is neither made nor refused
// fails. After a lost reply, flow logs that are said to be in the way are the
// call's own if they are as new as it.
func (k *chunk) reconcile(ctx context.Context, in *ec2.CreateFlowLogsInput, ids []string, since time.Time, lost bool) {
	t := k.c.account.b.flowLogs
	answered := len(k.ids) + len(k.exists) + len(k.failed)
	if len(ids) != len(k.ids) || answered < len(k.indexes) {
		clear(k.ids)
		found, err := t.readBack(ctx, k.c, ids)
		if err != nil {
			k.err = pgerr.From(err)
		}
		for _, id := range ids {
			resource, _ := found[id][colResourceID].(string) // nil: not found
			if i := slices.Index(k.resources, resource); i >= 0 && k.ids[k.indexes[i]] == "" {
				k.ids[k.indexes[i]] = id
			} else {
				k.extra = append(k.extra, id)
			}
		}
	}
	refused := map[string]bool{}
	for _, f := range k.failed {
		refused[f.id] = true
	}
	var open []int // rows of which nothing is known
	for i, row := range k.indexes {
		if k.ids[row] == "" && !refused[k.resources[i]] && (lost || !slices.Contains(k.exists, row)) {
			open = append(open, row)
		}
	}
	if len(open) == 0 {
		return
	}
	found, err := k.look(ctx, in, since, false)
	if err != nil {
		k.unknown(pgerr.From(err), in)
		return
	}
	for _, row := range open {
		r := k.resourceOf(row)
		switch id := found[r]; {
		case id != "" && !slices.Contains(k.extra, id):
			k.ids[row] = id
			k.exists = slices.DeleteFunc(k.exists, func(e int) bool { return e == row })
		case !slices.Contains(k.exists, row):
			k.failed = append(k.failed, failure{r, "NoResult", "the reply names neither a flow log nor an error for it"})
		}
	}
}

// made gives the ids of all that the call made.
func (k *chunk) made() []string {
	return append(slices.Sorted(maps.Values(k.ids)), k.extra...)
}

// oneByOne makes a call for each resource that has no flow log yet, where a
// call for all of them fails as a whole at the first conflict.
func (k *chunk) oneByOne(ctx context.Context) {
	k.err = nil
	for i, row := range k.indexes {
		if k.ids[row] != "" {
			continue
		}
		one := &chunk{
			c: k.c, of: k.of, indexes: []int{row}, token: fmt.Sprintf("%s-%d", k.token, i), resources: k.resources[i : i+1],
			ids: map[int]string{}, j: k.j,
		}
		one.run(ctx, false, true)
		maps.Copy(k.ids, one.ids)
		k.exists = append(k.exists, one.exists...)
		k.failed = append(k.failed, one.failed...)
		if one.err != nil {
			k.err = one.err
			return
		}
	}
}

// input is the call's.
func (k *chunk) input(dry bool) *ec2.CreateFlowLogsInput {
	n := k.of
	in := &ec2.CreateFlowLogsInput{
		ClientToken: aws.String(k.token), ResourceType: types.FlowLogsResourceType(n.typ), TrafficType: types.TrafficType(n.traffic),
		LogDestinationType: types.LogDestinationType(n.destType), LogDestination: optional(n.dest), LogGroupName: optional(n.group),
		LogFormat: optional(n.format), DeliverLogsPermissionArn: optional(n.permission), DeliverCrossAccountRole: optional(n.crossAccount),
	}
	if dry {
		in.DryRun = aws.Bool(true)
	}
	if n.interval != 0 {
		in.MaxAggregationInterval = aws.Int32(n.interval)
	}
	if o := n.options; o != nil {
		in.DestinationOptions = &types.DestinationOptionsRequest{
			FileFormat: types.DestinationFileFormat(o.fileFormat), HiveCompatiblePartitions: o.hive, PerHourPartition: o.perHour,
		}
	}
	for _, f := range n.fields {
		in.TagFieldSpecifications = append(in.TagFieldSpecifications, types.TagFieldSpecificationRequest{
			ResourceType: types.TaggableResourceType(f.resourceType), TagKeys: f.keys,
		})
	}
	if len(n.tags) > 0 {
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeVpcFlowLog, Tags: apiTags(n.tags)}}
	}
	in.ResourceIds = k.resources
	return in
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}

func apiTags(tags []tag) []types.Tag {
	out := make([]types.Tag, len(tags))
	for i, t := range tags {
		out[i] = types.Tag{Key: aws.String(t.key), Value: aws.String(t.value)}
	}
	return out
}

// read takes a reply apart: ids come in the order of the resources that did
// not fail.
func (k *chunk) read(resources []string, out *ec2.CreateFlowLogsOutput) {
	bad := map[string]bool{}
	for _, u := range out.Unsuccessful {
		f := failure{id: aws.ToString(u.ResourceId)}
		if u.Error != nil {
			f.code, f.message = aws.ToString(u.Error.Code), aws.ToString(u.Error.Message)
		}
		bad[f.id] = true
		if i := slices.Index(resources, f.id); i >= 0 && f.code == "FlowLogAlreadyExists" {
			if !slices.Contains(k.exists, k.indexes[i]) {
				k.exists = append(k.exists, k.indexes[i])
			}
			continue
		}
		k.failed = append(k.failed, f)
	}
	ids := out.FlowLogIds
	for i, r := range resources {
		if !bad[r] && len(ids) > 0 {
			k.ids[k.indexes[i]] = ids[0]
			ids = ids[1:]
		}
	}
	k.request, _ = awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
}

func (k *chunk) resourceOf(row int) string { return k.resources[slices.Index(k.indexes, row)] }
