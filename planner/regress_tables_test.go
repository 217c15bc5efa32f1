package planner_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
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
	if a[0].err != nil || len(a[0].columns) != len(columns) { // changed since
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

// refresh copies PostgreSQL's tables into the engine.
func (r *regress) refresh() {
	ctx := context.Background()
	r.dirty, r.withs = false, map[string]string{}
	a := r.pg.run(ctx, `select c.oid, n.nspname, c.relname, a.attname, a.atttypid, a.atttypmod, a.attnotnull
		from pg_class c join pg_namespace n on n.oid = relnamespace join pg_attribute a on attrelid = c.oid
		where relkind in ('r', 'p', 'v', 'm') and attnum > 0 and not attisdropped
		and (nspname like 'pg\_temp%' or nspname not like 'pg\_%' and nspname <> 'information_schema')
		and not exists (select 1 from pg_attribute t where attrelid = c.oid and atttypid >= 16384 and not attisdropped)
		and (nspname like 'pg\_temp%' or not exists (select 1 from pg_class s join pg_namespace t on t.oid = s.relnamespace
			where s.relname = c.relname and s.oid <> c.oid and t.oid = pg_my_temp_schema()))
		order by nspname like 'pg\_temp%', nspname, relname, attnum`, nil)
	if a[0].err != nil {
		return
	}
	tables := map[string]*memTable{}
	var order, selects []string
	var shape strings.Builder
	for _, row := range a[0].rows {
		schema := *row[1]
		if strings.HasPrefix(schema, "pg_temp") {
			schema = "public"
		}
		key := schema + "." + *row[2]
		m := tables[key]
		if m == nil {
			m = &memTable{}
			tables[key] = m
			order = append(order, key)
			selects = append(selects, fmt.Sprintf("%q.%q", *row[1], *row[2]))
		}
		typ, _ := strconv.ParseUint(*row[4], 10, 32)
		typmod, _ := strconv.Atoi(*row[5])
		m.columns = append(m.columns, fdw.Column{Name: *row[3], Type: adt.OID(typ), Typmod: int32(typmod), NotNull: *row[6] == "t"})
		fmt.Fprintln(&shape, key, *row[3], typ, typmod)
	}
	if r.mode == tablesInWith || r.mode == tablesNone {
		r.tables, order = tables, nil
		if r.engine != nil {
			return
		}
	}
	env := r.env(ctx)
	for i, key := range order {
		m := tables[key]
		rows := r.pg.run(ctx, "select * from "+selects[i]+" limit 100000", nil)
		for _, row := range rows[len(rows)-1].rows {
			out := make(adt.Row, len(row))
			for c, v := range row {
				if v == nil || c >= len(m.columns) {
					continue
				}
				d, err := r.names.cat.TypeByOID(m.columns[c].Type).InputText(env, *v, m.columns[c].Typmod)
				if err != nil {
					break
				}
				out[c] = d
			}
			m.rows = append(m.rows, out)
		}
	}
	if shape.String() == r.shape {
		for k, m := range tables {
			r.tables[k].rows = m.rows
		}
		return
	}
	r.shape, r.tables = shape.String(), tables
	var relations []fdw.Relation
	for _, key := range order {
		schema, name, _ := strings.Cut(key, ".")
		relations = append(relations, fdw.Relation{Schema: schema, Name: name, Table: localTable{tables[key]}})
	}
	var settings []planner.Setting
	for _, s := range []string{"datestyle", "timezone", "intervalstyle", "extra_float_digits", "bytea_output"} {
		v := r.pg.run(ctx, "show "+s, nil)
		if v[0].err == nil {
			settings = append(settings, planner.Setting{Name: s, Value: *v[0].rows[0][0]})
		}
	}
	e := newEngine(r.t, &r.panics, relations...)
	r.engine = newEngineClient(r.t, r.names, e, &r.panics, settings...)
}

// env reads values as PostgreSQL's session writes them.
func (r *regress) env(ctx context.Context) *adt.Env {
	env := &adt.Env{Context: ctx, Types: r.names.cat, TimeZone: time.UTC}
	if a := r.pg.run(ctx, "show timezone", nil); a[0].err == nil {
		if z, err := time.LoadLocation(*a[0].rows[0][0]); err == nil {
			env.TimeZone = z
		}
	}
	if a := r.pg.run(ctx, "show datestyle", nil); a[0].err == nil {
		switch s := *a[0].rows[0][0]; {
		case strings.HasSuffix(s, "MDY"):
			env.DateOrder = adt.OrderMDY
		case strings.HasSuffix(s, "DMY"):
			env.DateOrder = adt.OrderDMY
		}
	}
	return env
}

// localTable is a memTable that serves no qual.
type localTable struct{ m *memTable }

func (l localTable) Columns() []fdw.Column { return l.m.columns }

func (l localTable) Plan(req fdw.Request) (fdw.Scan, error) {
	req.Limit = 0
	quals := req.Quals
	req.Quals = nil
	s, err := l.m.Plan(req)
	s.Served, s.Rows, s.Calls = make([]fdw.Served, len(quals)), float64(len(l.m.rows)), 0
	return s, err
}
