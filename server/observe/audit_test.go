package observe

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/server"
)

// full is a file on a disk that is full until it is not.
type full struct {
	strings.Builder
	err error
}

func (f *full) Write(b []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return f.Builder.Write(b)
}

func (*full) Close() error { return nil }

// TestAuditFailsClosed fills the disk of the audit log: writes stop, statements
// that only read do not, and writes begin again when there is room.
func TestAuditFailsClosed(t *testing.T) {
	f := &full{}
	a := &Audit{w: f, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	w := ec2backend.WriteRecord{PID: 7, User: "ann", Query: "q1", Command: "INSERT", Rows: 2}
	if err := a.Write(w); err != nil {
		t.Fatal(err)
	}
	if line := f.String(); !strings.Contains(line, `"event":"write","query_id":"q1","pid":7,"user":"ann","rows":2,"action":"INSERT"`) {
		t.Error(line)
	}
	for _, c := range []struct {
		err  error
		code string
	}{{syscall.ENOSPC, pgerrcode.DiskFull}, {syscall.EIO, pgerrcode.IOError}} {
		f.err = c.err
		a.Statement(server.Client{}, server.Statement{Text: "SELECT 1"}) // hinders nothing
		var e *pgerr.Error
		if err := a.Write(w); !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%v: %v, want %s", c.err, err, c.code)
		}
		a.goesOn = true
		if err := a.Write(w); err != nil {
			t.Errorf("continue: %v", err)
		}
		a.goesOn = false
	}
	f.err = nil
	if err := a.Write(w); err != nil {
		t.Error(err)
	}
	if err := (*Audit)(nil).Write(w); err != nil {
		t.Error(err)
	}
}
