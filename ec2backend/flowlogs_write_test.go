package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// newRow is a row for INSERT: column, value, ….
func newRow(pairs ...any) adt.Row {
	row := make(adt.Row, numColumns)
	for i := 0; i+1 < len(pairs); i += 2 {
		row[pairs[i].(int)] = pairs[i+1]
	}
	return row
}

// toS3 is a good row on a resource.
func toS3(resource string, more ...any) adt.Row {
	return newRow(append([]any{colResourceID, resource, colTrafficType, "ALL", colLogDestinationType, "s3", colLogDestination, "arn:aws:s3:::bucket"}, more...)...)
}

func (f *fixture) insert(t testing.TB, tx fdw.Tx, rows ...adt.Row) ([]adt.Row, error) {
	t.Helper()
	return f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session(), Tx: tx}, rows, nil, false)
}

func (f *fixture) mustInsert(t testing.TB, tx fdw.Tx, rows ...adt.Row) []adt.Row {
	t.Helper()
	out, err := f.insert(t, tx, rows...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (f *fixture) all(t testing.TB, tx fdw.Tx) []adt.Row {
	t.Helper()
	rows, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Tx: tx})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// writeFixture has ten VPCs and a transit gateway.
func writeFixture(t testing.TB, opts emulator.Options) *fixture {
	t.Helper()
	f := newFixture(t, opts, nil)
	for i := range 10 {
		f.AddResource(testAccount, "us-east-1", fmt.Sprintf("vpc-%08d", i))
	}
	f.AddResource(testAccount, "us-east-1", "tgw-00000001")
	return f
}

func (f *fixture) actions() string {
	var out []string
	for _, c := range f.Calls() {
		out = append(out, c.Action)
	}
	return strings.Join(out, " ")
}

func TestInsert(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	j := jsonb(t, `{"fileFormat": "parquet", "perHourPartition": true}`)
	out := f.mustInsert(t, nil,
		toS3("vpc-00000000", colDestinationOptions, j, colTags, jsonb(t, `{"env":"prod","Name":"x"}`), colMaxAggregationInterval, int32(60)),
		toS3("vpc-00000001", colDestinationOptions, j, colTagSet, jsonb(t, `[{"key":"Name","value":"x"},{"key":"env","value":"prod"}]`), colMaxAggregationInterval, int32(60)),
		newRow(colResourceID, "tgw-00000001", colLogDestinationType, "s3", colLogDestination, "arn:aws:s3:::bucket/p/"),
	)
	if got := f.actions(); strings.Count(got, "CreateFlowLogs") != 2 || strings.Count(got, "DescribeFlowLogs") != 1 {
		t.Errorf("calls: %s", got)
	}
	for i, want := range []string{"vpc-00000000", "vpc-00000001", "tgw-00000001"} {
		r := out[i]
		if r[colResourceID] != want || r[colFlowLogStatus] != "ACTIVE" || r[colRegion] != "us-east-1" || r[colAccountID] != testAccount || r[colMaxAggregationInterval] != int32(60) {
			t.Errorf("row %d: %v", i, r)
		}
	}
	if got := out[0][colTags].(*adt.JSONB).String(); got != `{"env": "prod", "Name": "x"}` {
		t.Errorf("tags %s", got)
	}
	if got := out[0][colDestinationOptions].(*adt.JSONB).String(); got != `{"fileFormat": "parquet", "perHourPartition": true, "hiveCompatiblePartitions": false}` {
		t.Errorf("options %s", got)
	}
	if got := out[2][colResourceType]; got != "TransitGateway" {
		t.Errorf("type %v", got)
	}
	if n := len(f.all(t, nil)); n != 3 {
		t.Errorf("%d rows", n)
	}
	// The same again conflicts, and nothing new is left.
	_, err := f.insert(t, nil, toS3("vpc-00000005"), toS3("vpc-00000000", colDestinationOptions, j, colMaxAggregationInterval, int32(60)))
	wantCode(t, err, pgerrcode.UniqueViolation)
	if n := len(f.all(t, nil)); n != 3 {
		t.Errorf("%d rows after a failed insert", n)
	}
	got, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session()}, []adt.Row{
		toS3("vpc-00000005"), toS3("vpc-00000000", colDestinationOptions, j, colMaxAggregationInterval, int32(60)), toS3("vpc-00000005"),
	}, nil, true)
	if err != nil || got[0] == nil || got[1] != nil || got[2] != nil {
		t.Errorf("on conflict do nothing: %v, %v", got, err)
	}
}

