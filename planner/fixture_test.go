package planner_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// fixtureColumn describes a column of the fixture, whose declaration both
// engines get.
type fixtureColumn struct {
	name, typ string
	oid       adt.OID
	notNull   bool
}

// fixtureColumns are those of aws.ec2.flow_logs.
var fixtureColumns = []fixtureColumn{
	{"deliverLogsPermissionArn", "text", 25, false},
	{"maxAggregationInterval", "int4", 23, false},
	{"resourceId", "text", 25, true},
	{"tagSet", "jsonb", 3802, false},
	{"flowLogId", "text", 25, true},
	{"logDestinationType", "text", 25, false},
	{"logDestination", "text", 25, false},
	{"flowLogStatus", "text", 25, false},
	{"logFormat", "text", 25, false},
	{"logGroupName", "text", 25, false},
	{"creationTime", "timestamptz", 1184, false},
	{"deliverLogsStatus", "text", 25, false},
	{"destinationOptions", "jsonb", 3802, false},
	{"trafficType", "text", 25, false},
	{"deliverLogsErrorMessage", "text", 25, false},
	{"deliverCrossAccountRole", "text", 25, false},
	{"tagFieldSpecifications", "jsonb", 3802, false},
	{"resourceType", "text", 25, false},
	{"tags", "jsonb", 3802, false},
	{"region", "text", 25, true},
	{"accountId", "text", 25, true},
}

// fixtureRows are sixty flow logs as text values; "" is NULL.
func fixtureRows() [][]string {
	regions := []string{"us-east-1", "us-west-2", "eu-west-1", "ap-south-1"}
	envs := []string{"prod", "staging", "", "dev", "Prod"}
	kinds := []struct{ prefix, typ string }{
		{"vpc-", "VPC"}, {"subnet-", "Subnet"}, {"eni-", "NetworkInterface"}, {"tgw-", "TransitGateway"},
	}
	traffic := []string{"ALL", "ACCEPT", "REJECT"}
	start := time.Date(2024, 2, 27, 22, 15, 0, 123456000, time.UTC)
	var rows [][]string
	for i := range 60 {
		k := kinds[i*7%10%4]
		r := map[string]string{
			"resourceId":   fmt.Sprintf("%s%08x", k.prefix, 0x1a2b3c+i%17),
			"resourceType": k.typ,
			"flowLogId":    fmt.Sprintf("fl-%08x", 0xabc000+i*37),
			"region":       regions[i%4], "accountId": []string{"111122223333", "444455556666"}[i/4%2],
			"maxAggregationInterval": []string{"60", "600"}[i%3%2],
			"flowLogStatus":          "ACTIVE", "deliverLogsStatus": "SUCCESS",
			"creationTime": start.Add(time.Duration(i) * 7 * time.Hour).Add(time.Duration(i*i) * time.Second).Format("2006-01-02 15:04:05.999999-07"),
			"logFormat":    "${version} ${account-id} ${srcaddr} ${dstaddr}",
		}
		if k.typ != "TransitGateway" {
			r["trafficType"] = traffic[i%3]
		} else {
			r["maxAggregationInterval"] = "60"
		}
		switch i % 5 {
		case 0, 1:
			r["logDestinationType"] = "cloud-watch-logs"
			r["logGroupName"] = fmt.Sprintf("/vpc/flow_%d%%", i%6)
			r["deliverLogsPermissionArn"] = "arn:aws:iam::" + r["accountId"] + ":role/flow"
		case 2, 3:
			r["logDestinationType"] = "s3"
			r["logDestination"] = fmt.Sprintf("arn:aws:s3:::logs-%s/a*b?%d", r["region"], i%3)
			r["destinationOptions"] = fmt.Sprintf(`{"fileFormat": "%s", "perHourPartition": %t, "hiveCompatiblePartitions": %t}`,
				[]string{"parquet", "plain-text"}[i%2], i%4 < 2, i%3 == 0)
		default:
			r["logDestinationType"] = "kinesis-data-firehose"
			r["logDestination"] = "arn:aws:firehose:" + r["region"] + ":" + r["accountId"] + ":deliverystream/é"
		}
		if i%11 == 4 {
			r["deliverLogsStatus"] = "FAILED"
			r["deliverLogsErrorMessage"] = []string{"Access error", "Rate limited", "Unknown 'error'\nsecond line"}[i%3]
		}
		if i%13 == 5 {
			r["flowLogStatus"], r["deliverLogsStatus"] = "", ""
		}
		var set, obj []string
		add := func(k, v string) {
			set = append(set, fmt.Sprintf(`{"key": %q, "value": %q}`, k, v))
			obj = append(obj, fmt.Sprintf("%q: %q", k, v))
		}
		if e := envs[i%5]; e != "" {
			add("env", e)
		}
		if i%4 == 1 {
			add("team", []string{"net", "sec"}[i%2])
			add("cost", fmt.Sprint(i*10))
		}
		if len(set) > 0 {
			r["tagSet"] = "[" + strings.Join(set, ", ") + "]"
			r["tags"] = "{" + strings.Join(obj, ", ") + "}"
		}
		if i%9 == 2 {
			r["tagFieldSpecifications"] = `[{"tagKeys": ["env", "team"], "resourceType": "instance"}]`
		}
		row := make([]string, len(fixtureColumns))
		for c, col := range fixtureColumns {
			row[c] = r[col.name]
		}
		rows = append(rows, row)
	}
	return rows
}

