package soak

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/server/tlscert/certtest"
)

// TestR1Drain sends SIGTERM while statements run and sessions are idle.
func TestR1Drain(t *testing.T) {
	_, url := endpoint(t, 10)
	c := serve(t, url, roles+"max_connections: 1000\n")
	busy, idle := size(10, 50), size(50, 500)
	seconds := size(4, 5)
	watch := c.connect("app", "sslmode=disable")
	results := make(chan string, busy)
	for _, conn := range c.herd(busy, "sslmode=disable") {
		go func() { results <- run(conn, fmt.Sprintf("select pg_sleep(%d)", seconds)) }()
	}
	ends := make(chan string, idle)
	for _, conn := range c.herd(idle, "sslmode=disable") {
		go func() {
			_, err := conn.ReceiveMessage(context.Background())
			ends <- sqlstate(err)
		}()
	}
	c.until("all statements run", 3*time.Second, func() bool {
		return run(watch, fmt.Sprintf("select 1 / (count(*) = %d)::int from pg_stat_activity where state = 'active' and query like '%%pg_sleep(%d)'", busy, seconds)) == ""
	})
	began := time.Now()
	c.signal(syscall.SIGTERM)
	for range idle {
		if got := <-ends; got != "57P01" {
			t.Errorf("an idle session got %s", got)
		}
	}
	took := time.Since(began)
	figure(t, "R1", fmt.Sprintf("%d idle sessions told 57P01 within", idle), took.Round(time.Millisecond), "1s")
	if full && took > time.Second {
		t.Errorf("it took %v", took)
	}
	if status, _ := c.get("/readyz"); status != 503 {
		t.Errorf("/readyz: %d", status)
	}
	for range busy {
		if got := <-results; got != "" {
			t.Errorf("a running statement failed: %s", got)
		}
	}
	<-c.done
	figure(t, "R1", fmt.Sprintf("exit after SIGTERM with %d statements of %d s", busy, seconds), time.Since(began).Round(time.Millisecond), "at most 25s, code 0")
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// logins logs in over TLS, at a pace, until ctx ends, and counts.
func (c *child) logins(ctx context.Context, clients int, pause time.Duration, dir string) (done, failed *atomic.Int64, wait func()) {
	done, failed = new(atomic.Int64), new(atomic.Int64)
	var wg sync.WaitGroup
	for range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for ctx.Err() == nil {
				conn, err := pgconn.Connect(context.Background(), c.dsn("app", "sslmode=require"))
				if err != nil {
					failed.Add(1)
					c.t.Errorf("a login failed: %v", err)
					continue
				}
				done.Add(1)
				_ = conn.Close(context.Background())
				time.Sleep(pause)
			}
		}()
	}
	return done, failed, wg.Wait
}

// TestR2Rotation rotates the certificate under logins: some pairs are bad, some
// files half written.
func TestR2Rotation(t *testing.T) {
	_, url := endpoint(t, 10)
	dir := t.TempDir()
	certtest.Write(t, dir+"/cert", dir+"/key", 1)
	c := serve(t, url, roles+fmt.Sprintf("max_connections: 1000\nmax_preauth_connections: 1000\ntls: {cert: %s/cert, key: %s/key}\n", dir, dir))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done, failed, wait := c.logins(ctx, 8, 20*time.Millisecond, dir)
	began := time.Now()
	rotations := size(10, 100)
	for i := range rotations {
		switch i % 5 {
		case 3:
			put(t, filepath.Join(dir, "key"), "-----BEGIN PRIVATE KEY-----\nMIGHAgEA")
		case 4: // a pair that does not belong together
			other := t.TempDir()
			certtest.Write(t, other+"/cert", other+"/key", 99)
			text, err := os.ReadFile(filepath.Join(other, "key"))
			if err != nil {
				t.Fatal(err)
			}
			put(t, filepath.Join(dir, "key"), string(text))
		default:
			certtest.Write(t, dir+"/cert", dir+"/key", int64(i+2))
		}
		if i%10 == 9 {
			c.signal(syscall.SIGHUP)
		}
		time.Sleep(100 * time.Millisecond)
	}
	certtest.Write(t, dir+"/cert", dir+"/key", 1000)
	cancel()
	wait()
	figure(t, "R2", fmt.Sprintf("failed logins of %d at %.0f/s over %d rotations", done.Load(), float64(done.Load())/time.Since(began).Seconds(), rotations), failed.Load(), "0")
	if c.metric("flowgres_tls_cert_errors_total") == 0 || !strings.Contains(c.log(), "the changed certificate is not usable") {
		t.Error("bad pairs went unnoticed")
	}
}

