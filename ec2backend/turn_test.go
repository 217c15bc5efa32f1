package ec2backend

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"
	"golang.org/x/time/rate"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// pacedFixture has a flow log, calls that wait for a pace, and so much time for writes that
// are sent.
func pacedFixture(t *testing.T, budget time.Duration) (*fixture, adt.Row) {
	t.Helper()
	f := newFixture(t, emulator.Options{}, func(c *Config) { c.NoRateLimit, c.WriteBudget = false, budget })
	f.AddResource(testAccount, "us-east-1", "vpc-00000001")
	f.SeedMany(testAccount, "us-east-1", 1)
	return f, f.all(t, nil)[0]
}

// pace makes an action's calls wait for d, and one after the other.
func (f *fixture) pace(t *testing.T, action string, d time.Duration) {
	t.Helper()
	id, err := f.b.identityOf(f.session())
	if err != nil {
		t.Fatal(err)
	}
	k := id.accounts[0].client("us-east-1").bucket(action)
	k.lim.SetLimit(rate.Every(d))
	k.lim.SetBurst(1)
	k.lim.Allow()
}

// pacedWrites are the ways to write, by their first call.
func (f *fixture) pacedWrites(t *testing.T, row adt.Row) map[string]func(context.Context) error {
	t.Helper()
	tagged := append(adt.Row{}, row...)
	tagged[colTags] = jsonb(t, `{"Name": "log-0", "env": "other", "team": "team-0"}`)
	req := fdw.WriteRequest{Session: f.session()}
	insert := func(ctx context.Context) error {
		_, err := f.b.flowLogs.Insert(ctx, req, []adt.Row{toS3("vpc-00000001")}, nil, false)
		return err
	}
	update := func(ctx context.Context) error {
		_, err := f.b.flowLogs.Update(ctx, req, []adt.Row{row}, []adt.Row{tagged})
		return err
	}
	remove := func(ctx context.Context) error {
		_, err := f.b.flowLogs.Delete(ctx, req, []adt.Row{row})
		return err
	}
	return map[string]func(context.Context) error{"CreateFlowLogs": insert, "CreateTags": update, "DeleteFlowLogs": remove}
}

// TestWritesWaitTheirTurn has writes wait longer than they may take once sent.
func TestWritesWaitTheirTurn(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"CreateFlowLogs", "CreateTags", "DeleteFlowLogs"} {
		t.Run(action, func(t *testing.T) {
			t.Parallel()
			f, row := pacedFixture(t, 2*time.Second)
			f.pace(t, action, 2500*time.Millisecond)
			if err := f.pacedWrites(t, row)[action](t.Context()); err != nil {
				t.Error(err)
			}
			if n := len(f.Calls(action)); n != 1 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestRollbackWaitsItsTurn has a ROLLBACK wait longer than it may take once sent, and
// another that is cancelled meanwhile.
func TestRollbackWaitsItsTurn(t *testing.T) {
	t.Parallel()
	f, _ := pacedFixture(t, 2*time.Second)
	x := f.b.flowLogs.Begin(f.session(), true)
	f.mustInsert(t, x, toS3("vpc-00000001"))
	f.pace(t, "DeleteFlowLogs", 2500*time.Millisecond)
	if err := x.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 1 {
		t.Errorf("%d flow logs are left", n)
	}
	x = f.b.flowLogs.Begin(f.session(), true)
	f.mustInsert(t, x, toS3("vpc-00000001"))
	f.pace(t, "DeleteFlowLogs", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	wantCode(t, x.Rollback(ctx), pgerrcode.StatementCompletionUnknown)
	if d := doubts(t, f.b); len(d) != 1 {
		t.Errorf("in doubt: %v", d)
	}
}

// TestWritesGivenUp cancels writes that wait for their turn: nothing is sent, and nothing is
// in doubt.
func TestWritesGivenUp(t *testing.T) {
	t.Parallel()
	f, row := pacedFixture(t, 300*time.Millisecond)
	for action, write := range f.pacedWrites(t, row) {
		f.pace(t, action, time.Hour)
		before := len(f.Calls(action))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		wantCode(t, write(ctx), pgerrcode.QueryCanceled)
		if n := len(f.Calls(action)) - before; n != 0 {
			t.Errorf("%s: %d calls", action, n)
		}
	}
	if d := doubts(t, f.b); len(d) != 0 {
		t.Errorf("in doubt: %v", d)
	}
}

// TestWritesNotTaken throttles writes until their time is over: that AWS took none of the
// calls is known, but where time ended on the way of the last one.
func TestWritesNotTaken(t *testing.T) {
	t.Parallel()
	f, row := pacedFixture(t, 1500*time.Millisecond) // long beside a slow machine's attempt
	unknown := 0
	for action, write := range f.pacedWrites(t, row) {
		f.Order(emulator.Fault{Action: action, Error: emulator.Throttled()})
		code := pgerr.From(write(t.Context())).Code // which of them says that time is over is open
		for tries := 0; code == pgerrcode.StatementCompletionUnknown && tries < 5; tries++ {
			unknown++
			code = pgerr.From(write(t.Context())).Code
		}
		if code != pgerrcode.ConfigurationLimitExceeded && code != pgerrcode.ConnectionFailure {
			t.Errorf("%s: %s", action, code)
		}
		if n := len(f.Calls(action)); n == 0 {
			t.Errorf("%s was not called", action)
		}
	}
	if d := doubts(t, f.b); len(d) != unknown {
		t.Errorf("%d in doubt: %v", unknown, d)
	}
}

// TestWritesNotConnected writes to an endpoint that is not there.
func TestWritesNotConnected(t *testing.T) {
	t.Parallel()
	f, row := pacedFixture(t, 300*time.Millisecond)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.b.transport.CloseIdleConnections() // one that breaks may have carried the call
	for action, write := range f.pacedWrites(t, row) {
		if e := wantCode(t, write(t.Context()), pgerrcode.ConnectionFailure); e.Message == "" {
			t.Error(action, e)
		}
	}
	if d := doubts(t, f.b); len(d) != 0 {
		t.Errorf("in doubt: %v", d)
	}
}
