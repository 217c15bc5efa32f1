package analyze

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// utilityLine tells what became of a utility command, on one line.
func utilityLine(t *testing.T, text string) string {
	c := testCatalog(t)
	stmts, err := testParser.Parse(context.Background(), text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	a, err := Analyze(stmts[0], c, testEnv(c), nil)
	if err != nil {
		e := pgerr.From(err)
		return strings.Join(errorLines(e.Code, e.Message, e.Detail, e.Hint, e.Position), "; ")
	}
	s := a.CommandTag()
	switch u := a.Utility.(type) {
	case *VariableSet:
		if u.Local {
			s += " local"
		}
		if u.Kind != SetMany {
			v, err := u.Value(true, true)
			if err != nil {
				t.Fatal(err)
			}
			s += fmt.Sprintf(" %d %s = %s", u.Kind, u.Name, v)
		}
		for _, m := range u.Many {
			s += fmt.Sprintf(" %s = %s", m.Name, m.Value)
		}
	case *Transaction:
		for _, m := range u.Modes {
			s += fmt.Sprintf(" %s = %s", m.Name, m.Value)
		}
		if u.Savepoint != "" {
			s += " " + u.Savepoint
		}
		if u.Chain {
			s += " chain"
		}
	case *Fetch:
		s += fmt.Sprintf(" %d %d %s", u.Direction, u.Count, u.Name)
	case *DeclareCursor:
		s += fmt.Sprintf(" %s binary=%t scroll=%t noscroll=%t insensitive=%t hold=%t", u.Name, u.Binary, u.Scroll, u.NoScroll, u.Insensitive, u.Hold)
	case *Copy:
		s += fmt.Sprintf(" %d %q %q %t %q %q %v %s", u.Format, u.Delimiter, u.Null, u.Header, u.Quote, u.Escape, u.ForceQuote, u.Encoding)
	case *Explain:
		s += fmt.Sprintf(" %d analyze=%t costs=%t timing=%t summary=%t of %s", u.Format, u.Analyze, u.Costs, u.Timing, u.Summary, u.Statement.CommandTag())
	case *Prepare:
		s += fmt.Sprintf(" %s %v -> %v %s", u.Name, u.ParamTypes, u.Statement.Params, u.Statement.CommandTag())
	case *Execute:
		s += fmt.Sprintf(" %s %d", u.Name, u.NumArgs)
	case *Notify:
		s += fmt.Sprintf(" %s %q", u.Channel, u.Payload)
	case *VariableShow:
		s += fmt.Sprintf(" %s %d", u.Name, len(u.Columns()))
	}
	return s
}

func TestUtility(t *testing.T) {
	for text, want := range map[string]string{
		"SET search_path = a, \"B c\", public": `SET 0 search_path = a, "B c", public`,
		"SET search_path TO 'a', \"select\"":   `SET 0 search_path = a, "select"`,
		"SET work_mem = 64":                    "SET 0 work_mem = 64",
		"SET x.y = 1.5":                        "SET 0 x.y = 1.5",
		"SET enable_seqscan = on":              `SET 0 enable_seqscan = "on"`,
		"SET LOCAL statement_timeout = '5s'":   `SET local 0 statement_timeout = "5s"`,
		"SET datestyle TO DEFAULT":             "SET 1 datestyle = ",
		"SET datestyle FROM CURRENT":           "SET 2 datestyle = ",
		"SET TIME ZONE 'UTC'":                  `SET 0 timezone = "UTC"`,
		"SET TIME ZONE -7":                     "SET 0 timezone = -7",
		"SET TIME ZONE LOCAL":                  "SET 1 timezone = ",
		"SET NAMES 'UTF8'":                     `SET 0 client_encoding = "UTF8"`,
		"SET SCHEMA 'a'":                       "SET 0 search_path = a",
		"SET ROLE app":                         "SET 0 role = app",
		"SET ROLE NONE":                        `SET 0 role = "none"`,
		"SET SESSION AUTHORIZATION app":        "SET 0 session_authorization = app",
		"SET SESSION AUTHORIZATION DEFAULT":    "SET 1 session_authorization = ",
		"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY":            "SET transaction_isolation = repeatable read transaction_read_only = on",
		"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE, NOT DEFERRABLE": "SET default_transaction_read_only = off default_transaction_deferrable = off",
		"SET TRANSACTION SNAPSHOT 'x'":                                          "SET 4 TRANSACTION SNAPSHOT = x",
		"RESET search_path":                                                     "RESET 5 search_path = ",
		"RESET ALL":                                                             "RESET 6  = ",
		"SHOW search_path":                                                      "SHOW search_path 1",
		"SHOW ALL":                                                              "SHOW all 3",
		"SHOW TRANSACTION ISOLATION LEVEL":                                      "SHOW transaction_isolation 1",
		"BEGIN":                                                                 "BEGIN",
		"BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE": "BEGIN transaction_isolation = serializable transaction_read_only = on transaction_deferrable = on",
		"START TRANSACTION READ WRITE":                            "START TRANSACTION transaction_read_only = off",
		"COMMIT AND CHAIN":                                        "COMMIT chain",
		"END":                                                     "COMMIT",
		"ABORT":                                                   "ROLLBACK",
		"SAVEPOINT a":                                             "SAVEPOINT a",
		"RELEASE SAVEPOINT a":                                     "RELEASE a",
		"ROLLBACK TO a":                                           "ROLLBACK a",
		"PREPARE TRANSACTION 'x'":                                 "PREPARE TRANSACTION",
		"PREPARE p AS SELECT $1::int, $2 || 'x'":                  "PREPARE p [] -> [23 25] SELECT",
		"PREPARE p (text, int) AS DELETE FROM flow_logs WHERE region = $1": "PREPARE p [25 23] -> [25 23] DELETE",
		"PREPARE p AS SELECT $1":         "PREPARE p [] -> [25] SELECT",
		"PREPARE p (nosuch) AS SELECT 1": `error 42704 at 12: type "nosuch" does not exist`,
		"EXECUTE p (1, 'a')":             "EXECUTE p 2",
		"DEALLOCATE p":                   "DEALLOCATE",
		"DEALLOCATE ALL":                 "DEALLOCATE ALL",
		"DISCARD ALL":                    "DISCARD ALL",
		"DISCARD PLANS":                  "DISCARD PLANS",
		"DISCARD TEMP":                   "DISCARD TEMP",
		"DISCARD SEQUENCES":              "DISCARD SEQUENCES",
		"DECLARE c BINARY SCROLL CURSOR WITH HOLD FOR SELECT 1": "DECLARE CURSOR c binary=true scroll=true noscroll=false insensitive=false hold=true",
		"DECLARE c CURSOR FOR SELECT 1":                         "DECLARE CURSOR c binary=false scroll=false noscroll=false insensitive=false hold=false",
		"FETCH c":                                               "FETCH 0 1 c",
		"FETCH ALL FROM c":                                      "FETCH 0 9223372036854775807 c",
		"FETCH BACKWARD 5 IN c":                                 "FETCH 1 5 c",
		"FETCH PRIOR c":                                         "FETCH 1 1 c",
		"FETCH FIRST c":                                         "FETCH 2 1 c",
		"FETCH LAST c":                                          "FETCH 2 -1 c",
		"FETCH RELATIVE -2 c":                                   "FETCH 3 -2 c",
		"MOVE FORWARD ALL IN c":                                 "MOVE 0 9223372036854775807 c",
		"CLOSE c":                                               "CLOSE CURSOR",
		"CLOSE ALL":                                             "CLOSE CURSOR ALL",
		"LISTEN a":                                              "LISTEN",
		"UNLISTEN *":                                            "UNLISTEN",
		"NOTIFY a, 'x'":                                         `NOTIFY a "x"`,
		"LOCK TABLE flow_logs IN EXCLUSIVE MODE":                "LOCK TABLE",
		"LOCK nosuch":                                           "LOCK TABLE", // fails when it is run
		"CHECKPOINT":                                            "CHECKPOINT",
		"VACUUM FULL flow_logs":                                 "VACUUM",
		"ANALYZE":                                               "ANALYZE",
		"SET CONSTRAINTS ALL DEFERRED":                          "SET CONSTRAINTS",
		"SET CONSTRAINTS x DEFERRED":                            "SET CONSTRAINTS", // fails when it is run
		"EXPLAIN SELECT 1":                                      "EXPLAIN 0 analyze=false costs=true timing=false summary=false of SELECT",

		"EXPLAIN (ANALYZE, FORMAT yaml, COSTS off) DELETE FROM flow_logs": "EXPLAIN 3 analyze=true costs=false timing=true summary=true of DELETE",

		"EXPLAIN (FORMAT x) SELECT 1":                      `error 22023 at 10: unrecognized value for EXPLAIN option "format": "x"`,
		"EXPLAIN (NOSUCH) SELECT 1":                        `error 42601 at 10: unrecognized EXPLAIN option "nosuch"`,
		"EXPLAIN (ANALYZE maybe) SELECT 1":                 "error 42601 analyze requires a Boolean value",
		"EXPLAIN (WAL) SELECT 1":                           "error 22023 EXPLAIN option WAL requires ANALYZE",
		"EXPLAIN (TIMING) SELECT 1":                        "error 22023 EXPLAIN option TIMING requires ANALYZE",
		"EXPLAIN (ANALYZE, GENERIC_PLAN) SELECT 1":         "error 22023 EXPLAIN options ANALYZE and GENERIC_PLAN cannot be used together",
		"EXPLAIN EXECUTE p (1)":                            "EXPLAIN 0 analyze=false costs=true timing=false summary=false of EXECUTE",
		"EXPLAIN CREATE TABLE x AS SELECT 1":               "error 0A000 at 1: CREATE TABLE AS is not supported",
		"COPY flow_logs (region, \"flowLogId\") TO STDOUT": `COPY 0 '\t' "\\N" false '"' '"' [false false] `,

		"COPY (SELECT 1 AS a, 2 AS b) TO STDOUT WITH (FORMAT csv, HEADER, FORCE_QUOTE (b))": `COPY 1 ',' "" true '"' '"' [false true] `,
		"COPY (SELECT 1) TO STDOUT CSV QUOTE '''' ESCAPE '!' FORCE QUOTE *":                 `COPY 1 ',' "" false '\'' '!' [true] `,
		"COPY (SELECT 1) TO STDOUT (ENCODING 'latin-1')":                                    `COPY 0 '\t' "\\N" false '"' '"' [false] latin-1`,
		"COPY (DELETE FROM flow_logs RETURNING region) TO STDOUT BINARY":                    `COPY 2 '\t' "\\N" false '"' '"' [false] `,
		"  CREATE TABLE x (a int)":                                                          "error 0A000 at 3: CREATE TABLE is not supported",
		"SELECT 1 INTO x":                                                                   "error 0A000 at 1: SELECT INTO is not supported",
		"CREATE TABLE x AS SELECT 1":                                                        "error 0A000 at 1: CREATE TABLE AS is not supported",
		"CREATE TEMP VIEW v AS SELECT 1":                                                    "error 0A000 at 1: CREATE VIEW is not supported",
		"CREATE MATERIALIZED VIEW v AS SELECT 1":                                            "error 0A000 at 1: CREATE MATERIALIZED VIEW is not supported",
		"DROP VIEW pg_tables":                                                               "error 0A000 at 1: DROP VIEW is not supported",
		"DROP TEXT SEARCH DICTIONARY simple":                                                "error 0A000 at 1: DROP TEXT SEARCH DICTIONARY is not supported",
		"ALTER TABLE pg_class ADD COLUMN a int":                                             "error 0A000 at 1: ALTER TABLE is not supported",
		"ALTER TABLE pg_class RENAME relname TO b":                                          "error 0A000 at 1: ALTER TABLE is not supported",
		"ALTER VIEW pg_tables OWNER TO y":                                                   "error 0A000 at 1: ALTER VIEW is not supported",
		"CREATE INDEX ON flow_logs (region)":                                                "error 0A000 at 1: CREATE INDEX is not supported",
		"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'":                        "error 0A000 at 1: CREATE FUNCTION is not supported",
		"CREATE TYPE t AS (a int)":                                                          "error 0A000 at 1: CREATE TYPE is not supported",
		"CREATE TYPE t AS ENUM ('a')":                                                       "error 0A000 at 1: CREATE TYPE is not supported",
		"CREATE EXTENSION x":                                                                "error 0A000 at 1: CREATE EXTENSION is not supported",
		"CREATE ROLE x":                                                                     "error 0A000 at 1: CREATE ROLE is not supported",
		"CREATE DATABASE x":                                                                 "error 0A000 at 1: CREATE DATABASE is not supported",
		"TRUNCATE flow_logs":                                                                "error 0A000 at 1: TRUNCATE TABLE is not supported",
		"GRANT SELECT ON flow_logs TO x":                                                    "error 0A000 at 1: GRANT is not supported",
		"REVOKE a FROM b":                                                                   "error 0A000 at 1: REVOKE ROLE is not supported",
		"COMMENT ON TABLE flow_logs IS 'x'":                                                 "error 0A000 at 1: COMMENT is not supported",
		"REFRESH MATERIALIZED VIEW pg_class":                                                "error 0A000 at 1: REFRESH MATERIALIZED VIEW is not supported",
		"REINDEX TABLE pg_class":                                                            "error 0A000 at 1: REINDEX is not supported",
		"DO 'x'":                                                                            "error 0A000 at 1: PL/pgSQL other than RAISE, PERFORM, EXECUTE, NULL and SQL statements is not supported",
		"CALL f()":                                                                          `error 42883 at 6: procedure f() does not exist; hint No procedure matches the given name and argument types. You might need to add explicit type casts.`,
		"ALTER SYSTEM SET x = 1":                                                            "error 0A000 at 1: ALTER SYSTEM is not supported",
		"COPY flow_logs FROM STDIN":                                                         "error 0A000 at 1: COPY FROM is not supported",
		"COPY flow_logs TO '/tmp/x'":                                                        "error 0A000 at 1: COPY TO a file is not supported",
		"COPY flow_logs TO PROGRAM 'cat'":                                                   "error 0A000 at 1: COPY TO PROGRAM is not supported",
	} {
		if got := utilityLine(t, text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}