// TestR3MemoryCeiling asks for more than the memory there is, eight at a time.
func TestR3MemoryCeiling(t *testing.T) {
	_, url := endpoint(t, 10)
	const limit = 256 << 20
	c := serve(t, url, "max_connections: 100\nflowgres.query_mem: 24MB\nwork_mem: 4MB\n", "GOMEMLIMIT=256MiB")
	n := size(10_000, 1_000_000)
	for name, sql := range map[string]string{
		"sort":       fmt.Sprintf("select count(*) from (select md5(g::text) m from generate_series(1, %d) g order by 1 offset 0) s", n),
		"hash join":  fmt.Sprintf("select count(*) from generate_series(1, %d) a join generate_series(1, %d) b on a = b", n, n),
		"groups":     fmt.Sprintf("select count(*) from (select g, count(*) from generate_series(1, %d) g group by g) s", n),
		"repeat":     "select length(repeat('x', 1000000000))",
		"array_agg":  fmt.Sprintf("select cardinality(array_agg(md5(g::text))) from generate_series(1, %d) g", 3*n),
		"string_agg": fmt.Sprintf("select length(string_agg(md5(g::text), '')) from generate_series(1, %d) g", 3*n),
		"window":     fmt.Sprintf("select max(r) from (select row_number() over (order by md5(g::text)) r from generate_series(1, %d) g) s", n),
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			var mu sync.Mutex
			codes := map[string]int{}
			for range 8 {
				conn := c.connect("app", "sslmode=disable")
				wg.Add(1)
				go func() {
					defer wg.Done()
					code := run(conn, sql)
					mu.Lock()
					codes[code]++
					mu.Unlock()
				}()
			}
			wg.Wait()
			c.alive()
			for code := range codes {
				if code != "" && code != "53200" && code != "53400" && code != "54000" {
					t.Errorf("a statement failed with %s", code)
				}
			}
			figure(t, "R3", fmt.Sprintf("8 × %s: peak resident MiB; outcomes %v", name, codes), c.status("VmHWM")>>20, "at most 307")
		})
	}
	if peak := c.status("VmHWM"); peak > limit*12/10 {
		t.Errorf("it took %d MiB at its peak", peak>>20)
	}
}

// TestR3Sort sorts, groups and joins a million rows in 64 MB.
func TestR3Sort(t *testing.T) {
	_, url := endpoint(t, 10)
	n := size(20_000, 1_000_000)
	for _, q := range []struct{ name, sql string }{
		{"sort", "select count(*) from (select md5(g::text) m, g from generate_series(1, %[1]d) g order by 1 offset 0) s"},
		{"groups", "select count(*) from (select md5(g::text) m, count(*) from generate_series(1, %[1]d) g group by 1 offset 0) s"},
		{"join", "select count(*) from (select md5(g::text) m from generate_series(1, %[1]d) g offset 0) a join (select md5(g::text) m from generate_series(1, %[1]d) g offset 0) b using (m)"},
		{"distinct aggregates", "select count(*), sum(c) from (select g %% 1000 k, count(distinct md5(g::text)) c from generate_series(1, %[1]d) g group by 1) s"},
		{"window", "select max(r) from (select row_number() over (order by md5(g::text)) r from generate_series(1, %[1]d) g) s"},
		{"scroll cursor", "begin; declare c scroll cursor for select md5(g::text) m from generate_series(1, %[1]d) g; move last in c; fetch first from c; commit"},
	} {
		t.Run(q.name, func(t *testing.T) {
			c := serve(t, url, "flowgres.query_mem: 64MB\nwork_mem: 8MB\n", "GOMEMLIMIT=64MiB")
			conn := c.connect("app", "sslmode=disable")
			before := c.status("VmHWM")
			if code := run(conn, fmt.Sprintf(q.sql, n)); code != "" {
				t.Errorf("it failed with %s", code)
			}
			grown := c.status("VmHWM") - before
			figure(t, "R3", fmt.Sprintf("%s of %d rows: growth of the resident memory in MiB", q.name, n), grown>>20, "at most 64")
			if grown > 64<<20 {
				t.Errorf("it took %d MiB", grown>>20)
			}
		})
	}
}

// mixture is what R4's clients say; $n is another number each time, so that what is kept by
// name, text or value would grow.
var mixture = []string{
	"select count(*) from ec2.flow_logs", `select * from ec2.flow_logs where "trafficType" = 'REJECT' limit 20`,
	"select 1/0", "begin; select 1; savepoint a; select nonsense; rollback to a; commit", "select * from pg_class order by 1",
	"explain select * from ec2.flow_logs", "set work_mem = '1MB'; select md5(g::text) from generate_series(1, 2000) g order by 1",
	"select region, count(*) from ec2.flow_logs group by 1", "listen a$n; notify a$n; unlisten *",
	"select 1 as c$n, 'x$n' ~ '^x+$n', jsonb_path_query('[$n]', '$[*] ? (@ == $n)'), to_char($n, 'FM999,999,999\"$n\"')",
	"set application_name = 'app$n'; set my.setting$n = '1'; select current_setting('my.setting$n')",
	"prepare p$n(int) as select $1 + $n; execute p$n(1); deallocate all", "select pg_advisory_lock($n); select pg_advisory_unlock_all()",
	"begin; declare c cursor with hold for select * from ec2.flow_logs; fetch 10 from c; commit; fetch 10 from c; close all",
	"copy (select tags from ec2.flow_logs limit 50) to stdout", "set flowgres.cache_ttl = '1s'; select count(tags) from ec2.flow_logs where region <> 'x$n'",
	`begin; insert into ec2.flow_logs ("resourceId", "trafficType", "logDestinationType", "logDestination") values
	('vpc-00000000000000001', 'ALL', 's3', 'arn:aws:s3:::soak-$n'); select count(*) from ec2.flow_logs; rollback`,
	`begin; update ec2.flow_logs set tags = '{"n": "$n"}' where "flowLogId" = 'fl-00000000000000007'; rollback`,
}

