package observe

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestProfilesAreHidden shows profiles to this host alone, asked for by its own name.
func TestProfilesAreHidden(t *testing.T) {
	h := (&Health{}).handler(NewMetrics("test"))
	for _, x := range []struct {
		remote, host, header string
		want                 int
	}{
		{"127.0.0.1:1", "127.0.0.1:9464", "", http.StatusOK},
		{"127.0.0.1:1", "localhost:9464", "", http.StatusOK},
		{"127.0.0.1:1", "localhost", "", http.StatusOK},
		{"[::1]:1", "[::1]:9464", "", http.StatusOK},
		{"[::1]:1", "[::1]", "", http.StatusOK},
		{"[::ffff:127.0.0.1]:1", "localhost", "", http.StatusOK},
		{"10.0.0.1:1", "127.0.0.1:9464", "", http.StatusNotFound},
		{"[2001:db8::1]:1", "localhost", "", http.StatusNotFound},
		{"127.0.0.1:1", "evil.example:9464", "", http.StatusNotFound},
		{"127.0.0.1:1", "127.0.0.1.evil.example", "", http.StatusNotFound},
		{"127.0.0.1:1", "", "", http.StatusNotFound},
		{"127.0.0.1:1", "localhost", "X-Forwarded-For", http.StatusNotFound},
		{"127.0.0.1:1", "localhost", "Forwarded", http.StatusNotFound},
		{"@", "localhost", "", http.StatusNotFound},
	} {
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline", "/debug/pprof/symbol"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr, r.Host = x.remote, x.host
			if x.header != "" {
				r.Header.Set(x.header, "for=10.0.0.1")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != x.want {
				t.Errorf("%s of %+v: %d", path, x, w.Code)
			}
		}
		r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
		r.RemoteAddr, r.Host = x.remote, x.host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("/healthz of %+v: %d", x, w.Code)
		}
	}
}

// TestScrapersAreBounded lets those who connect and say nothing have no more than their
// share of connections, which they get back.
func TestScrapersAreBounded(t *testing.T) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := probe.Addr().String()
	probe.Close()
	h, err := StartHealth(addr, NewMetrics("test"), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Stop()
	conns := make([]net.Conn, maxScrapers)
	for i := range conns {
		if conns[i], err = net.Dial("tcp", addr); err != nil {
			t.Fatal(err)
		}
		defer conns[i].Close()
	}
	late, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	if _, err := io.WriteString(late, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = late.SetReadDeadline(time.Now().Add(time.Minute)) // the silent ones are dropped after some seconds
	res, err := http.ReadResponse(bufio.NewReader(late), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Error(res.Status)
	}
}
