package calls

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// writeTable is what PostgreSQL has for ec2.flow_logs: AWS makes ids, takes no flow
// log like one that is there, and knows no empty set of tags.
const writeTable = `CREATE TEMP TABLE flow_logs ("flowLogId" text PRIMARY KEY DEFAULT 'fl-' || gen_random_uuid(), "resourceId" text NOT NULL, region text NOT NULL,
	"trafficType" text, "logDestinationType" text, "logDestination" text, tags jsonb, UNIQUE ("resourceId", region, "trafficType", "logDestination"));
	CREATE FUNCTION pg_temp.untagged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.tags := nullif(NEW.tags, '{}'); RETURN NEW; END $$;
	CREATE TRIGGER untagged BEFORE INSERT OR UPDATE ON flow_logs FOR EACH ROW EXECUTE FUNCTION pg_temp.untagged()`

// writeDiffers are the statements of the programs that EC2 answers otherwise than
// PostgreSQL, and why.
var writeDiffers = []struct{ like, code, why string }{
	{`SET "resourceId" =`, "0A000", "AWS can't change a flow log but for its tags"},
	{`SET "flowLogId" =`, "0A000", "AWS can't change a flow log but for its tags"},
	{`INSERT INTO flow_logs ("flowLogId"`, "428C9", "AWS makes the id"},
	{`ON CONFLICT ("resourceId"`, "42P10", "what AWS takes for the same flow log is no key"},
	{`ON CONFLICT ("flowLogId") DO UPDATE`, "23505", "AWS tells of no id that is there already, but of a flow log like it"},
}

// writePrograms makes programs of statements that write, from a seed.
type writePrograms struct{ *rand.Rand }

func (g writePrograms) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g writePrograms) resource() string { return fmt.Sprintf("vpc-%08x", g.IntN(5)) }
func (g writePrograms) region() string   { return g.pick("us-west-2", "eu-west-1") }
func (g writePrograms) dest() string     { return g.pick("arn:aws:s3:::one", "arn:aws:s3:::two") }
func (g writePrograms) traffic() string  { return g.pick("ALL", "REJECT") }

func (g writePrograms) tags() string {
	return g.pick(`{"a": "1"}`, `{"a": "2", "b": "x"}`, `{"c": "*?\\"}`, `{"b": ""}`, `{"é": "ü"}`)
}

func (g writePrograms) row() string {
	return fmt.Sprintf("('%s', '%s', '%s', 's3', '%s', %s)", g.resource(), g.region(), g.traffic(), g.dest(),
		g.pick("NULL", "DEFAULT", "'"+g.tags()+"'", "'"+g.tags()+"'"))
}

const writeColumns = `INSERT INTO flow_logs ("resourceId", region, "trafficType", "logDestinationType", "logDestination", tags) `

// cond is a condition on f, or on the table when that is not its name.
func (g writePrograms) cond(f string) string {
	c := func(col string) string { return f + `."` + col + `"` }
	switch g.IntN(9) {
	case 0:
		return c("resourceId") + " = '" + g.resource() + "'"
	case 1:
		return c("region") + " = '" + g.region() + "' AND " + c("trafficType") + " = '" + g.traffic() + "'"
	case 2:
		return c("tags") + " @> '" + g.tags() + "'"
	case 3:
		return c("tags") + "->>'a' IN ('1', '2')"
	case 4:
		return c("tags") + " IS " + g.pick("", "NOT ") + "NULL"
	case 5:
		return c("resourceId") + " IN (SELECT x.\"resourceId\" FROM flow_logs x WHERE x.region = '" + g.region() + "' AND x.tags ? '" + g.pick("a", "b") + "')"
	case 6:
		return "EXISTS (SELECT 1 FROM flow_logs x WHERE x.\"resourceId\" = " + c("resourceId") + " AND x.region <> " + c("region") + ")"
	case 7:
		return c("resourceId") + " > '" + g.resource() + "' AND " + c("region") + " LIKE '" + g.pick("us%", "eu-_est-1") + "'"
	}
	return "(" + c("resourceId") + ", " + c("region") + ") IN (('" + g.resource() + "', '" + g.region() + "'), ('" + g.resource() + "', 'eu-west-1'))"
}

