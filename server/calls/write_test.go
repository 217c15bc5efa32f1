package calls

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// writeShape is a statement that writes, with the fewest calls that do it: c
// CreateFlowLogs, d DeleteFlowLogs, r DescribeFlowLogs, t CreateTags, u DeleteTags.
type writeShape struct{ sql, fewest string }

// writeShapes run one after the other.
var writeShapes = []writeShape{
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) SELECT 'vpc-0000000' || i, 'ALL', 's3', 'arn:aws:s3:::first', 'us-west-2' FROM generate_series(0, 3) i`, "c"},
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) SELECT 'vpc-0000000' || i, 'ALL', 's3', 'arn:aws:s3:::first', 'eu-west-1' FROM generate_series(0, 3) i RETURNING "flowLogId", "creationTime"`, "cr"},
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) SELECT 'vpc-00000007', t, 's3', 'arn:aws:s3:::' || g, g FROM unnest(ARRAY['us-west-2', 'eu-west-1']) g, unnest(ARRAY['ALL', 'REJECT']) t`, "cccc"},
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('vpc-00000000', 'ALL', 's3', 'arn:aws:s3:::first', 'us-west-2') ON CONFLICT DO NOTHING`, "c"},
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) SELECT 'vpc-00000000', 'ALL', 's3', 'arn:aws:s3:::first', 'us-west-2' WHERE false`, ""},
	{`MERGE INTO flow_logs t USING (VALUES ('vpc-00000000', 'us-west-2'), ('vpc-00000005', 'us-west-2')) s(r, g) ON t."resourceId" = s.r AND t.region = s.g AND t."logDestination" = 'arn:aws:s3:::first'
		WHEN MATCHED THEN UPDATE SET tags = '{"m": "1"}'
		WHEN NOT MATCHED THEN INSERT ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES (s.r, 'ALL', 's3', 'arn:aws:s3:::first', s.g)`, "crt"},
	{`MERGE INTO flow_logs t USING (VALUES ('vpc-00000000', 'us-west-2'), ('vpc-00000005', 'us-west-2')) s(r, g) ON t."resourceId" = s.r AND t.region = s.g AND t."logDestination" = 'arn:aws:s3:::first'
		WHEN MATCHED THEN DO NOTHING
		WHEN NOT MATCHED THEN INSERT ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES (s.r, 'ALL', 's3', 'arn:aws:s3:::first', s.g)`, "r"},
	{`MERGE INTO flow_logs t USING (VALUES ('vpc-00000000'), ('vpc-00000001')) s(r) ON t."resourceId" = s.r AND t.region = 'us-west-2' AND t."logDestination" = 'arn:aws:s3:::first'
		WHEN MATCHED AND t.tags->>'m' = '1' THEN DELETE
		WHEN MATCHED THEN UPDATE SET tags = '{"n": "1"}'`, "drt"},
	{`MERGE INTO flow_logs t USING (SELECT "resourceId" r FROM flow_logs WHERE region = 'eu-west-1' AND "logDestination" = 'arn:aws:s3:::first') s ON t."resourceId" = s.r AND t.region = 'us-west-2' AND t."logDestination" = 'arn:aws:s3:::first'
		WHEN MATCHED THEN UPDATE SET tags = '{"n": "2"}'
		WHEN NOT MATCHED THEN INSERT ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES (s.r, 'ALL', 's3', 'arn:aws:s3:::first', 'us-west-2')`, "crrt"},
	{`MERGE INTO flow_logs t USING (VALUES ('mars-1')) s(g) ON t.region = s.g WHEN MATCHED THEN DELETE`, ""},
	{`UPDATE flow_logs SET tags = coalesce(tags, '{}') || '{"x": "y"}' WHERE region = 'us-west-2' AND "logDestination" = 'arn:aws:s3:::first'`, "rt"},
	{`UPDATE flow_logs SET tags = coalesce(tags, '{}') || '{"x": "y"}' WHERE region = 'us-west-2' AND "logDestination" = 'arn:aws:s3:::first'`, "r"},
	{`UPDATE flow_logs SET tags = tags - 'x' WHERE region = 'us-west-2' AND "logDestination" = 'arn:aws:s3:::first' RETURNING tags`, "ru"},
	{`UPDATE flow_logs f SET "tagSet" = v.t::jsonb FROM (VALUES ('vpc-00000001', '[{"key": "a", "value": "b"}]')) v(r, t) WHERE f."resourceId" = v.r AND f.region = 'us-west-2'`, "rtu"},
	{`UPDATE flow_logs SET tags = NULL WHERE region = 'us-west-2' AND region = 'eu-west-1'`, ""},
	{`DELETE FROM flow_logs WHERE region = 'mars-1'`, ""},
	{`DELETE FROM flow_logs f USING (VALUES ('vpc-00000001', 'us-west-2')) v(r, g) WHERE f."resourceId" = v.r AND f.region = v.g AND f."logDestination" = 'arn:aws:s3:::first'`, "dr"},
	{`DELETE FROM flow_logs WHERE region = 'us-west-2' AND "flowLogId" IN (SELECT "flowLogId" FROM flow_logs WHERE region = 'us-west-2' AND "logDestination" = 'arn:aws:s3:::first' ORDER BY "resourceId" LIMIT 1)`, "dr"},
	{`WITH d AS (DELETE FROM flow_logs WHERE region = 'us-west-2' AND "logDestination" = 'arn:aws:s3:::first' RETURNING *) SELECT count(*) FROM d`, "dr"},
	{`WITH i AS (INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('vpc-00000006', 'ALL', 's3', 'arn:aws:s3:::second', 'us-west-2') RETURNING *) SELECT count("creationTime") FROM i`, "cr"},
	{`DELETE FROM flow_logs WHERE "logDestination" IN ('arn:aws:s3:::first', 'arn:aws:s3:::second') AND region IN ('us-west-2', 'eu-west-1')`, "ddrr"},
	{`BEGIN; DELETE FROM flow_logs WHERE region = 'us-west-2' AND "flowLogId" = 'fl-00abce74'; UPDATE flow_logs SET tags = '{"t": "1"}' WHERE region = 'us-west-2' AND "flowLogId" = 'fl-00abce99'; ROLLBACK`, "rr"},
	{`BEGIN; DELETE FROM flow_logs WHERE region = 'us-west-2' AND "flowLogId" = 'fl-00abce74'; DELETE FROM flow_logs WHERE region = 'us-west-2' AND "flowLogId" = 'fl-00abce99'; COMMIT`, "drr"},
	{`BEGIN; INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('vpc-00000006', 'ALL', 's3', 'arn:aws:s3:::third', 'us-west-2'); ROLLBACK`, "cd"},
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('vpc-00000006', 'ALL', 's3', 'arn:aws:s3:::four', 'us-west-2') RETURNING "flowLogId" IS NULL, "resourceId", region, "accountId", "resourceType"`, "c"},
	{`INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('vpc-00000006', 'ALL', 's3', 'arn:aws:s3:::five', 'us-west-2'), ('vpc-00000005', 'ALL', 's3', 'arn:aws:s3:::five', 'us-west-2') RETURNING "flowLogId" IS NULL`, "cr"},
	{`WITH i AS (INSERT INTO flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination", region) VALUES ('vpc-00000006', 'ALL', 's3', 'arn:aws:s3:::six', 'us-west-2') RETURNING region) SELECT * FROM i`, "c"},
}

