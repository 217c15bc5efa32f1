package soak

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/server/tlscert/certtest"
)

// between is who sits between clients and a server with a certificate of his own:
// he ends their TLS and begins his.
func between(t *testing.T, server string) (addr string) {
	t.Helper()
	dir := t.TempDir()
	certtest.Write(t, dir+"/cert", dir+"/key", 99)
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert"), filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	relay := func(client net.Conn) {
		defer all.Done()
		defer client.Close()
		upstream, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer upstream.Close()
		request, answer := make([]byte, 8), make([]byte, 1)
		if _, err := io.ReadFull(client, request); err != nil { // the SSLRequest
			return
		}
		if _, err := upstream.Write(request); err != nil {
			return
		}
		if _, err := io.ReadFull(upstream, answer); err != nil || answer[0] != 'S' {
			return
		}
		if _, err := client.Write(answer); err != nil {
			return
		}
		to := tls.Server(client, &tls.Config{Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12})
		from := tls.Client(upstream, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // he does not care
		ended := make(chan struct{})
		go func() {
			_, _ = io.Copy(from, to)
			_ = upstream.Close()
			close(ended)
		}()
		_, _ = io.Copy(to, from)
		_ = client.Close()
		<-ended
	}
	all.Add(1)
	go func() {
		defer all.Done()
		for {
			client, err := ln.Accept()
			if err != nil {
				return
			}
			all.Add(1)
			go relay(client)
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		all.Wait()
	})
	return ln.Addr().String()
}

// TestS3ManInTheMiddle logs in with channel binding, directly and through one
// who listens in.
func TestS3ManInTheMiddle(t *testing.T) {
	_, url := endpoint(t, 10)
	dir := t.TempDir()
	certtest.Write(t, dir+"/cert", dir+"/key", 1)
	c := serve(t, url, roles+"tls: {cert: "+dir+"/cert, key: "+dir+"/key}\n")
	mitm := between(t, c.addr)
	for _, try := range []struct{ addr, binding, code string }{
		{c.addr, "require", ""},
		{c.addr, "prefer", ""},
		{mitm, "disable", ""}, // who does not ask is not told
		{mitm, "prefer", "28000"},
		{mitm, "require", "28000"},
	} {
		conn, err := pgconn.Connect(t.Context(), "postgres://app:"+password+"@"+try.addr+"/aws?sslmode=require&channel_binding="+try.binding)
		if got := sqlstate(err); got != try.code {
			t.Errorf("channel_binding=%s at %s: %s, %v, want %q", try.binding, try.addr, got, err, try.code)
		}
		if err == nil {
			_ = conn.Close(t.Context())
		}
	}
	figure(t, "S3", "channel binding through a proxy that ends TLS", "refused", "refused")
}

// cancelRequest sends one, and waits until the server has dealt with it.
func cancelRequest(t *testing.T, addr string, pid, key uint32) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := binary.BigEndian.AppendUint32(nil, 16)
	b = binary.BigEndian.AppendUint32(b, 80877102)
	b = binary.BigEndian.AppendUint32(b, pid)
	if _, err := conn.Write(binary.BigEndian.AppendUint32(b, key)); err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Read(make([]byte, 1)) // its end
}

// TestS4CancelKeys guesses the key of a session that runs something, and
// cancels when nothing runs.
func TestS4CancelKeys(t *testing.T) {
	_, url := endpoint(t, 10)
	c := serve(t, url, roles)
	victim, other := c.connect("app", "sslmode=disable"), c.connect("app", "sslmode=disable")
	ended := make(chan string, 1)
	go func() { ended <- run(victim, "select pg_sleep(600)") }()
	sleeps := func() bool {
		return run(other, "select 1 / (select count(*) from pg_stat_activity where wait_event = 'PgSleep')::int") == ""
	}
	c.until("the statement runs", 10*time.Second, sleeps)
	guesses, right := size(300, 100_000), binary.BigEndian.Uint32(victim.SecretKey())
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range guesses / 4 {
				cancelRequest(t, c.addr, victim.PID(), right^uint32(1+4*i+g)) //nolint:gosec // small
			}
		}()
	}
	wg.Wait()
	select {
	case code := <-ended:
		t.Fatalf("a guess ended the statement: %s", code)
	default:
	}
	if !sleeps() {
		t.Error("the statement no longer runs")
	}
	cancelRequest(t, c.addr, victim.PID(), right)
	if code := <-ended; code != "57014" {
		t.Errorf("the right key: %s", code)
	}
	for range 20 { // nothing runs: what comes next is not hit
		cancelRequest(t, c.addr, victim.PID(), right)
		if code := run(victim, "select 1"); code != "" && code != "57014" {
			t.Errorf("after a cancel request that came too late: %s", code)
		}
		if code := run(other, "select 1"); code != "" {
			t.Errorf("another session got %s", code)
		}
	}
	figure(t, "S4", "guessed cancel keys that hit", 0, "0")
}

