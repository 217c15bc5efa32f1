package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// tagChange gives a flow log other tags.
type tagChange struct {
	target
	old, new []tag   // sorted by key
	row      adt.Row // as it was read; nil: it was not
}

// CheckUpdate implements fdw.Updater: tags are all that AWS lets change.
func (t *flowLogs) CheckUpdate(columns []int) error {
	for _, c := range columns {
		if c != colTagSet && c != colTags {
			return pgerr.Unsupported(`updating column "%s" of "flow_logs" is not supported`, t.columns[c].Name).
				Detailf("AWS cannot change a flow log after its creation; only tags and tagSet can be updated.").
				Hintf("Create a new flow log and delete the old one.")
		}
	}
	return nil
}

// Update implements fdw.Updater.
func (t *flowLogs) Update(ctx context.Context, req fdw.WriteRequest, olds, news []adt.Row) ([]adt.Row, error) {
	if err := checkCount(req, len(olds), "UPDATE"); err != nil {
		return nil, err
	}
	if err := t.b.announce(req.Session, "UPDATE", len(olds)); err != nil {
		return nil, err
	}
	ctx = withSession(ctx, req.Session)
	targets, err := t.targets(ctx, req.Session, olds)
	if err != nil {
		return nil, err
	}
	out := make([]adt.Row, len(olds))
	var changes []tagChange
	var changed []target
	var was []adt.Row
	m := &jsonMaker{}
	for i := range olds {
		old, err := readTags(olds[i][colTagSet], olds[i][colTags])
		if err != nil {
			return nil, err
		}
		now, err := newTags(news[i], old)
		if err != nil {
			return nil, err
		}
		out[i] = slices.Clone(news[i])
		out[i][colTagSet], out[i][colTags] = m.tagColumns(now)
		if !slices.Equal(old, now) {
			changes = append(changes, tagChange{targets[i], old, now, olds[i]})
			changed, was = append(changed, targets[i]), append(was, olds[i])
		}
	}
	if err := t.unchanged(ctx, req, changed, was); err != nil {
		return nil, err
	}
	switch tx, ok := req.Tx.(*tx); {
	case dryRun(req.Session):
		return make([]adt.Row, len(olds)), t.b.dryTags(ctx, req, changes)
	case ok && tx != nil && tx.block:
		return out, tx.holdTags(changes)
	default:
		j, own := t.b.intentsOf(req)
		if own {
			defer func() { _ = j.end(true) }()
		}
		tctx, err := t.b.firstTurn(ctx, changes, nil)
		if err != nil {
			return nil, err
		}
		n, err := j.decide(nil, changes, false)
		if err != nil {
			return nil, err
		}
		defer j.did(n)
		if ctx.Err() != nil {
			return nil, pgerr.From(context.Cause(ctx))
		}
		// A call that is sent has to end, or it might come after its undoing.
		wctx, cancel := t.b.toItsEnd(tctx)
		defer cancel()
		gone, done, err := t.b.changeTags(wctx, changes)
		if err != nil {
			return nil, t.b.undoTags(ctx, j, done, err)
		}
		if ok && tx != nil {
			tx.tagged(done)
		}
		for i, g := range targets {
			if gone[g.id] {
				out[i] = nil
			}
		}
		return out, nil
	}
}

