package ec2backend

import (
	"errors"
	"testing"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// outOfMemory tells of a statement that was refused for its memory.
func outOfMemory(err error) bool {
	var e *pgerr.Error
	return errors.As(err, &e) && e.Code == pgerrcode.OutOfMemory && e.Detail != "" && e.Hint != ""
}

// TestTransactionMemory holds what transactions keep until they end, steps and snapshots,
// to flowgres.query_mem: the statement fails, the transaction can be rolled back, and other
// sessions go on.
func TestTransactionMemory(t *testing.T) {
	t.Parallel()
	const logs = 3000
	f := newFixture(t, emulator.Options{LogsPerResource: -1}, nil)
	f.SeedMany(testAccount, "us-east-1", logs)
	rows := f.all(t, nil)
	small := func() *fdw.Session {
		return f.session("flowgres.query_mem", "256kB", "flowgres.max_rows_per_write", "0")
	}
	tagged := func(row adt.Row) adt.Row {
		out := append(adt.Row(nil), row...)
		out[colTags] = jsonb(t, `{"memory":"test"}`)
		return out
	}
	for name, step := range map[string]func(req fdw.WriteRequest, rows []adt.Row) error{
		"deletes": func(req fdw.WriteRequest, rows []adt.Row) error {
			_, err := f.b.flowLogs.Delete(t.Context(), req, rows)
			return err
		},
		"tags": func(req fdw.WriteRequest, rows []adt.Row) error {
			var news []adt.Row
			for _, r := range rows {
				news = append(news, tagged(r))
			}
			_, err := f.b.flowLogs.Update(t.Context(), req, rows, news)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := small()
			x := f.b.flowLogs.Begin(s, true)
			req := fdw.WriteRequest{Session: s, Tx: x}
			if err := step(req, rows[:50]); err != nil {
				t.Fatal(err)
			}
			mark := x.Mark()
			if err := step(req, rows); !outOfMemory(err) {
				t.Fatalf("%d rows: %v", len(rows), err)
			}
			if err := x.RollbackTo(t.Context(), mark); err != nil {
				t.Fatal(err)
			}
			if err := step(req, rows[50:100]); err != nil {
				t.Error(err)
			}
			if err := x.Rollback(t.Context()); err != nil {
				t.Error(err)
			}
			if n := len(f.all(t, nil)); n != logs {
				t.Errorf("%d flow logs are left", n)
			}
		})
	}
	t.Run("snapshot", func(t *testing.T) {
		s := small()
		s.Snapshot = &fdw.Kept{}
		x := f.b.flowLogs.Begin(s, true)
		if _, _, err := f.scan(t, fdw.Request{Session: s, Tx: x, Columns: allColumns()}); !outOfMemory(err) {
			t.Errorf("a snapshot of %d rows: %v", logs, err)
		}
		if err := x.Rollback(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(f.all(t, nil)); n != logs {
			t.Errorf("others read %d rows", n)
		}
	})
}
