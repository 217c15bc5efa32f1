package planner

import (
	"context"
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// statementColumns are those of pg_stat_statements 1.10, and ours.
var statementColumns = columnsNamed(
	adt.OIDOID, "userid", "dbid", adt.BoolOID, "toplevel", adt.Int8OID, "queryid", adt.TextOID, "query", adt.Int8OID, "plans",
	adt.Float8OID, "total_plan_time", "min_plan_time", "max_plan_time", "mean_plan_time", "stddev_plan_time", adt.Int8OID, "calls",
	adt.Float8OID, "total_exec_time", "min_exec_time", "max_exec_time", "mean_exec_time", "stddev_exec_time",
	adt.Int8OID, "rows", "shared_blks_hit", "shared_blks_read", "shared_blks_dirtied", "shared_blks_written",
	"local_blks_hit", "local_blks_read", "local_blks_dirtied", "local_blks_written", "temp_blks_read", "temp_blks_written",
	adt.Float8OID, "blk_read_time", "blk_write_time", "temp_blk_read_time", "temp_blk_write_time",
	adt.Int8OID, "wal_records", "wal_fpi", adt.NumericOID, "wal_bytes",
	adt.Int8OID, "jit_functions", adt.Float8OID, "jit_generation_time", adt.Int8OID, "jit_inlining_count", adt.Float8OID, "jit_inlining_time",
	adt.Int8OID, "jit_optimization_count", adt.Float8OID, "jit_optimization_time", adt.Int8OID, "jit_emission_count", adt.Float8OID, "jit_emission_time",
	adt.Int8OID, "api_calls", "api_pages", "api_rows", "api_retries", adt.Float8OID, "api_time",
)

// ownStatementColumns is how many of them are ours.
const ownStatementColumns = 5

// columnsNamed makes columns of names, each of the type last named before it.
func columnsNamed(list ...any) []fdw.Column {
	var out []fdw.Column
	var typ adt.OID
	for _, v := range list {
		switch v := v.(type) {
		case adt.OID:
			typ = v
		case string:
			out = append(out, fdw.Column{Name: v, Type: typ, Typmod: -1})
		}
	}
	return out
}

// Relations are the views of the extension and what they read. They stand beside
// what else only flowgres has, so that no tool takes them for tables of the user.
func (t *Statements) Relations() []fdw.Relation {
	info := columnsNamed(adt.Int8OID, "dealloc", adt.TimestamptzOID, "stats_reset")
	reset := func(*fdw.Session) []adt.Row {
		t.mu.RLock()
		defer t.mu.RUnlock()
		return []adt.Row{{t.dealloc, timestamp(t.reset)}}
	}
	return []fdw.Relation{
		{Schema: "flowgres", Name: "statements", Table: &madeTable{statementColumns, t.rows}, Comment: "What pg_stat_statements shows"},
		{Schema: "flowgres", Name: "statements_info", Table: &madeTable{info, reset}, Comment: "What pg_stat_statements_info shows"},
		{
			Schema: "flowgres", Name: "pg_stat_statements", Plain: true, ViewSQL: "SELECT * FROM flowgres.statements", Columns: statementColumns,
			Comment: "What statements have cost, by role and by text without constants",
		},
		{
			Schema: "flowgres", Name: "pg_stat_statements_info", Plain: true, ViewSQL: "SELECT * FROM flowgres.statements_info", Columns: info,
			Comment: "Since when pg_stat_statements counts, and how often it had to forget",
		},
	}
}

// madeTable is a relation whose rows are made anew at each scan.
type madeTable struct {
	columns []fdw.Column
	rows    func(*fdw.Session) []adt.Row
}

// Columns implements fdw.Table.
func (t *madeTable) Columns() []fdw.Column { return t.columns }

// Plan implements fdw.Table.
func (t *madeTable) Plan(req fdw.Request) (fdw.Scan, error) {
	return fdw.Scan{
		Served: make([]fdw.Served, len(req.Quals)), Rows: 100,
		Open: func(context.Context, [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
			return func(yield func([]adt.Row, error) bool) {
				if rows := t.rows(req.Session); len(rows) > 0 {
					yield(rows, nil)
				}
			}
		},
	}, nil
}

// resetStatements is pg_stat_statements_reset.
func resetStatements(s *Session, args []adt.Datum) (adt.Datum, error) {
	if !s.now.Superuser && !s.e.anyRole() {
		return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for function pg_stat_statements_reset")
	}
	if t := s.e.config.Statements; t != nil {
		t.Reset(args[0].(adt.OID), args[1].(adt.OID), args[2].(int64))
	}
	return adt.Void{}, nil
}
