package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// deleteChunk is the most ids in one DeleteFlowLogs call.
const deleteChunk = 1000

// target is a stored flow log that a write is about.
type target struct {
	c            *client
	id, resource string
	like         string // likeness of its settings; "" when they are not known
}

// likeness is of settings that AWS may take for the same, two flow logs of which one
// resource can't have. A log group goes by more than one name, so that it does not count.
func likeness(traffic, destType, dest string) string {
	switch destType {
	case "", "cloud-watch-logs":
		destType, dest = "cloud-watch-logs", ""
	}
	return traffic + " " + destType + " " + strings.TrimSuffix(dest, "/")
}

// Delete implements fdw.Deleter.
func (t *flowLogs) Delete(ctx context.Context, req fdw.WriteRequest, rows []adt.Row) ([]bool, error) {
	if err := checkCount(req, len(rows), "DELETE"); err != nil {
		return nil, err
	}
	if err := t.b.announce(req.Session, "DELETE", len(rows)); err != nil {
		return nil, err
	}
	ctx = withSession(ctx, req.Session)
	targets, err := t.targets(ctx, req.Session, rows)
	if err != nil {
		return nil, err
	}
	if dryRun(req.Session) {
		return make([]bool, len(rows)), t.dryDelete(ctx, req, targets)
	}
	if err := t.unchanged(ctx, req, targets, rows); err != nil {
		return nil, err
	}
	was := make([]bool, len(rows))
	if tx, ok := req.Tx.(*tx); ok && tx != nil && tx.block {
		v := tx.view()
		for i, g := range targets {
			was[i] = !v.deleted[g.id]
		}
		return was, tx.hold(targets)
	}
	j, own := t.b.intentsOf(req)
	if own {
		defer func() { _ = j.end(true) }()
	}
	tctx, err := t.b.firstTurn(ctx, nil, targets)
	if err != nil {
		return nil, err
	}
	n, err := j.decide(targets, nil, false)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		j.did(n)
		return nil, pgerr.From(context.Cause(ctx))
	}
	// Once sent its outcome has to be known, so the client's cancel does not end
	// it.
	wctx, cancel := t.b.toItsEnd(tctx)
	defer cancel()
	gone, err := t.b.deleteNow(wctx, j, targets)
	j.did(n)
	if err != nil {
		return nil, err
	}
	if req.Settled != nil {
		req.Settled()
	}
	for i, g := range targets {
		was[i] = !gone[g.id]
	}
	return was, nil
}

// targets reads whom rows are about.
func (t *flowLogs) targets(ctx context.Context, s *fdw.Session, rows []adt.Row) ([]target, error) {
	own, err := t.b.identityOf(s)
	if err != nil {
		return nil, err
	}
	out := make([]target, len(rows))
	for i, row := range rows {
		id, _ := row[colFlowLogID].(string)
		region, _ := row[colRegion].(string)
		acc, _ := row[colAccountID].(string)
		resource, _ := row[colResourceID].(string)
		if id == "" || region == "" || acc == "" {
			return nil, pgerr.Internal("flow log without id, region or account")
		}
		a, err := own.accountByID(ctx, acc)
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, pgerr.Internal("flow log of unknown account %q", acc)
		}
		traffic, _ := row[colTrafficType].(string)
		destType, _ := row[colLogDestinationType].(string)
		dest, _ := row[colLogDestination].(string)
		out[i] = target{a.client(region), id, resource, likeness(traffic, destType, dest)}
	}
	return out, nil
}

// byClient groups targets by account and region, in order, without repeats.
func byClient(targets []target) (order []*client, ids map[*client][]string) {
	ids = map[*client][]string{}
	for _, g := range targets {
		if ids[g.c] == nil {
			order = append(order, g.c)
		}
		if !slices.Contains(ids[g.c], g.id) {
			ids[g.c] = append(ids[g.c], g.id)
		}
	}
	return order, ids
}

// dryDelete asks whether the deletes would be allowed.
func (t *flowLogs) dryDelete(ctx context.Context, req fdw.WriteRequest, targets []target) error {
	order, ids := byClient(targets)
	for _, c := range order {
		for part := range slices.Chunk(ids[c], deleteChunk) {
			_, err := c.ec2.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: part, DryRun: aws.Bool(true)})
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != "DryRunOperation" {
				if err == nil {
					continue
				}
				return c.error(ctx, err, "DeleteFlowLogs")
			}
		}
	}
	if req.Session != nil && req.Session.Warn != nil && len(targets) > 0 {
		n := pgerr.New(pgerrcode.SuccessfulCompletion, "dry run: DeleteFlowLogs of %d flow logs would have succeeded", len(targets))
		n.Severity = "NOTICE"
		req.Session.Warn(n)
	}
	return nil
}

// deleteNow deletes, in as few calls as possible, and gives the ids that were
// gone already. What was deleted stays deleted when a later call fails; the
// error says so. Of what nobody knows whether it was deleted, j keeps a doubt.
func (b *Backend) deleteNow(ctx context.Context, j *intents, targets []target) (gone map[string]bool, err error) {
	gone = map[string]bool{}
	order, ids := byClient(targets)
	var done []string
	var lasting []target
	for _, c := range order {
		for part := range slices.Chunk(ids[c], deleteChunk) {
			deleted, e := b.deletePart(ctx, c, part, gone, false)
			done = append(done, deleted...)
			for _, id := range deleted {
				lasting = append(lasting, target{c: c, id: id, resource: resourceOf(targets, id)})
			}
			b.recent.deleted(c, append(goneOf(part, gone), deleted...))
			if e == nil {
				continue
			}
			if e.Code == pgerrcode.StatementCompletionUnknown && j != nil {
				j.doubtDecision(slices.DeleteFunc(slices.Clone(targets), func(g target) bool {
					return g.c != c || !slices.Contains(part, g.id) || slices.Contains(deleted, g.id) || gone[g.id]
				}), nil, e.Message)
			}
			if len(done) > 0 {
				e.Code = pgerrcode.StatementCompletionUnknown
				e.Detail = strings.TrimSpace(e.Detail + "\n" + fmt.Sprintf(`Deleted before the failure: {"flowLogIds": ["%s"]}`, strings.Join(done, `", "`)))
				if j != nil {
					j.partly(lasting, "it was deleted before another call of the same write failed: "+e.Message)
				}
			}
			return gone, e
		}
	}
	return gone, nil
}

// resourceOf gives what a flow log is on.
func resourceOf(targets []target, id string) string {
	if i := slices.IndexFunc(targets, func(g target) bool { return g.id == id }); i >= 0 {
		return targets[i].resource
	}
	return ""
}
