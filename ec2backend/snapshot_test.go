package ec2backend

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// snapshotFixture has ten flow logs: on vpc-00000000 to vpc-00000009, the even
// ones ACCEPT and tagged.
func snapshotFixture(t *testing.T) *fixture {
	f := newFixture(t, emulator.Options{LogsPerResource: -1}, nil)
	var logs []emulator.FlowLog
	for i := range 10 {
		l := emulator.FlowLog{
			ID: fmt.Sprintf("fl-%08x", i), ResourceID: fmt.Sprintf("vpc-%08x", i), TrafficType: "REJECT", DeliverStatus: "SUCCESS",
			DestinationType: "s3", Destination: "arn:aws:s3:::bucket",
			Created: time.Date(2024, 2, 1, 0, 0, i, 0, time.UTC),
		}
		if i%2 == 0 {
			l.TrafficType, l.Tags = "ACCEPT", []emulator.Tag{{Key: "env", Value: "prod"}}
		}
		logs = append(logs, l)
		f.AddResource(testAccount, "us-east-1", l.ResourceID)
	}
	f.Seed(testAccount, "us-east-1", logs)
	return f
}

// inSnapshot begins a REPEATABLE READ transaction.
func (f *fixture) inSnapshot() (*fdw.Session, fdw.Tx) {
	s := f.began()
	s.Snapshot = &fdw.Kept{}
	return s, f.b.flowLogs.Begin(s, true)
}

// TestSnapshotAgrees reads a region in parts and then whole, while others write:
// what the reads have in common is the same.
func TestSnapshotAgrees(t *testing.T) {
	f := snapshotFixture(t)
	write := fdw.WriteRequest{Session: f.session()}
	before := f.all(t, nil)
	s, x := f.inSnapshot()
	ask := func(want string, quals ...fdw.Qual) []adt.Row {
		t.Helper()
		rows, _, err := f.scan(t, fdw.Request{Session: s, Tx: x, Quals: quals, Columns: allColumns()})
		if got := ids(rows); err != nil || got != want || countIDs(rows) != len(rows) {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
		return rows
	}
	accept, prod := eq(colTrafficType, "ACCEPT"), tagEq("env", "prod")
	ask("02468", accept)
	// Others delete one that was read and one that was not, change one of each,
	// and make one that would have been read and one that would not.
	if _, err := f.b.flowLogs.Delete(t.Context(), write, []adt.Row{before[2], before[3]}); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{4, 5} {
		changed := append(adt.Row(nil), before[i]...)
		changed[colTags] = jsonb(t, `{"env":"dev"}`)
		if _, err := f.b.flowLogs.Update(t.Context(), write, []adt.Row{before[i]}, []adt.Row{changed}); err != nil {
			t.Fatal(err)
		}
	}
	f.Seed(testAccount, "us-east-1", []emulator.FlowLog{
		{ID: "fl-0000000a", ResourceID: "vpc-0000000a", TrafficType: "ACCEPT"}, {ID: "fl-0000000b", ResourceID: "vpc-0000000b", TrafficType: "REJECT"},
	})
	rows := ask("012456789b")
	for _, r := range rows {
		tags, _ := readTagObject(r[colTags])
		switch r[colFlowLogID] {
		case "fl-00000004":
			if len(tags) != 1 || tags[0].value != "prod" {
				t.Errorf("it has been read with other tags: %v", tags)
			}
		case "fl-00000005":
			if len(tags) != 1 || tags[0].value != "dev" {
				t.Errorf("it was read first now: %v", tags)
			}
		}
	}
	ask("02468", accept)
	ask("02468", prod)
	ask("5", tagEq("env", "dev"))
	ask("2", eq(colFlowLogID, "fl-00000002"))
	ask("", eq(colFlowLogID, "fl-0000000a"))
	if err := x.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(f.warn.list); n != 1 || pgerr.From(f.warn.list[0]).Code != pgerrcode.Warning {
		t.Errorf("warnings: %v", f.warn.list)
	}
}

// TestSnapshotConflicts has others change what a transaction goes on to read or
// to write.
func TestSnapshotConflicts(t *testing.T) {
	f := snapshotFixture(t)
	write := fdw.WriteRequest{Session: f.session()}
	rows := f.all(t, nil)
	retag := func(i int, tags string) {
		t.Helper()
		now, _, err := f.scan(t, fdw.Request{Quals: []fdw.Qual{eq(colFlowLogID, rows[i][colFlowLogID].(string))}, Columns: allColumns()})
		if err != nil {
			t.Fatal(err)
		}
		changed := append(adt.Row(nil), now[0]...)
		changed[colTags], changed[colTagSet] = jsonb(t, tags), nil
		if _, err := f.b.flowLogs.Update(t.Context(), write, now, []adt.Row{changed}); err != nil {
			t.Fatal(err)
		}
	}
	// A read meets what it would have had to show before.
	s, x := f.inSnapshot()
	req := fdw.Request{Session: s, Tx: x, Columns: allColumns()}
	narrow := req
	narrow.Quals = []fdw.Qual{tagEq("env", "prod")}
	if got, _, err := f.scan(t, narrow); err != nil || len(got) != 5 {
		t.Fatal(len(got), err)
	}
	retag(1, `{"env":"prod"}`)
	_, _, err := f.scan(t, req)
	wantCode(t, err, pgerrcode.SerializationFailure)
	_ = x.Rollback(t.Context())

	// A DELETE meets what was changed, and what is gone; its own it may delete.
	s, x = f.inSnapshot()
	req = fdw.Request{Session: s, Tx: x, Columns: allColumns()}
	had, _, err := f.scan(t, req)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]adt.Row{}
	for _, r := range had {
		byID[r[colFlowLogID].(string)] = r
	}
	own := fdw.WriteRequest{Session: s, Tx: x}
	retag(3, `{"x":"y"}`)
	_, err = f.b.flowLogs.Delete(t.Context(), own, []adt.Row{byID["fl-00000000"], byID["fl-00000003"]})
	if e := wantCode(t, err, pgerrcode.SerializationFailure); e.Message != "could not serialize access due to concurrent update" {
		t.Error(e.Message)
	}
	if _, err = f.b.flowLogs.Delete(t.Context(), write, []adt.Row{byID["fl-00000004"]}); err != nil {
		t.Fatal(err)
	}
	_, err = f.b.flowLogs.Delete(t.Context(), own, []adt.Row{byID["fl-00000004"]})
	if e := wantCode(t, err, pgerrcode.SerializationFailure); e.Message != "could not serialize access due to concurrent delete" {
		t.Error(e.Message)
	}
	made, err := f.b.flowLogs.Insert(t.Context(), own, []adt.Row{toS3("vpc-00000006", colLogDestination, "arn:aws:s3:::other")}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	changed := append(adt.Row(nil), byID["fl-00000006"]...)
	changed[colTags] = jsonb(t, `{"mine":"1"}`)
	if _, err = f.b.flowLogs.Update(t.Context(), own, []adt.Row{byID["fl-00000006"]}, []adt.Row{changed}); err != nil {
		t.Fatal(err)
	}
	was, err := f.b.flowLogs.Delete(t.Context(), own, []adt.Row{made[0], changed, byID["fl-00000008"]})
	if err != nil || fmt.Sprint(was) != "[true true true]" {
		t.Errorf("%v, %v", was, err)
	}
	if err := x.Commit(t.Context()); err != nil {
		t.Error(err)
	}
	if got := ids(f.all(t, nil)); got != "0123579" {
		t.Errorf("left: %s", got)
	}
}
