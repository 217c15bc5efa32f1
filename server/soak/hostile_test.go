package soak

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed testdata/attacks.txt
var attacksText string

// attack is a statement, or several of a message, that asks for too much.
type attack struct{ name, sql string }

// mostMemory is what the server may have at its peak of hostile statements.
const mostMemory = 1 << 30

// answered tells of what a statement came to that it is an SQLSTATE, or none.
var answered = regexp.MustCompile(`^([0-9A-Z]{5})?$`)

var manyTimes = regexp.MustCompile(`<<(\d+):((?:[^<]|<[^<])*?)>>`)

// attacks reads testdata/attacks.txt.
func attacks(t *testing.T) (all []attack) {
	t.Helper()
	only, err := regexp.Compile(os.Getenv("FLOWGRES_SOAK_ONLY"))
	if err != nil {
		t.Fatal(err)
	}
	for i, block := range strings.Split(attacksText, "\n\n")[1:] {
		name, sql, ok := strings.Cut(strings.TrimPrefix(block, "# "), "\n")
		if !ok {
			t.Fatalf("no statement: %q", block)
		}
		if !full && i%35 != 0 || !only.MatchString(name) {
			continue
		}
		for manyTimes.MatchString(sql) { // the innermost first
			sql = manyTimes.ReplaceAllStringFunc(sql, func(s string) string {
				m := manyTimes.FindStringSubmatch(s)
				n, err := strconv.Atoi(m[1])
				if err != nil {
					t.Fatal(err)
				}
				return strings.Repeat(m[2], n)
			})
		}
		all = append(all, attack{name, strings.TrimSpace(sql)})
	}
	return all
}

// TestS5Statements runs statements that ask for too much time, memory or depth,
// each under statement_timeout and again ended by a cancel request. Each is answered in
// time, as the server counts it: of a busy machine, what kept it from running is not its
// own. Meanwhile another session gets its answers, and the process stays within its limit.
func TestS5Statements(t *testing.T) {
	_, url := endpoint(t, 3000)
	c := serve(t, url, roles, "GOMEMLIMIT=600MiB")
	conn := c.connect("app", "sslmode=disable")
	after := size(100*time.Millisecond, time.Second)
	grace := size(time.Minute, time.Second)

	other := c.watch()
	defer other.end()

	worst, slowest, ran, highest := time.Duration(0), "", 0, int64(0)
	for _, a := range attacks(t) {
		for _, how := range []string{"timeout", "cancel"} {
			c.resetPeak()
			other.longest()
			due := make(chan usage, 1)
			timer := time.AfterFunc(after, func() { due <- c.usage() })
			code := c.attack(conn, a.sql, how, after)
			var late usage
			if !timer.Stop() {
				late = c.usage().since(<-due)
			}
			waited := other.longest() - late.waited
			if !c.lives() {
				t.Fatalf("%s (%s) ended the server", a.name, how)
			}
			peak := c.status("VmHWM")
			t.Logf("%s (%s): %s, %d MiB, late by %v, %v at work", a.name, how, code, peak>>20, late.own().Round(time.Millisecond), late.cpu)
			ran++
			if late.own() > worst {
				worst, slowest = late.own(), a.name
			}
			if !answered.MatchString(code) {
				t.Errorf("%s (%s): %s", a.name, how, code)
			}
			if late.own() > grace {
				t.Errorf("%s (%s): %s late by %v, %v of them at work", a.name, how, code, late.own(), late.cpu)
			}
			if waited > grace {
				t.Errorf("%s: another session waited %v", a.name, waited)
			}
			if highest = max(highest, peak); full && peak > mostMemory {
				t.Errorf("%s: %d MiB", a.name, peak>>20)
			}
			if conn.IsClosed() {
				conn = c.connect("app", "sslmode=disable")
			}
		}
	}
	if log := c.log(); strings.Contains(log, "failed unexpectedly") {
		t.Error("a statement panicked")
	}
	figure(t, "S5", "the most resident memory meanwhile, MiB", highest>>20, "1024")
	figure(t, "S5", fmt.Sprintf("%d hostile statements, the longest after its end was due: %s", ran, slowest), worst.Round(time.Millisecond), "1 s")
}

