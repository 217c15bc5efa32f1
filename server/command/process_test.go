package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestMain is flowgres itself in the children that these tests start: real
// processes, with main's own signals and exit codes.
func TestMain(m *testing.M) {
	if os.Getenv("FLOWGRES_TEST_MAIN") != "" {
		os.Exit(Main("dev"))
	}
	os.Exit(m.Run())
}

// child is flowgres in a process of its own.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	dsn    string // once it serves
	health string
	log    *logged
	done   chan struct{}
}

// logged gathers what a process writes and tells of lines.
type logged struct {
	lines chan string
	all   strings.Builder
}

// flowgres makes a command that runs main with arguments.
func flowgres(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "FLOWGRES_TEST_MAIN=1", "AWS_EC2_METADATA_DISABLED=true")
	return cmd
}

// shell makes a command that runs main out of a line of shell: $0 and $@ are
// the program and its arguments.
func shell(line string, cmd *exec.Cmd) *exec.Cmd {
	sh := exec.Command("/bin/sh", append([]string{"-c", line}, cmd.Args...)...)
	sh.Env = cmd.Env
	return sh
}

// start runs the demo as a child and waits until it serves.
func start(t *testing.T, cmd *exec.Cmd) *child {
	t.Helper()
	c := &child{t: t, cmd: cmd, log: &logged{lines: make(chan string, 1024)}, done: make(chan struct{})}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := errors.Join(cmd.Start(), w.Close()); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.done)
		for s := bufio.NewScanner(r); s.Scan(); {
			c.log.all.WriteString(s.Text() + "\n")
			select {
			case c.log.lines <- s.Text():
			default: // nobody waits for it
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-c.done
		if t.Failed() {
			t.Log(c.log.all.String())
		}
	})
	address := regexp.MustCompile(`"msg":"(listening|metrics and health)","address":"([^"]+)"`)
	for c.dsn == "" || c.health == "" {
		m := address.FindStringSubmatch(c.line(`"address":`))
		if m != nil && m[1] == "listening" {
			c.dsn = "postgres://demo@" + m[2] + "/aws?sslmode=disable"
		} else if m != nil {
			c.health = "http://" + m[2]
		}
	}
	return c
}

// line waits for a line that holds a part.
func (c *child) line(part string) string {
	c.t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		select {
		case l := <-c.log.lines:
			if strings.Contains(l, part) {
				return l
			}
		case <-timeout:
			c.t.Fatalf("no line with %s", part)
		}
	}
}

// end waits for the exit, and gives its code.
func (c *child) end() int {
	c.t.Helper()
	stop := time.AfterFunc(2*time.Minute, func() { _ = c.cmd.Process.Kill() })
	defer stop.Stop()
	err := c.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return c.cmd.ProcessState.ExitCode()
}