// fixtureSQL creates the fixture in PostgreSQL.
func fixtureSQL() string {
	var b strings.Builder
	b.WriteString("drop schema if exists ec2 cascade; create schema ec2; create table ec2.flow_logs (")
	for i, c := range fixtureColumns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q %s", c.name, c.typ)
		if c.notNull {
			b.WriteString(" not null")
		}
	}
	b.WriteString(", constraint flow_logs_pkey primary key (\"flowLogId\"));\n")
	for _, r := range fixtureRows() {
		b.WriteString("insert into ec2.flow_logs values (")
		for i, v := range r {
			if i > 0 {
				b.WriteString(", ")
			}
			if v == "" {
				b.WriteString("null")
			} else {
				b.WriteString("'" + strings.ReplaceAll(v, "'", "''") + "'")
			}
		}
		b.WriteString(");\n")
	}
	return b.String()
}

// memTable is a table in memory. It serves quals in all three ways: those on
// flowLogId and region Exact, those on other text columns and integers Inexact
// (some rows that fail stay in), the rest not at all.
type memTable struct {
	mu      sync.Mutex
	columns []fdw.Column
	rows    []adt.Row
}

// newFixture makes a fresh fixture.
func newFixture(t testing.TB) fdw.Relation {
	t.Helper()
	cat, err := catalog.NewCluster().Open(catalog.DatabaseName, adt.Builtins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	env := &adt.Env{Context: context.Background(), Types: cat, TimeZone: time.UTC}
	m := &memTable{}
	for _, c := range fixtureColumns {
		m.columns = append(m.columns, fdw.Column{Name: c.name, Type: c.oid, Typmod: -1, NotNull: c.notNull})
	}
	for _, r := range fixtureRows() {
		row := make(adt.Row, len(r))
		for i, v := range r {
			if v == "" {
				continue
			}
			if row[i], err = cat.TypeByOID(fixtureColumns[i].oid).InputText(env, v, -1); err != nil {
				t.Fatal(err)
			}
		}
		m.rows = append(m.rows, row)
	}
	return fdw.Relation{Schema: "ec2", Name: "flow_logs", Table: m, PrimaryKey: []int{4}}
}

func (m *memTable) Columns() []fdw.Column { return m.columns }

// match tells whether a row passes a qual that serves says it serves.
func (m *memTable) match(q fdw.Qual, values []adt.Datum, row adt.Row) bool {
	d := row[q.Column]
	if q.Key != nil {
		v := d.(*adt.JSONB).Get(*q.Key)
		if v == nil || v.Kind != adt.JSONString {
			return false
		}
		d = v.Str
	}
	exact := m.serves(q) == fdw.Exact
	for _, v := range values {
		switch v := v.(type) {
		case string:
			s := d.(string)
			switch q.Op {
			case fdw.OpEq, fdw.OpIn:
				if s == v || !exact && strings.EqualFold(s, v) {
					return true
				}
			case fdw.OpPrefix:
				if strings.HasPrefix(s, v) {
					return true
				}
			}
		case int32:
			if n := d.(int32); n == v || !exact && n/100 == v/100 {
				return true
			}
		}
	}
	return false
}

func (m *memTable) serves(q fdw.Qual) fdw.Served {
	c := fixtureColumns[q.Column]
	if q.Key != nil {
		if q.Op == fdw.OpEq || q.Op == fdw.OpIn {
			return fdw.Inexact
		}
		return fdw.No
	}
	switch {
	case c.typ == "text" && (q.Op == fdw.OpEq || q.Op == fdw.OpIn || q.Op == fdw.OpPrefix && !q.Late),
		c.typ == "int4" && (q.Op == fdw.OpEq || q.Op == fdw.OpIn):
		if c.name == "flowLogId" || c.name == "region" {
			return fdw.Exact
		}
		return fdw.Inexact
	}
	return fdw.No
}

func (m *memTable) Plan(req fdw.Request) (fdw.Scan, error) {
	s := fdw.Scan{Rows: 20, Calls: 1}
	all := true
	for _, q := range req.Quals {
		a := m.serves(q)
		s.Served = append(s.Served, a)
		all = all && a == fdw.Exact
	}
	limit := int64(0)
	if all && req.Limit > 0 {
		limit, s.Limited = req.Limit, true
	}
	s.Open = func(_ context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
		m.mu.Lock()
		rows := slices.Clone(m.rows)
		m.mu.Unlock()
		return func(yield func([]adt.Row, error) bool) {
			var page []adt.Row
			n := int64(0)
			for _, row := range rows {
				if !m.passes(row, req.Quals, s.Served, args) {
					continue
				}
				page = append(page, onlyColumns(row, req.Columns))
				if n++; limit > 0 && n == limit {
					break
				}
				if len(page) == 7 {
					if !yield(page, nil) {
						return
					}
					page = nil
				}
			}
			if len(page) > 0 {
				yield(page, nil)
			}
		}
	}
	return s, nil
}

// passes tells whether a row passes the quals that are served.
func (m *memTable) passes(row adt.Row, quals []fdw.Qual, served []fdw.Served, args [][]adt.Datum) bool {
	late := 0
	for i, q := range quals {
		values := q.Values
		if q.Late {
			values = args[late]
			late++
		}
		if served[i] != fdw.No && (row[q.Column] == nil || !m.match(q, values, row)) {
			return false
		}
	}
	return true
}

// onlyColumns gives a row with NULL in all columns but some.
func onlyColumns(row adt.Row, columns []int) adt.Row {
	out := make(adt.Row, len(row))
	for _, c := range columns {
		out[c] = row[c]
	}
	return out
}

func (m *memTable) Insert(_ context.Context, _ fdw.WriteRequest, rows []adt.Row, _ [][]bool, ignore bool) ([]adt.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.rows
	m.rows = slices.Clone(was)
	var out []adt.Row
	for _, r := range rows {
		if m.find(r) >= 0 {
			if ignore {
				out = append(out, nil)
				continue
			}
			m.rows = was
			return nil, duplicate(r)
		}
		m.rows = append(m.rows, slices.Clone(r))
		out = append(out, r)
	}
	return out, nil
}

func duplicate(row adt.Row) error {
	err := pgerr.New(pgerrcode.UniqueViolation, "duplicate key value violates unique constraint \"flow_logs_pkey\"").
		Detailf("Key (\"flowLogId\")=(%s) already exists.", row[4])
	err.Schema, err.Table, err.Constraint = "ec2", "flow_logs", "flow_logs_pkey"
	return err
}

func (m *memTable) find(row adt.Row) int {
	return slices.IndexFunc(m.rows, func(r adt.Row) bool { return r[4] == row[4] })
}

func (m *memTable) Delete(_ context.Context, _ fdw.WriteRequest, rows []adt.Row) ([]bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = slices.Clone(m.rows)
	var out []bool
	for _, r := range rows {
		i := m.find(r)
		out = append(out, i >= 0)
		if i >= 0 {
			m.rows = slices.Delete(m.rows, i, i+1)
		}
	}
	return out, nil
}

func (m *memTable) CheckUpdate([]int) error { return nil }

func (m *memTable) Update(_ context.Context, _ fdw.WriteRequest, olds, news []adt.Row) ([]adt.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	was := m.rows
	m.rows = slices.Clone(was)
	out := make([]adt.Row, len(news))
	for n, r := range olds {
		i := m.find(r)
		if i < 0 {
			continue
		}
		if r[4] != news[n][4] && m.find(news[n]) >= 0 {
			m.rows = was
			return nil, duplicate(news[n])
		}
		m.rows[i], out[n] = news[n], news[n]
	}
	return out, nil
}

// TxKey, Begin: a transaction keeps copies of the rows to go back to.
func (m *memTable) TxKey() any { return m }

func (m *memTable) Begin(*fdw.Session, bool) fdw.Tx {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memTx{m: m, marks: [][]adt.Row{slices.Clone(m.rows)}}
}

type memTx struct {
	m     *memTable
	marks [][]adt.Row
}

func (t *memTx) Mark() int {
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	t.marks = append(t.marks, slices.Clone(t.m.rows))
	return len(t.marks) - 1
}

func (t *memTx) RollbackTo(_ context.Context, mark int) error {
	t.m.mu.Lock()
	defer t.m.mu.Unlock()
	t.m.rows = slices.Clone(t.marks[mark])
	t.marks = t.marks[:mark+1]
	return nil
}

func (t *memTx) Commit(context.Context) error { return nil }

func (t *memTx) Rollback(ctx context.Context) error { return t.RollbackTo(ctx, 0) }
