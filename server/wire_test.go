package server

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgproto3/v2"
)

var (
	record     = flag.String("record", "", "record testdata/wire from the PostgreSQL 16 at this host:port")
	recordAuth = flag.String("record-auth", "", "record testdata/wire/auth from the PostgreSQL 16 at this host:port, which has TLS and the roles of authHBA")
	sitesOut   = flag.String("sites", "", "append to this file where the server reports each error: code, message, file, line, routine")
	against    = flag.String("against", "", "run transcripts and benchmarks against the server at this host:port, too")
)

// TestWire runs the transcripts in testdata/wire. A line sends a message, or
// says how far to read; the indented lines below it are what came, recorded
// from PostgreSQL 16. Files named ours-* are of this server alone.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/wire/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			ours := strings.HasPrefix(filepath.Base(file), "ours-")
			addr := *record + *against
			if addr == "" || ours {
				addr = startServer(t, Config{}).addr
			}
			compare(t, file, addr)
		})
	}
}

// TestEngineWire runs the transcripts, and those in testdata/wire/engine that
// the fake engine is too simple for, through the real engine without tables.
func TestEngineWire(t *testing.T) {
	var files []string
	for _, pattern := range []string{"testdata/wire/*.txt", "testdata/wire/engine/*.txt"} {
		list, err := filepath.Glob(pattern)
		if err != nil || len(list) == 0 {
			t.Fatal("no transcripts", err)
		}
		files = append(files, list...)
	}
	own := startEngine(t, Config{}).addr
	for _, file := range files {
		if name := filepath.Base(file); strings.HasPrefix(name, "ours-") || name == "notice.txt" {
			continue // of the fake engine
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			addr := *record + *against
			if addr == "" {
				addr = own
			}
			compare(t, file, addr)
		})
	}
}

// compare runs a transcript against a server, or records it.
func compare(t *testing.T, file, addr string) {
	t.Helper()
	compareTo(t, file, addr, *record != "")
}

func compareTo(t *testing.T, file, addr string, record bool) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := runTranscript(t, addr, string(want))
	if record {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

func runTranscript(t *testing.T, addr, script string) string {
	var out bytes.Buffer
	var c *client
	on, conns := "", map[string]*client{}
	pids := regexp.MustCompile(`\$\{pid:(\w+)\}`)
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "\t") {
			continue
		}
		fmt.Fprintln(&out, line)
		verb, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || verb == "#":
		case verb == "on": // what follows is for the connection of that name
			on = rest
			c = conns[on]
		case verb == "dial":
			c = dial(t, addr)
			c.peers, conns[on] = conns, c
		case verb == "connect":
			c = dial(t, addr)
			c.peers, conns[on] = conns, c
			c.startup(strings.Fields(rest)...)
		case verb == "tls": // goes over to it, with the protocols named
			for _, l := range c.startTLS(strings.Fields(rest)) {
				fmt.Fprintf(&out, "\t%s\n", l)
			}
		case verb == "scram": // logs in, asked for a password
			for _, l := range c.scram(rest) {
				fmt.Fprintf(&out, "\t%s\n", l)
			}
		case verb == "cancel":
			d := dial(t, addr)
			d.send(cancelPacket(c.pid, c.key))
			d.until("closed")
		case verb == "sites": // shows from here where errors are reported
			c.sites = true
		case verb == "busy": // until others see its statement wait
			c.untilBusy(addr)
		case verb == "eof": // sends no more
			if half, ok := c.nc.(interface{ CloseWrite() error }); ok {
				half.CloseWrite()
			}
		case verb == "wait":
			d, err := time.ParseDuration(rest)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(d)
		case verb == "raw":
			b, err := hex.DecodeString(strings.ReplaceAll(rest, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			c.send(b)
		case verb == "packet":
			b, err := strconv.Unquote(rest)
			if err != nil {
				t.Fatal(err)
			}
			c.send(append(binary.BigEndian.AppendUint32(nil, uint32(len(b)+4)), b...))
		case verb == "byte":
			var b [1]byte
			if _, err := io.ReadFull(c.nc, b[:]); err != nil {
				fmt.Fprintf(&out, "\tclosed\n")
			} else {
				fmt.Fprintf(&out, "\t%c\n", b[0])
			}
		case verb == "until":
			for _, m := range c.until(rest) {
				fmt.Fprintf(&out, "\t%s\n", m)
			}
		default:
			rest = pids.ReplaceAllStringFunc(rest, func(m string) string { return fmt.Sprint(conns[m[6:len(m)-1]].pid) })
			c.send(encode(t, verb, rest))
		}
	}
	return out.String()
}