// TestInsertChecks holds that bad rows make no call.
func TestInsertChecks(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	for _, c := range []struct {
		name string
		row  adt.Row
		code string
		col  string // named by the error
	}{
		{"no resource", newRow(colTrafficType, "ALL"), pgerrcode.NotNullViolation, "resourceId"},
		{"no traffic", toS3("vpc-00000000", colTrafficType, nil), pgerrcode.NotNullViolation, "trafficType"},
		{"bad traffic", toS3("vpc-00000000", colTrafficType, "all"), pgerrcode.CheckViolation, "trafficType"},
		{"bad resource", toS3("bucket"), pgerrcode.CheckViolation, "resourceId"},
		{"wrong type", toS3("vpc-00000000", colResourceType, "Subnet"), pgerrcode.CheckViolation, "resourceType"},
		{"generated", toS3("vpc-00000000", colFlowLogID, "fl-1"), pgerrcode.GeneratedAlways, "flowLogId"},
		{"interval", toS3("vpc-00000000", colMaxAggregationInterval, int32(61)), pgerrcode.CheckViolation, "maxAggregationInterval"},
		{"tgw traffic", toS3("tgw-00000001"), pgerrcode.CheckViolation, "trafficType"},
		{"tgw interval", toS3("tgw-00000001", colTrafficType, nil, colMaxAggregationInterval, int32(600)), pgerrcode.CheckViolation, "maxAggregationInterval"},
		{"destination type", toS3("vpc-00000000", colLogDestinationType, "S3"), pgerrcode.CheckViolation, "logDestinationType"},
		{"no bucket", toS3("vpc-00000000", colLogDestination, nil), pgerrcode.NotNullViolation, "logDestination"},
		{"bad bucket", toS3("vpc-00000000", colLogDestination, "bucket"), pgerrcode.CheckViolation, "logDestination"},
		{"reserved folder", toS3("vpc-00000000", colLogDestination, "arn:aws:s3:::bucket/AWSLogs/"), pgerrcode.CheckViolation, "logDestination"},
		{"s3 with role", toS3("vpc-00000000", colDeliverLogsPermissionArn, "arn:x"), pgerrcode.CheckViolation, "deliverLogsPermissionArn"},
		{"s3 with group", toS3("vpc-00000000", colLogGroupName, "g"), pgerrcode.CheckViolation, "logGroupName"},
		{"no group", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL"), pgerrcode.NotNullViolation, "logGroupName"},
		{"no role", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogGroupName, "g"), pgerrcode.NotNullViolation, "deliverLogsPermissionArn"},
		{"format", toS3("vpc-00000000", colLogFormat, "srcaddr"), pgerrcode.CheckViolation, "logFormat"},
		{"options", toS3("vpc-00000000", colDestinationOptions, jsonb(t, `{"fileFormat":"csv"}`)), pgerrcode.CheckViolation, "destinationOptions"},
		{"options key", toS3("vpc-00000000", colDestinationOptions, jsonb(t, `{"x":1}`)), pgerrcode.CheckViolation, "destinationOptions"},
		{"tags", toS3("vpc-00000000", colTags, jsonb(t, `{"a":1}`)), pgerrcode.CheckViolation, "tags"},
		{"tags differ", toS3("vpc-00000000", colTags, jsonb(t, `{"a":"1"}`), colTagSet, jsonb(t, `[]`)), pgerrcode.CheckViolation, "tags"},
		{"region", toS3("vpc-00000000", colRegion, "mars-1"), pgerrcode.CheckViolation, "region"},
		{"cross account", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogDestinationType, "kinesis-data-firehose", colLogDestination, "arn:aws:firehose:us-east-1:999988887777:deliverystream:x"), pgerrcode.NotNullViolation, "deliverCrossAccountRole"},
		{"no type", toS3("other-1"), pgerrcode.CheckViolation, "resourceId"},
		{"unheard type", toS3("other-1", colResourceType, "Bridge"), pgerrcode.CheckViolation, "resourceType"},
		{"empty text", toS3("vpc-00000000", colLogFormat, ""), pgerrcode.CheckViolation, "logFormat"},
		{"both", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogGroupName, "g", colDeliverLogsPermissionArn, "arn:x",
			colLogDestination, "arn:aws:logs:us-east-1:111122223333:log-group:g"), pgerrcode.CheckViolation, "logDestination"},
		{"a bucket for a group", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogDestination, "arn:aws:s3:::bucket"), pgerrcode.CheckViolation, "logDestination"},
		{"options of a group", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogGroupName, "g", colDeliverLogsPermissionArn, "arn:x",
			colDestinationOptions, jsonb(t, `{"fileFormat":"parquet"}`)), pgerrcode.CheckViolation, "destinationOptions"},
		{"cross account bucket", toS3("vpc-00000000", colDeliverCrossAccountRole, "arn:x"), pgerrcode.CheckViolation, "deliverCrossAccountRole"},
		{"no stream", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogDestinationType, "kinesis-data-firehose"), pgerrcode.NotNullViolation, "logDestination"},
		{"bad stream", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogDestinationType, "kinesis-data-firehose", colLogDestination, "x"), pgerrcode.CheckViolation, "logDestination"},
		{"cross account role alone", newRow(colResourceID, "vpc-00000000", colTrafficType, "ALL", colLogDestinationType, "kinesis-data-firehose",
			colLogDestination, "arn:aws:firehose:us-east-1:999988887777:deliverystream:x", colDeliverCrossAccountRole, "arn:x"), pgerrcode.NotNullViolation, "deliverLogsPermissionArn"},
		{"no object", toS3("vpc-00000000", colDestinationOptions, jsonb(t, `[]`)), pgerrcode.CheckViolation, "destinationOptions"},
		{"tagged resources", toS3("vpc-00000000", colTagFieldSpecifications, jsonb(t, `[{"resourceType":"volume","tagKeys":["a"]}]`)), pgerrcode.CheckViolation, "tagFieldSpecifications"},
		{"no tag keys", toS3("vpc-00000000", colTagFieldSpecifications, jsonb(t, `[{"resourceType":"instance","tagKeys":[]}]`)), pgerrcode.CheckViolation, "tagFieldSpecifications"},
		{"tag twice", toS3("vpc-00000000", colTagSet, jsonb(t, `[{"key":"a","value":"1"},{"key":"a","value":"2"}]`)), pgerrcode.CheckViolation, "tagSet"},
		{"tag without key", toS3("vpc-00000000", colTags, jsonb(t, `{"":"1"}`)), pgerrcode.CheckViolation, "tags"},
		{"long key", toS3("vpc-00000000", colTags, jsonb(t, `{"`+strings.Repeat("ü", 129)+`":"1"}`)), pgerrcode.CheckViolation, "tags"},
		{"long value", toS3("vpc-00000000", colTags, jsonb(t, `{"a":"`+strings.Repeat("ü", 257)+`"}`)), pgerrcode.CheckViolation, "tags"},
		{"AWS's tag", toS3("vpc-00000000", colTags, jsonb(t, `{"AWS:x":"1"}`)), pgerrcode.CheckViolation, "tags"},
		{"many tags", toS3("vpc-00000000", colTags, jsonb(t, manyTags(51))), pgerrcode.CheckViolation, "tags"},
		{"account", toS3("vpc-00000000", colAccountID, "999900001111"), pgerrcode.CheckViolation, "accountId"},
		{"generated type", toS3("vpc-00000000", colCreationTime, adt.TimestampTZ(0)), pgerrcode.GeneratedAlways, "creationTime"},
	} {
		_, err := f.insert(t, nil, c.row)
		e := wantCode(t, err, c.code)
		if e.Column != c.col && e.Constraint != "flow_logs_"+c.col+"_check" {
			t.Errorf("%s: error names %q %q, want %s", c.name, e.Column, e.Constraint, c.col)
		}
	}
	if n := len(f.Calls("CreateFlowLogs")); n != 0 {
		t.Errorf("%d calls", n)
	}
	_, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session("flowgres.max_rows_per_write", "1")}, []adt.Row{toS3("vpc-00000000"), toS3("vpc-00000001")}, nil, false)
	wantCode(t, err, pgerrcode.ProgramLimitExceeded)
}

