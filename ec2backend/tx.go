package ec2backend

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// tx is the backend's part of a transaction. In a block creates happen at once
// and are undone at rollback (or, with flowgres.transaction_writes = deferred,
// are held); deletes and tag changes, which could not be undone truly, are held
// until commit and hidden from the transaction's own reads by its view.
type tx struct {
	b       *Backend
	session *fdw.Session
	block   bool
	j       *intents

	mu     sync.Mutex
	ops    []txOp
	undone map[string]bool // created, and deleted again by a rollback to a savepoint
	now    *txView
	read   map[string]adt.Row // created flow logs that the snapshot lacks, as they are
}

// txOp is one step, in the order of the statements.
type txOp struct {
	made    []createdLog // created
	creates *heldCreates // held
	deletes []target     // held
	tags    []tagChange  // held, or done when not in a block
	bytes   int64        // of what is held
}

// txView is what the held steps make of rows; it is not changed.
type txView struct {
	deleted map[string]bool
	likes   map[string]bool // resource and likeness of the deleted
	tags    map[string][]tag
	made    map[*client][]string // created, by region
}

var emptyView = &txView{}

// TxKey implements fdw.TxManager.
func (t *flowLogs) TxKey() any { return t.b }

// Begin implements fdw.TxManager.
func (t *flowLogs) Begin(s *fdw.Session, block bool) fdw.Tx {
	return &tx{b: t.b, session: s, block: block, j: t.b.journal.begin(s), now: emptyView}
}

// intentsOf gives where a write is noted: with its transaction, or on its own.
func (b *Backend) intentsOf(req fdw.WriteRequest) (j *intents, own bool) {
	if x, ok := req.Tx.(*tx); ok && x != nil {
		return x.j, false
	}
	return b.journal.begin(req.Session), true
}

func (x *tx) view() *txView {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now
}

func (x *tx) push(op txOp) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ops = append(x.ops, op)
	x.rebuild()
}

// rebuild makes the view of the steps.
func (x *tx) rebuild() {
	v := &txView{deleted: maps.Clone(x.undone), likes: map[string]bool{}, tags: map[string][]tag{}, made: map[*client][]string{}}
	if v.deleted == nil {
		v.deleted = map[string]bool{}
	}
	for _, op := range x.ops {
		for _, m := range op.made {
			v.made[m.c] = append(v.made[m.c], m.id)
		}
		for _, g := range op.deletes {
			v.deleted[g.id] = true
			v.likes[g.resource+" "+g.like] = true
		}
		for _, g := range op.tags {
			v.tags[g.id] = g.new
		}
	}
	x.now = v
}

func (x *tx) created(made []createdLog) { x.push(txOp{made: made}) }
func (x *tx) tagged(c []tagChange)      { x.push(txOp{tags: c}) }

// heldStep is what a step takes beside its texts, roughly.
const heldStep = 512

func (x *tx) hold(t []target) error {
	op := txOp{deletes: t}
	for _, g := range t {
		op.bytes += heldStep + int64(len(g.id)+len(g.resource)+len(g.like))
	}
	return x.keep(op)
}

func (x *tx) holdTags(c []tagChange) error {
	op := txOp{tags: c}
	for _, g := range c {
		op.bytes += heldStep + rowBytes(g.row)
		for _, t := range g.new {
			op.bytes += int64(len(t.key) + len(t.value))
		}
	}
	return x.keep(op)
}

// keep holds a step until COMMIT, if flowgres.query_mem has room for all that is held.
func (x *tx) keep(op txOp) error {
	if x.session != nil && x.session.Setting != nil {
		x.mu.Lock()
		held := op.bytes
		for _, o := range x.ops {
			held += o.bytes
		}
		x.mu.Unlock()
		if most := byteSetting(x.session.Setting("flowgres.query_mem")); most > 0 && held > most {
			return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
				Detailf("What the transaction holds until COMMIT needs more than the %d kB that flowgres.query_mem allows.", most>>10).
				Hintf("COMMIT in smaller parts, or raise flowgres.query_mem.")
		}
	}
	x.push(op)
	return nil
}

// rowBytes is what a row takes, roughly.
func rowBytes(row adt.Row) int64 {
	n := int64(24 * len(row))
	for _, d := range row {
		switch d := d.(type) {
		case string:
			n += int64(len(d))
		case *adt.JSONB:
			n += 256
		}
	}
	return n
}

// deletedHere tells whether a transaction holds a delete of a flow log on a resource
// that is like a new one.
func (t *flowLogs) deletedHere(x fdw.Tx, resource string, n *newFlowLog) bool {
	mine, ok := x.(*tx)
	return ok && mine != nil && mine.view().likes[resource+" "+likeness(n.traffic, n.destType, n.dest)]
}

// Mark implements fdw.Tx.
func (x *tx) Mark() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.ops)
}

// RollbackTo implements fdw.Tx.
func (x *tx) RollbackTo(ctx context.Context, mark int) error {
	x.mu.Lock()
	ops := slices.Clone(x.ops[min(mark, len(x.ops)):])
	x.ops = x.ops[:min(mark, len(x.ops))]
	for _, op := range ops {
		for _, m := range op.made {
			if x.undone == nil {
				x.undone = map[string]bool{}
			}
			x.undone[m.id] = true
		}
	}
	x.rebuild()
	x.mu.Unlock()
	return x.undo(ctx, ops)
}