func (g writePrograms) set(f string) string {
	return g.pick(
		`tags = '`+g.tags()+`'`, `tags = NULL`, `tags = DEFAULT`, `tags = coalesce(`+f+`.tags, '{}') || '`+g.tags()+`'`,
		`tags = `+f+`.tags - 'a'`, `tags['n'] = '"`+g.resource()+`"'`, `tags['n'] = to_jsonb(`+f+`.region), tags['m'] = '"m"'`,
		`tags = jsonb_build_object('r', `+f+`."resourceId", 't', `+f+`."trafficType")`,
		`(tags) = (SELECT jsonb_build_object('n', count(*)::text) FROM flow_logs x WHERE x.region = `+f+`.region)`,
		`tags = `+f+`.tags`, `tags = jsonb_set(`+f+`.tags, '{a}', '"set"')`,
	)
}

// shown is what RETURNING and looks show of rows: all but the ids.
func shown(f string) string {
	return fmt.Sprintf(`%[1]s."resourceId", %[1]s.region, %[1]s."trafficType", %[1]s."logDestination", nullif(%[1]s.tags, '{}')`, f)
}

// corner is a statement in which several rows meet one, or conditions decide between
// actions.
func (g writePrograms) corner(returning func(string) string) string {
	two := `(VALUES ('` + g.resource() + `', '` + g.region() + `', 1), ('` + g.resource() + `', '` + g.region() + `', 2), ('vpc-99999999', 'eu-west-1', 3))`
	insert := ` THEN INSERT ("resourceId", region, "trafficType", "logDestinationType", "logDestination", tags) VALUES (s.r, s.g, '` + g.traffic() + `', 's3', '` + g.dest() + `', ` + g.pick("NULL", "DEFAULT", "'"+g.tags()+"'") + `)`
	switch g.IntN(10) {
	case 0:
		return `MERGE INTO flow_logs f USING ` + two + ` s(r, g, n) ON f."resourceId" = s.r AND f.region = s.g WHEN MATCHED AND s.n = 1 THEN UPDATE SET tags = jsonb_build_object('n', s.n::text) WHEN MATCHED AND ` + g.cond("f") +
			` THEN DELETE WHEN NOT MATCHED AND s.n < 3` + insert
	case 1:
		return `MERGE INTO flow_logs f USING flow_logs s ON f."resourceId" = s."resourceId" AND f.region = s.region AND f."trafficType" <> s."trafficType" WHEN MATCHED AND f."trafficType" = 'ALL' THEN DELETE WHEN MATCHED THEN UPDATE SET tags = coalesce(f.tags, '{}') || coalesce(s.tags, '{}')`
	case 2:
		return `MERGE INTO flow_logs f USING (SELECT "resourceId" r, region g, count(*) n FROM flow_logs GROUP BY 1, 2 HAVING count(*) > 1) s ON f."resourceId" = s.r AND f.region = s.g AND f."trafficType" = 'ALL' WHEN MATCHED THEN ` + g.pick("DELETE", "DO NOTHING", "UPDATE SET "+g.set("f")) + g.pick("", " WHEN NOT MATCHED THEN DO NOTHING")
	case 3:
		return `UPDATE flow_logs f SET tags = jsonb_build_object('c', s.n::text) FROM (SELECT region, count(*) n FROM flow_logs GROUP BY region) s WHERE s.region = f.region AND ` + g.cond("f") + returning("f")
	case 4:
		return `UPDATE flow_logs f SET tags = NULL FROM flow_logs g LEFT JOIN (VALUES ('` + g.resource() + `')) v(r) ON v.r = g."resourceId" WHERE g."flowLogId" = f."flowLogId" AND v.r IS NULL AND ` + g.cond("g") + returning("f")
	case 5:
		return `DELETE FROM flow_logs f USING ` + two + ` v(r, g, n) WHERE f."resourceId" = v.r AND f.region = v.g AND v.n = ` + g.pick("1", "2") + returning("f")
	case 6:
		return `DELETE FROM flow_logs f USING flow_logs a, flow_logs b WHERE a.region = f.region AND b.region = a.region AND a."resourceId" < b."resourceId" AND f."resourceId" = b."resourceId"` + returning("f")
	case 7:
		return `WITH gone AS (DELETE FROM flow_logs f WHERE ` + g.cond("f") + ` RETURNING *) INSERT INTO flow_logs ("resourceId", region, "trafficType", "logDestinationType", "logDestination", tags) SELECT DISTINCT "resourceId", region, ` +
			`CASE "trafficType" WHEN 'ALL' THEN 'REJECT' ELSE 'ALL' END, 's3', '` + g.dest() + `', '{"moved": "1"}'::jsonb FROM gone ON CONFLICT DO NOTHING`
	case 8:
		return `WITH a AS (UPDATE flow_logs f SET ` + g.set("f") + ` WHERE f.region = 'us-west-2' AND ` + g.cond("f") + ` RETURNING 1), b AS (DELETE FROM flow_logs f WHERE f.region = 'eu-west-1' AND ` + g.cond("f") + ` RETURNING 1) SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), (SELECT count(*) FROM flow_logs)`
	}
	return writeColumns + `SELECT * FROM (VALUES ` + g.row() + `, ` + g.row() + `) v(r, g, t, d, e, x) WHERE NOT EXISTS (SELECT FROM flow_logs f WHERE f."resourceId" = v.r AND f.region = v.g) ON CONFLICT DO NOTHING` + returning("flow_logs")
}

