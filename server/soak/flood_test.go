package soak

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// message makes a message of the protocol.
func message(typ byte, parts ...any) []byte {
	b := []byte{typ, 0, 0, 0, 0}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(append(b, p...), 0)
		case []byte:
			b = append(b, p...)
		case int16:
			b = binary.BigEndian.AppendUint16(b, uint16(p)) //nolint:gosec // its bits
		case int32:
			b = binary.BigEndian.AppendUint32(b, uint32(p)) //nolint:gosec // its bits
		}
	}
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-1)) //nolint:gosec // short
	return b
}

func parse(name, sql string) []byte { return message('P', name, sql, int16(0)) }

func bind(portal, statement string, params ...string) []byte {
	parts := []any{portal, statement, int16(0), int16(len(params))} //nolint:gosec // its bits
	for _, p := range params {
		parts = append(parts, int32(len(p)), []byte(p)) //nolint:gosec // short
	}
	return message('B', append(parts, int16(0))...)
}

var syncMessage = message('S')

// flood is a client that sends more than it should: write sends until the
// server has enough, whose answers are read at once or never.
type flood struct {
	name    string
	clients int
	raw     bool // nothing is sent before: no startup
	deaf    bool // reads nothing
	write   func(send func(...[]byte) bool)
}

// many sends a message n times, 100 at a time.
func many(n int, message func(i int) []byte) func(func(...[]byte) bool) {
	return func(send func(...[]byte) bool) {
		for i := 0; i < n; i += 100 {
			var batch [][]byte
			for j := range min(100, n-i) {
				batch = append(batch, message(i+j))
			}
			if !send(batch...) {
				return
			}
		}
	}
}

func same(m []byte) func(int) []byte { return func(int) []byte { return m } }

