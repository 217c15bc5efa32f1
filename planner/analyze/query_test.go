package analyze

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// recordQueries names a PostgreSQL 16 to record testdata/query from.
var recordQueries = flag.String("record-queries", "", "DSN of the PostgreSQL 16 to record testdata/query from")

// flowLogs is the fixture: the table of the specification, without rows.
type flowLogs struct{ fdw.Table }

func (flowLogs) Columns() []fdw.Column {
	const text, int4, timestamptz, jsonb = 25, 23, 1184, 3802
	col := func(name string, typ adt.OID, notNull bool) fdw.Column {
		return fdw.Column{Name: name, Type: typ, Typmod: -1, NotNull: notNull}
	}
	return []fdw.Column{
		col("deliverLogsPermissionArn", text, false), col("maxAggregationInterval", int4, false), col("resourceId", text, true),
		col("tagSet", jsonb, false), col("flowLogId", text, true), col("logDestinationType", text, false), col("logDestination", text, false),
		col("flowLogStatus", text, false), col("logFormat", text, false), col("logGroupName", text, false), col("creationTime", timestamptz, false),
		col("deliverLogsStatus", text, false), col("destinationOptions", jsonb, false), col("trafficType", text, false),
		col("deliverLogsErrorMessage", text, false), col("deliverCrossAccountRole", text, false), col("tagFieldSpecifications", jsonb, false),
		col("resourceType", text, false), col("tags", jsonb, false), col("region", text, true), col("accountId", text, true),
	}
}

const createFlowLogs = `CREATE SCHEMA ec2; CREATE TABLE ec2.flow_logs ("deliverLogsPermissionArn" text, "maxAggregationInterval" int4,
	"resourceId" text NOT NULL, "tagSet" jsonb, "flowLogId" text PRIMARY KEY, "logDestinationType" text, "logDestination" text,
	"flowLogStatus" text, "logFormat" text, "logGroupName" text, "creationTime" timestamptz, "deliverLogsStatus" text,
	"destinationOptions" jsonb, "trafficType" text, "deliverLogsErrorMessage" text, "deliverCrossAccountRole" text,
	"tagFieldSpecifications" jsonb, "resourceType" text, tags jsonb, region text NOT NULL, "accountId" text NOT NULL);
	SET LOCAL search_path = "$user", public, ec2; SET LOCAL TimeZone = 'UTC'`

var newTestCatalog = sync.OnceValues(func() (*catalog.Catalog, error) {
	return catalog.NewCluster().Open(catalog.DatabaseName, adt.Builtins(), []fdw.Relation{{Schema: "ec2", Name: "flow_logs", Table: flowLogs{}, PrimaryKey: []int{4}}})
})

