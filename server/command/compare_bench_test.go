package command

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// process is a server in a process of its own.
type process struct {
	addr, user, database string
	pid                  string // of the process; empty: each session has its own
}

// startProcess runs flowgres demo.
func startProcess(b *testing.B, args ...string) *process {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	p := &process{addr: ln.Addr().String(), user: "bench", database: "aws"}
	ln.Close()
	cmd := exec.Command(os.Args[0], append([]string{"demo", "--listen", p.addr, "--log-level", "error", "--max-connections", "12000"}, args...)...)
	cmd.Env = append(os.Environ(), "FLOWGRES_TEST_MAIN=1")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p.pid = strconv.Itoa(cmd.Process.Pid)
	b.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	for range 100 {
		if nc, err := net.Dial("tcp", p.addr); err == nil {
			nc.Close()
			return p
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.Fatal("the server does not listen")
	return nil
}

// postgres gives the PostgreSQL that FLOWGRES_PG_DSN names; nil: none.
func postgres(b *testing.B) *process {
	dsn := os.Getenv("FLOWGRES_PG_DSN")
	if dsn == "" {
		return nil
	}
	u, err := url.Parse(dsn)
	if err != nil {
		b.Fatal(err)
	}
	return &process{addr: u.Host, user: u.User.Username(), database: strings.TrimPrefix(u.Path, "/")}
}

// wireConn is a client that costs next to nothing: it sends messages made
// before and looks for ReadyForQuery at the end of what it reads.
type wireConn struct {
	net.Conn
	pid string
	buf []byte
}

// dial connects to a server that trusts its client.
func (p *process) dial(secure bool) (*wireConn, error) {
	nc, err := net.Dial("tcp", p.addr)
	if err != nil {
		return nil, err
	}
	if secure {
		if _, err := nc.Write([]byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f}); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(nc, make([]byte, 1)); err != nil {
			return nil, err
		}
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
	}
	c := &wireConn{Conn: nc, buf: make([]byte, 64<<10)}
	start := "\x00\x03\x00\x00user\x00" + p.user + "\x00database\x00" + p.database + "\x00\x00"
	if err := c.ask(append(binary.BigEndian.AppendUint32(nil, uint32(len(start)+4)), start...)); err != nil {
		return nil, err
	}
	key := strings.LastIndex(string(c.buf), "K\x00\x00\x00\x0c")
	c.pid = strconv.Itoa(int(binary.BigEndian.Uint32(c.buf[key+5:])))
	if p.pid != "" {
		c.pid = p.pid
	}
	return c, nil
}

// ask sends messages and reads until the server is ready. Of a long answer the
// buffer holds the end.
func (c *wireConn) ask(messages []byte) error {
	if _, err := c.Write(messages); err != nil {
		return err
	}
	const kept = 6 // bytes of ReadyForQuery
	for got, failed := 0, false; ; {
		n, err := c.Read(c.buf[got:])
		if err != nil {
			return err
		}
		failed = failed || got == 0 && c.buf[0] == 'E'
		got += n
		if end := string(c.buf[max(0, got-kept):got]); strings.HasPrefix(end, "Z\x00\x00\x00\x05") {
			if failed {
				return errors.New(string(c.buf[:got]))
			}
			return nil
		}
		if got == len(c.buf) {
			got = copy(c.buf, c.buf[got-kept:])
		}
	}
}

// message makes a message of the protocol.
func message(typ byte, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{typ}, uint32(len(body)+4)), body...)
}

// protocols are the ways to send a statement: what comes once, and what comes
// each time.
var protocols = []struct {
	name string
	once func(sql string) []byte
	each func(sql string) []byte
}{
	{"simple", nil, func(sql string) []byte { return message('Q', sql+"\x00") }},
	{"extended", nil, func(sql string) []byte {
		return concat(message('P', "\x00"+sql+"\x00\x00\x00"), bindExecute("", "D", "P\x00"))
	}},
	{"prepared", func(sql string) []byte {
		return concat(message('P', "s\x00"+sql+"\x00\x00\x00"), message('S', ""))
	}, func(string) []byte { return bindExecute("s", "D", "P\x00") }},
}