func floods() []flood {
	n := size(1, 20)
	list := "select 1 in (0" + strings.Repeat(",0", 500_000) + ")"
	wide := "select 1" + strings.Repeat(",1", 1600)
	ssl, gss := []byte{0, 0, 0, 8, 4, 210, 22, 47}, []byte{0, 0, 0, 8, 4, 210, 22, 48}
	start := startupMessage("app")
	large := func(n int) []byte { return binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(n)) } //nolint:gosec // it fits
	return []flood{
		{name: "Parse without Sync", clients: 2, write: many(5000*n, func(i int) []byte { return parse(fmt.Sprint("s", i), "select 1") })},
		{name: "Parse of long lists", clients: 4, write: many(5*n, func(i int) []byte { return parse(fmt.Sprint("s", i), list) })},
		{name: "Parse of long lists, the unnamed", clients: 4, write: many(3*n, func(int) []byte { return append(parse("", list), syncMessage...) })},
		{name: "Parse of many statements", clients: 2, write: many(5000*n, func(i int) []byte {
			return append(parse(fmt.Sprint("s", i), fmt.Sprintf("select %d, '%s'", i, strings.Repeat("x", 20_000))), syncMessage...)
		})},
		{name: "Query of different lists", clients: 2, write: many(100*n, func(i int) []byte {
			return message('Q', fmt.Sprintf("select %d in (0%s)", i, strings.Repeat(",0", 15_000)))
		})},
		{name: "Bind of many parameters", clients: 2, write: func(send func(...[]byte) bool) {
			var sql strings.Builder
			sql.WriteString("select 1 where 1 in ($1::int")
			for i := 2; i <= 65535; i++ {
				fmt.Fprintf(&sql, ",$%d", i)
			}
			params := make([]string, 65535)
			for i := range params {
				params[i] = "1"
			}
			send(parse("", sql.String()+")"))
			for range n {
				if !send(bind("", "", params...), message('D', []byte{'P'}, ""), message('E', "", int32(0)), syncMessage) {
					return
				}
			}
		}},
		{name: "Bind of long parameters", clients: 4, write: func(send func(...[]byte) bool) {
			long := strings.Repeat("x", 5<<20)
			send(parse("", "select $1::text"), syncMessage, message('Q', "begin"))
			for i := range 10 * n {
				if !send(bind(fmt.Sprint("p", i), "", long), syncMessage) {
					return
				}
			}
		}},
		{name: "portals suspended", clients: 2, write: func(send func(...[]byte) bool) {
			send(parse("", "select g, repeat('x', 1000) from generate_series(1, 1000000) g"), message('Q', "begin"))
			for i := range 500 * n {
				name := fmt.Sprint("p", i)
				if !send(parse("", "select g, repeat('x', 1000) from generate_series(1, 1000000) g"), bind(name, ""), message('E', name, int32(1)), message('H')) {
					return
				}
			}
		}},
		{name: "Describe, unread", clients: 4, deaf: true, write: func(send func(...[]byte) bool) {
			send(parse("s", wide))
			many(5000*n, same(message('D', []byte{'S'}, "s")))(send)
		}},
		{name: "Close", clients: 2, write: many(20_000*n, func(i int) []byte { return message('C', []byte{'S'}, fmt.Sprint("s", i)) })},
		{name: "Flush, unread", clients: 2, deaf: true, write: many(20_000*n, same(message('H')))},
		{name: "Sync, unread", clients: 2, deaf: true, write: many(20_000*n, same(syncMessage))},
		{name: "errors, unread", clients: 4, deaf: true, write: many(2000*n, same(message('Q', "select "+strings.Repeat("x", 10_000))))},
		{name: "notices, unread", clients: 4, deaf: true, write: many(n, same(message('Q', "do $$ begin for i in 1..100000 loop raise notice '%', repeat('x', 1000); end loop; end $$")))},
		{name: "long rows, unread", clients: 8, deaf: true, write: many(n, same(message('Q', "select repeat('x', 20000000) from generate_series(1, 1000)")))},
		{name: "changes to report", clients: 2, write: many(10*n, same(message('Q', strings.Repeat("set application_name = a; set application_name = b;", 2000))))},
		{name: "lengths that are not sent", clients: 50, write: func(send func(...[]byte) bool) { send(large(60 << 20)); send(bytes.Repeat([]byte("x"), 1000)) }},
		{name: "lengths that are sent", clients: 3 * n, write: func(send func(...[]byte) bool) {
			if send(large(60 << 20)) {
				chunk := bytes.Repeat([]byte("x"), 1<<20)
				for range 59 {
					if !send(chunk) {
						return
					}
				}
			}
		}},
		{name: "COPY's messages", clients: 2, write: many(5000*n, func(i int) []byte {
			return [][]byte{message('d', "x"), message('c'), message('f', "x"), syncMessage}[i%4]
		})},
		{name: "COPY to where nothing may come from", clients: 2, write: many(1000*n, func(i int) []byte {
			return append(message('Q', "copy ec2.flow_logs from stdin"), message('d', strings.Repeat("x", 1000))...)
		})},
		{name: "FunctionCall", clients: 2, write: many(2000*n, same(message('F', int32(1598), int16(0), int16(0), int16(0))))},
		{name: "SSLRequest again and again", clients: 20, raw: true, write: many(1000, same(ssl))},
		{name: "GSSENCRequest again and again", clients: 20, raw: true, write: many(1000, same(gss))},
		{name: "both in turn", clients: 20, raw: true, write: many(1000, func(i int) []byte { return [][]byte{ssl, gss}[i%2] })},
		{name: "startup of many parameters", clients: 20, raw: true, write: func(send func(...[]byte) bool) {
			send(message(0, int32(196608), []byte(strings.Repeat("a\x00b\x00", 10_000)), "")[1:])
		}},
		{name: "startup within limits", clients: 20, raw: true, write: func(send func(...[]byte) bool) {
			send(message(0, int32(196608), "user", "app", []byte(strings.Repeat("a\x00b\x00", 2400)), "")[1:])
		}},
		{name: "startup, then all at once", clients: 5, raw: true, write: func(send func(...[]byte) bool) {
			send(start)
			many(1000*n, same(syncMessage))(send)
		}},
		{name: "TLS that stops", clients: 50, raw: true, write: func(send func(...[]byte) bool) {
			send(ssl)
			send([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3})
		}},
		{name: "cancel requests", clients: 20, raw: true, write: func(send func(...[]byte) bool) {
			send(message(0, int32(80877102), int32(1), int32(1))[1:])
		}},
		{name: "LISTEN", clients: 2, write: many(2000*n, func(i int) []byte { return message('Q', fmt.Sprintf("listen c%d", i)) })},
		{name: "notifications that nobody reads", clients: 4, deaf: true, write: func(send func(...[]byte) bool) {
			send(message('Q', "listen c"))
			many(50*n, same(message('Q', "select count(pg_notify('c', g || repeat('x', 7900))) from generate_series(1, 200) g")))(send)
		}},
		{name: "notifications in a transaction that does not end", clients: 4, write: func(send func(...[]byte) bool) {
			send(message('Q', "listen c"), message('Q', "begin"))
			many(200*n, same(message('Q', "select count(pg_notify('c', random() || repeat('x', 7900))) from generate_series(1, 200) g")))(send)
		}},
		{name: "savepoints", clients: 2, write: func(send func(...[]byte) bool) {
			send(message('Q', "begin"))
			many(10*n, same(message('Q', strings.Repeat("savepoint a;", 10_000))))(send)
		}},
		{name: "settings", clients: 2, write: many(200*n, func(i int) []byte {
			return message('Q', fmt.Sprintf("set my.a%d = '%s'", i, strings.Repeat("x", 900_000)))
		})},
		{name: "settings in savepoints", clients: 2, write: func(send func(...[]byte) bool) {
			send(message('Q', "begin"))
			many(100*n, same(message('Q', fmt.Sprintf("savepoint a; set local my.a = '%s'", strings.Repeat("x", 900_000)))))(send)
		}},
		{name: "cursors with much", clients: 2, write: func(send func(...[]byte) bool) {
			send(message('Q', "begin"))
			many(10*n, func(i int) []byte {
				return message('Q', fmt.Sprintf("declare c%d scroll cursor for select repeat('x', 1000000) from generate_series(1, 100); fetch last from c%d", i, i))
			})(send)
		}},
		{name: "long values at a time", clients: 16, write: many(n, same(message('Q', "select "+strings.Repeat("length(repeat('x', 20000000) || ", 8)+"'y'"+strings.Repeat(")::text", 8))))},
		{name: "long columns", clients: 16, write: many(n, same(message('Q', "select repeat('x', 20000000)"+strings.Repeat(", repeat('x', 20000000)", 1600))))},
		{name: "long arrays", clients: 16, write: many(n, same(message('Q', "select count(*) from (select array_agg(repeat('x', 1000)) a from generate_series(1, 1000000) g group by g % 2) x")))},
		{name: "Bind of long parameters that grow", clients: 8, write: func(send func(...[]byte) bool) {
			long := strings.Repeat("x", 10<<20)
			send(parse("", "select length($1::text || $1::text || $1::text || repeat($1, 4))"))
			for range 2 * n {
				if !send(bind("", "", long), message('E', "", int32(0)), syncMessage) {
					return
				}
			}
		}},
		{name: "Bind of arrays whose heads promise much", clients: 8, write: many(500*n, func(i int) []byte {
			head := message('x', int32(1), int32(0), int32(23), int32(100_000_000+i), int32(1))[5:]
			b := message('B', "", "", int16(1), int16(1), int16(1), int32(len(head)), head, int16(0)) //nolint:gosec // short
			return slices.Concat(parse("", "select $1::int[]"), b, message('E', "", int32(0)), syncMessage)
		})},
		{name: "Bind of arrays that are long", clients: 8, write: func(send func(...[]byte) bool) {
			var array strings.Builder
			for i := range 1_000_000 {
				fmt.Fprintf(&array, ",%d", i)
			}
			send(parse("", "select cardinality($1::int[] || $1::int[])"))
			many(n, same(slices.Concat(bind("", "", "{"+array.String()[1:]+"}"), message('E', "", int32(0)), syncMessage)))(send)
		}},
		{name: "Bind of documents", clients: 8, write: func(send func(...[]byte) bool) {
			send(parse("", "select count(*) from jsonb_each($1::jsonb)"))
			doc := strings.Repeat(`"a":{"b":[1,2,3]},`, 300_000)
			many(n, same(slices.Concat(bind("", "", "{"+doc+`"z":1}`), message('E', "", int32(0)), syncMessage)))(send)
		}},
		{name: "Bind of formats by the thousand", clients: 4, write: func(send func(...[]byte) bool) {
			send(parse("", "select 1"))
			many(100*n, same(slices.Concat(message('B', "", "", int16(30_000), make([]byte, 60_000), int16(0), int16(30_000), make([]byte, 60_000)), syncMessage)))(send)
		}},
		{name: "Parse of types by the thousand", clients: 4, write: many(100*n, func(i int) []byte {
			return slices.Concat(message('P', fmt.Sprint("t", i), "select 1", int16(30_000), bytes.Repeat([]byte{0, 0, 0, 23}, 30_000)), syncMessage)
		})},
		{name: "Execute of a row at a time, unread", clients: 8, deaf: true, write: func(send func(...[]byte) bool) {
			send(parse("", "select repeat('x', 1000000) from generate_series(1, 1000000)"), bind("", ""))
			many(500*n, same(append(message('E', "", int32(1)), message('H')...)))(send)
		}},
		{name: "binary results of arrays, unread", clients: 8, deaf: true, write: func(send func(...[]byte) bool) {
			send(parse("", "select array_fill(1, array[1000000]) from generate_series(1, 1000)"))
			many(n, same(slices.Concat(message('B', "", "", int16(0), int16(0), int16(1), int16(1)), message('E', "", int32(0)), syncMessage)))(send)
		}},
		{name: "COPY out, unread", clients: 8, deaf: true, write: many(n, same(message('Q', "copy (select repeat('x', 10000000), g from generate_series(1, 1000) g) to stdout (format binary)")))},
		{name: "long results of many statements, unread", clients: 8, deaf: true, write: many(n, same(message('Q', strings.Repeat("select repeat('x', 10000000);", 1000))))},
		{name: "errors with long details, unread", clients: 8, deaf: true, write: many(10*n, same(message('Q', "select '"+strings.Repeat("x", 900_000)+"'::int")))},
		{name: "EXPLAIN of long lists", clients: 8, write: many(n, same(message('Q', "explain (verbose, format json) "+list[:400_000]+")")))},
		{name: "comments that are long", clients: 8, write: many(50*n, same(message('Q', "/*"+strings.Repeat("/* */", 150_000)+"*/ select 1")))},
		{name: "cursors held, in many sessions", clients: 16, write: many(2*n, func(i int) []byte {
			return message('Q', fmt.Sprintf("declare h%d cursor with hold for select repeat('x', 1000000) from generate_series(1, 100)", i))
		})},
		{name: "sorts, in many sessions", clients: 16, write: many(n, same(message('Q', "select count(*) from (select md5(g::text) m from generate_series(1, 500000) g order by 1 offset 0) s")))},
		{name: "joins of made keys, in many sessions", clients: 16, write: many(n, same(message('Q', "select count(*) from generate_series(1, 5000) a join generate_series(1, 5000) b on repeat('k', 20000) || a = repeat('k', 20000) || b")))},
		{name: "bytes of any kind", clients: 20, write: func(send func(...[]byte) bool) { send(bytes.Repeat([]byte{0xff, 0, 'Q', 0, 0}, 10_000)) }},
		{name: "texts that are none", clients: 2, write: many(500*n, func(i int) []byte {
			return message('Q', []byte(fmt.Sprintf("select '\xc3%c\xff%s'", i%256, strings.Repeat("\xfe", 1000))), "")
		})},
	}
}

