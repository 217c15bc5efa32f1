package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
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
	was := make([]bool, len(rows))
	if tx, ok := req.Tx.(*tx); ok && tx != nil && tx.block {
		v := tx.view()
		for i, g := range targets {
			was[i] = !v.deleted[g.id]
		}
		tx.hold(targets)
		return was, nil
	}
	j, own := t.b.intentsOf(req)
	if own {
		defer func() { _ = j.end(true) }()
	}
	n, err := j.decide(targets, nil, false)
	if err != nil {
		return nil, err
	}
	gone, err := t.b.deleteNow(ctx, targets)
	j.did(n)
	if err != nil {
		return nil, err
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
		out[i] = target{a.client(region), id, resource}
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
// error says so.
func (b *Backend) deleteNow(ctx context.Context, targets []target) (gone map[string]bool, err error) {
	gone = map[string]bool{}
	order, ids := byClient(targets)
	var done []string
	for _, c := range order {
		for part := range slices.Chunk(ids[c], deleteChunk) {
			deleted, e := b.deletePart(ctx, c, part, gone)
			done = append(done, deleted...)
			b.recent.deleted(c, deleted)
			if e == nil {
				continue
			}
			if len(done) > 0 {
				e.Code = pgerrcode.StatementCompletionUnknown
				e.Detail = strings.TrimSpace(e.Detail + "\n" + fmt.Sprintf(`Deleted before the failure: {"flowLogIds": ["%s"]}`, strings.Join(done, `", "`)))
			}
			return gone, e
		}
	}
	return gone, nil
}

var flowLogID = regexp.MustCompile(`\bfl-[0-9a-f]+`)

// deletePart makes one call, and more where it fails as a whole for unknown
// ids: then what is still there is found out and tried again.
func (b *Backend) deletePart(ctx context.Context, c *client, ids []string, gone map[string]bool) (deleted []string, failed *pgerr.Error) {
	open := ids
	for try := 0; len(open) > 0; try++ {
		out, err := c.ec2.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: open})
		var api smithy.APIError
		switch {
		case err == nil:
			d, e := b.readDeletes(c, open, out, gone)
			return append(deleted, d...), e
		case errors.As(err, &api) && api.ErrorCode() == "InvalidFlowLogId.NotFound" && try < 3:
			named := flowLogID.FindAllString(api.ErrorMessage(), -1)
			if len(open) > 1 && len(named) >= len(open) {
				named = nil // moto names them all; a scan has just seen them
			}
			found := map[string]adt.Row{}
			for part := range slices.Chunk(open, maxFilterValues) {
				if err := b.flowLogs.lookUp(ctx, c, part, found); err != nil {
					return deleted, pgerr.From(err)
				}
			}
			var still []string
			for _, id := range open {
				switch {
				case slices.Contains(named, id):
					gone[id] = true
				case found[id] != nil:
					still = append(still, id)
				default:
					deleted = append(deleted, id)
				}
			}
			open = still
		default:
			return deleted, c.error(ctx, err, "DeleteFlowLogs")
		}
	}
	return deleted, nil
}

// readDeletes takes a reply apart.
func (b *Backend) readDeletes(c *client, ids []string, out *ec2.DeleteFlowLogsOutput, gone map[string]bool) (deleted []string, failed *pgerr.Error) {
	bad := map[string]bool{}
	var lines []string
	for _, u := range out.Unsuccessful {
		f := failure{id: aws.ToString(u.ResourceId)}
		if u.Error != nil {
			f.code, f.message = aws.ToString(u.Error.Code), strings.TrimSuffix(aws.ToString(u.Error.Message), ".")
		}
		bad[f.id] = true
		if f.code == "InvalidFlowLogId.NotFound" {
			gone[f.id] = true
			continue
		}
		request, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
		cl := call{"ec2", "DeleteFlowLogs", c.account.label(), c.region}
		lines = append(lines, fmt.Sprintf("%s: %s (%s) %s", f.id, f.message, f.code, cl.detail("", 0, request, 0)))
		if failed == nil {
			failed = pgerr.New(sqlState(f.code, 0), "DeleteFlowLogs failed for %s: %s", f.id, f.message)
			failed.Hint = hint(f.code, failed.Code, cl)
		}
	}
	for _, id := range ids {
		if !bad[id] {
			deleted = append(deleted, id)
		}
	}
	if failed != nil {
		failed.Detail = strings.Join(lines, "\n")
	}
	return deleted, failed
}

// undoCreates deletes what a write made, on a budget of its own; it gives what
// could not be deleted, which is then in doubt.
func (b *Backend) undoCreates(ctx context.Context, j *intents, made []createdLog) (left []createdLog) {
	if len(made) == 0 {
		return nil
	}
	uctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.cfg.WriteBudget)
	defer cancel()
	left, err := b.removeCreates(uctx, made)
	var gone []string
	for _, m := range made {
		if !slices.Contains(left, m) {
			gone = append(gone, m.id)
		}
	}
	j.undone(gone)
	for _, m := range left {
		j.doubt(m.c, "", nil, []string{m.id}, "it could not be deleted again: "+err.Message)
	}
	return left
}

// removeCreates deletes flow logs, the newest first; it gives what could not
// be deleted, and why.
func (b *Backend) removeCreates(ctx context.Context, made []createdLog) (left []createdLog, why *pgerr.Error) {
	per := map[*client][]createdLog{}
	var order []*client
	for _, m := range slices.Backward(made) {
		if per[m.c] == nil {
			order = append(order, m.c)
		}
		per[m.c] = append(per[m.c], m)
	}
	for _, c := range order {
		for part := range slices.Chunk(per[c], deleteChunk) {
			ids := make([]string, len(part))
			for i, m := range part {
				ids[i] = m.id
			}
			gone := map[string]bool{}
			deleted, err := b.deletePart(ctx, c, ids, gone)
			b.recent.deleted(c, deleted)
			if err == nil {
				continue
			}
			why = err
			for _, m := range part {
				if !slices.Contains(deleted, m.id) && !gone[m.id] {
					left = append(left, m)
				}
			}
		}
	}
	return left, why
}
