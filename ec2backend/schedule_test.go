package ec2backend

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// schedule makes transactions under faults and holds what EC2 has afterwards
// against what was reported.
type schedule struct {
	*fixture
	t *testing.T
	r *rand.Rand
	n int // makes settings that are new

	patient bool // faults may last
}

// has gives the tags of each flow log that the endpoint has.
func (s *schedule) has() map[string]string {
	out := map[string]string{}
	for _, l := range s.FlowLogs(testAccount, "us-east-1") {
		var tags []string
		for _, t := range l.Tags {
			tags = append(tags, t.Key+"="+t.Value)
		}
		slices.Sort(tags)
		out[l.ID] = strings.Join(tags, ",")
	}
	return out
}

// fault makes something go wrong.
func (s *schedule) fault() emulator.Fault {
	pick := func(list ...string) string { return list[s.r.IntN(len(list))] }
	f := emulator.Fault{
		Action: pick("CreateFlowLogs", "CreateFlowLogs", "DeleteFlowLogs", "DeleteFlowLogs", "CreateTags", "DeleteTags", "DescribeFlowLogs", ""),
		Skip:   s.r.IntN(4), Times: []int{1, 1, 2, 3, 4, 8, 0}[s.r.IntN(7)],
	}
	switch s.r.IntN(9) {
	case 0:
		f.Error = emulator.Throttled()
	case 1:
		f.Error = &emulator.APIError{Status: 500, Code: "InternalError", Message: "An internal error has occurred."}
	case 2:
		f.Error = emulator.Unauthorized()
	case 3:
		f.Error = &emulator.APIError{Status: 503, Code: "Unavailable", Message: "The server is overloaded."}
	case 4:
		f.Drop = emulator.DropBefore
	case 5, 6:
		f.Drop = emulator.DropAfter
	case 7:
		f.Truncate = 60 + s.r.IntN(60)
	case 8:
		f.Body, f.Status = "<html>Bad Gateway</html>", []int{502, 502, 200, 504}[s.r.IntN(4)]
	}
	if f.Times == 0 && f.Error == nil && !s.patient {
		f.Times = 9 // a create would be repeated until its time is up
	}
	return f
}

// step is one statement of a transaction; it gives what it makes of the flow logs.
func (s *schedule) step(ctx context.Context, req fdw.WriteRequest, rows []adt.Row, state map[string]string) (map[string]string, error) {
	now := maps.Clone(state)
	own := func() []adt.Row { // some that the transaction still has
		var out []adt.Row
		for _, i := range s.r.Perm(len(rows)) {
			if _, ok := now[rows[i][colFlowLogID].(string)]; ok && len(out) < 1+s.r.IntN(3) {
				out = append(out, rows[i])
			}
		}
		return out
	}
	b := s.b.flowLogs
	switch s.r.IntN(4) {
	case 0:
		some := own()
		was, err := b.Delete(ctx, req, some)
		for i, w := range was {
			if w {
				delete(now, some[i][colFlowLogID].(string))
			}
		}
		return now, err
	case 1:
		olds := own()
		var news []adt.Row
		for _, o := range olds {
			// As a scan of the transaction would give it.
			o[colTagSet], o[colTags] = nil, nil
			tags := map[string]string{}
			for _, kv := range strings.Split(now[o[colFlowLogID].(string)], ",") {
				if k, v, ok := strings.Cut(kv, "="); ok {
					tags[k] = v
				}
			}
			var have []tag
			for k, v := range tags {
				have = append(have, tag{k, v})
			}
			sortTags(have)
			m := &jsonMaker{}
			o[colTagSet], o[colTags] = m.tagColumns(have)
			s.n++
			want := []tag{{"at", fmt.Sprint(s.n)}}
			n := slices.Clone(o)
			n[colTagSet], n[colTags] = m.tagColumns(want)
			if o[colTagSet] == nil {
				n[colTagSet] = nil
			}
			news = append(news, n)
		}
		stored, err := b.Update(ctx, req, olds, news)
		for i, r := range stored {
			if r != nil {
				tags, _ := readTagObject(r[colTags])
				now[olds[i][colFlowLogID].(string)] = "at=" + tags[0].value
			}
		}
		return now, err
	default:
		s.n++
		var add []adt.Row
		for i := range 1 + s.r.IntN(4) { // as many as three calls
			add = append(add, toS3(fmt.Sprintf("vpc-%08x", i), colLogDestination, fmt.Sprintf("arn:aws:s3:::bucket-%d-%d", s.n, i%3)))
		}
		out, err := b.Insert(ctx, req, add, nil, false)
		for i, r := range out {
			if r == nil {
				continue
			}
			switch id, ok := r[colFlowLogID].(string); {
			case ok:
				now[id] = ""
			default: // held until COMMIT
				now["?"+add[i][colResourceID].(string)+add[i][colLogDestination].(string)] = ""
			}
		}
		return now, err
	}
}

// transaction runs one; it gives what it should have made of the flow logs, and
// how it ended.
func (s *schedule) transaction(ctx context.Context, rows []adt.Row, before map[string]string) (map[string]string, error) {
	session, block := s.session(), s.r.IntN(3) > 0
	if s.r.IntN(5) == 0 {
		session = s.session("flowgres.transaction_writes", "deferred")
	}
	x := s.b.flowLogs.Begin(session, block)
	req := fdw.WriteRequest{Session: session, Tx: x, CountOnly: true}
	state := before
	steps := 1
	if block {
		steps += s.r.IntN(3)
	}
	for range steps {
		mark := x.Mark()
		now, err := s.step(ctx, req, rows, state)
		if err != nil {
			if e := x.Rollback(context.WithoutCancel(ctx)); e != nil {
				err = e
			}
			return before, err
		}
		if block && s.r.IntN(4) == 0 {
			if err := x.RollbackTo(ctx, mark); err != nil {
				_ = x.Rollback(context.WithoutCancel(ctx))
				return before, err
			}
			continue
		}
		state = now
	}
	if block && s.r.IntN(4) == 0 {
		return before, x.Rollback(context.WithoutCancel(ctx))
	}
	return state, x.Commit(ctx)
}