// unchanged refuses, in a REPEATABLE READ or SERIALIZABLE transaction block, to
// write to flow logs that others have changed since the transaction's snapshot:
// what is written, and whether at all, was decided on what is no longer there
// (heapam's TM_Updated and TM_Deleted).
func (t *flowLogs) unchanged(ctx context.Context, req fdw.WriteRequest, targets []target, olds []adt.Row) error {
	x, ok := req.Tx.(*tx)
	if req.Session == nil || req.Session.Snapshot == nil || !ok || x == nil || !x.block {
		return nil
	}
	view := x.view()
	own := func(g target) bool {
		_, tagged := view.tags[g.id]
		return tagged || view.deleted[g.id] || slices.Contains(view.made[g.c], g.id)
	}
	ask := map[*client][]string{}
	for _, g := range targets {
		if !own(g) {
			ask[g.c] = append(ask[g.c], g.id)
		}
	}
	found := map[string]adt.Row{}
	for c, ids := range ask {
		for part := range slices.Chunk(ids, maxFilterValues) {
			if err := t.lookUp(ctx, c, part, found); err != nil {
				return err
			}
		}
		for id, row := range t.b.recent.awaited(c, false) {
			if found[id] == nil {
				found[id] = row
			}
		}
		for id := range t.b.recent.deletedIDs() {
			delete(found, id)
		}
	}
	for i, g := range targets {
		switch {
		case own(g):
		case found[g.id] == nil:
			return pgerr.New(pgerrcode.SerializationFailure, "could not serialize access due to concurrent delete")
		case changedSince(olds[i], found[g.id]):
			return pgerr.New(pgerrcode.SerializationFailure, "could not serialize access due to concurrent update")
		}
	}
	return nil
}

// newTags reads what tags an UPDATE wants: of the two columns the one that it
// changed.
func newTags(row adt.Row, was []tag) ([]tag, error) {
	set, err := readTagSet(row[colTagSet])
	if err != nil {
		return nil, err
	}
	object, err := readTagObject(row[colTags])
	if err != nil {
		return nil, err
	}
	setChanged, objectChanged := !slices.Equal(set, was), !slices.Equal(object, was)
	now := object
	switch {
	case setChanged && objectChanged && !slices.Equal(set, object):
		return nil, violation("tags", "tags and tagSet are two forms of the same, but are set to different values.")
	case setChanged:
		now = set
	}
	if err := checkTags(now); err != nil {
		return nil, err
	}
	for _, t := range append(slices.Clone(was), now...) {
		if reservedTag(t.key) && slices.Contains(was, t) != slices.Contains(now, t) {
			return nil, violation("tags", "The tag %q is AWS's own and cannot be changed.", t.key)
		}
	}
	return now, nil
}

// tagCall is one CreateTags or DeleteTags call for flow logs of one region.
type tagCall struct {
	c       *client
	remove  bool
	tags    []tag
	changes []tagChange
}

// tagCalls lays out the differences as calls: equal ones together, removals
// first, so that the number of tags stays within AWS's limit.
func tagCalls(changes []tagChange) []*tagCall {
	var removes, sets []*tagCall
	by := map[string]*tagCall{}
	add := func(list *[]*tagCall, g tagChange, remove bool, tags []tag) {
		if len(tags) == 0 {
			return
		}
		key := fmt.Sprintf("%p %v %q", g.c, remove, tags)
		k := by[key]
		if k == nil || len(k.changes) == deleteChunk {
			k = &tagCall{c: g.c, remove: remove, tags: tags}
			by[key] = k
			*list = append(*list, k)
		}
		k.changes = append(k.changes, g)
	}
	for _, g := range changes {
		var gone, put []tag
		for _, o := range g.old {
			if !slices.ContainsFunc(g.new, func(n tag) bool { return n.key == o.key }) {
				gone = append(gone, tag{key: o.key})
			}
		}
		for _, n := range g.new {
			if !slices.Contains(g.old, n) {
				put = append(put, n)
			}
		}
		add(&removes, g, true, gone)
		add(&sets, g, false, put)
	}
	return append(removes, sets...)
}

func (k *tagCall) action() string {
	if k.remove {
		return "DeleteTags"
	}
	return "CreateTags"
}

// send makes the call.
func (k *tagCall) send(ctx context.Context, ids []string, dry bool) error {
	var flag *bool
	if dry {
		flag = aws.Bool(true)
	}
	var err error
	if k.remove {
		in := &ec2.DeleteTagsInput{Resources: ids, DryRun: flag}
		for _, t := range k.tags {
			in.Tags = append(in.Tags, types.Tag{Key: aws.String(t.key)}) // no value: whatever it is
		}
		_, err = k.c.ec2.DeleteTags(ctx, in)
	} else {
		_, err = k.c.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, Tags: apiTags(k.tags), DryRun: flag})
	}
	return err
}