// client is the other side of a test's connection.
type client struct {
	t   *testing.T
	nc  net.Conn
	pid uint32
	key uint32

	peers map[string]*client // of a transcript, by name
	open  bool               // past its start
	sites bool               // shows where errors are reported
}

func dial(t *testing.T, addr string) *client {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	return &client{t: t, nc: nc}
}

// connect dials and logs in.
func connect(t *testing.T, addr string, params ...string) *client {
	t.Helper()
	c := dial(t, addr)
	c.startup(append([]string{"user=postgres", "database=aws"}, params...)...)
	c.until("ReadyForQuery")
	return c
}

// untilBusy returns once another session is shown that c's statement waits: it
// has begun, and a cancel request finds it.
func (c *client) untilBusy(addr string) {
	c.t.Helper()
	d := connect(c.t, addr)
	defer d.nc.Close()
	for range 2000 {
		d.msg(fmt.Sprintf(`Query "select 1 from pg_stat_activity where pid = %d and state = 'active' and wait_event is not null"`, c.pid))
		if slices.Contains(d.until("ReadyForQuery"), `DataRow "1"`) {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	c.t.Error("the statement does not begin")
}

func (c *client) startup(params ...string) {
	b := []byte{0, 0, 0, 0, 0, 3, 0, 0}
	for _, p := range params {
		k, v, _ := strings.Cut(p, "=")
		if k == "minor" {
			b[7] = v[0] - '0'
			continue
		}
		b = append(b, k...)
		b = append(b, 0)
		b = append(b, strings.ReplaceAll(v, "+", " ")...)
		b = append(b, 0)
	}
	b = append(b, 0)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	c.send(b)
}

func (c *client) send(b []byte) {
	c.t.Helper()
	if _, err := c.nc.Write(b); err != nil {
		c.t.Log("send:", err)
	}
}

func (c *client) msg(line string) {
	c.t.Helper()
	verb, rest, _ := strings.Cut(line, " ")
	c.send(encode(c.t, verb, rest))
}

// until reads messages up to one of the named type, or the connection's end.
func (c *client) until(name string) (lines []string) {
	c.t.Helper()
	for {
		typ, body, err := c.read()
		if err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				c.t.Errorf("timeout waiting for %s after %q", name, lines)
			}
			return append(lines, "closed")
		}
		line := c.show(typ, body)
		if line == "" {
			continue
		}
		lines = append(lines, line)
		if got, _, _ := strings.Cut(line, " "); got == name {
			return lines
		}
	}
}

