package ec2backend

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Resources in one CreateFlowLogs call at most.
const (
	createChunk        = 300
	createTransitChunk = 25
)

// writeBudget is how long a write may go on that the client no longer waits
// for: a call whose outcome must be known, or an undo.
const writeBudget = 30 * time.Second

// chunk is one CreateFlowLogs call.
type chunk struct {
	c       *client
	of      *newFlowLog // its settings
	indexes []int       // rows of the statement
	token   string
	request string // id of the reply

	resources []string // of the rows

	ids    map[int]string // made, by row
	failed []failure
	exists []int // rows that conflict
	err    *pgerr.Error
	dry    bool
	j      *intents
}

// failure is an item that a call could not do.
type failure struct{ id, code, message string }

// Insert implements fdw.Inserter.
func (t *flowLogs) Insert(ctx context.Context, req fdw.WriteRequest, rows []adt.Row, given [][]bool, ignoreConflicts bool) ([]adt.Row, error) {
	if err := checkCount(req, len(rows), "INSERT"); err != nil {
		return nil, err
	}
	if err := t.b.announce(req.Session, "INSERT", len(rows)); err != nil {
		return nil, err
	}
	news := make([]*newFlowLog, len(rows))
	for i, row := range rows {
		var g []bool
		if i < len(given) {
			g = given[i]
		}
		n, err := t.readNew(row, g)
		if err != nil {
			return nil, err
		}
		news[i] = n
	}
	id, err := t.b.identityOf(req.Session)
	if err != nil {
		return nil, err
	}
	if err := t.place(ctx, id, news); err != nil {
		return nil, err
	}
	chunks, err := t.chunks(req, news, ignoreConflicts)
	if err != nil {
		return nil, err
	}
	ctx = withSession(ctx, req.Session)
	if x := deferred(req); x != nil {
		return x.holdCreates(t, req, chunks, rows, ignoreConflicts)
	}
	j, own := t.b.intentsOf(req)
	if own {
		defer func() { _ = j.end(true) }()
	}
	for _, k := range chunks {
		k.j = j
	}
	t.create(ctx, req, chunks, ignoreConflicts)
	if err := t.settle(ctx, req, chunks, ignoreConflicts); err != nil {
		return nil, err
	}
	return t.stored(ctx, req, chunks, rows, news)
}

// checkCount is flowgres.max_rows_per_write.
func checkCount(req fdw.WriteRequest, n int, what string) error {
	most, s := 100, req.Session
	if req.Rows > n {
		n, what = req.Rows, "write"
	}
	if s != nil && s.Setting != nil {
		if v, err := strconv.Atoi(s.Setting("flowgres.max_rows_per_write")); err == nil {
			most = v
		}
	}
	if most > 0 && n > most {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "%s of %d rows exceeds flowgres.max_rows_per_write (%d)", what, n, most).
			Hintf("If this is meant, run: SET flowgres.max_rows_per_write = %d", n)
	}
	return nil
}

func dryRun(s *fdw.Session) bool {
	return s != nil && s.Setting != nil && s.Setting("flowgres.dry_run") == "on"
}