func testCatalog(t testing.TB) *catalog.Catalog {
	c, err := newTestCatalog()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testEnv(c *catalog.Catalog) *adt.Env {
	return &adt.Env{
		Context: context.Background(), Types: c, TimeZone: time.UTC, ExtraFloatDigits: 1,
		SearchPath: []string{"pg_catalog", "public", "ec2"}, User: "postgres",
	}
}

// queryCase is a statement of a golden file with what PostgreSQL says of it. The
// lines of ours, marked ~, replace those where we differ on purpose.
type queryCase struct {
	comment   []string
	statement string
	want      []string
	ours      []string
	line      int
}

func readQueryCases(t *testing.T, file string) []*queryCase {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []*queryCase
	var cur *queryCase
	for i, l := range strings.Split(string(data), "\n") {
		switch {
		case strings.TrimSpace(l) == "":
			cur = nil
		case strings.HasPrefix(l, "  ~ "):
			cur.ours = append(cur.ours, strings.TrimPrefix(l, "  ~ "))
		case strings.HasPrefix(l, "  = "):
			cur.want = append(cur.want, strings.TrimPrefix(l, "  = "))
		default:
			if cur == nil {
				cur = &queryCase{line: i + 1}
				out = append(out, cur)
			}
			if strings.HasPrefix(l, "# ") {
				cur.comment = append(cur.comment, l)
			} else if cur.statement == "" {
				cur.statement = l
			} else {
				cur.statement += "\n" + l
			}
		}
	}
	return out
}

func writeQueryCases(t *testing.T, file string, cases []*queryCase) {
	var b strings.Builder
	for i, c := range cases {
		if i > 0 {
			b.WriteString("\n")
		}
		for _, l := range c.comment {
			b.WriteString(l + "\n")
		}
		if c.statement == "" {
			continue
		}
		b.WriteString(c.statement + "\n")
		for _, l := range c.want {
			b.WriteString("  = " + l + "\n")
		}
		for _, l := range c.ours {
			b.WriteString("  ~ " + l + "\n")
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

var testParser = NewParser(1 << 20)

// describeOurs says of a statement what describePostgres says.
func describeOurs(c *catalog.Catalog, text string) []string {
	stmts, err := testParser.Parse(context.Background(), text)
	var a *Analyzed
	if err == nil {
		a, err = Analyze(stmts[0], c, testEnv(c), nil)
	}
	if err != nil {
		e := pgerr.From(err)
		return errorLines(e.Code, e.Message, e.Detail, e.Hint, e.Position)
	}
	var out []string
	if len(a.Params) > 0 {
		l := "params"
		for _, p := range a.Params {
			l += " " + c.FormatType(p, -1)
		}
		out = append(out, l)
	}
	if _, ok := a.Utility.(*Copy); ok {
		return []string{"copies"}
	}
	if !a.ReturnsRows() {
		return append(out, "no rows")
	}
	for _, col := range a.Columns() {
		out = append(out, columnLine(c, col.Name, col.Type, col.Typmod, col.Table, col.Attno))
	}
	return out
}

func columnLine(c *catalog.Catalog, name string, typ OID, typmod int32, table OID, attno int) string {
	typeName := "flow_logs" // the fixture's row type has an OID of PostgreSQL's choice
	if c.TypeByOID(typ) != nil {
		typeName = c.FormatType(typ, typmod)
	}
	l := fmt.Sprintf("%s %s", name, typeName)
	if table != 0 {
		if rel := c.RelationByOID(table); rel != nil {
			l += fmt.Sprintf(" from %s.%d", rel.Name, attno)
		} else {
			l += fmt.Sprintf(" from flow_logs.%d", attno) // the fixture's OID is PostgreSQL's choice
		}
	}
	return l
}

func errorLines(code, message, detail, hint string, position int) []string {
	out := []string{fmt.Sprintf("error %s %s", code, message)}
	if position > 0 {
		out[0] = fmt.Sprintf("error %s at %d: %s", code, position, message)
	}
	if detail != "" {
		out = append(out, "detail "+detail)
	}
	if hint != "" {
		out = append(out, "hint "+hint)
	}
	return out
}

func describePostgres(t *testing.T, c *catalog.Catalog, conn *pgconn.PgConn, text string) []string {
	ctx := context.Background()
	exec := func(sql string) {
		if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("SAVEPOINT s")
	defer exec("ROLLBACK TO s")
	var d *pgconn.StatementDescription
	var err error
	if isCopy := strings.HasPrefix(text, "COPY "); isCopy { // analysed when it is run
		if _, err = conn.CopyTo(ctx, io.Discard, text); err == nil {
			return []string{"copies"}
		}
	} else {
		d, err = conn.Prepare(ctx, "", text, nil)
	}
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return errorLines(pe.Code, pe.Message, pe.Detail, pe.Hint, int(pe.Position))
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if len(d.ParamOIDs) > 0 {
		l := "params"
		for _, p := range d.ParamOIDs {
			l += " " + c.FormatType(p, -1)
		}
		out = append(out, l)
	}
	if d.Fields == nil {
		return append(out, "no rows")
	}
	for _, f := range d.Fields {
		out = append(out, columnLine(c, f.Name, f.DataTypeOID, f.TypeModifier, f.TableOID, int(int16(f.TableAttributeNumber))))
	}
	return out
}

// TestQueries compares the analysis of statements with what PostgreSQL 16's
// Parse and Describe say of them: parameters, columns, origins, or the error.
func TestQueries(t *testing.T) {
	files, err := filepath.Glob("testdata/query/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata/query", err)
	}
	c := testCatalog(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			cases := readQueryCases(t, file)
			if *recordQueries != "" {
				recordQueryCases(t, c, file, cases)
			}
			for _, q := range cases {
				if q.statement == "" {
					continue
				}
				want := q.want
				if q.ours != nil {
					want = q.ours
				}
				got := strings.Join(describeOurs(c, q.statement), "\n")
				if w := strings.Join(want, "\n"); got != w {
					t.Errorf("%s:%d: %s\n got %s\nwant %s", filepath.Base(file), q.line, q.statement, got, w)
				}
			}
		})
	}
}

func recordQueryCases(t *testing.T, c *catalog.Catalog, file string, cases []*queryCase) {
	conn, err := pgconn.Connect(context.Background(), *recordQueries)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{"BEGIN", createFlowLogs} {
		if _, err := conn.Exec(context.Background(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range cases {
		if q.statement != "" {
			q.want = describePostgres(t, c, conn, q.statement)
		}
	}
	writeQueryCases(t, file, cases)
}