func (c *client) read() (byte, []byte, error) {
	var h [5]byte
	if _, err := io.ReadFull(c.nc, h[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(h[1:])
	if n < 4 || n > 1<<30 {
		return 0, nil, fmt.Errorf("bad length %d", n)
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(c.nc, body)
	return h[0], body, err
}

// show prints a message; "" for what differs between servers.
func (c *client) show(typ byte, body []byte) string {
	decode := func(m pgproto3.BackendMessage) {
		if err := m.Decode(body); err != nil {
			c.t.Errorf("%q: %v", typ, err)
		}
	}
	switch typ {
	case 'R':
		if n := binary.BigEndian.Uint32(body); n == 11 { // nonce and salt are random
			return "Authentication 11 " + regexp.MustCompile(`r=[^,]*,s=[^,]+`).ReplaceAllString(string(body[4:]), "r=…,s=…")
		} else if n > 0 {
			return fmt.Sprintf("Authentication %d %q", n, body[4:])
		}
		return "AuthenticationOk"
	case 'K':
		var m pgproto3.BackendKeyData
		decode(&m)
		c.pid, c.key = m.ProcessID, m.SecretKey
		return "BackendKeyData"
	case 'S':
		var m pgproto3.ParameterStatus
		decode(&m)
		if m.Name != "application_name" && !c.open {
			return ""
		}
		return "ParameterStatus " + m.Name + "=" + m.Value
	case 'Z':
		c.open = true
		return fmt.Sprintf("ReadyForQuery %c", body[0])
	case 'T':
		var m pgproto3.RowDescription
		decode(&m)
		line := "RowDescription"
		for _, f := range m.Fields {
			line += fmt.Sprintf(" %s:%d,%d/%d", f.Name, f.DataTypeOID, f.DataTypeSize, f.Format)
			if f.TypeModifier != -1 {
				line += fmt.Sprintf("(%d)", f.TypeModifier)
			}
			if f.TableOID != 0 || f.TableAttributeNumber != 0 {
				line += fmt.Sprintf("@%d.%d", f.TableOID, int16(f.TableAttributeNumber))
			}
		}
		return line
	case 'D':
		var m pgproto3.DataRow
		decode(&m)
		line := "DataRow"
		for _, v := range m.Values {
			if v == nil {
				line += " NULL"
			} else {
				line += fmt.Sprintf(" %q", v)
			}
		}
		return line
	case 'C':
		return "CommandComplete " + string(body[:len(body)-1])
	case 'E', 'N':
		if *sitesOut != "" {
			c.keepSite(body)
		}
		line := map[byte]string{'E': "ErrorResponse", 'N': "NoticeResponse"}[typ] + showFields(body)
		if e := errorFields(body); c.sites {
			line += fmt.Sprintf(" IN %s %s:%s", e['R'], e['F'], e['L'])
		}
		return line
	case 't':
		var m pgproto3.ParameterDescription
		decode(&m)
		return fmt.Sprintf("ParameterDescription %v", m.ParameterOIDs)
	case 'v':
		return fmt.Sprintf("NegotiateProtocolVersion %x", body)
	case 'H':
		return fmt.Sprintf("CopyOutResponse %x", body)
	case 'd':
		return fmt.Sprintf("CopyData %q", body)
	case 'A':
		var m pgproto3.NotificationResponse
		decode(&m)
		for name, p := range c.peers {
			if p.pid == m.PID {
				return fmt.Sprintf("NotificationResponse %s: %s %s", name, m.Channel, m.Payload)
			}
		}
		return fmt.Sprintf("NotificationResponse %d %s %s", m.PID, m.Channel, m.Payload)
	}
	if name := map[byte]string{'1': "ParseComplete", '2': "BindComplete", '3': "CloseComplete", 'n': "NoData", 's': "PortalSuspended", 'I': "EmptyQueryResponse", 'c': "CopyDone"}[typ]; name != "" {
		return name
	}
	return fmt.Sprintf("%c %q", typ, body)
}

func message(typ byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{typ}, uint32(len(body)+4)), body...)
}

func errorFields(body []byte) map[byte]string {
	fields := map[byte]string{}
	for len(body) > 1 {
		value, rest, _ := bytes.Cut(body[1:], []byte{0})
		fields[body[0]] = string(value)
		body = rest
	}
	return fields
}

// keepSite writes down where the server reports an error, for the planner's TestSites.
func (c *client) keepSite(body []byte) {
	f, err := os.OpenFile(*sitesOut, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	e := errorFields(body)
	fmt.Fprintf(f, "%s\t%s\t%s\t%s\t%s\n", e['C'], strings.ReplaceAll(e['M'], "\n", " "), e['F'], e['L'], e['R'])
}

// showFields prints an error's fields but those of the source that reports it.
func showFields(body []byte) string {
	fields := errorFields(body)
	line := fmt.Sprintf(" %s %s %s", fields['V'], fields['C'], fields['M'])
	if fields['S'] != fields['V'] {
		line += " SEVERITY " + fields['S']
	}
	for _, f := range []struct {
		key  byte
		name string
	}{
		{'D', "DETAIL"},
		{'H', "HINT"},
		{'P', "AT"},
		{'q', "QUERY"},
		{'p', "QUERYAT"},
		{'W', "WHERE"},
		{'s', "SCHEMA"},
		{'t', "TABLE"},
		{'c', "COLUMN"},
		{'d', "TYPE"},
		{'n', "CONSTRAINT"},
	} {
		v, there := fields[f.key]
		if !there {
			continue
		}
		if f.key == 'W' || f.key == 'q' {
			v = strconv.Quote(v)
		}
		line += " " + f.name + " " + v
	}
	return strings.ReplaceAll(line, "\n", `\n`)
}

func number(t testing.TB, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// encode makes a message from its name and Go-quoted or numeric arguments.
func encode(t testing.TB, verb, rest string) []byte {
	t.Helper()
	var args []string
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		q, err := strconv.QuotedPrefix(rest)
		if err != nil {
			q, _, _ = strings.Cut(rest, " ")
			args = append(args, q)
		} else {
			s, _ := strconv.Unquote(q)
			args = append(args, s)
		}
		rest = rest[len(q):]
	}
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	var m pgproto3.FrontendMessage
	switch verb {
	case "Query":
		m = &pgproto3.Query{String: arg(0)}
	case "Parse":
		p := &pgproto3.Parse{Name: arg(0), Query: arg(1)}
		for i := 2; i < len(args); i++ {
			p.ParameterOIDs = append(p.ParameterOIDs, uint32(number(t, args[i])))
		}
		m = p
	case "Bind":
		b := &pgproto3.Bind{DestinationPortal: arg(0), PreparedStatement: arg(1)}
		for i := 2; i < len(args); i++ {
			switch {
			case args[i] == "binary":
				b.ResultFormatCodes = append(b.ResultFormatCodes, 1)
			case strings.HasPrefix(args[i], "in="): // parameter formats
				for f := range strings.SplitSeq(args[i][3:], ",") {
					b.ParameterFormatCodes = append(b.ParameterFormatCodes, int16(number(t, f)))
				}
			case strings.HasPrefix(args[i], "out="): // result formats
				for f := range strings.SplitSeq(args[i][4:], ",") {
					b.ResultFormatCodes = append(b.ResultFormatCodes, int16(number(t, f)))
				}
			case args[i] == "NULL":
				b.Parameters = append(b.Parameters, nil)
			default:
				b.Parameters = append(b.Parameters, []byte(args[i]))
			}
		}
		m = b
	case "Describe":
		m = &pgproto3.Describe{ObjectType: arg(0)[0], Name: arg(1)}
	case "Execute":
		n, _ := strconv.Atoi(arg(1))
		m = &pgproto3.Execute{Portal: arg(0), MaxRows: uint32(n)}
	case "Close":
		m = &pgproto3.Close{ObjectType: arg(0)[0], Name: arg(1)}
	case "Call": // function oid, then as Bind's
		f := &pgproto3.FunctionCall{Function: uint32(number(t, arg(0)))}
		for _, a := range args[min(1, len(args)):] {
			switch {
			case strings.HasPrefix(a, "in="):
				for n := range strings.SplitSeq(a[3:], ",") {
					f.ArgFormatCodes = append(f.ArgFormatCodes, uint16(number(t, n)))
				}
			case strings.HasPrefix(a, "out="):
				f.ResultFormatCode = uint16(number(t, a[4:]))
			case a == "NULL":
				f.Arguments = append(f.Arguments, nil)
			default:
				f.Arguments = append(f.Arguments, []byte(a))
			}
		}
		m = f
	case "Password": // and whatever else goes by that letter
		return message('p', []byte(arg(0)))
	case "SASL": // mechanism, response
		b := append([]byte(arg(0)), 0)
		b = binary.BigEndian.AppendUint32(b, uint32(len(arg(1))))
		return message('p', append(b, arg(1)...))
	case "Sync":
		m = &pgproto3.Sync{}
	case "Flush":
		m = &pgproto3.Flush{}
	case "Terminate":
		m = &pgproto3.Terminate{}
	case "CopyFail":
		m = &pgproto3.CopyFail{Message: arg(0)}
	case "CopyData":
		m = &pgproto3.CopyData{Data: []byte(arg(0))}
	case "CopyDone":
		m = &pgproto3.CopyDone{}
	default:
		t.Fatalf("unknown line %q", verb)
	}
	b, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
