package ec2backend

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// sample makes a small set of flow logs that differ in what filters ask for.
func sample() []emulator.FlowLog {
	id := func(i int) string { return fmt.Sprintf("fl-%017x", i) }
	base := func(i int, resource, traffic, dest string, tags ...string) emulator.FlowLog {
		l := emulator.FlowLog{ID: id(i), ResourceID: resource, TrafficType: traffic, DestinationType: dest, DeliverStatus: "SUCCESS", Interval: 600}
		for j := 0; j+1 < len(tags); j += 2 {
			l.Tags = append(l.Tags, emulator.Tag{Key: tags[j], Value: tags[j+1]})
		}
		return l
	}
	logs := []emulator.FlowLog{
		base(1, "vpc-00000001", "ALL", "s3", "env", "prod", "team", "a"),
		base(2, "vpc-00000002", "REJECT", "s3", "env", "dev"),
		base(3, "subnet-00000003", "REJECT", "cloud-watch-logs", "env", "prod*"),
		base(4, "eni-00000004", "ACCEPT", "cloud-watch-logs", "note", "50% ?"),
		base(5, "tgw-00000005", "", "s3", "env", "prod"),
		base(6, "tgw-attach-00000006", "", "kinesis-data-firehose"),
		base(7, "vpc-00000007", "ALL", "s3", "env", "", "a:b", "c"),
	}
	logs[2].LogGroupName = "/aws/vpc/a"
	logs[3].LogGroupName = "/aws/vpc/b*"
	logs[3].DeliverStatus = "FAILED"
	return logs
}