func (g writePrograms) statement() string {
	returning := func(f string) string {
		return g.pick("", " RETURNING "+shown(f), " RETURNING "+shown(f)+`, "flowLogId" IS NOT NULL, upper(`+f+`.region) || coalesce(`+f+`.tags->>'a', '-')`)
	}
	switch g.IntN(28) {
	case 22, 23, 24, 25, 26, 27:
		return g.corner(returning)
	case 0, 1, 2, 3:
		rows := []string{g.row()}
		for g.IntN(2) > 0 {
			rows = append(rows, g.row())
		}
		return writeColumns + "VALUES " + strings.Join(rows, ", ") + g.pick("", " ON CONFLICT DO NOTHING", " ON CONFLICT DO NOTHING") + returning("flow_logs")
	case 4:
		return writeColumns + `SELECT f."resourceId", '` + g.region() + `', f."trafficType", 's3', '` + g.dest() + `', f.tags FROM flow_logs f WHERE ` + g.cond("f") + ` ORDER BY 1, f.region, 3, f."logDestination" ON CONFLICT DO NOTHING` + returning("flow_logs")
	case 5:
		return `INSERT INTO flow_logs ("resourceId", region, "trafficType", "logDestinationType", "logDestination", tags['k'], tags['l']) VALUES ('` + g.resource() + `', '` + g.region() + `', 'ALL', 's3', '` + g.dest() + `', '"v"', '"w"')` + returning("flow_logs")
	case 6, 7, 8:
		return "UPDATE flow_logs f SET " + g.set("f") + " WHERE " + g.cond("f") + returning("f")
	case 9:
		return `UPDATE flow_logs f SET tags = v.t::jsonb FROM (VALUES ('` + g.resource() + `', '` + g.tags() + `'), ('vpc-99999999', NULL)) v(r, t) WHERE f."resourceId" = v.r` + returning("f")
	case 10:
		return `UPDATE flow_logs f SET tags = g.tags FROM flow_logs g WHERE g."resourceId" = f."resourceId" AND g.region < f.region AND g."trafficType" = f."trafficType" AND g."logDestination" = f."logDestination"` + returning("f")
	case 11, 12:
		return "DELETE FROM flow_logs f WHERE " + g.cond("f") + " AND " + g.cond("f") + returning("f")
	case 13:
		return `DELETE FROM flow_logs f USING flow_logs g WHERE g."resourceId" = f."resourceId" AND g.region = f.region AND g."trafficType" < f."trafficType"` + returning("f")
	case 14:
		return `MERGE INTO flow_logs f USING (VALUES ('` + g.resource() + `', '` + g.region() + `')) s(r, g) ON f."resourceId" = s.r AND f.region = s.g AND f."trafficType" = 'ALL' WHEN MATCHED AND ` + g.cond("f") +
			` THEN DELETE WHEN MATCHED THEN UPDATE SET ` + g.set("f") + ` WHEN NOT MATCHED THEN INSERT ("resourceId", region, "trafficType", "logDestinationType", "logDestination") VALUES (s.r, s.g, 'ALL', 's3', '` + g.dest() + `')`
	case 15:
		return `MERGE INTO flow_logs f USING (SELECT "resourceId" r, min(region) g FROM flow_logs GROUP BY 1) s ON f."resourceId" = s.r AND f.region = s.g WHEN MATCHED AND f.tags IS NULL THEN UPDATE SET tags = '` + g.tags() + `' WHEN MATCHED THEN DO NOTHING`
	case 16:
		return `WITH d AS (DELETE FROM flow_logs f WHERE ` + g.cond("f") + ` RETURNING *) SELECT d."resourceId", d.region, count(*), (SELECT count(*) FROM flow_logs) FROM d GROUP BY 1, 2`
	case 17:
		return `WITH u AS (UPDATE flow_logs f SET ` + g.set("f") + ` WHERE ` + g.cond("f") + ` RETURNING f.*) SELECT ` + shown("u") + `, nullif(t.tags, '{}') FROM u JOIN flow_logs t USING ("flowLogId")`
	case 18:
		return `WITH i AS (` + writeColumns + `VALUES ` + g.row() + ` ON CONFLICT DO NOTHING RETURNING *) SELECT ` + shown("i") + `, (SELECT count(*) FROM flow_logs t WHERE t."flowLogId" = i."flowLogId") FROM i`
	case 19:
		return g.pick(`UPDATE flow_logs SET "resourceId" = 'vpc-00000001' WHERE region = 'us-west-2'`, `INSERT INTO flow_logs ("flowLogId", "resourceId", region) VALUES ('fl-1', 'vpc-00000001', 'us-west-2')`,
			`UPDATE flow_logs SET nosuch = 1`, `UPDATE flow_logs SET tags = 'x' WHERE region = 'us-west-2'`, writeColumns+`VALUES (NULL, 'us-west-2', 'ALL', 's3', 'arn:aws:s3:::one', NULL)`,
			`DELETE FROM flow_logs WHERE 1 / (length(region) - length(region)) = 1`, `UPDATE flow_logs f SET tags = (SELECT x.tags FROM flow_logs x) WHERE region = 'us-west-2'`)
	}
	return "SELECT " + shown("flow_logs") + " FROM flow_logs"
}