// place finds each row's account and region.
func (t *flowLogs) place(ctx context.Context, id *identity, news []*newFlowLog) error {
	for _, n := range news {
		if err := t.placeAccount(ctx, id, n); err != nil {
			return err
		}
		names, fixed := t.b.fixedRegions()
		if n.region == "" {
			if !fixed || len(names) != 1 {
				return missing("region").Hintf("Several AWS regions are configured: give the column region.")
			}
			n.region = names[0]
		} else {
			names, err := n.account.regionNames(ctx)
			if err != nil {
				return err
			}
			if !slices.Contains(names, n.region) {
				return violation("region", "The region %q is not among those of the server.", n.region)
			}
		}
		if n.destType == "kinesis-data-firehose" {
			id, err := n.account.accountID(ctx)
			if err != nil {
				return err
			}
			if err := n.checkAccount(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *flowLogs) placeAccount(ctx context.Context, own *identity, n *newFlowLog) error {
	if n.accountID == "" {
		if len(own.accounts) != 1 {
			return missing("accountId").Hintf("Several AWS accounts are configured: give the column accountId.")
		}
		n.account = own.accounts[0]
		return nil
	}
	a, err := own.accountByID(ctx, n.accountID)
	if err != nil {
		return err
	}
	if a == nil {
		return violation("accountId", "The account %q is not among those of the server.", n.accountID)
	}
	n.account = a
	return nil
}

// accountByID gives the account with a number, nil when there is none.
func (own *identity) accountByID(ctx context.Context, id string) (*account, error) {
	for _, a := range own.accounts {
		if a.knownID() == id {
			return a, nil
		}
	}
	for _, a := range own.accounts {
		got, err := a.accountID(ctx)
		if err != nil {
			return nil, err
		}
		if got == id {
			return a, nil
		}
	}
	return nil, nil
}

// chunks groups the rows by equal settings into calls, in the rows' order.
func (t *flowLogs) chunks(req fdw.WriteRequest, news []*newFlowLog, ignoreConflicts bool) ([]*chunk, error) {
	var out []*chunk
	last := map[string]*chunk{}
	seen := map[string]bool{}
	statement := t.b.statements.Add(1)
	for i, n := range news {
		key := n.settings()
		if seen[key+n.resource] {
			if ignoreConflicts {
				continue
			}
			return nil, alreadyExists(n.resource)
		}
		seen[key+n.resource] = true
		most := createChunk
		if n.transit() {
			most = createTransitChunk
		}
		k := last[key]
		if k == nil || len(k.indexes) >= most {
			k = &chunk{c: n.account.client(n.region), of: n, ids: map[int]string{}}
			k.token = t.b.clientToken(req.Session, statement, len(out))
			last[key] = k
			out = append(out, k)
		}
		k.indexes = append(k.indexes, i)
		k.resources = append(k.resources, n.resource)
	}
	return out, nil
}

// clientToken makes the token that lets a call be repeated: the same for all
// attempts of a chunk, and no other's.
func (b *Backend) clientToken(s *fdw.Session, statement uint64, n int) string {
	h := sha256.New()
	var session uint64
	if s != nil {
		session = s.ID
	}
	fmt.Fprintf(h, "%x %d %d %d", b.nonce, session, statement, n)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)))
}

func alreadyExists(resource string) *pgerr.Error {
	e := pgerr.New(pgerrcode.UniqueViolation, `duplicate flow log on %s violates AWS's rule of different settings`, resource).
		Detailf("A flow log with the same configuration and destination exists on %s.", resource)
	e.Schema, e.Table = "ec2", "flow_logs"
	return e
}

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

