package ec2backend

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// heldCreates is an INSERT that waits for COMMIT (flowgres.transaction_writes =
// deferred): checked and laid out as calls, none made.
type heldCreates struct {
	t               *flowLogs
	req             fdw.WriteRequest
	chunks          []*chunk
	rows            []adt.Row
	news            []*newFlowLog
	ignoreConflicts bool
}

// deferred gives the transaction that holds an INSERT until COMMIT, nil when it
// is to run now.
func deferred(req fdw.WriteRequest) *tx {
	x, ok := req.Tx.(*tx)
	if !ok || x == nil || !x.block || dryRun(req.Session) || req.Session == nil || req.Session.Setting == nil ||
		req.Session.Setting("flowgres.transaction_writes") != "deferred" {
		return nil
	}
	return x
}

// holdCreates keeps an INSERT. What AWS would give the flow logs is not known,
// so nothing can be returned of them.
func (x *tx) holdCreates(t *flowLogs, req fdw.WriteRequest, chunks []*chunk, rows []adt.Row, news []*newFlowLog, ignoreConflicts bool) ([]adt.Row, error) {
	if !req.CountOnly {
		return nil, pgerr.Unsupported("INSERT with RETURNING is not supported while writes wait for COMMIT").
			Hintf("SET flowgres.transaction_writes = compensate, or leave RETURNING out.")
	}
	for _, k := range chunks {
		k.j = x.j
	}
	op := txOp{creates: &heldCreates{t, req, chunks, rows, news, ignoreConflicts}}
	for _, row := range rows {
		op.bytes += 2*heldStep + rowBytes(row)
	}
	if err := x.keep(op); err != nil {
		return nil, err
	}
	out := make([]adt.Row, len(rows))
	for _, k := range chunks {
		for _, i := range k.indexes {
			out[i] = rows[i]
		}
	}
	return out, nil
}

// run makes the calls; on error nothing of this INSERT is left, or the error
// lists what is.
func (h *heldCreates) run(ctx context.Context) ([]createdLog, error) {
	if len(h.chunks) == 0 {
		return nil, nil
	}
	req := h.req
	req.Tx = nil // the transaction is at its end: what was made is told to its caller
	h.t.create(ctx, req, h.chunks, h.ignoreConflicts)
	if err := h.t.settle(ctx, req, h.chunks, h.ignoreConflicts); err != nil {
		return nil, err
	}
	for _, k := range h.chunks {
		for _, i := range k.indexes {
			if id := k.ids[i]; id != "" {
				h.t.b.recent.await(k.c, id, h.t.synthesize(ctx, h.rows[i], h.news[i], id))
			}
		}
	}
	return madeBy(h.chunks), nil
}

// splitCreates takes apart what can be created before the transaction's deletes
// and what takes the place of something deleted.
func splitCreates(list []*heldCreates, deleted map[string]bool) (before, after []*heldCreates) {
	for _, h := range list {
		b, a := *h, *h
		b.chunks, a.chunks = nil, nil
		for _, k := range h.chunks {
			late := false
			for _, r := range k.resources {
				late = late || deleted[r]
			}
			if late {
				a.chunks = append(a.chunks, k)
			} else {
				b.chunks = append(b.chunks, k)
			}
		}
		if len(b.chunks) > 0 {
			before = append(before, &b)
		}
		if len(a.chunks) > 0 {
			after = append(after, &a)
		}
	}
	return before, after
}

// lateFailure is the error of a create that failed after the transaction's
// deletes were done.
func lateFailure(cause error, deletes []target) error {
	e := *pgerr.From(cause)
	ids := make([]string, len(deletes))
	for i, g := range deletes {
		ids[i] = g.id
	}
	e.Code = pgerrcode.StatementCompletionUnknown
	e.Detail = strings.TrimSpace(e.Detail + fmt.Sprintf("\nDeleted before the failure: {\"flowLogIds\": [\"%s\"]}", strings.Join(ids, `", "`)))
	return &e
}

// madeBy gives the flow logs that calls made.
func madeBy(chunks []*chunk) (made []createdLog) {
	for _, k := range chunks {
		for _, i := range k.indexes {
			if id := k.ids[i]; id != "" {
				made = append(made, createdLog{c: k.c, id: id, resource: k.resourceOf(i)})
			}
		}
		for _, id := range k.extra {
			made = append(made, createdLog{c: k.c, id: id})
		}
	}
	return made
}

// ownRows gives the flow logs with some ids that the transaction created after
// its snapshot was taken, as they are now.
func (x *tx) ownRows(ctx context.Context, c *client, ids []string) ([]adt.Row, error) {
	x.mu.Lock()
	var ask []string
	for _, id := range ids {
		if x.read[id] == nil {
			ask = append(ask, id)
		}
	}
	x.mu.Unlock()
	found := map[string]adt.Row{}
	for _, id := range ask {
		if row := x.b.recent.awaited(c, false)[id]; row != nil {
			found[id] = row
		}
	}
	if len(ask) > len(found) {
		if err := x.b.flowLogs.lookUp(ctx, c, ask, found); err != nil {
			return nil, err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.read == nil {
		x.read = map[string]adt.Row{}
	}
	var rows []adt.Row
	for _, id := range ids {
		if row := found[id]; row != nil {
			x.read[id] = row
		}
		if row := x.read[id]; row != nil {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
