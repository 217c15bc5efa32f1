package ec2backend

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// who is the session that a call was made for.
type who struct {
	PID       int32
	User      string
	Login     string // who logged in, where that is not User
	Identity  string // as in fdw.Session
	Statement uint64
	Query     string
	Activity  *fdw.Activity
}

func whoIs(s *fdw.Session) who {
	if s == nil {
		return who{}
	}
	w := who{PID: s.PID, User: s.User, Identity: s.Identity, Statement: s.Statement, Query: s.Query, Activity: s.Activity}
	if s.Login != s.User {
		w.Login = s.Login
	}
	return w
}

// login is who logged in.
func (w who) login() string {
	if w.Login != "" {
		return w.Login
	}
	return w.User
}

// columns gives pid, usename and statement.
func (w who) columns() []adt.Datum {
	if w.PID == 0 && w.User == "" {
		return []adt.Datum{nil, nil, nil}
	}
	return []adt.Datum{w.PID, w.User, int64(w.Statement)} //nolint:gosec // a counter
}

func whoColumns() []fdw.Column {
	return []fdw.Column{
		column("pid", adt.Int4OID, "Process id of the session, as in pg_stat_activity"),
		column("usename", adt.TextOID, "Role of the session"),
		column("statement", adt.Int8OID, "Number of the statement in its session"),
	}
}

func (b *Backend) callsTable() *statusTable {
	return &statusTable{
		columns: append(append([]fdw.Column{
			column("started", adt.TimestamptzOID, "When the attempt began"),
			column("service", adt.TextOID, "AWS service: ec2 or sts"),
			column("action", adt.TextOID, "The call"),
			column("account", adt.TextOID, "AWS account, by number once that is known"),
			column("region", adt.TextOID, "AWS region"),
			column("attempt", adt.Int4OID, "1 for the first; more are retries"),
			column("status", adt.Int4OID, "HTTP status; NULL without an answer"),
			column("code", adt.TextOID, "AWS's error code; NULL on success"),
			column("request_id", adt.TextOID, "AWS's id of the request, as CloudTrail has it"),
			column("duration_ms", adt.Float8OID, "Time of the attempt"),
			column("wait_ms", adt.Float8OID, "Time waited before it for the rate limit"),
			column("rows", adt.Int8OID, "Rows that the answer held"),
			column("bytes", adt.Int8OID, "Size of the answer"),
		}, whoColumns()...),
			column("principal", adt.TextOID, "Role that was assumed and the name of its session, or the profile"),
			column("query_id", adt.TextOID, "Name of the statement, as in the audit log and in CloudTrail's user agent"),
		),
		rows: func(_ context.Context, s *fdw.Session) ([]adt.Row, error) {
			var out []adt.Row
			for _, r := range b.calls.list() {
				if w := (who{User: r.User, Login: r.Login}); !sees(s, r.identity, w.login()) {
					continue
				}
				var status adt.Datum
				if r.Status != 0 {
					status = int32(r.Status) //nolint:gosec // three digits
				}
				out = append(out, append(adt.Row{
					timestampOf(r.Time), r.Service, r.Action, r.Account, r.Region, int32(r.Attempt), status, orNull(r.Code), //nolint:gosec // few
					orNull(r.RequestID), millis(r.Duration), millis(r.Wait), int64(r.Rows), r.Bytes,
				}, append(who{PID: r.PID, User: r.User, Statement: r.Statement}.columns(), orNull(r.Principal), orNull(r.Query))...))
			}
			return out, nil
		},
	}
}

// passedOver is a failure that was turned into a warning.
type passedOver struct {
	at              time.Time
	account, region string
	who             who
	err             *pgerr.Error
}

func (b *Backend) errorsTable() *statusTable {
	return &statusTable{
		columns: append([]fdw.Column{
			column("at", adt.TimestamptzOID, "When it failed"),
			column("account", adt.TextOID, "AWS account"),
			column("region", adt.TextOID, "AWS region; NULL when the account's regions could not be found"),
			column("sqlstate", adt.TextOID, "SQLSTATE of the warning"),
			column("message", adt.TextOID, "Its message"),
			column("detail", adt.TextOID, "The call, AWS's code and request id"),
			column("hint", adt.TextOID, "What may help"),
		}, whoColumns()...),
		rows: func(_ context.Context, s *fdw.Session) ([]adt.Row, error) {
			b.calls.mu.Lock()
			list := slices.Clone(b.calls.errs)
			b.calls.mu.Unlock()
			var out []adt.Row
			for _, p := range list {
				if !sees(s, p.who.Identity, p.who.login()) {
					continue
				}
				out = append(out, append(adt.Row{
					timestampOf(p.at), orNull(p.account), orNull(p.region), p.err.Code, p.err.Message, orNull(p.err.Detail), orNull(p.err.Hint),
				}, p.who.columns()...))
			}
			return out, nil
		},
	}
}

// running keeps the scans under way.
type running struct {
	mu   sync.Mutex
	fans map[*fan]time.Time
}

func (r *running) add(f *fan) (remove func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fans == nil {
		r.fans = map[*fan]time.Time{}
	}
	r.fans[f] = time.Now()
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.fans, f)
	}
}

func (b *Backend) progressTable() *statusTable {
	return &statusTable{
		columns: append([]fdw.Column{
			column("relation", adt.TextOID, "The table that is read"),
			column("started", adt.TimestamptzOID, "When the scan began"),
			column("regions_total", adt.Int8OID, "Accounts' regions to read, times the calls that split a long list of values"),
			column("regions_started", adt.Int8OID, "How many of them have begun"),
			column("regions_done", adt.Int8OID, "How many of them have been read to their end"),
			column("calls", adt.Int8OID, "Attempts of calls so far"),
			column("pages", adt.Int8OID, "Pages read"),
			column("rows", adt.Int8OID, "Rows in them"),
			column("failed", adt.Int8OID, "Attempts that failed"),
			column("throttled", adt.Int8OID, "Attempts that AWS throttled"),
			column("bytes", adt.Int8OID, "Bytes read"),
			column("wait_ms", adt.Float8OID, "Time waited for rate limits"),
		}, whoColumns()...),
		rows: func(_ context.Context, s *fdw.Session) ([]adt.Row, error) {
			b.running.mu.Lock()
			defer b.running.mu.Unlock()
			var out []adt.Row
			for f, started := range b.running.fans {
				if !sees(s, f.who.Identity, f.who.login()) {
					continue
				}
				f.mu.Lock()
				total, begun, now := len(f.units), f.started, f.running
				f.mu.Unlock()
				n := f.s.stats
				n.mu.Lock()
				row := adt.Row{
					"ec2.flow_logs", timestampOf(started), int64(total), int64(begun), int64(begun - now), int64(n.calls), int64(n.pages),
					int64(n.rows), int64(n.retries), int64(n.throttled), n.bytes, millis(n.wait),
				}
				n.mu.Unlock()
				out = append(out, append(row, f.who.columns()...))
			}
			return out, nil
		},
	}
}