func (k *tagCall) ids(gone map[string]bool) []string {
	var out []string
	for _, g := range k.changes {
		if !gone[g.id] {
			out = append(out, g.id)
		}
	}
	return out
}

// changeTags makes the calls. It gives the flow logs that were gone, and the
// changes that were begun, for undoing.
func (b *Backend) changeTags(ctx context.Context, changes []tagChange) (gone map[string]bool, done []tagChange, err error) {
	gone = map[string]bool{}
	for _, k := range tagCalls(changes) {
		var l lost
		ctx := context.WithValue(ctx, lostKey{}, &l)
		for try := 0; ; try++ {
			ids := k.ids(gone)
			if len(ids) == 0 {
				break
			}
			err := k.send(ctx, ids, false)
			if err == nil {
				done = append(done, k.changes...)
				break
			}
			var api smithy.APIError
			known := errors.As(err, &api)
			if known && isUnknownID(api.ErrorCode()) && try < tryAgain {
				found := map[string]adt.Row{}
				for part := range slices.Chunk(ids, maxFilterValues) {
					if err := b.flowLogs.lookUp(ctx, k.c, part, found); err != nil {
						return gone, done, err
					}
				}
				for _, id := range ids {
					if found[id] == nil {
						gone[id] = true
					}
				}
				if len(found) < len(ids) || pause(ctx, min(time.Duration(try+1)*100*time.Millisecond, b.cfg.MaxBackoff)) == nil {
					continue // without them, or when those that are there are seen everywhere
				}
			}
			if l.maybe() { // it may have happened
				done = append(done, k.changes...)
			}
			return gone, done, k.c.error(ctx, err, k.action())
		}
	}
	b.recent.retagged(changes, gone)
	return gone, done, nil
}

// isUnknownID tells the code of an error about a resource that is not there, or
// not yet. Tagging calls name no kind of resource, and some endpoints find the
// id itself at fault.
func isUnknownID(code string) bool {
	return strings.HasSuffix(code, ".NotFound") || code == "InvalidID"
}

// undoTags gives flow logs their old tags back after a failure, and gives the
// error to report. What could not be changed back is in doubt.
func (b *Backend) undoTags(ctx context.Context, j *intents, done []tagChange, cause error) error {
	e := pgerr.From(cause)
	if len(done) == 0 {
		return e
	}
	uctx, cancel := b.toItsEnd(ctx)
	defer cancel()
	back := make([]tagChange, 0, len(done))
	seen := map[string]bool{}
	for _, g := range slices.Backward(done) {
		if !seen[g.id] {
			seen[g.id] = true
			back = append(back, tagChange{g.target, g.new, g.old, g.row})
		}
	}
	if _, _, err := b.changeTags(uctx, back); err != nil {
		var ids []string
		for _, g := range back {
			ids = append(ids, g.id)
		}
		j.doubtDecision(nil, back, "its tags could not be changed back: "+pgerr.From(err).Message)
		c := *e
		c.Code = pgerrcode.StatementCompletionUnknown
		c.Message += "; tags were changed and could not be changed back"
		c.Detail = fmt.Sprintf(`{"flowLogIds": ["%s"]}`, strings.Join(ids, `", "`)) + "\n" + e.Detail
		return &c
	}
	return e
}

// dryTags asks whether the changes would be allowed.
func (b *Backend) dryTags(ctx context.Context, req fdw.WriteRequest, changes []tagChange) error {
	for _, k := range tagCalls(changes) {
		err := k.send(ctx, k.ids(nil), true)
		var api smithy.APIError
		if err != nil && (!errors.As(err, &api) || api.ErrorCode() != "DryRunOperation") {
			return k.c.error(ctx, err, k.action())
		}
	}
	if req.Session != nil && req.Session.Warn != nil && len(changes) > 0 {
		n := pgerr.New(pgerrcode.SuccessfulCompletion, "dry run: changing the tags of %d flow logs would have succeeded", len(changes))
		n.Severity = "NOTICE"
		req.Session.Warn(n)
	}
	return nil
}
