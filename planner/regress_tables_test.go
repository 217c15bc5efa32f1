package planner_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A script's queries read tables that it has made and that no server without
// storage has. FLOWGRES_REGRESS_TABLES says what becomes of them: "copy", the
// default, gives the engine copies of them; "with" has every query bring them
// along as a WITH query, for both sides; "none" runs every statement of the
// script in a database where nothing was made, so that both complain.
const (
	tablesInWith = "with"
	tablesNone   = "none"
)

// withRows is how many rows of a table a query brings along.
const withRows = 40

var (
	words        = regexp.MustCompile(`[A-Za-z_][A-Za-z_0-9]*`)
	withStart    = regexp.MustCompile(`(?i)^with(\s+recursive)?\b`)
	outsideBlock = regexp.MustCompile(`(?i)^(vacuum|reindex|cluster)\b`)
	otherSelect  = regexp.MustCompile(`(?is)^(?:create\s.*?\sas\s+|explain\s*(?:\([^()]*\))?\s*(?:(?:verbose|analyze|costs\s+off)\s+)*|insert\s+into\s+[a-z0-9_.]+\s*(?:\([^()]*\))?\s*|declare\s.*?\sfor\s+|copy\s*\()((?:select|values|with|table)\s.*)$`)
)

// bring puts the tables that sql reads before it; "" if it reads none.
func (r *regress) bring(ctx context.Context, sql string) string {
	var with []string
	for _, w := range slices.Compact(slices.Sorted(slices.Values(words.FindAllString(strings.ToLower(sql), -1)))) {
		if r.tables["public."+w] == nil {
			continue
		}
		text, ok := r.withs[w]
		if !ok {
			text = r.withTable(ctx, w)
			r.withs[w] = text
		}
		if text != "" {
			with = append(with, text)
		}
	}
	if with == nil {
		return ""
	}
	list := strings.Join(with, ",\n")
	if m := withStart.FindString(sql); m != "" {
		return m + " " + list + ",\n" + sql[len(m):]
	}
	return "with " + list + "\n" + sql
}

// withTable is a WITH query with the name, the columns and the first rows of a table.
func (r *regress) withTable(ctx context.Context, name string) string {
	columns := r.tables["public."+name].columns
	if len(columns) == 0 {
		return ""
	}
	a := r.pg.run(ctx, fmt.Sprintf("select * from %q limit %d", name, withRows), nil)
	if a[0].err != nil {
		return ""
	}
	var names, nulls, rows []string
	for _, c := range columns {
		names = append(names, fmt.Sprintf("%q", c.Name))
		nulls = append(nulls, "null::"+r.names.cat.FormatType(c.Type, c.Typmod))
	}
	for _, row := range a[0].rows {
		var values []string
		for i, v := range row {
			if v == nil {
				values = append(values, nulls[i])
				continue
			}
			values = append(values, quoted(*v)+strings.TrimPrefix(nulls[i], "null"))
		}
		rows = append(rows, "("+strings.Join(values, ",")+")")
	}
	head := fmt.Sprintf("%q(%s) as (", name, strings.Join(names, ","))
	if rows == nil {
		return head + "select " + strings.Join(nulls, ",") + " where false)"
	}
	return head + "values " + strings.Join(rows, ",") + ")"
}

func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// brought judges a statement with the tables that it reads brought along, or
// the query inside it.
func (r *regress) brought(ctx context.Context, name, sql string, query bool) {
	if !query {
		m := otherSelect.FindStringSubmatch(sql)
		if m == nil {
			return
		}
		sql = m[1]
		if n := len(sql); sql[n-1] == ')' && strings.Count(sql, "(") < strings.Count(sql, ")") {
			sql = sql[:n-1]
		}
	}
	if r.dirty {
		r.refresh()
	}
	if sql = r.bring(ctx, sql); sql == "" {
		return
	}
	if r.pg.conn.TxStatus() == 'T' {
		r.pg.run(ctx, "savepoint brought", nil)
		defer r.pg.run(ctx, "rollback to brought; release brought", nil)
	}
	want := r.pg.run(ctx, sql, nil)
	r.judge(ctx, name, sql, r.run(ctx, sql), want)
}

// bare judges a statement where nothing was made.
func (r *regress) bare(ctx context.Context, name, sql string, query bool) {
	if query {
		r.judge(ctx, name, sql, r.run(ctx, sql), r.clean.run(ctx, sql, nil))
		return
	}
	before, after := "begin", "rollback"
	switch r.clean.conn.TxStatus() {
	case 'I':
		if outsideBlock.MatchString(sql) {
			before, after = "", ""
		}
	case 'T':
		before, after = "savepoint bare", "rollback to bare; release bare"
	case 'E':
		return
	}
	r.clean.run(ctx, before, nil)
	want := r.clean.run(ctx, sql, nil)
	r.clean.run(ctx, after, nil)
	if writeStart.MatchString(sql) {
		if want[0].err == nil {
			return
		}
		r.judge(ctx, name, sql, r.run(ctx, sql), want)
		return
	}
	r.other(ctx, name, sql, want[0])
}