// TestS5Deep sends chains of all kinds that grow the parser's or the planner's
// stack: the server says what is too much, and lives.
func TestS5Deep(t *testing.T) {
	_, url := endpoint(t, 10)
	c := serve(t, url, roles)
	conn := c.connect("app", "sslmode=disable")
	chains := map[string]func(n int) string{
		"plus":      func(n int) string { return "select 1" + strings.Repeat("+1", n) },
		"concat":    func(n int) string { return "select ''" + strings.Repeat("||''", n) },
		"and":       func(n int) string { return "select true" + strings.Repeat(" and true", n) },
		"not":       func(n int) string { return "select " + strings.Repeat("not ", n) + "true" },
		"minus":     func(n int) string { return "select " + strings.Repeat("- ", n) + "1" },
		"cast":      func(n int) string { return "select 1" + strings.Repeat("::int", n) },
		"parens":    func(n int) string { return "select " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
		"subselect": func(n int) string { return strings.Repeat("select (", n) + "select 1" + strings.Repeat(")", n) },
		"from": func(n int) string {
			return strings.Repeat("select * from (", n) + "select 1" + strings.Repeat(") x", n)
		},
		"union": func(n int) string { return "select 1" + strings.Repeat(" union all select 1", n) },
		"join": func(n int) string {
			return "select 1 from (select 1) a" + strings.Repeat(" cross join (select 1) b", n)
		},
		"case": func(n int) string {
			return "select " + strings.Repeat("case when true then ", n) + "1" + strings.Repeat(" end", n)
		},
		"array":      func(n int) string { return "select " + strings.Repeat("array[", n) + "1" + strings.Repeat("]", n) },
		"call":       func(n int) string { return "select " + strings.Repeat("abs(", n) + "1" + strings.Repeat(")", n) },
		"in":         func(n int) string { return "select 1 in (0" + strings.Repeat(",0", n) + ")" },
		"statements": func(n int) string { return "select 1" + strings.Repeat(";", n) },
		"json":       func(n int) string { return "select '" + strings.Repeat("[", n) + strings.Repeat("]", n) + "'::jsonb" },
		"regex":      func(n int) string { return "select '' ~ '" + strings.Repeat("(", n) + strings.Repeat(")", n) + "'" },
		"jsonpath": func(n int) string {
			return "select '" + strings.Repeat("(", n) + "$" + strings.Repeat(")", n) + "'::jsonpath"
		},
		"with": func(n int) string {
			return strings.Repeat("with a as (", n) + "select 1" + strings.Repeat(") select 1", n)
		},
	}
	sizes := size([]int{500, 30_000}, []int{1000, 4000, 5000, 20_000, 100_000, 1_000_000})
	worst, slowest := time.Duration(0), ""
	for name, chain := range chains {
		for _, n := range sizes {
			begun := c.usage()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			_, err := conn.Exec(ctx, chain(n)).ReadAll()
			cancel()
			switch code := sqlstate(err); code {
			case "":
			case "54001", "54000", "53200", "22P02", "2201B", "42601", "42712": // too deep, too long, or not so at all
				if took := c.usage().since(begun).own(); code == "54001" && took > worst {
					worst, slowest = took, fmt.Sprintf("%d of %s", n, name)
				}
			default:
				t.Errorf("%d of %s: %s, %v", n, name, code, err)
			}
			c.alive()
			if conn.IsClosed() {
				conn = c.connect("app", "sslmode=disable")
			}
		}
	}
	if code := run(conn, "select 1"); code != "" {
		t.Errorf("afterwards: %s", code)
	}
	figure(t, "S5", "the longest until 54001: "+slowest, worst.Round(time.Millisecond), "50 ms")
}
