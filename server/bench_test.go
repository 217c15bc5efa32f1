package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// targets gives the addresses to measure: a server on the fake engine, one on
// the real engine, and that of -against.
func targets(b *testing.B) map[string]string {
	all := map[string]string{"fake": startServer(b, Config{}).addr, "engine": startEngine(b, Config{}).addr}
	if *against != "" {
		all["against"] = *against
	}
	return all
}

func benchConnect(b *testing.B, addr string) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(context.Background(), "postgres://postgres@"+addr+"/aws?sslmode=disable")
	if err != nil {
		b.Fatal(err)
	}
	return conn
}

// modes are pgx's ways to send a statement.
var modes = []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec, pgx.QueryExecModeCacheStatement}

func BenchmarkSelect1(b *testing.B) {
	for name, addr := range targets(b) {
		for _, mode := range modes {
			for _, n := range []int{1, 8, 32} {
				b.Run(fmt.Sprintf("%s/%s/%d", name, strings.ReplaceAll(mode.String(), " ", "-"), n), func(b *testing.B) {
					together(b, addr, n, "select 1", mode)
				})
			}
		}
	}
}

// together runs a statement b.N times on n connections.
func together(b *testing.B, addr string, n int, sql string, mode pgx.QueryExecMode) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	for range n {
		conn := benchConnect(b, addr)
		defer conn.Close(context.Background())
		if _, err := conn.Exec(context.Background(), sql, mode); err != nil {
			b.Fatal(err)
		}
		wg.Add(1)
		defer wg.Wait()
		go func() {
			defer wg.Done()
			for left.Add(-1) >= 0 {
				if _, err := conn.Exec(context.Background(), sql, mode); err != nil {
					b.Error(err)
					return
				}
			}
		}()
	}
	wg.Wait()
}

// BenchmarkCatalog runs what psql and pgjdbc ask of the catalog.
func BenchmarkCatalog(b *testing.B) {
	files, err := filepath.Glob("testdata/catalog/*.sql")
	if err != nil || len(files) == 0 {
		b.Fatal("no queries", err)
	}
	all := targets(b)
	delete(all, "fake")
	for _, file := range files {
		sql, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		for name, addr := range all {
			b.Run(strings.TrimSuffix(filepath.Base(file), ".sql")+"/"+name, func(b *testing.B) {
				together(b, addr, 1, string(sql), pgx.QueryExecModeSimpleProtocol)
			})
		}
	}
}

func BenchmarkConnect(b *testing.B) {
	for name, addr := range targets(b) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				benchConnect(b, addr).Close(context.Background())
			}
		})
	}
}

func BenchmarkRows(b *testing.B) {
	const n = 100000
	for name, addr := range targets(b) {
		b.Run(name, func(b *testing.B) {
			conn := benchConnect(b, addr)
			defer conn.Close(context.Background())
			for b.Loop() {
				if _, err := conn.Exec(context.Background(), fmt.Sprintf("select generate_series(1,%d)", n)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}

// BenchmarkIdle measures what an idle session costs that has run a statement:
// heap and stack in use.
func BenchmarkIdle(b *testing.B) {
	cert := testCert(b)
	for _, secure := range []bool{false, true} {
		name := "plain"
		cfg := Config{MaxConnections: 1 << 20}
		if secure {
			name = "tls"
			cfg.TLS = &TLSConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }}
		}
		b.Run(name, func(b *testing.B) {
			s := startEngine(b, cfg)
			rawLogin(b, s.addr, secure).Close() // what is made once is not counted
			used := func() uint64 {
				runtime.GC()
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return m.HeapInuse + m.StackInuse
			}
			const n = 2000
			before := used()
			conns := make([]net.Conn, n)
			for i := range conns {
				conns[i] = rawLogin(b, s.addr, secure)
			}
			time.Sleep(100 * time.Millisecond)
			// A plain client is a socket and costs little beside the session; a
			// TLS client is in the figure with its own buffers.
			cost := float64(used()-before) / n / 1024
			for _, c := range conns {
				c.Close()
			}
			for b.Loop() { //nolint:revive // the figure is the metric
			}
			b.ReportMetric(cost, "KiB/session")
		})
	}
}

func rawLogin(b *testing.B, addr string, secure bool) net.Conn {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	if secure {
		nc.Write([]byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f})
		nc.Read(make([]byte, 1))
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
	}
	nc.Write([]byte("\x00\x00\x00\x1f\x00\x03\x00\x00user\x00app\x00database\x00aws\x00\x00"))
	nc.Write([]byte("Q\x00\x00\x00\x0dselect 1\x00"))
	buf := make([]byte, 1024)
	for got := 0; ; {
		n, err := nc.Read(buf[got:])
		if err != nil {
			b.Fatal(err)
		}
		if got += n; strings.HasSuffix(string(buf[:got]), "SELECT 1\x00Z\x00\x00\x00\x05I") {
			return nc
		}
	}
}