// program is some statements, alone or in a block with savepoints, and a look at what
// they made.
func (g writePrograms) program() []string {
	if g.IntN(3) == 0 {
		return []string{g.statement(), g.statement(), "SELECT " + shown("flow_logs") + " FROM flow_logs"}
	}
	out := []string{"BEGIN"}
	for range 2 + g.IntN(3) {
		if g.IntN(3) == 0 {
			out = append(out, "SAVEPOINT s", g.statement(), g.pick("ROLLBACK TO s", "RELEASE s"))
			continue
		}
		out = append(out, g.statement())
	}
	return append(out, g.pick("COMMIT", "COMMIT", "ROLLBACK"), "SELECT "+shown("flow_logs")+" FROM flow_logs")
}

// TestWritesBesidePostgres runs programs of statements that write on EC2 and holds what
// each answers against what PostgreSQL did with a table of the same columns, as
// testdata/writes.txt has it; -update records it, and FLOWGRES_WRITES_SEED compares other
// programs with the PostgreSQL of FLOWGRES_TEST_PG. Where a statement fails as
// writeDiffers says, PostgreSQL is told to leave it out.
func TestWritesBesidePostgres(t *testing.T) {
	const programs, file = 120, "testdata/writes.txt"
	seed, other := uint64(6), false
	if n, err := strconv.ParseUint(os.Getenv("FLOWGRES_WRITES_SEED"), 10, 64); err == nil {
		seed, other = n, true
	}
	em := emulator.New(emulator.Options{LogsPerResource: -1})
	em.AddAccount(callsAccount, "AKIACALLS")
	for i := range 5 {
		for _, r := range callsRegions {
			em.AddResource(callsAccount, r, fmt.Sprintf("vpc-%08x", i))
		}
	}
	c := newCallsClient(t, callsEngine(t, em))
	if _, err := c.run("SET flowgres.safe_writes = off"); err != nil {
		t.Fatal(err)
	}
	var pg *pgconn.PgConn
	if dsn := os.Getenv("FLOWGRES_TEST_PG"); (*updateCalls || other) && dsn != "" {
		var err error
		if pg, err = pgconn.Connect(context.Background(), dsn); err != nil {
			t.Fatal(err)
		}
		defer pg.Close(context.Background())
		if _, err := pg.Exec(context.Background(), writeTable).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	recorded, err := os.ReadFile(file)
	if err != nil && pg == nil {
		t.Fatal(err)
	}
	want := strings.Split(string(recorded), "\n")
	var text strings.Builder
	fmt.Fprintf(&text, "# What programs of statements that write answer, written by TestWritesBesidePostgres: PostgreSQL's rows and tag, or SQLSTATE.\n")
	g := writePrograms{rand.New(rand.NewPCG(seed, 1))}
	for range programs {
		for _, sql := range g.program() {
			got, failed := writeAnswer(c, sql)
			answer := got
			switch {
			case pg == nil:
			case failed && writeDiffer(sql, got):
				pgAnswer(pg, "SELECT 1 / 0") // what comes after is as after a failure
			default:
				answer = pgAnswer(pg, sql)
			}
			line := answer + "\t" + sql
			fmt.Fprintln(&text, line)
			if pg == nil {
				line = got + "\t" + sql
				if n := strings.Count(text.String(), "\n") - 1; n >= len(want) || want[n] != line {
					t.Fatalf("%s:%d\ngot:  %s\nwant: %s", file, n+1, line, want[min(n, len(want)-1)])
				}
			} else if got != answer {
				t.Errorf("%s\ngot:  %s\nwant: %s", sql, got, answer)
			}
		}
	}
	if pg != nil && !t.Failed() && !other {
		if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func writeDiffer(sql, answer string) bool {
	for _, d := range writeDiffers {
		if strings.Contains(sql, d.like) && answer == d.code {
			return true
		}
	}
	return answer == "0A000"
}

// writeAnswer gives a sum of a statement's rows with its tag, or its SQLSTATE.
func writeAnswer(c *callsClient, sql string) (answer string, failed bool) {
	rows, err := c.run(sql)
	if err != nil {
		return pgerr.From(err).Code, true
	}
	return strings.Join(append(c.tags, rowsSum(rows, false)), " "), false
}

func pgAnswer(pg *pgconn.PgConn, sql string) string {
	results, err := pg.Exec(context.Background(), sql).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	var rows []string
	for _, r := range results[0].Rows {
		var cells []string
		for _, c := range r {
			if c == nil {
				cells = append(cells, "NULL")
			} else {
				cells = append(cells, string(c))
			}
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	return results[0].CommandTag.String() + " " + rowsSum(rows, false)
}