// TestS5Floods has clients send what no client should. The server goes on, others get
// their answers, and its memory stays within its limit.
func TestS5Floods(t *testing.T) {
	_, url := endpoint(t, 100)
	c := serve(t, url, "max_connections: 200\nauthentication_timeout: 5s\n", "GOMEMLIMIT=600MiB") // without roles: trust
	watch := c.connect("app", "sslmode=disable")
	only, err := regexp.Compile(os.Getenv("FLOWGRES_SOAK_ONLY"))
	if err != nil {
		t.Fatal(err)
	}
	highest, which := int64(0), ""
	for i, f := range floods() {
		if !full && i%3 != 0 || !only.MatchString(f.name) {
			continue
		}
		c.resetPeak()
		longest := c.flood(f, watch)
		if !c.lives() {
			t.Fatalf("%s ended the server", f.name)
		}
		peak := c.status("VmHWM")
		t.Logf("%s: %d MiB, others waited %v", f.name, peak>>20, longest.Round(time.Millisecond))
		if peak > highest {
			highest, which = peak, f.name
		}
		if full && peak > mostMemory {
			t.Errorf("%s: %d MiB", f.name, peak>>20)
		}
		if full && longest > 2*time.Second {
			t.Errorf("%s: another session waited %v", f.name, longest)
		}
	}
	if log := c.log(); strings.Contains(log, "failed unexpectedly") {
		t.Error("a statement panicked")
	}
	figure(t, "S5", "floods: the most resident memory, MiB, with "+which, highest>>20, "1024")
}

