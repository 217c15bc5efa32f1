package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/net/netutil"
)

// Health answers probes, metrics and profiles on its own listener.
type Health struct {
	Ready atomic.Bool // listening, and not draining
	http  *http.Server
}

// maxScrapers bounds the connections of the listener, so that they leave files for clients.
const maxScrapers = 256

// StartHealth listens on metrics_listen; an empty address is none.
func StartHealth(addr string, m *Metrics, log *slog.Logger) (*Health, error) {
	h := &Health{}
	if addr == "" {
		return h, nil
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	h.http = &http.Server{
		Handler: h.handler(m), ReadTimeout: 5 * time.Second, WriteTimeout: 2 * time.Minute, // longer than a profile takes
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	log.Info("metrics and health", "address", ln.Addr().String())
	go func() {
		if err := h.http.Serve(netutil.LimitListener(ln, maxScrapers)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the metrics listener failed", "error", err)
		}
	}()
	return h, nil
}

// Handler serves the figures.
func Handler(m *Metrics) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}

func (h *Health) handler(m *Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", Handler(m))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !h.Ready.Load() {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	for path, f := range map[string]http.HandlerFunc{
		"/debug/pprof/": pprof.Index, "/debug/pprof/cmdline": pprof.Cmdline, "/debug/pprof/profile": pprof.Profile,
		"/debug/pprof/symbol": pprof.Symbol, "/debug/pprof/trace": pprof.Trace,
	} {
		mux.Handle(path, loopbackOnly(f))
	}
	return mux
}

// loopbackOnly hides a handler from other hosts, and from what this host asks for others:
// a page in its browser, whose name was made to mean this host, and a proxy.
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil || !loopback(host) || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
			http.NotFound(w, r)
			return
		}
		if asked, _, err := net.SplitHostPort(r.Host); err == nil {
			host = asked
		} else {
			host = strings.Trim(r.Host, "[]") // the scheme's own port
		}
		if host != "localhost" && !loopback(host) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopback(host string) bool { return net.ParseIP(host).IsLoopback() }

// Stop closes the listener.
func (h *Health) Stop() error {
	if h.http == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := h.http.Shutdown(ctx); err != nil {
		return h.http.Close()
	}
	return nil
}
