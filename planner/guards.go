package planner

import (
	"context"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// mayRun is asked before each run of a query, whatever statement it is part of
// (ExecutorStart): it refuses writes in read-only transactions, and those of all rows. A
// statement that writes in a WITH is named by what it is itself (ExecCheckXactReadOnly).
// p is the query's own portal, if it has one.
func (s *Session) mayRun(ctx context.Context, q *nodes.Query, p *portal) error {
	if err := s.checkWrites(q, verbs[q.Command]); err != nil {
		return err
	}
	if err := s.readBefore(ctx, q, p); err != nil {
		return err
	}
	if holdsBack(q) {
		s.tx.hold = true
	}
	return nil
}

var verbs = map[nodes.CmdType]string{
	nodes.CmdSelect: "SELECT", nodes.CmdInsert: "INSERT", nodes.CmdUpdate: "UPDATE", nodes.CmdDelete: "DELETE", nodes.CmdMerge: "MERGE",
}

func (s *Session) checkWrites(q *nodes.Query, statement string) error {
	for _, c := range q.CTEs {
		if c.Modifying {
			if err := s.checkWrites(c.Query, statement); err != nil {
				return err
			}
		}
	}
	if q.Command == nodes.CmdSelect {
		return nil
	}
	verb := verbs[q.Command]
	if err := s.mayChange(statement); err != nil {
		return err
	}
	if s.inBlock() && s.guc.Text("flowgres.transaction_writes") == "reject" {
		return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s cannot run inside a transaction block", verb).
			Detailf("The setting flowgres.transaction_writes is reject.").
			Hintf("Run it outside of a block, or SET flowgres.transaction_writes = compensate.")
	}
	if !s.guc.Bool("flowgres.safe_writes") {
		return nil
	}
	switch {
	case q.Where == nil && (q.Command == nodes.CmdUpdate || q.Command == nodes.CmdDelete):
		return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "%s without a WHERE clause is refused", verb).
			Hintf("To change every row, SET flowgres.safe_writes = off.")
	case q.Command == nodes.CmdMerge && mergesAll(q):
		return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "MERGE whose ON condition does not name a column of the target is refused").
			Hintf("To change every row, SET flowgres.safe_writes = off.")
	}
	return nil
}

// mayChange fails for a role that may only read, and in a read-only transaction
// (PreventCommandIfReadOnly). what is what it would do.
func (s *Session) mayChange(what string) error {
	if s.now.ReadOnly && !(s.role.ReadOnly && s.guc.Bool("transaction_read_only")) { // neither SET ROLE nor a reload changes the transaction's mode
		return pgerr.New(pgerrcode.InsufficientPrivilege, "role \"%s\" may only read", s.user())
	}
	if s.guc.Bool("transaction_read_only") {
		return readOnly(what)
	}
	return nil
}

// mergesAll tells of a MERGE that updates or deletes, unconditionally, whatever
// rows the target has.
func mergesAll(q *nodes.Query) bool {
	named := false
	nodes.WalkJoin(q.From[0], func(e nodes.Expr) {
		nodes.Walk(e, func(n nodes.Expr) bool {
			v, ok := n.(*nodes.Var)
			named = named || ok && v.RTE == q.ResultRelation && v.LevelsUp == 0
			return true
		})
	})
	for _, a := range q.MergeActions {
		if !named && a.Qual == nil && (a.Command == nodes.CmdUpdate || a.Command == nodes.CmdDelete) {
			return true
		}
	}
	return false
}

// holdsBack tells of a statement that can fail when part of it is done: it
// writes in several ways, or computes something of what it has written.
func holdsBack(q *nodes.Query) bool {
	writes := 0
	for _, c := range q.CTEs {
		if c.Modifying {
			writes++
		}
	}
	if q.Command == nodes.CmdSelect {
		return writes > 0
	}
	for _, t := range q.Returning {
		if _, plain := t.Expr.(*nodes.Var); !plain {
			return true
		}
	}
	return writes > 0 || len(q.Actions()) > 0
}
