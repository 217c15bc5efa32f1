package calls

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner"
)

// TestFreshness counts the calls of statements that follow one another, and
// holds that each sees what it has to.
func TestFreshness(t *testing.T) {
	em := callsFleet()
	em.AddResource(callsAccount, "us-west-2", "vpc-0000000a")
	e := callsEngine(t, em)
	mine, other := newCallsClient(t, e), newCallsClient(t, e)
	if _, err := mine.run("SELECT * FROM ec2.flow_logs"); err != nil {
		t.Fatal(err)
	}
	const (
		all    = `SELECT count(*) FROM flow_logs`
		west   = `SELECT count(*) FROM flow_logs WHERE region = 'us-west-2'`
		accept = `SELECT count(*) FROM flow_logs WHERE region = 'us-west-2' AND "trafficType" = 'ACCEPT'`
		insert = `INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region)
			VALUES ('vpc-0000000a', 'ACCEPT', 's3', 'arn:aws:s3:::fresh-%d', 'us-west-2')`
		remove = `DELETE FROM flow_logs WHERE region = 'us-west-2' AND "logDestination" LIKE 'arn:aws:s3:::fresh-%'`
	)
	n := 0
	create := func() string { n++; return fmt.Sprintf(insert, n) }
	run := func(c *callsClient, calls int, want, sql string) {
		t.Helper()
		em.ResetCalls()
		rows, err := c.run(sql)
		got := strings.Join(rows, ",")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s\ngives %s, want %s", sql, got, want)
		}
		if made := describes(em); calls >= 0 && made != calls {
			t.Errorf("%s\n%d calls, want %d", sql, made, calls)
		}
	}

	// READ COMMITTED: each statement asks anew.
	run(mine, 1, "30", west)
	run(mine, 1, "30", west)
	run(other, -1, "", create())
	run(mine, 1, "31", west)
	run(other, -1, "", remove)

	// REPEATABLE READ: asked once, and the same whatever others do.
	for _, level := range []string{"REPEATABLE READ", "SERIALIZABLE"} {
		run(mine, 0, "", "BEGIN ISOLATION LEVEL "+level)
		run(mine, 1, "30", west)
		run(other, -1, "", create())
		run(mine, 0, "30", west)
		run(mine, 0, "8", accept)
		run(mine, 2, "90", all)
		run(other, 1, "31", west)
		run(mine, -1, "", create())
		run(mine, -1, "31", west)
		run(mine, 0, "31", west)
		run(mine, 0, "9", accept)
		run(mine, 0, "", "SAVEPOINT s")
		run(mine, -1, "", create())
		run(mine, -1, "32", west)
		run(mine, -1, "", "ROLLBACK TO s")
		run(mine, 0, "31", west)
		run(mine, -1, "", "ROLLBACK")
		run(mine, 1, "31", west)
		run(other, -1, "", remove)
		run(mine, 1, "30", west)
	}

	// Tags that others have changed since are not overwritten.
	target := fmt.Sprintf("'fl-%08x'", 0xabc000+103*37) // one of us-west-2
	run(mine, 0, "", "BEGIN ISOLATION LEVEL REPEATABLE READ")
	run(mine, -1, "30", west)
	run(other, -1, "", `UPDATE flow_logs SET tags = '{"a": "other"}' WHERE region = 'us-west-2' AND "flowLogId" = `+target)
	run(mine, -1, "could not serialize access due to concurrent update (SQLSTATE 40001)",
		`UPDATE flow_logs SET tags = '{"a": "mine"}' WHERE region = 'us-west-2' AND "flowLogId" = `+target)
	run(mine, 0, "", "ROLLBACK")
	run(mine, 0, "", "BEGIN ISOLATION LEVEL REPEATABLE READ")
	run(mine, -1, "other", `SELECT tags->>'a' FROM flow_logs WHERE region = 'us-west-2' AND "flowLogId" = `+target)
	run(mine, -1, "", `UPDATE flow_logs SET tags = '{"a": "mine"}' WHERE region = 'us-west-2' AND "flowLogId" = `+target)
	run(mine, 0, "mine", `SELECT tags->>'a' FROM flow_logs WHERE region = 'us-west-2' AND "flowLogId" = `+target)
	run(mine, -1, "", "COMMIT")

	// flowgres.cache_ttl: asked once until this server writes to the region.
	for _, c := range []*callsClient{mine, other} {
		run(c, 0, "", "SET flowgres.cache_ttl = '1h'")
	}
	run(mine, 3, "90", all)
	run(mine, 0, "90", all)
	run(other, 0, "30", west)
	run(other, 0, "8", accept)
	run(other, -1, "", create())
	run(mine, 1, "91", all)
	run(mine, 0, "31", west)
	run(mine, 1, "", remove) // what is written to is not taken from the cache
	run(mine, 1, "90", all)
	run(mine, 0, "", "SET flowgres.cache_ttl = 0")
	run(mine, 3, "90", all)

	// Other roles share nothing of it.
	s, err := e.NewSession(t.Context(), planner.SessionOptions{User: "else", Database: "aws"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	foreign := &callsClient{s: s}
	run(foreign, 0, "", "SET flowgres.cache_ttl = '1h'")
	run(foreign, 3, "90", all)

	// flowgres.transaction_writes.
	run(mine, 0, "", "SET flowgres.transaction_writes = deferred")
	run(mine, 0, "", "BEGIN")
	run(mine, 0, "", create())
	run(other, 0, "90", all)
	run(mine, -1, "", "COMMIT")
	run(mine, 3, "91", all)
	run(mine, -1, "", remove)
	run(mine, 0, "", "SET flowgres.transaction_writes = reject")
	run(mine, 0, "", "BEGIN")
	run(mine, 0, "INSERT cannot run inside a transaction block (SQLSTATE 25001)", create())
	run(mine, 0, "", "ROLLBACK")
	run(mine, -1, "", create())
}

// TestCursorCalls counts the calls of FETCHes: a cursor that is closed after its
// first rows has not read every region.
func TestCursorCalls(t *testing.T) {
	em := callsFleet()
	c := newCallsClient(t, callsEngine(t, em))
	for _, x := range []struct {
		sql         string
		calls, rows int
	}{
		{"BEGIN", 0, 0},
		{`DECLARE c CURSOR FOR SELECT "flowLogId" FROM flow_logs`, 0, 0},
		{"FETCH 5 FROM c", 1, 5},
		{"FETCH 25 FROM c", 0, 25},
		{"FETCH 1 FROM c", -1, 1}, // the others, at once
		{"FETCH ALL FROM c", -1, 59},
		{"CLOSE c", 0, 0},
		{`DECLARE c CURSOR FOR SELECT "flowLogId" FROM flow_logs WHERE region LIKE 'us%' AND "trafficType" = 'ALL'`, 0, 0},
		{"FETCH FORWARD 2 FROM c", 1, 2},
		{"CLOSE c", 0, 0},
		{`DECLARE c CURSOR FOR SELECT "flowLogId" FROM flow_logs ORDER BY "flowLogId"`, 0, 0},
		{"FETCH 1 FROM c", 3, 1},
		{"FETCH ALL FROM c", 0, 89},
		{"CLOSE c", 0, 0},
		{`DECLARE c CURSOR FOR SELECT "flowLogId" FROM flow_logs WHERE region = 'mars-1'`, 0, 0},
		{"FETCH ALL FROM c", 0, 0},
		{"COMMIT", 0, 0},
		{"BEGIN", 0, 0},
		{`DECLARE h CURSOR WITH HOLD FOR SELECT "flowLogId" FROM flow_logs`, 0, 0},
		{"COMMIT", 3, 0},
		{"FETCH ALL FROM h", 0, 90},
		{"CLOSE h", 0, 0},
	} {
		em.ResetCalls()
		rows, err := c.run(x.sql)
		if n := describes(em); err != nil || x.calls >= 0 && n != x.calls || len(rows) != x.rows {
			t.Errorf("%s: %d calls, %d rows, %v; want %d, %d", x.sql, n, len(rows), err, x.calls, x.rows)
		}
	}
}

// TestPortalCalls counts the calls of Executes with a row limit.
func TestPortalCalls(t *testing.T) {
	em := callsFleet()
	c := newCallsClient(t, callsEngine(t, em))
	ctx := t.Context()
	for _, x := range []struct {
		sql    string
		params []string
		limits []int
		calls  []int // of each Execute; -1: of how many the endpoint counts now depends on time
	}{
		{`SELECT "flowLogId" FROM flow_logs`, nil, []int{5, 25, 1, 0}, []int{1, 0, -1, -1}},
		{`SELECT "flowLogId" FROM flow_logs WHERE region = $1`, []string{"us-west-2"}, []int{5, 30}, []int{1, 0}},
		{`SELECT region, count(*) FROM flow_logs GROUP BY region ORDER BY region`, nil, []int{1}, []int{1}},
		{`SELECT "flowLogId" FROM flow_logs ORDER BY "creationTime"`, nil, []int{1, 0}, []int{3, 0}},
		{`SELECT "flowLogId" FROM flow_logs ORDER BY region`, nil, []int{30}, []int{1}},
	} {
		values := [][]byte{}
		for _, p := range x.params {
			values = append(values, []byte(p))
		}
		err := c.s.Parse(ctx, "", x.sql, nil)
		if err == nil {
			err = c.s.Bind(ctx, "", "", planner.BoundValues(values...), nil)
		}
		for i, most := range x.limits {
			em.ResetCalls()
			if err == nil {
				_, err = c.s.Execute(ctx, "", most, c)
			}
			if n := describes(em); x.calls[i] >= 0 && n != x.calls[i] {
				t.Errorf("%s: %d calls for Execute %d of %d rows, want %d", x.sql, n, i+1, most, x.calls[i])
			}
		}
		if err == nil {
			err = c.s.Sync(ctx)
		}
		if err != nil {
			t.Errorf("%s: %v", x.sql, err)
		}
	}
}

// TestConcurrentStatements runs the same statement in many sessions at once:
// each sees at least what was there when it began, in fewer calls than alone.
func TestConcurrentStatements(t *testing.T) {
	em := callsFleet()
	e := callsEngine(t, em)
	em.Order(emulator.Fault{Action: "DescribeFlowLogs", Latency: 20 * time.Millisecond})
	const sessions, rounds = 8, 4
	clients := make([]*callsClient, sessions)
	for i := range clients {
		clients[i] = newCallsClient(t, e)
	}
	if _, err := clients[0].run("SELECT count(*) FROM flow_logs"); err != nil {
		t.Fatal(err)
	}
	em.ResetCalls()
	want := int64(90)
	for round := range rounds {
		var wg sync.WaitGroup
		for _, c := range clients {
			wg.Add(1)
			go func() {
				defer wg.Done()
				rows, err := c.run("SELECT count(*) FROM flow_logs")
				if err != nil || len(rows) != 1 || rows[0] != fmt.Sprint(want) {
					t.Errorf("%v, %v, want %d", rows, err, want)
				}
			}()
		}
		wg.Wait()
		em.Seed(callsAccount, "us-west-2", []emulator.FlowLog{{ID: fmt.Sprintf("fl-%017x", 0xfffff+round), ResourceID: "vpc-00000001"}})
		want++
	}
	if n := describes(em); n > sessions*rounds*3 {
		t.Errorf("%d calls", n)
	} else {
		t.Logf("%d calls for %d statements of 3 each", n, sessions*rounds)
	}
}

// TestExplainPlaces holds what EXPLAIN says of where conditions are decided.
func TestExplainPlaces(t *testing.T) {
	c := newCallsClient(t, callsEngine(t, callsFleet()))
	for _, x := range []struct {
		where string
		want  []string
	}{
		{`"trafficType" = 'ALL'`, []string{`Pushed: ("trafficType" = 'ALL'::text)`}},
		{`"resourceId" LIKE 'vpc-%'`, []string{`Pushed: ("resourceId" ~~ 'vpc-%'::text)`}},
		{`"resourceId" LIKE 'vpc-_'`, []string{`Pushed and checked: ("resourceId" ~~ 'vpc-_'::text): the filter lets more rows through`}},
		{`region > 'us-east-1'`, []string{`Pushed and checked: (region > 'us-east-1'::text): it only tells where to ask`}},
		{`"flowLogStatus" = 'ACTIVE'`, []string{`Not pushed: ("flowLogStatus" = 'ACTIVE'::text): DescribeFlowLogs has no filter for flowLogStatus`}},
		{`"logGroupName" IS NULL`, []string{`Not pushed: ("logGroupName" IS NULL): filters cannot ask for what is missing`}},
		{`lower("logGroupName") = 'x'`, []string{`Pushed and checked: (lower("logGroupName") = 'x'::text): what is pushed follows from it but says less`}},
		{`md5("logGroupName") = 'x'`, []string{`Pushed and checked: (md5("logGroupName") = 'x'::text): what follows from it is pushed`}},
		{`md5("resourceId") = 'x'`, []string{`Not pushed: (md5("resourceId") = 'x'::text): no filter expresses it`}},
		{`"flowLogId" <> "resourceId"`, []string{`Not pushed: ("flowLogId" <> "resourceId"): it speaks of several columns of a row`}},
		{`random() < 2`, []string{`Not pushed: (random() < '2'::double precision): it is volatile`}},
		{`"trafficType" = CASE WHEN random() < 2 THEN 'ALL' END`, []string{`it is volatile`}},
		{`"creationTime" > (SELECT max("creationTime") FROM flow_logs g WHERE g.region = flow_logs.region)`, []string{`it asks a subquery about each row`}},
		{`tags['env'] = '"prod"'`, []string{`Pushed and checked: (tags['env'::text] = '"prod"'::jsonb): what is pushed follows from it but says less`}},
		{`("trafficType" = 'ALL' AND region = 'us-east-1' OR "trafficType" = 'ACCEPT' AND tags ? 'x')`, []string{`: what each of its branches asks for is pushed`}},
	} {
		rows, err := c.run(`EXPLAIN (COSTS OFF) SELECT 1 FROM flow_logs WHERE ` + x.where)
		if err != nil {
			t.Errorf("%s: %v", x.where, err)
		}
		text := strings.Join(rows, "\n")
		for _, w := range x.want {
			if !strings.Contains(text, w) {
				t.Errorf("%s\nlacks %s:\n%s", x.where, w, text)
			}
		}
	}
	rows, err := c.run(`EXPLAIN (COSTS OFF) SELECT 1 FROM flow_logs a FULL JOIN flow_logs b ON a."resourceId" = b."resourceId"`)
	if text := strings.Join(rows, "\n"); err != nil || !strings.Contains(text, "Keys Not Handed Down: a full join wants all rows of both sides") {
		t.Errorf("%s, %v", text, err)
	}
}
