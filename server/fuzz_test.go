package server

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgproto3/v2"
)

// FuzzReader frames, validates and decodes any input.
func FuzzReader(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x08\x04\xd2\x16\x2f"), false)
	f.Add([]byte("Q\x00\x00\x00\x04"), true)
	f.Add([]byte("B\x00\x00\x00\x0f\x00\x00\x00\x00\x00\x01\xff\xff\xff\xfe"), true)
	f.Add([]byte("P\x00\x00\x00\x08\x00\x00\x00\x01"), true)
	f.Fuzz(func(t *testing.T, in []byte, started bool) {
		r := newReader(bytes.NewReader(in))
		c := &conn{cfg: &Config{MaxMessage: 1 << 20}}
		for {
			if !started {
				if _, err := r.startup(); err != nil {
					return
				}
				continue
			}
			typ, body, err := r.message(c.limit)
			if err != nil {
				return
			}
			if m, err := decodeBind(body, nil); typ == 'B' && err == nil && m.params.Err == nil && len(m.params.Data) != m.params.Count {
				t.Errorf("%q: %d of %d parameters", body, len(m.params.Data), m.params.Count)
			}
			if m, err := decodeCall(body); typ == 'F' && err == nil && m.args.Err == nil && len(m.args.Data) != m.args.Count {
				t.Errorf("%q: %d of %d arguments", body, len(m.args.Data), m.args.Count)
			}
			if validate(typ, body, nil) != nil {
				continue
			}
			for _, m := range map[byte]pgproto3.FrontendMessage{
				'Q': &pgproto3.Query{}, 'P': &pgproto3.Parse{}, 'D': &pgproto3.Describe{},
				'C': &pgproto3.Close{}, 'E': &pgproto3.Execute{},
			} {
				if typeOf(m) == typ {
					if err := m.Decode(body); err != nil {
						t.Errorf("%c %q: validated, then %v", typ, body, err)
					}
				}
			}
		}
	})
}

func typeOf(m pgproto3.FrontendMessage) byte {
	b, _ := m.Encode(nil)
	return b[0]
}

func FuzzOptions(f *testing.F) {
	f.Add(`-c a=b --c-d=e\ f -S 1 -e \`)
	f.Fuzz(func(t *testing.T, options string) {
		if _, err := parseOptions(options); err == nil {
			return
		} else if !strings.Contains(err.Error(), "SQLSTATE 42601") {
			t.Error(err)
		}
	})
}

// FuzzConn gives a whole connection any bytes: it must end without a panic.
func FuzzConn(f *testing.F) {
	start := "\x00\x00\x00\x1f\x00\x03\x00\x00user\x00app\x00database\x00aws\x00\x00"
	files, _ := filepath.Glob("testdata/wire/*.txt")
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var all []byte
		for line := range strings.Lines(string(script)) {
			verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			switch verb {
			case "Query", "Parse", "Bind", "Describe", "Execute", "Close", "Sync", "Flush", "CopyData", "CopyDone":
				all = append(all, encode(&testing.T{}, verb, rest)...)
			}
		}
		f.Add([]byte(start+string(all)), false)
		f.Add(all, false)
	}
	f.Add([]byte(start+string(sasl("SCRAM-SHA-256", "n,,n=,r=abc"))+"p\x00\x00\x00\x0ac=biws,"), true)
	f.Add([]byte("\x00\x00\x00\x10\x04\xd2\x16\x2e\x00\x00\x00\x01\x00\x00\x00\x02"), true)
	verifier, err := NewVerifier("x")
	if err != nil {
		f.Fatal(err)
	}
	var logged bytes.Buffer
	h := &hooks{}
	cfg := Config{NewSession: h.open, Log: slog.New(slog.NewTextHandler(&logged, nil)), AuthTimeout: time.Second, CloseGrace: 100 * time.Millisecond}
	open, err := New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	cfg.Roles = map[string]Role{"app": {Verifier: verifier}}
	closed, err := New(cfg)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in []byte, auth bool) {
		if bytes.Contains(in, []byte("panic")) || bytes.Contains(in, []byte("pg_sleep")) || bytes.Contains(in, []byte("generate_series")) || bytes.Contains(in, []byte("repeat")) {
			return
		}
		s := open
		if auth {
			s = closed
		}
		logged.Reset()
		ours, theirs := net.Pipe()
		s.start(loopbackConn{ours})
		go io.Copy(io.Discard, theirs) //nolint:errcheck // until it is closed
		theirs.SetWriteDeadline(time.Now().Add(2 * time.Second))
		theirs.Write(in) //nolint:errcheck // the server may have closed
		theirs.Close()
		s.wg.Wait()
		if strings.Contains(logged.String(), "panic") {
			t.Fatal(logged.String())
		}
	})
}

// loopbackConn is a pipe that trust accepts.
type loopbackConn struct{ net.Conn }

func (loopbackConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// FuzzEngine plays a whole connection on the real engine: whatever a client
// sends after its startup packet, the server answers with messages or ends the
// connection, and goes on for others.
func FuzzEngine(f *testing.F) {
	for _, file := range []string{"bind", "cursor", "multi", "pipeline", "portal", "prepare", "settings", "fastpath"} {
		script, err := os.ReadFile(filepath.Join("testdata/wire/engine", file+".txt"))
		if err != nil {
			f.Fatal(err)
		}
		var in []byte
		for line := range strings.Lines(string(script)) {
			verb, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			switch verb {
			case "Query", "Parse", "Bind", "Describe", "Execute", "Close", "Sync", "Flush", "Call":
				in = append(in, encode(f, verb, rest)...)
			}
			if (verb == "Sync" || verb == "Call") && len(in) > 200 {
				f.Add(in)
				in = nil
			}
		}
	}
	cfg := Config{Log: slog.New(slog.DiscardHandler), MaxMessage: 1 << 16}
	s := startEngine(f, cfg)
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.Contains(bytes.ToLower(in), []byte("sleep")) || bytes.Contains(in, []byte("pg_terminate")) {
			t.Skip()
		}
		c := connect(t, s.addr)
		c.send(in)
		if err := c.nc.(*net.TCPConn).CloseWrite(); err != nil { // a message may claim to be longer than what is here
			t.Fatal(err)
		}
		for {
			typ, _, err := c.read()
			if err != nil {
				if ne, ok := err.(net.Error); ok && ne.Timeout() {
					t.Errorf("no end of the connection")
				}
				return
			}
			if !bytes.ContainsRune([]byte("123CDEHIKNSTVZcdnstvA"), rune(typ)) {
				t.Fatalf("message %q", typ)
			}
		}
	})
}