func bindExecute(statement, describe, what string) []byte {
	return concat(message('B', "\x00"+statement+"\x00\x00\x00\x00\x00\x00\x00"), message(describe[0], what),
		message('E', "\x00\x00\x00\x00\x00"), message('S', ""))
}

func concat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// sample is what a statement took in a turn.
type sample struct{ wall, cpu time.Duration }

func (s sample) wallTime() float64 { return float64(s.wall.Nanoseconds()) / 1000 }
func (s sample) cpuTime() float64  { return float64(s.cpu.Nanoseconds()) / 1000 }

// turns are the samples of sides that took turns, by side.
type turns [][]sample

// median is of a side's samples, in microseconds.
func (t turns) median(side int, of func(sample) float64) float64 {
	values := make([]float64, len(t[side]))
	for i, s := range t[side] {
		values[i] = of(s)
	}
	return middle(values)
}

// ratio is the median of how the first side's turns compare with those of the second that
// came next, so that what slows the machine down for a while slows both.
func (t turns) ratio(of func(sample) float64) float64 {
	values := make([]float64, len(t[0]))
	for i := range values {
		values[i] = of(t[0][i]) / of(t[1][i])
	}
	return middle(values)
}

func middle(values []float64) float64 {
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// burst runs a statement n times on some connections together.
func burst(b *testing.B, conns []*wireConn, messages []byte, n int) sample {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	used, start := processors(conns), time.Now()
	for _, c := range conns {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := c.ask(messages); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return sample{time.Since(start) / time.Duration(n), (processors(conns) - used) / time.Duration(n)}
}

// processors gives the processor time of the processes behind connections, 0
// if they are not on this machine.
func processors(conns []*wireConn) time.Duration {
	sum, seen := time.Duration(0), map[string]bool{}
	for _, c := range conns {
		if !seen[c.pid] {
			seen[c.pid] = true
			sum += schedTime(c.pid)
		}
	}
	return sum
}

// schedTime sums /proc's count of the nanoseconds that a process's threads ran.
func schedTime(pid string) time.Duration {
	files, _ := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
	sum := time.Duration(0)
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil {
			first, _, _ := strings.Cut(string(text), " ")
			ns, _ := strconv.Atoi(first)
			sum += time.Duration(ns)
		}
	}
	return sum
}

// versus runs a statement on flowgres and on PostgreSQL turn by turn, and reports the
// medians: the time a statement, the processor time of the server, and their ratios.
func versus(b *testing.B, ours, pg *process, n, turn int, once, each []byte) {
	sides := []*process{ours}
	if pg != nil {
		sides = append(sides, pg)
	}
	taken := make(turns, len(sides))
	conns := make([][]*wireConn, len(sides))
	for i, p := range sides {
		for range n {
			c, err := p.dial(false)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			if once != nil {
				if err := c.ask(once); err != nil {
					b.Fatal(err)
				}
			}
			if err := c.ask(each); err != nil {
				b.Fatal(err)
			}
			conns[i] = append(conns[i], c)
		}
	}
	for b.Loop() {
		for i := range sides {
			taken[i] = append(taken[i], burst(b, conns[i], each, turn))
		}
	}
	b.ReportMetric(0, "ns/op")
	report(b, taken)
}

func report(b *testing.B, taken turns) {
	b.ReportMetric(taken.median(0, sample.wallTime), "us")
	b.ReportMetric(taken.median(0, sample.cpuTime), "cpu-us")
	if len(taken) > 1 {
		b.ReportMetric(taken.median(1, sample.wallTime), "pg-us")
		b.ReportMetric(taken.median(1, sample.cpuTime), "pg-cpu-us")
		b.ReportMetric(taken.ratio(sample.wallTime), "ratio")
		if taken[1][0].cpu > 0 {
			b.ReportMetric(taken.ratio(sample.cpuTime), "cpu-ratio")
		}
	}
}

// BenchmarkAgainstStatements runs a statement that does nothing, by each
// protocol, on 1, 8 and 32 connections, on flowgres in a process of its own and, turn by turn,
// on the PostgreSQL that FLOWGRES_PG_DSN names. Run it with -benchtime 40x.
func BenchmarkAgainstStatements(b *testing.B) {
	ours, pg := startProcess(b), postgres(b)
	const sql = "select 1"
	for _, p := range protocols {
		for _, n := range []int{1, 8, 32} {
			b.Run(fmt.Sprintf("%s/%d", p.name, n), func(b *testing.B) {
				var once []byte
				if p.once != nil {
					once = p.once(sql)
				}
				versus(b, ours, pg, n, 4000, once, p.each(sql))
			})
		}
	}
}

// BenchmarkAgainstCatalog does the same with what clients ask of the catalog. PostgreSQL's
// database needs the table (.ci/clients/control makes one).
func BenchmarkAgainstCatalog(b *testing.B) {
	ours, pg := startProcess(b), postgres(b)
	files, err := filepath.Glob("../testdata/catalog/*.sql")
	if err != nil || len(files) == 0 {
		b.Fatal("no queries", err)
	}
	for _, file := range files {
		sql, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(b *testing.B) {
			versus(b, ours, pg, 1, 50, nil, protocols[0].each(string(sql)))
		})
	}
}

