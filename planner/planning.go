package planner

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/plan"
)

// plan plans a query for the values of its parameters.
func (s *Session) plan(q *nodes.Query, params []adt.Datum) (*plan.Plan, error) {
	return s.planFor(q, params, false)
}

// planFor plans a query, for a cursor or not.
func (s *Session) planFor(q *nodes.Query, params []adt.Datum, cursor bool) (*plan.Plan, error) {
	if err := s.mayRead(q); err != nil {
		return nil, err
	}
	if params == nil {
		params = []adt.Datum{}
	}
	opt := s.planOptions()
	opt.Params, opt.Cursor = params, cursor
	opt.Eval = exec.NewEvaluator(s.db.catalog, s.env, params)
	return plan.Build(q, opt)
}

// planGeneric plans a query for whatever values its parameters will have.
func (s *Session) planGeneric(q *nodes.Query) (*plan.Plan, error) {
	if err := s.mayRead(q); err != nil {
		return nil, err
	}
	opt := s.planOptions()
	opt.Eval = exec.NewEvaluator(s.db.catalog, s.env, nil)
	return plan.Build(q, opt)
}

// mayRead checks that the role in force may read what a query names (ExecCheckPermissions).
// What views read, their owner reads.
func (s *Session) mayRead(q *nodes.Query) error {
	for _, relation := range q.Closed {
		if err := s.db.catalog.MayRead(s.env.User, relation); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) planOptions() plan.Options {
	opt := plan.Options{Catalog: s.db.catalog, Env: s.env, Session: s.fdw, Tx: s.openTx}
	switch s.values().pushDown {
	case "off":
		opt.PushDown = plan.PushDownOff
	case "inexact":
		opt.PushDown = plan.PushDownInexact
	}
	return opt
}

// runtime is what exec runs a plan with, now.
func (s *Session) runtime(params []adt.Datum, stats bool) *exec.Runtime {
	s.fresh()
	v := s.values()
	return &exec.Runtime{
		Catalog: s.db.catalog, Env: s.env, Params: params, Session: s.fdw, Tx: s.backendTx,
		Stats: stats, WorkMem: v.workMem, HashMem: v.hashMem, MemLimit: v.queryMem, Memory: s.e.memory, Files: s.files,
		Tables: s.db.tableStats, CursorKey: s.cursorKey,
	}
}