func jsonb(t testing.TB, s string) adt.Datum {
	t.Helper()
	j, err := adt.ParseJSONB(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestPushdown holds for every request what rows come back, how the quals are
// served, and what is sent.
func TestPushdown(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions = []string{"us-east-1", "eu-west-1"} })
	f.Seed(testAccount, "us-east-1", sample())
	key := func(k string, q fdw.Qual) fdw.Qual { q.Key = &k; return q }
	many := func(n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("fl-%017x", i+1))
		}
		return out
	}
	for _, c := range []struct {
		name   string
		quals  []fdw.Qual
		served string // E, I, N a qual
		calls  int
		sent   string // filters of the first call
		rows   string // ids of what comes back, before any recheck
	}{
		{"none", nil, "", 2, "", "1234567"},
		{"equal", []fdw.Qual{eq(colTrafficType, "REJECT")}, "E", 2, "traffic-type=REJECT", "23"},
		{"in", []fdw.Qual{eq(colTrafficType, "REJECT", "ACCEPT")}, "E", 2, "traffic-type=REJECT,ACCEPT", "234"},
		{"two", []fdw.Qual{eq(colTrafficType, "REJECT"), eq(colLogDestinationType, "s3")}, "EE", 2, "log-destination-type=s3 traffic-type=REJECT", "2"},
		{"same filter twice", []fdw.Qual{eq(colTrafficType, "REJECT", "ALL"), eq(colTrafficType, "ALL", "ACCEPT")}, "EE", 2, "traffic-type=ALL", "17"},
		{"contradiction", []fdw.Qual{eq(colTrafficType, "REJECT"), eq(colTrafficType, "ALL")}, "EE", 0, "", ""},
		{"empty list", []fdw.Qual{{Column: colTrafficType, Op: fdw.OpIn}}, "E", 0, "", ""},
		{"case", []fdw.Qual{eq(colTrafficType, "reject")}, "E", 2, "traffic-type=reject", ""},
		{"region", []fdw.Qual{eq(colRegion, "us-east-1")}, "E", 1, "", "1234567"},
		{"other region", []fdw.Qual{eq(colRegion, "ap-south-1")}, "E", 0, "", ""},
		{"regions contradict", []fdw.Qual{eq(colRegion, "us-east-1"), eq(colRegion, "eu-west-1")}, "EE", 0, "", ""},
		{"region like", []fdw.Qual{op(colRegion, fdw.OpLike, "us-%")}, "E", 1, "", "1234567"},
		{"account", []fdw.Qual{eq(colAccountID, testAccount)}, "E", 2, "", "1234567"},
		{"other account", []fdw.Qual{eq(colAccountID, "999999999999")}, "E", 0, "", ""},
		{"unknown id", []fdw.Qual{eq(colFlowLogID, "fl-nope")}, "E", 2, "flow-log-id=fl-nope", ""},
		{"id", []fdw.Qual{eq(colFlowLogID, "fl-00000000000000001")}, "E", 2, "flow-log-id=fl-00000000000000001", "1"},
		{"200 ids", []fdw.Qual{eq(colFlowLogID, many(200)...)}, "E", 2, "", "1234567"},
		{"201 ids", []fdw.Qual{eq(colFlowLogID, many(201)...)}, "E", 2, "", "1234567"},
		{"201 ids and more", []fdw.Qual{eq(colFlowLogID, many(201)...), eq(colTrafficType, "ALL")}, "EE", 2, "", "17"},
		{"ids and resources", []fdw.Qual{eq(colFlowLogID, many(150)...), eq(colResourceID, append(many(199), "vpc-00000001")...)}, "EE", 2, "", "1"},
		{"wildcards in value", []fdw.Qual{eq(colLogGroupName, "/aws/vpc/b*")}, "E", 2, `log-group-name=/aws/vpc/b\*`, "4"},
		{"like prefix", []fdw.Qual{op(colLogGroupName, fdw.OpLike, "/aws/vpc/%")}, "E", 2, "log-group-name=/aws/vpc/*", "34"},
		{"like one", []fdw.Qual{op(colLogGroupName, fdw.OpLike, "/aws/vpc/_")}, "I", 2, "log-group-name=/aws/vpc/?", "3"},
		{"like escaped", []fdw.Qual{op(colLogGroupName, fdw.OpLike, `/aws/vpc/b\*`)}, "E", 2, `log-group-name=/aws/vpc/b\*`, "4"},
		{"like all", []fdw.Qual{op(colLogGroupName, fdw.OpLike, "%")}, "N", 2, "", "1234567"},
		{"starts with", []fdw.Qual{op(colResourceID, fdw.OpPrefix, "vpc-")}, "E", 2, "resource-id=vpc-*", "127"},
		{"long", []fdw.Qual{eq(colLogGroupName, strings.Repeat("x", 256))}, "N", 2, "", "1234567"},
		{"empty text", []fdw.Qual{eq(colLogGroupName, "")}, "N", 2, "", "1234567"},
		{"order", []fdw.Qual{op(colTrafficType, fdw.OpLt, "B")}, "N", 2, "", "1234567"},
		{"no filter", []fdw.Qual{eq(colFlowLogStatus, "ACTIVE")}, "N", 2, "", "1234567"},
		{"not null", []fdw.Qual{op(colFlowLogID, fdw.OpNotNull)}, "E", 2, "", "1234567"},
		{"null", []fdw.Qual{op(colFlowLogID, fdw.OpIsNull)}, "E", 0, "", ""},
		{"group not null", []fdw.Qual{op(colLogGroupName, fdw.OpNotNull)}, "I", 2, "log-group-name=*", "34"},
		{"type", []fdw.Qual{eq(colResourceType, "VPC")}, "E", 2, "resource-id=vpc-*", "127"},
		{"tgw", []fdw.Qual{eq(colResourceType, "TransitGateway")}, "E", 2, "resource-id=tgw-*", "5"},
		{"no such type", []fdw.Qual{eq(colResourceType, "Bucket")}, "E", 0, "", ""},
		{"type and id", []fdw.Qual{eq(colResourceID, "vpc-00000001", "eni-00000004"), eq(colResourceType, "VPC")}, "EE", 2, "resource-id=vpc-00000001,eni-00000004", "1"},
		{"tag", []fdw.Qual{tagEq("env", "prod")}, "E", 2, "tag:env=prod", "15"},
		{"tag in", []fdw.Qual{tagEq("env", "prod", "dev")}, "E", 2, "tag:env=prod,dev", "125"},
		{"tag with star", []fdw.Qual{tagEq("env", "prod*")}, "E", 2, `tag:env=prod\*`, "3"},
		{"tag like", []fdw.Qual{key("env", op(colTags, fdw.OpLike, "prod%"))}, "E", 2, "tag:env=prod*", "135"},
		{"empty tag", []fdw.Qual{tagEq("env", "")}, "I", 2, "tag-key=env", "12357"},
		{"key with colon", []fdw.Qual{tagEq("a:b", "c")}, "E", 2, "tag:a:b=c", "7"},
		{"key with star", []fdw.Qual{tagEq("e*", "c")}, "I", 2, `tag-key=e\*`, ""},
		{"has key", []fdw.Qual{op(colTags, fdw.OpHasKey, "team")}, "E", 2, "tag-key=team", "1"},
		{"has any", []fdw.Qual{op(colTags, fdw.OpHasAny, "team", "note")}, "E", 2, "tag-key=team,note", "14"},
		{"two keys", []fdw.Qual{op(colTags, fdw.OpHasKey, "team"), op(colTags, fdw.OpHasKey, "env")}, "EE", 2, "tag-key=team tag:env=*", "1"},
		{"contains", []fdw.Qual{op(colTags, fdw.OpContains, jsonb(t, `{"env":"prod","team":"a"}`))}, "E", 2, "tag:env=prod tag:team=a", "1"},
		{"contains number", []fdw.Qual{op(colTags, fdw.OpContains, jsonb(t, `{"env":1}`))}, "N", 2, "", "1234567"},
		{"contains nothing", []fdw.Qual{op(colTags, fdw.OpContains, jsonb(t, `{}`))}, "I", 2, "", "1234567"},
		{"set contains", []fdw.Qual{op(colTagSet, fdw.OpContains, jsonb(t, `[{"key":"env","value":"prod"}]`))}, "E", 2, "tag:env=prod", "15"},
		{"set contains key", []fdw.Qual{op(colTagSet, fdw.OpContains, jsonb(t, `[{"key":"env"}]`))}, "E", 2, "tag-key=env", "12357"},
		{"set contains value", []fdw.Qual{op(colTagSet, fdw.OpContains, jsonb(t, `[{"value":"prod"}]`))}, "I", 2, "", "1234567"},
		{"tags not null", []fdw.Qual{op(colTags, fdw.OpNotNull)}, "I", 2, "tag-key=*", "123457"},
	} {
		f.ResetCalls()
		rows, scan, err := f.scan(t, fdw.Request{Quals: c.quals})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		served := ""
		for _, s := range scan.Served {
			served += string("NIE"[s])
		}
		if served != c.served {
			t.Errorf("%s: served %s, want %s", c.name, served, c.served)
		}
		if n := f.describes(); n != c.calls {
			t.Errorf("%s: %d calls, want %d", c.name, n, c.calls)
		}
		if got := ids(rows); got != c.rows {
			t.Errorf("%s: rows %s, want %s", c.name, got, c.rows)
		}
		if c.sent != "" {
			if got := sent(f.Calls("DescribeFlowLogs")[0]); got != c.sent {
				t.Errorf("%s: sent %s, want %s", c.name, got, c.sent)
			}
		}
	}
}