func (c *child) signal(s os.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

func (c *child) connect() *pgconn.PgConn {
	c.t.Helper()
	conn, err := pgconn.Connect(c.t.Context(), c.dsn)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// ready gives the status of /readyz.
func (c *child) ready() int {
	c.t.Helper()
	r, err := http.Get(c.health + "/readyz")
	if err != nil {
		return 0
	}
	defer r.Body.Close()
	return r.StatusCode
}

func demoArgs(more ...string) []string {
	return append([]string{"demo", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json"}, more...)
}

// running waits until so many statements run that other sessions sent.
func running(t *testing.T, watch *pgconn.PgConn, n int) {
	t.Helper()
	for {
		r, err := watch.Exec(t.Context(), "select count(*) from pg_stat_activity where state = 'active' and backend_type = 'client backend' and pid <> pg_backend_pid()").ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if string(r[0].Rows[0][0]) == strconv.Itoa(n) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// run runs a statement and gives the SQLSTATE of its failure, or its text.
func run(conn *pgconn.PgConn, sql string) string {
	_, err := conn.Exec(context.Background(), sql).ReadAll()
	var e *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Code
	}
	return err.Error()
}

// TestDrain sends SIGTERM while a statement runs and another session is idle.
func TestDrain(t *testing.T) {
	c := start(t, flowgres(demoArgs()...))
	idle, busy := c.connect(), c.connect()
	if got := c.ready(); got != http.StatusOK {
		t.Error("ready:", got)
	}
	result := make(chan string, 1)
	go func() { result <- run(busy, "select pg_sleep(3)") }()
	running(t, idle, 1)
	c.signal(syscall.SIGTERM)
	if _, err := idle.ReceiveMessage(t.Context()); err == nil || !strings.Contains(err.Error(), "57P01") {
		t.Errorf("the idle session got %v", err)
	}
	select {
	case <-result:
		t.Error("the idle session waited for the busy one")
	default:
	}
	if got := c.ready(); got != http.StatusServiceUnavailable {
		t.Error("ready while draining:", got)
	}
	if _, err := pgconn.Connect(t.Context(), c.dsn); err == nil {
		t.Error("a new client got in")
	}
	if got := <-result; got != "" {
		t.Errorf("the running statement failed: %s", got)
	}
	if code := c.end(); code != 0 {
		t.Error("exit code", code)
	}
}

// TestSecondSignal ends a drain that would take a minute.
func TestSecondSignal(t *testing.T) {
	for _, second := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		c := start(t, flowgres(demoArgs("--shutdown-timeout", "10min")...))
		busy, watch := c.connect(), c.connect()
		result := make(chan string, 1)
		go func() { result <- run(busy, "select pg_sleep(600)") }()
		running(t, watch, 1)
		c.signal(syscall.SIGTERM)
		c.line("shutting down")
		c.signal(second)
		if got := <-result; got != "57P01" {
			t.Errorf("the running statement got %q", got)
		}
		if code := c.end(); code != 0 {
			t.Error("exit code", code)
		}
	}
}

// TestShutdownTimeout lets the patience of a drain end.
func TestShutdownTimeout(t *testing.T) {
	c := start(t, flowgres(demoArgs("--shutdown-timeout", "200ms")...))
	busy, watch := c.connect(), c.connect()
	result := make(chan string, 1)
	go func() { result <- run(busy, "select pg_sleep(600)") }()
	running(t, watch, 1)
	c.signal(syscall.SIGINT)
	if got := <-result; got != "57P01" {
		t.Errorf("the running statement got %q", got)
	}
	if code := c.end(); code != 0 {
		t.Error("exit code", code)
	}
}

// TestExit checks exit codes of what does not start.
func TestExit(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	unknown := write("unknown.yaml", "lisen: 127.0.0.1:0\n")
	for _, test := range []struct {
		want int
		part string
		args []string
	}{
		{0, "flowgres", []string{"version"}},
		{78, "did you mean listen?", []string{"serve", "--config", unknown}},
		{78, "did you mean listen?", []string{"check-config", "--config", unknown}},
		{78, "access must be read-write or read-only", []string{"check-config", "--config", write("roles.yaml", "roles: {app: {access: all}}\n")}},
		{78, "environment variables are not set: NO_SUCH_VARIABLE", []string{"check-config", "--config", write("env.yaml", "listen: ${NO_SUCH_VARIABLE}\n")}},
		{78, "no such file", []string{"check-config", "--tls-cert", "none", "--tls-key", "none"}},
		{78, "refusing to listen on", []string{"demo", "--listen", "0.0.0.0:0"}},
		{78, "end-of-line before authentication method", []string{"check-config", "--hba-file", write("hba", "host all all 127.0.0.1/32\n")}},
		{0, "work_mem = 9MB", []string{"check-config", "--config", write("good.yaml", "work_mem: 9MB\n")}},
		{1, "address already in use", []string{"demo", "--listen", taken.Addr().String()}},
		{1, "refused", []string{"healthcheck", "--address", "127.0.0.1:1"}},
		{78, "unknown flag", []string{"serve", "--nonsense"}},
		{1, "does not exist", []string{"query", "--demo", "select nothing"}},
	} {
		cmd := flowgres(test.args...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != test.want || !strings.Contains(string(out), test.part) {
			t.Errorf("%v: exit code %d, want %d with %q: %s", test.args, code, test.want, test.part, out)
		}
	}
}

// notifySocket is systemd's end of NOTIFY_SOCKET.
func notifySocket(t *testing.T) (path string, next func() string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "fg") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(conn.Close(), os.RemoveAll(dir)) })
	return path, func() string {
		t.Helper()
		b := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
}

// TestSystemdNotify follows a service of Type=notify-reload with a watchdog.
func TestSystemdNotify(t *testing.T) {
	path, next := notifySocket(t)
	cmd := flowgres(demoArgs()...)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=200000")
	c := start(t, cmd)
	want := func(part string) {
		t.Helper()
		for {
			got := next()
			if strings.Contains(got, part) {
				return
			}
			if got != "WATCHDOG=1" {
				t.Fatalf("got %q, want %q", got, part)
			}
		}
	}
	want("READY=1")
	for range 3 {
		want("WATCHDOG=1")
	}
	c.signal(syscall.SIGHUP)
	want("RELOADING=1\nMONOTONIC_USEC=")
	want("READY=1")
	c.line("configuration reloaded")
	c.signal(syscall.SIGTERM)
	want("STOPPING=1")
	if code := c.end(); code != 0 {
		t.Error("exit code", code)
	}
}

// TestWatchdogOfAnother sends no pings when the watchdog waits for another
// process.
func TestWatchdogOfAnother(t *testing.T) {
	path, next := notifySocket(t)
	cmd := flowgres(demoArgs()...)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=100000", "WATCHDOG_PID=1")
	c := start(t, cmd)
	if got := next(); got != "READY=1" {
		t.Errorf("got %q", got)
	}
	time.Sleep(300 * time.Millisecond)
	c.signal(syscall.SIGTERM)
	if got := next(); got != "STOPPING=1" {
		t.Errorf("got %q", got)
	}
}

// TestSocketActivation passes a listening socket as systemd does.
func TestSocketActivation(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	f, err := ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// A client that comes before the server waits in the socket's queue.
	dsn := "postgres://demo@" + ln.Addr().String() + "/aws?sslmode=disable"
	early := make(chan error, 1)
	go func() {
		conn, err := pgconn.Connect(context.Background(), dsn)
		if err == nil {
			err = conn.Close(context.Background())
		}
		early <- err
	}()
	cmd := shell(`LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"`, flowgres(demoArgs("--listen", "127.0.0.1:1")...))
	cmd.ExtraFiles = []*os.File{f}
	c := start(t, cmd)
	if !strings.Contains(c.dsn, ln.Addr().String()) {
		t.Errorf("it listens on %s, not on %s", c.dsn, ln.Addr())
	}
	if err := <-early; err != nil {
		t.Error(err)
	}
	if got := run(c.connect(), "select 1"); got != "" {
		t.Error(got)
	}
}

// TestCgroupMemory starts flowgres in a cgroup with a memory limit.
func TestCgroupMemory(t *testing.T) {
	const limit = 500 << 20
	dir, file := fmt.Sprintf("/sys/fs/cgroup/memory/flowgres-test-%d", os.Getpid()), "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		dir, file = fmt.Sprintf("/sys/fs/cgroup/flowgres-test-%d", os.Getpid()), "memory.max"
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("cgroups cannot be made here:", err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := os.WriteFile(filepath.Join(dir, file), []byte(strconv.Itoa(limit)), 0o644); err != nil {
		t.Skip("cgroups have no memory limit here:", err)
	}
	for env, want := range map[string]float64{"": limit / 10 * 9, "GOMEMLIMIT=1GiB": 1 << 30} {
		cmd := flowgres(demoArgs()...)
		if env != "" {
			cmd.Env = append(cmd.Env, env)
		}
		cmd = shell(`echo $$ >`+dir+`/cgroup.procs && exec "$0" "$@"`, cmd)
		c := start(t, cmd)
		r, err := http.Get(c.health + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		got := regexp.MustCompile(`(?m)^go_gc_gomemlimit_bytes (\S+)`).FindSubmatch(body)
		if got == nil {
			t.Fatal("no go_gc_gomemlimit_bytes")
		}
		n, err := strconv.ParseFloat(string(got[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		if n != want {
			t.Errorf("with %q the limit is %v, want %v", env, n, want)
		}
		c.signal(syscall.SIGTERM)
		if code := c.end(); code != 0 {
			t.Error("exit code", code)
		}
	}
}

// TestStack checks that threads got the larger stack: the program has run
// itself anew.
func TestStack(t *testing.T) {
	c := start(t, shell(`ulimit -Ss 8192 && exec "$0" "$@"`, flowgres(demoArgs()...)))
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", c.cmd.Process.Pid))
	if err != nil {
		t.Skip(err)
	}
	if !regexp.MustCompile(`Max stack size\s+67108864`).Match(text) {
		t.Errorf("%s", text)
	}
	if got := run(c.connect(), "select "+strings.Repeat("1+", 3500)+"1"); got != "" {
		t.Error(got)
	}
}