// run makes a chunk's call. Once sent its outcome has to be known, so the
// client's cancel does not end it; repeats carry the same token.
func (k *chunk) run(ctx context.Context, dry, ignoreConflicts bool) {
	wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), k.c.account.b.cfg.WriteBudget)
	defer cancel()
	lost := false
	wctx = context.WithValue(wctx, lostKey{}, &lost)
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
	for err != nil && wctx.Err() == nil && lost && (!errors.As(err, &api) || verdictOf(api.ErrorCode(), httpStatus(err)) == madeUnknown) {
		// It may have happened. The same call again tells.
		select {
		case <-time.After(min(time.Second, k.c.account.b.cfg.MaxBackoff)):
		case <-wctx.Done():
			continue
		}
		out, err = k.c.ec2.CreateFlowLogs(wctx, in)
	}
	switch {
	case err == nil:
		k.read(in.ResourceIds, out)
		if !dry {
			k.j.made(k.token, slices.Collect(maps.Values(k.ids)))
		}
	case errors.As(err, &api) && api.ErrorCode() == "DryRunOperation":
		k.dry = true
	case dry:
		k.err = k.c.error(wctx, err, "CreateFlowLogs")
	case errors.As(err, &api) && (!lost || verdictOf(api.ErrorCode(), httpStatus(err)) != madeUnknown):
		k.refused(wctx, in, since, err, ignoreConflicts)
	default:
		k.unknown(k.c.error(context.WithoutCancel(ctx), err, "CreateFlowLogs"), in)
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
func (k *chunk) refused(ctx context.Context, in *ec2.CreateFlowLogsInput, since time.Time, err error, ignoreConflicts bool) {
	var api smithy.APIError
	errors.As(err, &api)
	code := api.ErrorCode()
	if code == "FlowLogAlreadyExists" && len(k.indexes) == 1 {
		k.exists = k.indexes
		k.j.made(k.token, nil)
		return
	}
	k.err = k.c.error(ctx, err, "CreateFlowLogs")
	v := verdictOf(code, httpStatus(err))
	if v == madeNothing || v == madeUnknown && httpStatus(err) < 500 || v == madeSome && len(k.indexes) == 1 {
		k.j.made(k.token, nil)
		return
	}
	found, e := k.c.account.b.findMade(ctx, k.c, in, since)
	if e != nil {
		k.unknown(pgerr.From(e), in)
		return
	}
	for i, r := range k.resources {
		if id := found[r]; id != "" {
			k.ids[k.indexes[i]] = id
		}
	}
	k.j.made(k.token, slices.Collect(maps.Values(k.ids)))
	if code == "FlowLogAlreadyExists" && ignoreConflicts {
		k.oneByOne(ctx)
	}
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
		if f.code == "FlowLogAlreadyExists" {
			if i := slices.Index(resources, f.id); i >= 0 {
				k.exists = append(k.exists, k.indexes[i])
				continue
			}
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

// settle looks at the outcome of all calls: either all is well, or what was
// made is taken back and the error names every item.
func (t *flowLogs) settle(ctx context.Context, req fdw.WriteRequest, chunks []*chunk, ignoreConflicts bool) error {
	var first *pgerr.Error
	var lines []string
	for _, k := range chunks {
		if k.err != nil {
			lines = append(lines, k.err.Detail)
			if first == nil || first.Code != pgerrcode.StatementCompletionUnknown && k.err.Code == pgerrcode.StatementCompletionUnknown {
				first = k.err
			}
		}
		if !ignoreConflicts {
			for _, i := range k.exists {
				e := alreadyExists(k.resourceOf(i))
				if t.deletedHere(req.Tx, k.resourceOf(i)) {
					e = pgerr.Unsupported("creating a flow log like one deleted in the same transaction is not supported").
						Hintf("The delete happens at COMMIT: commit first.")
				}
				lines = append(lines, e.Detail)
				if first == nil {
					first = e
				}
			}
		}
		for _, f := range k.failed {
			cl := call{"ec2", "CreateFlowLogs", k.c.account.label(), k.c.region}
			lines = append(lines, fmt.Sprintf("%s: %s (%s) %s", f.id, strings.TrimSuffix(f.message, "."), f.code, cl.detail("", 0, k.request, 0)))
			if first == nil {
				first = pgerr.New(sqlState(f.code, 0), "CreateFlowLogs failed for %s: %s", f.id, strings.TrimSuffix(f.message, "."))
				first.Hint = hint(f.code, first.Code, cl)
			}
		}
	}
	if first == nil && ctx.Err() != nil {
		first = pgerr.From(context.Cause(ctx))
	}
	made := madeBy(chunks)
	if first == nil {
		t.b.recent.made(made)
		if tx, ok := req.Tx.(*tx); ok && tx != nil {
			tx.created(made)
		}
		return nil
	}
	if len(lines) > 1 || first.Detail == "" && len(lines) > 0 {
		first.Detail = strings.Join(lines, "\n")
	}
	if len(made) > 0 {
		if left := t.b.undoCreates(ctx, chunks[0].j, made); left != nil {
			return leftBehind(first, left)
		}
	}
	return first
}

// createdLog is a flow log that a statement made.
type createdLog struct {
	c            *client
	id, resource string
}

// leftBehind is the error of an undo that did not succeed.
func leftBehind(cause *pgerr.Error, left []createdLog) *pgerr.Error {
	ids := make([]string, len(left))
	for i, l := range left {
		ids[i] = l.id
	}
	e := pgerr.New(pgerrcode.StatementCompletionUnknown, "%s; flow logs were created and could not be deleted again", cause.Message)
	e.Detail = fmt.Sprintf(`{"flowLogIds": ["%s"]}`, strings.Join(ids, `", "`))
	if cause.Detail != "" {
		e.Detail += "\n" + cause.Detail
	}
	e.Hint = fmt.Sprintf(`Run: DELETE FROM ec2.flow_logs WHERE "flowLogId" IN ('%s')`, strings.Join(ids, "', '"))
	return e
}

// stored gives the rows as they are stored now.
func (t *flowLogs) stored(ctx context.Context, req fdw.WriteRequest, chunks []*chunk, rows []adt.Row, news []*newFlowLog) ([]adt.Row, error) {
	out := make([]adt.Row, len(rows))
	tried := 0
	byClient := map[*client][]string{}
	where := map[string]int{}
	for _, k := range chunks {
		if k.dry {
			tried += len(k.indexes)
		}
		for _, i := range k.indexes {
			if id := k.ids[i]; id != "" {
				out[i] = t.synthesize(ctx, rows[i], news[i], id)
				byClient[k.c] = append(byClient[k.c], id)
				where[id] = i
			}
		}
	}
	if tried > 0 && req.Session != nil && req.Session.Warn != nil {
		n := pgerr.New(pgerrcode.SuccessfulCompletion, "dry run: CreateFlowLogs of %d flow logs would have succeeded", tried)
		n.Severity = "NOTICE"
		req.Session.Warn(n)
	}
	for c, ids := range byClient {
		found := map[string]adt.Row{}
		if !req.CountOnly {
			// What cannot be read now was made all the same: then what we know of
			// it has to do.
			found, _ = t.readBack(ctx, c, ids)
		}
		for _, id := range ids {
			if row := found[id]; row != nil {
				out[where[id]] = row
			} else {
				t.b.recent.await(c, id, out[where[id]])
			}
		}
	}
	byResource(out, news)
	return out, nil
}

// byResource puts rows back in the statement's order if ids did not come in
// it.
func byResource(rows []adt.Row, news []*newFlowLog) {
	for i, row := range rows {
		if row == nil || row[colResourceID] == news[i].resource {
			continue
		}
		for j := i + 1; j < len(rows); j++ {
			if rows[j] != nil && rows[j][colResourceID] == news[i].resource {
				rows[i], rows[j] = rows[j], rows[i]
				break
			}
		}
	}
}

// readBack describes flow logs by id, waiting a little for those that are not
// to be seen yet.
func (t *flowLogs) readBack(ctx context.Context, c *client, ids []string) (map[string]adt.Row, error) {
	found := map[string]adt.Row{}
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		var open []string
		for _, id := range ids {
			if found[id] == nil {
				open = append(open, id)
			}
		}
		for part := range slices.Chunk(open, maxFilterValues) {
			if err := t.lookUp(ctx, c, part, found); err != nil {
				return found, err
			}
		}
		if len(found) >= len(ids) || pause > time.Second {
			return found, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return found, ctx.Err()
		}
	}
}

// lookUp describes flow logs by id.
func (t *flowLogs) lookUp(ctx context.Context, c *client, ids []string, found map[string]adt.Row) error {
	d := &pageDecoder{in: newInterner(), region: c.region, account: func() (adt.Datum, error) { return c.account.accountID(ctx) }}
	for i := range d.need {
		d.need[i] = true
	}
	d.emit = func(rows []adt.Row) {
		for _, r := range rows {
			if id, ok := r[colFlowLogID].(string); ok {
				found[id] = r
			}
		}
	}
	in := &ec2.DescribeFlowLogsInput{Filter: []types.Filter{{Name: aws.String("flow-log-id"), Values: ids}}, MaxResults: aws.Int32(maxPageSize)}
	for {
		d.begin()
		if err := c.describe(ctx, in, d); err != nil {
			return c.error(ctx, err, "DescribeFlowLogs")
		}
		if d.next == "" || in.NextToken != nil && *in.NextToken == d.next {
			return nil
		}
		in.NextToken = aws.String(d.next)
	}
}

// synthesize makes the row of a flow log that cannot be read yet of what is
// known about it.
func (t *flowLogs) synthesize(ctx context.Context, given adt.Row, n *newFlowLog, id string) adt.Row {
	m := newJSONMaker()
	row := slices.Clone(given)
	row[colFlowLogID] = id
	row[colFlowLogStatus] = "ACTIVE"
	row[colCreationTime] = timestampOf(time.Now().Truncate(time.Millisecond))
	row[colResourceType] = typeDatum(n.resource)
	row[colRegion] = n.region
	if row[colLogDestinationType] == nil {
		row[colLogDestinationType] = "cloud-watch-logs"
	}
	if row[colMaxAggregationInterval] == nil {
		row[colMaxAggregationInterval] = int32(600)
		if n.interval != 0 {
			row[colMaxAggregationInterval] = n.interval
		}
	}
	row[colTagSet], row[colTags] = m.tagSet(n.tags), m.tags(n.tags)
	if id, err := n.account.accountID(ctx); err == nil {
		row[colAccountID] = id
	}
	return row
}