// TestS5Together runs the same statements eight at a time, each in a session of its own,
// under statement_timeout.
func TestS5Together(t *testing.T) {
	_, url := endpoint(t, 3000)
	c := serve(t, url, roles, "GOMEMLIMIT=600MiB")
	other := c.watch()
	defer other.end()
	after, grace := size(100*time.Millisecond, time.Second), size(time.Minute, 2*time.Second)
	conns := make([]*pgconn.PgConn, 8)
	highest, slowest := int64(0), time.Duration(0)
	for some := range slices.Chunk(attacks(t), len(conns)) {
		c.resetPeak()
		other.longest()
		before := c.usage()
		var wg sync.WaitGroup
		names := make([]string, len(some))
		for i, a := range some {
			if conns[i] == nil || conns[i].IsClosed() {
				conns[i] = c.connect("app", "sslmode=disable")
			}
			names[i] = a.name
			wg.Add(1)
			go func() {
				defer wg.Done()
				if code := c.attack(conns[i], a.sql, "timeout", after); !answered.MatchString(code) {
					t.Errorf("%s: %s", a.name, code)
				}
			}()
		}
		wg.Wait()
		if !c.lives() {
			t.Fatalf("%q ended the server", names)
		}
		u := c.usage().since(before)
		waited := max(0, other.longest()-u.waited)
		peak := c.status("VmHWM")
		t.Logf("%q: %d MiB, %v, another session waited %v", names, peak>>20, u.took.Round(time.Millisecond), waited)
		if highest, slowest = max(highest, peak), max(slowest, waited); full && peak > mostMemory {
			t.Errorf("%q: %d MiB", names, peak>>20)
		}
		if waited > grace {
			t.Errorf("%q: another session waited %v", names, waited)
		}
	}
	figure(t, "S5", "eight hostile statements at once: the most resident memory, MiB", highest>>20, "1024")
	figure(t, "S5", "eight hostile statements at once: the longest that another session waited", slowest.Round(time.Millisecond), "2 s")
}

// watcher is a session beside those that attack, which asks for little all the time.
type watcher struct {
	mu   sync.Mutex
	took time.Duration
	end  func()
}

func (c *child) watch() *watcher {
	ctx, stop := context.WithCancel(c.t.Context())
	w, conn, done := &watcher{}, c.connect("app", "sslmode=disable"), make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			began := time.Now()
			if code := run(conn, "select 1"); code != "" {
				c.t.Errorf("another session's select 1: %s", code)
				return
			}
			w.mu.Lock()
			w.took = max(w.took, time.Since(began))
			w.mu.Unlock()
			time.Sleep(5 * time.Millisecond)
		}
	}()
	w.end = func() { stop(); <-done }
	return w
}

// longest gives the longest that it waited for an answer since it was asked before.
func (w *watcher) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := w.took
	w.took = 0
	return took
}

// usage is what a process has had: of time, of processors, and none of them.
type usage struct {
	at          time.Time
	took        time.Duration
	cpu, waited time.Duration
}

func (c *child) usage() usage { return usage{at: time.Now(), cpu: c.cpu(), waited: c.waited()} }

func (u usage) since(v usage) usage {
	return usage{took: u.at.Sub(v.at), cpu: u.cpu - v.cpu, waited: max(0, u.waited-v.waited)}
}

// own is the time that it took without that in which it waited for a processor, the time
// that it used one at least.
func (u usage) own() time.Duration { return max(u.cpu, u.took-u.waited) }

// attack runs a message that is to end after a time, and gives its SQLSTATE.
func (c *child) attack(conn *pgconn.PgConn, sql, how string, after time.Duration) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	timeout := "0"
	if how == "timeout" {
		timeout = strconv.Itoa(int(after.Milliseconds()))
	}
	if _, err := conn.Exec(ctx, "discard all").ReadAll(); err != nil {
		return sqlstate(err)
	}
	if _, err := conn.Exec(ctx, "set statement_timeout = "+timeout).ReadAll(); err != nil {
		return sqlstate(err)
	}
	if how == "cancel" {
		ended := make(chan struct{})
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			for wait := after; ; wait = 50 * time.Millisecond { // one that comes too early does nothing
				select {
				case <-ended:
					return
				case <-time.After(wait):
					_ = conn.CancelRequest(ctx)
				}
			}
		}()
		defer wg.Wait()
		defer close(ended)
	}
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		for r := results.ResultReader(); r.NextRow(); {
		}
	}
	code := sqlstate(results.Close())
	if conn.TxStatus() != 'I' && !conn.IsClosed() {
		_, _ = conn.Exec(ctx, "rollback").ReadAll()
	}
	return code
}

// resetPeak makes the process's peak of memory what it has now.
func (c *child) resetPeak() {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", c.cmd.Process.Pid), []byte("5"), 0) // where it may be written
}