// TestWriteCalls counts the calls of statements that write and holds them against
// the table in testdata, which it writes with -update.
func TestWriteCalls(t *testing.T) {
	em := callsFleet()
	for i := range 8 {
		em.AddResource(callsAccount, "us-west-2", fmt.Sprintf("vpc-%08x", i))
		em.AddResource(callsAccount, "eu-west-1", fmt.Sprintf("vpc-%08x", i))
	}
	c := newCallsClient(t, callsEngine(t, em))
	if _, err := c.run("SELECT * FROM flow_logs"); err != nil {
		t.Fatal(err)
	}
	letters := map[string]string{"CreateFlowLogs": "c", "DeleteFlowLogs": "d", "DescribeFlowLogs": "r", "CreateTags": "t", "DeleteTags": "u"}
	text := "# The calls of statements that write, in their order, written by TestWriteCalls: made, fewest, rows, statement.\n"
	for _, k := range slices.Sorted(maps.Keys(letters)) {
		text += "# " + letters[k] + " is " + k + "\n"
	}
	for _, q := range writeShapes {
		em.ResetCalls()
		if _, err := c.run(q.sql); err != nil {
			t.Errorf("%s\n%v", q.sql, err)
			continue
		}
		var made []string
		for _, call := range em.Calls() {
			made = append(made, letters[call.Action])
		}
		slices.Sort(made)
		got := strings.Join(made, "")
		if got != q.fewest {
			t.Errorf("%s\ncalls %q, %q would do", q.sql, got, q.fewest)
		}
		text += fmt.Sprintf("%s\t%s\t%s\t%s\n", orDash(got), orDash(q.fewest), strings.Join(c.tags, ", "), strings.Join(strings.Fields(q.sql), " "))
	}
	const file = "testdata/write_calls.txt"
	if *updateCalls {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, _ := os.ReadFile(file); string(have) != text {
		t.Errorf("%s is not what the test finds; run it with -update", file)
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
