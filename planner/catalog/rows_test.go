package catalog

import (
	"context"
	"crypto/md5"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// skipColumns are columns whose values a dump makes constant or writes otherwise.
var skipColumns = map[string][]string{
	"pg_class":      {"relpages", "reltuples", "relallvisible", "relfrozenxid", "relminmxid"},
	"pg_attribute":  {"attstattarget"},
	"pg_constraint": {"conbin"},
	"pg_collation":  {"collversion"},
	"pg_proc":       {"proargdefaults", "prosqlbody"},
	"pg_rewrite":    {"ev_qual", "ev_action"},
	"pg_type":       {"typdefaultbin"},
	"pg_authid":     {"rolpassword"},
}

// builtinWhere tells which of PostgreSQL's rows the data has.
func builtinWhere(catalog string) string {
	switch catalog {
	case "pg_attribute":
		return "attrelid < 16384"
	case "pg_aggregate":
		return "aggfnoid::oid < 16384"
	case "pg_depend":
		return "objid < 16384 AND refobjid < 16384"
	case "pg_index":
		return "indexrelid < 16384"
	case "pg_init_privs":
		return "objoid < 16384"
	case "pg_range":
		return "rngtypid < 16384"
	case "pg_ts_config_map":
		return "mapcfg < 16384"
	case "pg_description":
		return "objoid < 16384 AND NOT (classoid = 'pg_collation'::regclass AND objoid NOT IN (SELECT oid FROM pg_collation WHERE " + builtinWhere("pg_collation") + "))"
	case "pg_shdescription":
		return "objoid < 16384"
	case "pg_collation":
		return "collname IN ('default', 'C', 'POSIX', 'ucs_basic', 'unicode', 'C.utf8')"
	}
	return "oid < 16384"
}

// TestBuiltinRows compares digests of every dumped catalog's rows as text with
// testdata/rows.txt.
func TestBuiltinRows(t *testing.T) {
	const file = "testdata/rows.txt"
	c := open(t)
	names := make([]string, 0, len(dumped))
	for n := range dumped {
		names = append(names, n)
	}
	sort.Strings(names)
	if *record {
		conn := referee(t)
		var out strings.Builder
		for _, n := range names {
			rel, _ := c.RelationByName("pg_catalog", n, nil)
			var cols []string
			for _, col := range rel.Columns {
				switch {
				case slices.Contains(skipColumns[n], col.Name):
				case col.Type == 24:
					cols = append(cols, "coalesce("+col.Name+"::oid::text, 'NULL')")
				default:
					cols = append(cols, "coalesce("+col.Name+"::text, 'NULL')")
				}
			}
			res, err := conn.Exec(context.Background(), fmt.Sprintf(
				`SELECT count(*) || ' ' || md5(string_agg(x, E'\n' ORDER BY x COLLATE "C")) FROM (SELECT concat_ws('|', %s) AS x FROM %s WHERE %s) s`,
				strings.Join(cols, ", "), n, builtinWhere(n))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s %s\n", n, res[0].Rows[0][0])
		}
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		n, _, _ := strings.Cut(want, " ")
		rel, _ := c.RelationByName("pg_catalog", n, nil)
		rows := c.builtinRows(n)
		if n == "pg_attribute" {
			rows = c.withSystemAttributes(rows)
		}
		lines := make([]string, len(rows))
		for i, r := range rows {
			lines[i] = rowText(t, c, rel.Columns, r, skipColumns[n])
		}
		sort.Strings(lines)
		if got := fmt.Sprintf("%s %d %x", n, len(rows), md5.Sum([]byte(strings.Join(lines, "\n")))); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

func rowText(t *testing.T, c *Catalog, columns []fdw.Column, row adt.Row, skip []string) string {
	env := &adt.Env{Types: c, ExtraFloatDigits: 1}
	var cells []string
	for i, col := range columns {
		v := row[i]
		switch {
		case slices.Contains(skip, col.Name):
			continue
		case v == nil:
			cells = append(cells, "NULL")
			continue
		}
		switch v := v.(type) {
		case OID, bool, string:
			cells = append(cells, fmt.Sprint(v))
			continue
		case *adt.Array:
			if col.Type == 22 || col.Type == 30 {
				cells = append(cells, strings.Trim(fmt.Sprint(v.Values), "[]"))
				continue
			}
		}
		b, err := c.TypeByOID(col.Type).TextEncoder(env)(nil, v)
		if err != nil {
			t.Fatalf("%s: %v", col.Name, err)
		}
		cells = append(cells, string(b))
	}
	return strings.Join(cells, "|")
}

func TestTableQuals(t *testing.T) {
	c := open(t)
	count := func(table string, quals []fdw.Qual, args ...[]adt.Datum) int {
		rel, _ := c.RelationByName("pg_catalog", table, nil)
		for i, q := range quals {
			for j, col := range rel.Columns {
				if q.Text == col.Name {
					quals[i].Column = j
				}
			}
		}
		scan, err := rel.Table.Plan(fdw.Request{Quals: quals})
		if err != nil {
			t.Fatal(err)
		}
		for i := range quals {
			if scan.Served[i] != fdw.Exact {
				t.Errorf("%s.%s is not served", table, quals[i].Text)
			}
		}
		n := 0
		for rows, err := range scan.Open(context.Background(), args) {
			if err != nil {
				t.Fatal(err)
			}
			n += len(rows)
		}
		return n
	}
	for _, k := range []struct {
		what string
		got  int
		want int
	}{
		{"by oid", count("pg_class", []fdw.Qual{{Text: "oid", Values: []adt.Datum{OID(1259)}}}), 1},
		{"by name and schema", count("pg_class", []fdw.Qual{
			{Text: "relname", Values: []adt.Datum{"pg_class"}},
			{Text: "relnamespace", Values: []adt.Datum{OID(11)}},
		}), 1},
		{"IN with repeats", count("pg_class", []fdw.Qual{
			{Text: "oid", Op: fdw.OpIn, Values: []adt.Datum{OID(1259), OID(1247), OID(1259)}},
		}), 2},
		{"late", count("pg_attribute", []fdw.Qual{
			{Text: "attrelid", Late: true},
			{Text: "attnum", Values: []adt.Datum{int32(1)}},
		}, []adt.Datum{OID(1259)}), 1},
		{"late and empty", count("pg_attribute", []fdw.Qual{{Text: "attrelid", Late: true}}, nil), 0},
	} {
		if k.got != k.want {
			t.Errorf("%s: %d rows, want %d", k.what, k.got, k.want)
		}
	}
}