// TestR4Soak runs a mixture for long, with faults of the API.
func TestR4Soak(t *testing.T) {
	e, url := endpoint(t, 3000)
	e.Order(emulator.Fault{Probability: 0.01, Error: emulator.Throttled()})
	c := serve(t, url, roles+"max_connections: 1000\n")
	clients, length := size(10, 100), span(4*time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	var ran, unexpected atomic.Int64
	for i := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var conn *pgconn.PgConn
			for n := i; ctx.Err() == nil; n++ {
				if conn == nil || n%50 == 0 {
					if conn != nil {
						_ = conn.Close(context.Background())
					}
					var err error
					if conn, err = pgconn.Connect(context.Background(), c.dsn("app", "sslmode=disable")); err != nil {
						t.Error(err)
						return
					}
				}
				sql := strings.ReplaceAll(mixture[n%len(mixture)], "$n", strconv.FormatInt(ran.Add(1), 10))
				err := try(conn, sql)
				switch sqlstate(err) {
				case "", "22012", "42703", "25P02":
				default:
					unexpected.Add(1)
					var e *pgconn.PgError
					errors.As(err, &e)
					t.Logf("%s: %v, %+v", sql, err, e)
				}
				time.Sleep(size(time.Millisecond, 50*time.Millisecond))
			}
			_ = conn.Close(context.Background())
		}()
	}
	base := c.connect("app", "sslmode=disable")
	time.Sleep(length / 4)
	c.collect()
	early := c.rss()
	time.Sleep(length / 4)
	c.collect()
	middle := c.rss()
	time.Sleep(length * 7 / 16)
	c.collect()
	late := c.rss()
	cancel()
	wg.Wait()
	_ = base.Close(context.Background())
	figure(t, "R4", fmt.Sprintf("%d clients for %v, %d statements: unexpected errors", clients, length, ran.Load()), unexpected.Load(), "0")
	figure(t, "R4", "resident MiB after a quarter, half, all", fmt.Sprintf("%d, %d, %d", early>>20, middle>>20, late>>20), "no slope")
	c.calm()
	figure(t, "R4", "goroutines, descriptors at the end", fmt.Sprintf("%v, %v", c.metric("go_goroutines"), c.metric("process_open_fds")), "at base")
	if unexpected.Load() > 0 {
		t.Errorf("%d unexpected errors", unexpected.Load())
	}
}

// calm waits until the server is as it is without clients.
func (c *child) calm() {
	c.t.Helper()
	c.until("the sessions end", 20*time.Second, func() bool { return c.metric("flowgres_connections") == 0 })
	c.until("queries give their memory back", 20*time.Second, func() bool { return c.metric("flowgres_query_memory_bytes") == 0 })
	c.until("goroutines end", 100*time.Second, func() bool { return c.metric("go_goroutines") <= 30 })
	c.until("descriptors are closed", 100*time.Second, func() bool { return c.metric("process_open_fds") <= 40 })
}

// TestR5FullDisk leaves no room for temporary files.
func TestR5FullDisk(t *testing.T) {
	dir, err := os.MkdirTemp("", "fg")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	defer func() { _ = exec.Command("umount", dir).Run() }()
	_, url := endpoint(t, 10)
	c := serve(t, url, "work_mem: 1MB\n", "TMPDIR="+dir)
	conn := c.connect("app", "sslmode=disable")
	sql := "select count(*) from (select md5(g::text) m from generate_series(1, 300000) g order by 1 offset 0) s"
	if got := run(conn, sql); got != "53100" {
		t.Errorf("a spill to a full disk: %q", got)
	}
	list, err := os.ReadDir(dir)
	if err != nil || len(list) > 0 {
		t.Error("temporary files are left", list, err)
	}
	if got := run(conn, "select count(*) from ec2.flow_logs"); got != "" {
		t.Error(got)
	}
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	if got := run(conn, sql); !strings.HasPrefix(got, "53") && !strings.HasPrefix(got, "58") {
		t.Errorf("a spill to a read-only disk: %q", got)
	}
	c.alive()
	figure(t, "R5", "temporary files on a full disk: SQLSTATE", "53100", "53100; the session goes on")
}