// flood runs a flood's clients for a while and gives the longest that another
// session has waited meanwhile.
func (c *child) flood(f flood, watch *pgconn.PgConn) time.Duration {
	c.t.Helper()
	end := time.Now().Add(size(2*time.Second, 20*time.Second))
	var wg sync.WaitGroup
	for range f.clients {
		nc, err := net.Dial("tcp", c.addr)
		if err != nil {
			c.t.Fatal(err)
		}
		if !f.raw {
			c.session(nc)
		}
		_ = nc.SetDeadline(end)
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer nc.Close()
			read := make(chan struct{})
			go func() {
				defer close(read)
				if !f.deaf {
					_, _ = io.Copy(io.Discard, nc)
				}
			}()
			f.write(func(messages ...[]byte) bool {
				_, err := nc.Write(bytes.Join(messages, nil))
				return err == nil
			})
			if half, ok := nc.(*net.TCPConn); ok && !f.raw && !f.deaf {
				_ = half.CloseWrite()
			}
			<-read
		}()
	}
	done := make(chan struct{})
	go func() {
		wg.Wait()
		close(done)
	}()
	longest := time.Duration(0)
	for {
		began := time.Now()
		if code := run(watch, "select 1"); code != "" {
			c.t.Errorf("%s: another session's select 1: %s", f.name, code)
			return longest
		}
		longest = max(longest, time.Since(began))
		select {
		case <-done:
			return longest
		case <-time.After(10 * time.Millisecond):
		}
	}
}