// manyTags is an object of so many tags.
func manyTags(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"k%d": "v"`, i)
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// TestInsertAtomic has some resources fail.
func TestInsertAtomic(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	_, err := f.insert(t, nil, toS3("vpc-00000000"), toS3("vpc-99999999"), toS3("vpc-00000001", colTrafficType, "REJECT"), toS3("vpc-88888888"))
	e := wantCode(t, err, pgerrcode.ForeignKeyViolation)
	for _, want := range []string{"vpc-99999999", "vpc-88888888", "InvalidVpcID.NotFound", "request id"} {
		if !strings.Contains(e.Detail, want) {
			t.Errorf("detail lacks %s: %s", want, e.Detail)
		}
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 0 {
		t.Errorf("%d flow logs left", n)
	}
	// When undoing fails too, the ids are told.
	f.Order(emulator.Fault{Action: "DeleteFlowLogs", Error: emulator.Unauthorized()})
	_, err = f.insert(t, nil, toS3("vpc-00000000"), toS3("vpc-99999999"))
	e = wantCode(t, err, pgerrcode.StatementCompletionUnknown)
	left := f.FlowLogs(testAccount, "us-east-1")
	if len(left) != 1 || !strings.Contains(e.Detail, left[0].ID) || !strings.Contains(e.Hint, left[0].ID) {
		t.Errorf("left %v; detail %s; hint %s", left, e.Detail, e.Hint)
	}
}

// TestLostReplies creates while replies get lost: nothing is made twice.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	f := writeFixture(t, emulator.Options{LogsPerResource: -1})
	for i := range 30 {
		f.Order(emulator.Fault{Action: "CreateFlowLogs", Drop: emulator.DropAfter, Times: 1 + i%2})
		out := f.mustInsert(t, nil, toS3("vpc-00000000", colLogDestination, fmt.Sprintf("arn:aws:s3:::bucket/%d/", i)))
		if out[0][colFlowLogID] == nil {
			t.Fatal("no id")
		}
		f.ClearFaults()
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 30 {
		t.Errorf("%d flow logs, want 30", n)
	}
}

func TestDelete(t *testing.T) {
	for _, whole := range []bool{false, true} {
		f := writeFixture(t, emulator.Options{DeleteFails: whole})
		rows := f.mustInsert(t, nil, toS3("vpc-00000000"), toS3("vpc-00000001"), toS3("vpc-00000002"))
		req := fdw.WriteRequest{Session: f.session()}
		was, err := f.b.flowLogs.Delete(t.Context(), req, rows[:1])
		if err != nil || !was[0] {
			t.Fatal(was, err)
		}
		f.ResetCalls()
		was, err = f.b.flowLogs.Delete(t.Context(), req, rows)
		if err != nil || was[0] || !was[1] || !was[2] {
			t.Fatal(was, err)
		}
		if n := len(f.Calls("DeleteFlowLogs")); n != 1 {
			t.Errorf("%d calls", n)
		}
		if n := len(f.all(t, nil)); n != 0 {
			t.Errorf("%d left", n)
		}
	}
}

func TestUpdateTags(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	rows := f.mustInsert(t, nil, toS3("vpc-00000000", colTags, jsonb(t, `{"env":"dev","a":"1"}`)), toS3("vpc-00000001", colTags, jsonb(t, `{"env":"dev","a":"1"}`)))
	news := make([]adt.Row, 2)
	for i := range news {
		news[i] = append(adt.Row{}, rows[i]...)
		news[i][colTags] = jsonb(t, `{"env":"prod","b":""}`)
	}
	f.ResetCalls()
	out, err := f.b.flowLogs.Update(t.Context(), fdw.WriteRequest{Session: f.session()}, rows, news)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.actions(); got != "DeleteTags CreateTags" {
		t.Errorf("calls: %s", got)
	}
	for i, r := range f.all(t, nil) {
		if got := r[colTags].(*adt.JSONB).String(); got != `{"b": "", "env": "prod"}` || out[i][colTagSet].(*adt.JSONB).String() != `[{"key": "b", "value": ""}, {"key": "env", "value": "prod"}]` {
			t.Errorf("tags %s, returned %v", got, out[i][colTagSet])
		}
	}
	wantCode(t, f.b.flowLogs.CheckUpdate([]int{colTags, colTrafficType}), pgerrcode.FeatureNotSupported)
}

// TestTransactions walks through a block with savepoints.
func TestTransactions(t *testing.T) {
	ctx := context.Background()
	f := writeFixture(t, emulator.Options{})
	old := f.mustInsert(t, nil, toS3("vpc-00000000", colTags, jsonb(t, `{"env":"dev"}`)), toS3("vpc-00000001"))
	count := func(tx fdw.Tx) int { return len(f.all(t, tx)) }

	tx := f.b.flowLogs.Begin(f.session(), true)
	f.mustInsert(t, tx, toS3("vpc-00000002"))
	req := fdw.WriteRequest{Session: f.session(), Tx: tx}
	mark := tx.Mark()
	f.mustInsert(t, tx, toS3("vpc-00000003"))
	if _, err := f.b.flowLogs.Delete(ctx, req, old[1:]); err != nil {
		t.Fatal(err)
	}
	news := append(adt.Row{}, old[0]...)
	news[colTags] = jsonb(t, `{"env":"prod"}`)
	if _, err := f.b.flowLogs.Update(ctx, req, old[:1], []adt.Row{news}); err != nil {
		t.Fatal(err)
	}
	if in, out := count(tx), count(nil); in != 3 || out != 4 {
		t.Errorf("inside %d rows, outside %d", in, out)
	}
	tagged, _, err := f.scan(t, fdw.Request{Tx: tx, Columns: allColumns(), Quals: []fdw.Qual{tagEq("env", "prod")}})
	if err != nil || len(tagged) != 1 || tagged[0][colTags].(*adt.JSONB).String() != `{"env": "prod"}` {
		t.Errorf("own tag change not seen: %v %v", tagged, err)
	}
	_, err = f.insert(t, tx, toS3("vpc-00000001"))
	wantCode(t, err, pgerrcode.FeatureNotSupported)
	if err := tx.RollbackTo(ctx, mark); err != nil {
		t.Fatal(err)
	}
	if in, out := count(tx), count(nil); in != 3 || out != 3 {
		t.Errorf("after rollback to: inside %d rows, outside %d", in, out)
	}
	if _, err := f.b.flowLogs.Delete(ctx, req, old[1:]); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if n := count(nil); n != 2 {
		t.Errorf("%d rows after commit", n)
	}

	tx = f.b.flowLogs.Begin(f.session(), true)
	f.mustInsert(t, tx, toS3("vpc-00000004"), toS3("vpc-00000005"))
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 2 {
		t.Errorf("%d flow logs after rollback", n)
	}

	tx = f.b.flowLogs.Begin(f.session(), true)
	made := f.mustInsert(t, tx, toS3("vpc-00000006"))
	if _, err := f.b.flowLogs.Delete(ctx, fdw.WriteRequest{Session: f.session(), Tx: tx}, old[:1]); err != nil {
		t.Fatal(err)
	}
	remove := f.Order(emulator.Fault{Action: "DeleteFlowLogs", Times: 1, Error: emulator.Unauthorized()})
	err = tx.Commit(ctx)
	remove()
	e := wantCode(t, err, pgerrcode.InsufficientPrivilege)
	if !strings.Contains(e.Detail, made[0][colFlowLogID].(string)) || !strings.HasPrefix(e.Message, "could not commit") {
		t.Errorf("commit error %q, detail %q", e.Message, e.Detail)
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 2 {
		t.Errorf("%d flow logs after a failed commit", n)
	}
}

// TestDryRun sends writes that do nothing.
func TestDryRun(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	rows := f.mustInsert(t, nil, toS3("vpc-00000000"))
	s := f.session("flowgres.dry_run", "on")
	out, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: s}, []adt.Row{toS3("vpc-00000001")}, nil, false)
	if err != nil || out[0] != nil {
		t.Error(out, err)
	}
	was, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: s}, rows)
	if err != nil || was[0] {
		t.Error(was, err)
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 1 || len(f.warn.list) != 2 {
		t.Errorf("%d flow logs, notices %v", n, f.warn.list)
	}
}

// TestOwnWrites reads what was just written though DescribeFlowLogs lags.
func TestOwnWrites(t *testing.T) {
	f := writeFixture(t, emulator.Options{VisibleAfter: time.Hour})
	req := fdw.WriteRequest{Session: f.session(), CountOnly: true}
	if _, err := f.b.flowLogs.Insert(t.Context(), req, []adt.Row{toS3("vpc-00000000"), toS3("vpc-00000001", colTrafficType, "REJECT")}, nil, false); err != nil {
		t.Fatal(err)
	}
	if n := len(f.Calls("DescribeFlowLogs")); n != 0 {
		t.Errorf("%d describes", n)
	}
	rows, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Quals: []fdw.Qual{eq(colTrafficType, "REJECT")}})
	if err != nil || len(rows) != 1 || rows[0][colResourceID] != "vpc-00000001" {
		t.Fatal(rows, err)
	}
	if _, err := f.b.flowLogs.Delete(t.Context(), req, rows); err != nil {
		t.Fatal(err)
	}
	if n := len(f.all(t, nil)); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// TestOwnTagChanges reads tags that were just changed though DescribeFlowLogs shows
// the old ones, until others have changed them, too.
func TestOwnTagChanges(t *testing.T) {
	f := writeFixture(t, emulator.Options{TagsAfter: time.Hour})
	rows := f.mustInsert(t, nil, toS3("vpc-00000000", colTags, jsonb(t, `{"env":"dev"}`)), toS3("vpc-00000001"))
	change := func(tx fdw.Tx, row adt.Row, tags string) adt.Row {
		t.Helper()
		news := append(adt.Row{}, row...)
		news[colTags] = jsonb(t, tags)
		out, err := f.b.flowLogs.Update(t.Context(), fdw.WriteRequest{Session: f.session(), Tx: tx}, []adt.Row{row}, []adt.Row{news})
		if err != nil || len(out) != 1 || out[0] == nil {
			t.Fatal(out, err)
		}
		return out[0]
	}
	tagged := func(q fdw.Qual, want ...string) {
		t.Helper()
		found, _, err := f.scan(t, fdw.Request{Columns: []int{colFlowLogID, colTags}, Quals: []fdw.Qual{q}})
		var got []string
		for _, r := range found {
			got = append(got, fmt.Sprint(r[colResourceID], r[colTags]))
		}
		if slices.Sort(got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: %q, want %q, %v", q, got, want, err)
		}
	}
	first := change(nil, rows[0], `{"env":"prod","a":"1"}`)
	tagged(tagEq("env", "dev"))
	tagged(tagEq("env", "prod"), `vpc-00000000{"a": "1", "env": "prod"}`)
	tagged(eq(colResourceID, "vpc-00000000"), `vpc-00000000{"a": "1", "env": "prod"}`)

	// In a block, and once it is committed; back to what it was.
	tx := f.b.flowLogs.Begin(f.session(), true)
	change(tx, first, `{"env":"test"}`)
	change(tx, rows[1], `{"env":"test"}`)
	tagged(tagEq("env", "prod"), `vpc-00000000{"a": "1", "env": "prod"}`)
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	tagged(tagEq("env", "prod"))
	tagged(tagEq("env", "test"), `vpc-00000000{"env": "test"}`, `vpc-00000001{"env": "test"}`)
	tagged(fdw.Qual{Column: colTags, Op: fdw.OpHasKey, Values: []adt.Datum{"a"}})

	// A reply that shows neither the old tags nor ours is another's change.
	f.Retag(testAccount, "us-east-1", rows[0][colFlowLogID].(string), []emulator.Tag{{Key: "env", Value: "theirs"}})
	tagged(eq(colResourceID, "vpc-00000000"), `vpc-00000000{"env": "theirs"}`)
	if _, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: f.session()}, rows[1:]); err != nil {
		t.Fatal(err)
	}
	tagged(tagEq("env", "test"))
}

// TestBeforeWrite refuses writes before their first call.
func TestBeforeWrite(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	row := f.mustInsert(t, nil, toS3("vpc-00000000"))
	var seen []string
	refusal := fmt.Errorf("no room")
	f.b.cfg.BeforeWrite = func(w WriteRecord) error {
		seen = append(seen, fmt.Sprint(w.Command, w.Rows))
		return refusal
	}
	before := f.actions()
	if _, err := f.insert(t, nil, toS3("vpc-00000001"), toS3("vpc-00000002")); !errors.Is(err, refusal) {
		t.Error(err)
	}
	req := fdw.WriteRequest{Session: f.session()}
	if _, err := f.b.flowLogs.Update(t.Context(), req, row, row); !errors.Is(err, refusal) {
		t.Error(err)
	}
	if _, err := f.b.flowLogs.Delete(t.Context(), req, row); !errors.Is(err, refusal) {
		t.Error(err)
	}
	if got := strings.Join(seen, " "); got != "INSERT2 UPDATE1 DELETE1" {
		t.Error(got)
	}
	if after := f.actions(); after != before {
		t.Errorf("calls: %s, were %s", after, before)
	}
}