// ids gives the last digits of rows' ids, sorted.
func ids(rows []adt.Row) string {
	var out []string
	for _, r := range rows {
		id := r[colFlowLogID].(string)
		out = append(out, id[len(id)-1:])
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// sent gives a call's filters, sorted by name.
func sent(c emulator.Call) string {
	var out []string
	for i := 1; c.Params.Has(fmt.Sprintf("Filter.%d.Name", i)); i++ {
		var vals []string
		for j := 1; c.Params.Has(fmt.Sprintf("Filter.%d.Value.%d", i, j)); j++ {
			vals = append(vals, c.Params.Get(fmt.Sprintf("Filter.%d.Value.%d", i, j)))
		}
		out = append(out, c.Params.Get(fmt.Sprintf("Filter.%d.Name", i))+"="+strings.Join(vals, ","))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestLateQuals opens scans with values that come late.
func TestLateQuals(t *testing.T) {
	f := newFixture(t, emulator.Options{}, nil)
	f.Seed(testAccount, "us-east-1", sample())
	late := func(col int, o fdw.Op) fdw.Qual { return fdw.Qual{Column: col, Op: o, Late: true} }
	run := func(want string, calls int, quals []fdw.Qual, args ...[]adt.Datum) {
		t.Helper()
		f.ResetCalls()
		rows, _, err := f.scan(t, fdw.Request{Quals: quals}, args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(rows); got != want || f.describes() != calls {
			t.Errorf("rows %s, want %s; %d calls, want %d", got, want, f.describes(), calls)
		}
	}
	one := []fdw.Qual{late(colResourceID, fdw.OpIn)}
	run("12", 1, one, []adt.Datum{"vpc-00000001", "vpc-00000002", "vpc-00000001"})
	run("", 0, one, []adt.Datum{})
	var big []adt.Datum
	for i := range 401 {
		big = append(big, fmt.Sprintf("vpc-%08x", i))
	}
	run("127", 3, one, big)
	run("1", 1, one, []adt.Datum{"vpc-00000001", strings.Repeat("x", 300)})
	run("2", 1, []fdw.Qual{late(colTrafficType, fdw.OpEq), eq(colLogDestinationType, "s3")}, []adt.Datum{"REJECT"})
	run("1234567", 1, []fdw.Qual{late(colRegion, fdw.OpEq)}, []adt.Datum{"us-east-1"})
	run("", 0, []fdw.Qual{late(colRegion, fdw.OpEq)}, []adt.Datum{"eu-west-1"})
}

// TestLimit counts calls and page sizes.
func TestLimit(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions = []string{"us-east-1", "eu-west-1", "us-west-2"} })
	f.SeedMany(testAccount, "us-east-1", 3000)
	for _, c := range []struct {
		limit int64
		quals []fdw.Qual
		rows  int
		calls int
		size  string
	}{
		{1, nil, 1, 1, "5"},
		{5, nil, 5, 1, "5"},
		{100, nil, 100, 1, "100"},
		{1000, nil, 1000, 1, "1000"},
		{1500, nil, 1500, 2, "1000"},
		{2, []fdw.Qual{eq(colTrafficType, "REJECT")}, 2, 1, "5"},
	} {
		f.ResetCalls()
		rows, scan, err := f.scan(t, fdw.Request{Limit: c.limit, Quals: c.quals})
		if err != nil {
			t.Fatal(err)
		}
		calls := f.Calls("DescribeFlowLogs")
		if !scan.Limited || len(rows) != c.rows || len(calls) != c.calls || calls[0].Params.Get("MaxResults") != c.size {
			t.Errorf("limit %d: limited %v, %d rows, %d calls, MaxResults %s", c.limit, scan.Limited, len(rows), len(calls), calls[0].Params.Get("MaxResults"))
		}
	}
	// With a qual that the engine checks the limit is its own, but nothing is
	// read ahead.
	f.ResetCalls()
	scan, err := f.b.flowLogs.Plan(fdw.Request{Session: f.session(), Columns: fewColumns(), Limit: 1, Quals: []fdw.Qual{eq(colFlowLogStatus, "ACTIVE")}})
	if err != nil {
		t.Fatal(err)
	}
	for range scan.Open(t.Context(), nil) {
		break
	}
	if scan.Limited || f.describes() != 1 {
		t.Errorf("limited %v, %d calls", scan.Limited, f.describes())
	}
}

// TestPlanMakesNoCall also shows what EXPLAIN says.
func TestPlanMakesNoCall(t *testing.T) {
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.Regions = []string{"us-east-1", "eu-west-1", "us-west-2"} })
	scan, err := f.b.flowLogs.Plan(fdw.Request{Columns: allColumns(), Quals: []fdw.Qual{
		eq(colRegion, "us-east-1", "eu-west-1"), eq(colTrafficType, "REJECT"),
		{Column: colCreationTime, Op: fdw.OpGt, Values: []adt.Datum{adt.TimestampTZ(0)}, Text: `("creationTime" > now())`},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `Remote API: ec2:DescribeFlowLogs
Account: default
Regions: us-east-1, eu-west-1 (2 of 3)
Remote Filter: traffic-type = REJECT`
	if got := strings.Join(scan.Detail, "\n"); got != want {
		t.Errorf("detail:\n%s\nwant:\n%s", got, want)
	}
	if why := strings.Join(scan.Why, "|"); why != "||DescribeFlowLogs has no filter for creationTime" {
		t.Errorf("reasons: %s", why)
	}
	if len(f.Calls()) != 0 {
		t.Errorf("planning made %d calls", len(f.Calls()))
	}
}
