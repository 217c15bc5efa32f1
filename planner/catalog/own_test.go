package catalog

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// logs is a table as the server has them, and the same in SQL.
var logs = fdw.Relation{
	Schema: "scratch", Name: "logs", Comment: "the logs", PrimaryKey: []int{1, 0},
	Table: &table{columns: []fdw.Column{
		{Name: "resourceId", Type: 25, Typmod: -1, NotNull: true, Comment: "what it is on"},
		{Name: "id", Type: 1043, Typmod: 24, NotNull: true},
		{Name: "n", Type: 23, Typmod: -1},
		{Name: "at", Type: 1184, Typmod: 3},
		{Name: "tags", Type: 3802, Typmod: -1},
		{Name: "list", Type: 1009, Typmod: -1},
	}},
}

var status = fdw.Relation{
	Schema: "scratch", Name: "status", ViewSQL: "SELECT id, n FROM scratch.logs",
	Columns: []fdw.Column{{Name: "id", Type: 1043, Typmod: 24}, {Name: "n", Type: 23, Typmod: -1}},
}

const logsSQL = `CREATE SCHEMA scratch;
CREATE TABLE scratch.logs ("resourceId" text NOT NULL, id varchar(20) NOT NULL, n int, at timestamptz(3), tags jsonb, list text[],
	PRIMARY KEY (id, "resourceId"));
CREATE VIEW scratch.status AS SELECT id, n FROM scratch.logs;
COMMENT ON TABLE scratch.logs IS 'the logs';
COMMENT ON COLUMN scratch.logs."resourceId" IS 'what it is on';`

// ownCatalogs are the catalogs whose rows for the table are compared, the
// condition that finds them on PostgreSQL, and the columns that cannot be equal
// (oids are written as names; tables here have no storage, toast or triggers).
var ownCatalogs = []struct {
	name, where string
	skip        []string
}{
	{"pg_namespace", "nspname = 'scratch'", nil},
	{"pg_class", "relnamespace = 'scratch'::regnamespace", []string{"relfilenode", "relpages", "reltuples", "reltoastrelid", "relfrozenxid", "relminmxid"}},
	{"pg_attribute", "attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'scratch'::regnamespace)", nil},
	{"pg_type", "typnamespace = 'scratch'::regnamespace", nil},
	{"pg_index", "indrelid = 'scratch.logs'::regclass", nil},
	{"pg_constraint", "connamespace = 'scratch'::regnamespace", nil},
	{"pg_description", "objoid = 'scratch.logs'::regclass", nil},
	{"pg_rewrite", "ev_class = 'scratch.status'::regclass", []string{"ev_action", "ev_qual"}},
}

// nameOID writes an oid of ours, which differs from PostgreSQL's, as a name.
const nameOID = `(CASE WHEN %[1]s < 16384 THEN %[1]s::text ELSE coalesce(
	(SELECT relname FROM pg_class WHERE oid = %[1]s), (SELECT typname FROM pg_type WHERE oid = %[1]s),
	(SELECT nspname FROM pg_namespace WHERE oid = %[1]s), (SELECT conname FROM pg_constraint WHERE oid = %[1]s),
	(SELECT rulename FROM pg_rewrite WHERE oid = %[1]s), %[1]s::text) END)`

func TestOwnRows(t *testing.T) {
	const file = "testdata/own.txt"
	c, err := NewCluster().Open(DatabaseName, adt.Builtins(), []fdw.Relation{status, logs})
	if err != nil {
		t.Fatal(err)
	}
	if *record {
		recordOwn(t, c, file)
		return
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := ownText(c)
	for i, line := range strings.Split(string(b), "\n") {
		if gotLine := strings.Split(got, "\n"); i >= len(gotLine) || gotLine[i] != line {
			t.Errorf("line %d\n got %s\nwant %s", i+1, append(gotLine, make([]string, i+1)...)[i], line)
		}
	}
}

func recordOwn(t *testing.T, c *Catalog, file string) {
	conn := referee(t)
	ctx := context.Background()
	exec := func(sql string) []*pgconn.Result {
		res, err := conn.Exec(ctx, sql).ReadAll()
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return res
	}
	exec("BEGIN; " + logsSQL)
	defer exec("ROLLBACK")
	var out strings.Builder
	for _, k := range ownCatalogs {
		rel, _ := c.RelationByName("pg_catalog", k.name, nil)
		var cols []string
		for _, col := range rel.Columns {
			switch {
			case slices.Contains(k.skip, col.Name):
			case col.Type == 26 || col.Type == 24:
				cols = append(cols, fmt.Sprintf(nameOID, "m."+col.Name+"::oid"))
			default:
				cols = append(cols, fmt.Sprintf("coalesce(m.%s::text, 'NULL')", col.Name))
			}
		}
		res := exec(fmt.Sprintf("SELECT x FROM (SELECT concat_ws('|', %s) AS x FROM %s m WHERE %s) s ORDER BY x COLLATE \"C\"", strings.Join(cols, ", "), k.name, k.where))
		out.WriteString("# " + k.name + "\n")
		for _, r := range res[0].Rows {
			out.WriteString(string(r[0]) + "\n")
		}
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ownText writes our rows as recordOwn writes PostgreSQL's.
func ownText(c *Catalog) string {
	env := &adt.Env{Types: c, ExtraFloatDigits: 1}
	name := func(oid OID) string {
		if oid < 16384 {
			return fmt.Sprint(oid)
		}
		if k, ok := c.classes().byOID[oid]; ok {
			return k.name
		}
		if t := c.types[oid]; t != nil {
			return t.Name
		}
		if n, ok := c.schemaNames[oid]; ok {
			return n
		}
		if o, ok := c.objectsOf("pg_constraint").byOID[oid]; ok {
			return o.name
		}
		if o, ok := c.objectsOf("pg_rewrite").byOID[oid]; ok {
			return o.name
		}
		return fmt.Sprint(oid)
	}
	var out strings.Builder
	for _, k := range ownCatalogs {
		rel, _ := c.RelationByName("pg_catalog", k.name, nil)
		var lines []string
		for _, row := range c.ownRows(k.name) {
			var cells []string
			for i, col := range rel.Columns {
				switch {
				case slices.Contains(k.skip, col.Name):
				case row[i] == nil:
					cells = append(cells, "NULL")
				case col.Type == 26 || col.Type == 24:
					cells = append(cells, name(row[i].(OID)))
				case col.Type == 16:
					cells = append(cells, fmt.Sprint(row[i]))
				default:
					b, err := c.TypeByOID(col.Type).TextEncoder(env)(nil, row[i])
					if err != nil {
						b = []byte(err.Error())
					}
					cells = append(cells, string(b))
				}
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
		sort.Strings(lines)
		out.WriteString("# " + k.name + "\n")
		for _, l := range lines {
			out.WriteString(l + "\n")
		}
	}
	return out.String()
}
