package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/daemon"
)

const (
	account = "111122223333"
	region  = "us-east-1"
	key     = "AKIASOAKSOAKSOAKSOAK"
	secret  = "soakSecretAccessKey0123456789abcdefghijk"
	// password of the role app, and its verifier: of 4,096 iterations, as
	// PostgreSQL's.
	password = "p4ssw0rd-of-the-soak"
)

// TestMain is a server in the children that the tests start.
func TestMain(m *testing.M) {
	path := os.Getenv("FLOWGRES_SOAK_CHILD")
	if path == "" {
		os.Exit(m.Run())
	}
	daemon.RaiseStack()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	trim := make(chan os.Signal, 1)
	signal.Notify(trim, syscall.SIGUSR1)
	go func() {
		for range trim {
			debug.FreeOSMemory()
			fmt.Fprintln(os.Stderr, trimmed)
		}
	}()
	load := func() (*config.Config, error) {
		return config.Load(path, func(string) (string, bool) { return "", false })
	}
	if err := daemon.Serve(ctx, load, nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	stop()
}

// full tells whether the tests run with the parameters of the list.
var full = os.Getenv("FLOWGRES_SOAK") != ""

// size gives a parameter.
func size[T any](quick, listed T) T {
	if full {
		return listed
	}
	return quick
}

// span is how long tests take that take as long as one likes.
func span(quick time.Duration) time.Duration {
	if !full {
		return quick
	}
	minutes, err := strconv.Atoi(os.Getenv("FLOWGRES_SOAK_MINUTES"))
	if err != nil {
		minutes = 10
	}
	return time.Duration(minutes) * time.Minute
}

// figure notes what a test measured.
func figure(t *testing.T, id, what string, value any, mark string) {
	t.Helper()
	t.Logf("%s: %s: %v (%s)", id, what, value, mark)
	path := os.Getenv("FLOWGRES_SOAK_OUT")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(f, "%s\t%s\t%v\t%s\n", id, what, value, mark); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// endpoint starts an EC2 endpoint with flow logs in one region.
func endpoint(t *testing.T, logs int) (*emulator.Emulator, string) {
	t.Helper()
	e := emulator.New(emulator.Options{LogsPerResource: -1})
	e.AddAccount(account, key)
	e.SeedMany(account, region, logs)
	url, err := e.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, url
}

// child is a server in a process of its own.
type child struct {
	t      *testing.T
	dir    string
	cmd    *exec.Cmd
	addr   string
	health string
	done   chan struct{}
}

// serve starts a server. yaml is added to a configuration for the endpoint.
func serve(t *testing.T, url, yaml string, env ...string) *child {
	t.Helper()
	c := &child{t: t, dir: t.TempDir(), done: make(chan struct{})}
	c.configure(url, yaml)
	log, err := os.Create(c.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Env = append(os.Environ(), append(env,
		"FLOWGRES_SOAK_CHILD="+c.path("c.yaml"), "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")...)
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait()
		close(c.done)
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.done
		if t.Failed() {
			text := c.log()
			if i := strings.Index(text, "\nfatal error: "); i >= 0 {
				text = text[:min(i+4000, len(text))]
			}
			t.Log(text[max(0, len(text)-8000):])
		}
	})
	address := regexp.MustCompile(`"msg":"(listening|metrics and health)","address":"([^"]+)"`)
	c.until("it serves", 20*time.Second, func() bool {
		for _, m := range address.FindAllStringSubmatch(c.log(), -1) {
			if m[1] == "listening" {
				c.addr = m[2]
			} else {
				c.health = "http://" + m[2]
			}
		}
		return c.addr != "" && c.health != ""
	})
	return c
}

func (c *child) configure(url, yaml string) {
	put(c.t, c.path("c.yaml"), fmt.Sprintf(
		"listen: 127.0.0.1:0\nmetrics_listen: 127.0.0.1:0\nlog_format: json\naws: {endpoint_url: %q, regions: [%s]}\n", url, region)+yaml)
}

func (c *child) path(name string) string { return filepath.Join(c.dir, name) }

func (c *child) log() string {
	text, err := os.ReadFile(c.path("log"))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

func (c *child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// alive fails the test when the process has ended.
func (c *child) alive() {
	c.t.Helper()
	if !c.lives() {
		c.t.Fatal("the server has ended")
	}
}

func (c *child) lives() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// until waits for something, longer where the machine may be busy with other
// tests.
func (c *child) until(what string, within time.Duration, f func() bool) {
	c.t.Helper()
	if !full {
		within += time.Minute
	}
	for end := time.Now().Add(within); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatalf("it takes more than %v until %s", within, what)
		}
	}
}

// get reads from the metrics listener.
func (c *child) get(path string) (status int, body string) {
	c.t.Helper()
	r, err := http.Get(c.health + path)
	if err != nil {
		return 0, ""
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// metric gives a figure of /metrics; of one with labels, the sum.
func (c *child) metric(name string) (sum float64) {
	c.t.Helper()
	_, body := c.get("/metrics")
	found := false
	for _, line := range strings.Split(body, "\n") {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || !strings.HasPrefix(rest, " ") && !strings.HasPrefix(rest, "{") {
			continue
		}
		v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			c.t.Fatal(err)
		}
		sum, found = sum+v, true
	}
	if !found {
		c.t.Fatalf("no %s in /metrics", name)
	}
	return sum
}

// trimmed is what a child says when it has given back what memory it can.
const trimmed = "memory given back"

// collect makes the server collect its garbage and give the memory back, so
// that what is resident is what it holds.
func (c *child) collect() {
	c.t.Helper()
	before := strings.Count(c.log(), trimmed)
	c.signal(syscall.SIGUSR1)
	c.until("memory is given back", 10*time.Second, func() bool { return strings.Count(c.log(), trimmed) > before })
}

// proc reads what Linux tells of the process; the test is skipped on other systems alone.
func (c *child) proc(file string) []byte {
	c.t.Helper()
	if runtime.GOOS != "linux" {
		c.t.Skip("the process's time and memory cannot be read here")
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", c.cmd.Process.Pid, file))
	if err != nil {
		c.t.Fatal(err)
	}
	return text
}

// rss gives the resident memory in bytes.
func (c *child) rss() int64 { return c.status("VmRSS") }

// cpu gives the processor time that the process has had, in steps of 10 ms (proc_pid_stat(5)).
func (c *child) cpu() time.Duration {
	c.t.Helper()
	text := c.proc("stat")
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] { // utime, stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			c.t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// waited gives how long threads of the process have been ready to run and had no processor,
// all together (schedstat): what a busy machine takes from it.
func (c *child) waited() (sum time.Duration) {
	c.t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", c.cmd.Process.Pid))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has ended meanwhile, or a kernel that does not tell
		}
		if fields := strings.Fields(string(text)); len(fields) > 1 {
			ns, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				c.t.Fatal(err)
			}
			sum += time.Duration(ns)
		}
	}
	return sum
}

func (c *child) status(field string) int64 {
	c.t.Helper()
	text := c.proc("status")
	m := regexp.MustCompile(field + `:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		c.t.Fatal("no " + field)
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		c.t.Fatal(err)
	}
	return kb << 10
}

// dsn is how to connect, with further parameters.
func (c *child) dsn(user string, more string) string {
	return "postgres://" + user + ":" + password + "@" + c.addr + "/aws?" + more
}

func (c *child) connect(user, more string) *pgconn.PgConn {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, c.dsn(user, more))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// run runs a statement and gives its SQLSTATE, empty for success.
func run(conn *pgconn.PgConn, sql string) string { return sqlstate(try(conn, sql)) }

// try runs statements and gives their error.
func try(conn *pgconn.PgConn, sql string) error {
	results := conn.Exec(context.Background(), sql)
	for results.NextResult() {
		for r := results.ResultReader(); r.NextRow(); {
		}
	}
	return results.Close()
}

func sqlstate(err error) string {
	var e *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