// TestFaultSchedules holds, under faults at every point of transactions, that
// each has happened, or has not, or that what is left of it is listed.
func TestFaultSchedules(t *testing.T) {
	t.Run("consistent", func(t *testing.T) { faultSchedules(t, emulator.Options{LogsPerResource: -1}) })
	// What was created, and tags that were changed, are seen later.
	t.Run("eventually", func(t *testing.T) {
		faultSchedules(t, emulator.Options{LogsPerResource: -1, VisibleAfter: 20 * time.Millisecond, TagsAfter: 20 * time.Millisecond})
	})
	// Calls fail as a whole for what is not there, after doing the rest.
	t.Run("halfway", func(t *testing.T) {
		faultSchedules(t, emulator.Options{LogsPerResource: -1, DeleteFails: true, CreateFails: true})
	})
}

// scheduleSeed is FLOWGRES_SCHEDULE_SEED, for schedules that were not tried yet.
func scheduleSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("FLOWGRES_SCHEDULE_SEED")
	if text == "" {
		return uint64(soak(3, 4)) //nolint:gosec // small
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func faultSchedules(t *testing.T, opts emulator.Options) {
	t.Parallel()
	f := writeFixtureFor(t, opts, func(c *Config) {
		c.MaxAttempts, c.MaxBackoff, c.WriteBudget = 3, time.Millisecond, time.Duration(soak(30, 1))*time.Second
	})
	s := &schedule{fixture: f, t: t, patient: soak(0, 1) > 0, r: rand.New(rand.NewPCG(scheduleSeed(t), 1))} //nolint:gosec // the same each time
	ended := map[string]int{}
	for i := range soak(150, 3000) {
		f.ClearFaults()
		rows := f.all(t, nil)
		before := s.has()
		if len(rows) != len(before) {
			t.Fatalf("run %d: %d rows, %d flow logs", i, len(rows), len(before))
		}
		var faults []emulator.Fault
		for range s.r.IntN(3) {
			faults = append(faults, s.fault())
			f.Order(faults[len(faults)-1])
		}
		ctx, cancel := context.WithCancel(t.Context())
		if s.r.IntN(6) == 0 {
			time.AfterFunc(time.Duration(s.r.IntN(3000))*time.Microsecond, cancel)
		}
		want, err := s.transaction(ctx, rows, before)
		cancel()
		f.ClearFaults()
		e := pgerr.From(err)
		text, code := "", "00000"
		if err != nil {
			want, code, text = before, e.Code, e.Message+e.Detail+e.Hint
		}
		ended[code]++
		listed := doubts(t, f.b)
		after := s.has()
		for _, l := range f.FlowLogs(testAccount, "us-east-1") {
			if _, held := want["?"+l.ResourceID+l.Destination]; held {
				delete(want, "?"+l.ResourceID+l.Destination)
				want[l.ID] = ""
			}
		}
		for id := range diff(want, after) {
			if code == pgerrcode.StatementCompletionUnknown && (strings.Contains(text, id) || isListed(listed, id, s.resource(id))) {
				continue
			}
			t.Errorf("run %d: %s %s\nflow log %s is %q, should be %q; in doubt: %v\nfaults %+v", i, code, text, id, after[id], want[id], listed, faults)
		}
		for _, d := range listed { // an operator looks after it
			id, _ := d[0].(string)
			table := &doubtTable{statusTable{}, f.b}
			if over, known, err := table.Resolve(t.Context(), f.session(), id); err != nil || known && !over {
				t.Errorf("run %d: not resolved: %v, %v", i, d, err)
			}
		}
		if len(doubts(t, f.b)) > 0 {
			t.Fatalf("run %d: still in doubt: %v", i, doubts(t, f.b))
		}
		if t.Failed() && i > 20 {
			return
		}
		if len(after) > 30 {
			f.removeAll(t)
		}
	}
	t.Log(ended)
}

func diff(a, b map[string]string) map[string]bool {
	out := map[string]bool{}
	for id, v := range a {
		if w, ok := b[id]; !ok || v != w {
			out[id] = true
		}
	}
	for id := range b {
		if _, ok := a[id]; !ok {
			out[id] = true
		}
	}
	return out
}

// isListed tells whether a flow log, or an unknown one on its resource, is in doubt.
func isListed(list []adt.Row, id, resource string) bool {
	for _, d := range list {
		ids := d[6].(*adt.Array).Values
		if slices.Contains(ids, adt.Datum(id)) || len(ids) == 0 && slices.Contains(d[5].(*adt.Array).Values, adt.Datum(resource)) {
			return true
		}
	}
	return false
}

func (s *schedule) resource(id string) string {
	for _, l := range s.FlowLogs(testAccount, "us-east-1") {
		if l.ID == id {
			return l.ResourceID
		}
	}
	return ""
}

// writeFixtureFor is writeFixture with another configuration.
func writeFixtureFor(t *testing.T, opts emulator.Options, change func(*Config)) *fixture {
	f := newFixture(t, opts, change)
	for i := range 8 {
		f.AddResource(testAccount, "us-east-1", fmt.Sprintf("vpc-%08x", i))
	}
	return f
}

func (f *fixture) removeAll(t *testing.T) {
	t.Helper()
	if _, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: f.session()}, f.all(t, nil)); err != nil {
		t.Fatal(err)
	}
}