// wideRows are some 100,000 rows of 26 columns, of a table that both servers have at hand.
const wideRows = `select attrelid, attname, atttypid, attlen, attnum, attcacheoff, atttypmod, attndims, attbyval, attalign, attstorage,
	attcompression, attnotnull, atthasdef, atthasmissing, attidentity, attgenerated, attisdropped, attislocal, attinhcount, attstattarget,
	attcollation, attname::text, attrelid::int8, 1.5::float8, attname::text
	from pg_attribute, generate_series(1, 30)`

// BenchmarkAgainstRows sends many wide rows: as text, in binary, by COPY, and 100 at a time.
func BenchmarkAgainstRows(b *testing.B) {
	ours, pg := startProcess(b), postgres(b)
	query := func(sql string) []byte { return message('Q', sql+"\x00") }
	binaryRows := concat(message('P', "\x00"+wideRows+"\x00\x00\x00"), message('B', "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x01"),
		message('E', "\x00\x00\x00\x00\x00"), message('S', ""))
	for _, c := range []struct {
		name       string
		turn       int
		once, each []byte
	}{
		{"text", 1, nil, query(wideRows)},
		{"binary", 1, nil, binaryRows},
		{"copy-text", 1, nil, query("copy (" + wideRows + ") to stdout")},
		{"copy-csv", 1, nil, query("copy (" + wideRows + ") to stdout (format csv)")},
		{"copy-binary", 1, nil, query("copy (" + wideRows + ") to stdout (format binary)")},
		{"fetch", 50, query("begin; declare c no scroll cursor for " + wideRows), query("fetch 100 from c")},
	} {
		b.Run(c.name, func(b *testing.B) { versus(b, ours, pg, 1, c.turn, c.once, c.each) })
	}
}

// BenchmarkAgainstConnect opens and closes connections.
func BenchmarkAgainstConnect(b *testing.B) {
	sides := []*process{startProcess(b)}
	if pg := postgres(b); pg != nil {
		sides = append(sides, pg)
	}
	const turn = 100
	taken := make(turns, len(sides))
	for b.Loop() {
		for i, p := range sides {
			start := time.Now()
			for range turn {
				c, err := p.dial(false)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = c.Write(message('X', ""))
				_, _ = c.Read(make([]byte, 1)) // the server's end
				c.Close()
			}
			taken[i] = append(taken[i], sample{time.Since(start) / turn, 0})
		}
	}
	b.ReportMetric(0, "ns/op")
	report(b, taken)
}