// undo takes steps back: what was created is deleted, tags that were changed
// are changed back. What is only held needs nothing.
func (x *tx) undo(ctx context.Context, ops []txOp) error {
	ctx = withSession(ctx, x.session)
	var made []createdLog
	var tags []tagChange
	for _, op := range ops {
		made = append(made, op.made...)
		if !x.block {
			tags = append(tags, op.tags...)
		}
	}
	var out *pgerr.Error
	if left := x.b.undoCreates(ctx, x.j, made); left != nil {
		out = leftBehind(pgerr.New(pgerrcode.StatementCompletionUnknown, "the rollback is incomplete"), left)
	}
	if len(tags) > 0 {
		cause := pgerr.New(pgerrcode.StatementCompletionUnknown, "the rollback is incomplete")
		if e := pgerr.From(x.b.undoTags(ctx, x.j, tags, cause)); e.Message != cause.Message && out == nil {
			out = e
		}
	}
	if out != nil {
		return out
	}
	return nil
}

// Rollback implements fdw.Tx.
func (x *tx) Rollback(ctx context.Context) error {
	err := x.RollbackTo(ctx, 0)
	_ = x.j.end(false) // what is left is in doubt, apart from it
	return err
}

// Commit implements fdw.Tx: tag changes, then the deletes, which nothing brings
// back. When a step fails, what can be undone is.
func (x *tx) Commit(ctx context.Context) error {
	x.mu.Lock()
	ops := x.ops
	x.ops = nil
	x.now = emptyView
	x.mu.Unlock()
	if !x.block {
		return x.ended(ctx, ops)
	}
	var deletes []target
	var made []createdLog
	var creates []*heldCreates
	gone, resources := map[string]bool{}, map[string]bool{}
	for _, op := range ops {
		deletes = append(deletes, op.deletes...)
		made = append(made, op.made...)
		for _, g := range op.deletes {
			gone[g.id], resources[g.resource] = true, true
		}
		if op.creates != nil {
			creates = append(creates, op.creates)
		}
	}
	before, after := splitCreates(creates, resources)
	for _, h := range before {
		got, err := h.run(withSession(ctx, x.session))
		made = append(made, got...)
		if err != nil {
			return x.failed(ctx, err, made, deletes)
		}
	}
	changes := finalTags(ops, gone)
	if len(changes) == 0 && len(deletes) == 0 {
		return x.ended(ctx, append(ops, txOp{made: made}))
	}
	tctx, err := x.b.firstTurn(withSession(ctx, x.session), changes, deletes)
	if err != nil {
		return x.failed(ctx, err, made, deletes)
	}
	n, err := x.j.decide(deletes, changes, len(after) == 0)
	if err != nil {
		return x.failed(ctx, err, made, deletes)
	}
	wctx, cancel := x.b.toItsEnd(tctx)
	defer cancel()
	defer func() {
		x.j.did(n)
		_ = x.j.end(true) // were it lost, the deletes would be found done
	}()
	_, done, err := x.b.changeTags(wctx, changes)
	if err != nil {
		x.j.failed(n)
		return x.failed(ctx, x.b.undoTags(ctx, x.j, done, err), made, nil)
	}
	if _, err := x.b.deleteNow(wctx, x.j, deletes); err != nil {
		x.j.failed(n)
		return x.failed(ctx, x.b.undoTags(ctx, x.j, done, err), made, deletes)
	}
	for _, h := range after {
		got, err := h.run(wctx)
		made = append(made, got...)
		if err != nil {
			return x.failed(ctx, lateFailure(x.b.undoTags(ctx, x.j, done, err), deletes), made, nil)
		}
	}
	return nil
}

// ended notes a commit that has nothing more to do. Were that not on disk,
// another process would undo it.
func (x *tx) ended(ctx context.Context, ops []txOp) error {
	err := x.j.end(true)
	if err == nil {
		return nil
	}
	if e := x.undo(ctx, ops); e != nil {
		return e
	}
	return err
}

// finalTags joins the changes of each flow log, leaving out those that are
// deleted in the end.
func finalTags(ops []txOp, gone map[string]bool) []tagChange {
	var out []tagChange
	for _, op := range ops {
		for _, g := range op.tags {
			if gone[g.id] {
				continue
			}
			i := slices.IndexFunc(out, func(o tagChange) bool { return o.id == g.id })
			if i < 0 {
				out = append(out, g)
			} else {
				out[i].new = g.new
			}
		}
	}
	return slices.DeleteFunc(out, func(g tagChange) bool { return slices.Equal(g.old, g.new) })
}

// failed ends a commit that did not succeed: creates are undone, and the error
// tells what was done and what not.
func (x *tx) failed(ctx context.Context, cause error, made []createdLog, deletes []target) error {
	e := pgerr.From(cause)
	c := *e
	c.Message = "could not commit: " + e.Message
	if left := x.b.undoCreates(ctx, x.j, made); left != nil {
		return leftBehind(&c, left)
	}
	if len(made) > 0 {
		ids := make([]string, len(made))
		for i, m := range made {
			ids[i] = m.id
		}
		c.Detail = strings.TrimSpace(c.Detail + "\n" + fmt.Sprintf("The flow logs that the transaction created were deleted again: %s.", strings.Join(ids, ", ")))
	}
	if len(deletes) > 0 && !strings.Contains(c.Detail, "Deleted before the failure") {
		c.Detail = strings.TrimSpace(c.Detail + "\nNone of the transaction's deletes was done.")
	}
	return &c
}
