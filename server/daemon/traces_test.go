package daemon

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/flowgres/flowgres/server/demo"
)

// TestTraces has a server send its spans to a collector, and follows an API call up to the
// trace that a comment of its statement names.
func TestTraces(t *testing.T) {
	var mu sync.Mutex
	var spans []*trace.Span
	otlp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
			var z *gzip.Reader
			if z, err = gzip.NewReader(bytes.NewReader(body)); err == nil {
				body, err = io.ReadAll(z)
			}
		}
		var req collector.ExportTraceServiceRequest
		if err := errors.Join(err, proto.Unmarshal(body, &req)); err != nil {
			t.Error(err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range req.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				spans = append(spans, scope.Spans...)
			}
		}
	}))
	defer otlp.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", otlp.URL)
	d, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Stop()
	file := filepath.Join(t.TempDir(), "c.yaml")
	put(t, file, "")
	a, err := New(t.Context(), demoConfig(t, d, file), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ln, done := serveOn(t, a)
	conn, err := pgconn.Connect(t.Context(), "postgres://app@"+ln.Addr().String()+"/aws?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	const theirTrace, theirSpan = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, sql := range []string{
		"select count(*) from ec2.flow_logs where region = 'us-east-1' /*traceparent='00-" + theirTrace + "-" + theirSpan + "-01'*/",
		"select 'their own trace'",
	} {
		if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(conn.Close(t.Context()), a.server.Close(), <-done); err != nil {
		t.Fatal(err)
	}
	a.Close() // which sends what is left
	mu.Lock()
	defer mu.Unlock()
	byID := map[string]*trace.Span{}
	for _, s := range spans {
		byID[string(s.SpanId)] = s
	}
	calls, own := 0, 0
	for _, s := range spans {
		switch {
		case s.Name == "EC2/DescribeFlowLogs":
			calls++
			statement := byID[string(s.ParentSpanId)]
			if statement == nil || statement.Name != "SELECT aws" {
				t.Fatalf("a call's parent is %v", statement)
			}
			if parent := statement.ParentSpanId; hexOf(parent) != theirSpan || hexOf(s.TraceId) != theirTrace || hexOf(statement.TraceId) != theirTrace {
				t.Errorf("the statement is of trace %x below %x, the call of trace %x", statement.TraceId, parent, s.TraceId)
			}
			if len(statement.Links) != 1 || byID[string(statement.Links[0].SpanId)].GetName() != "session" {
				t.Errorf("the statement's links: %v", statement.Links)
			}
		case s.Name == "SELECT aws" && hexOf(s.TraceId) != theirTrace:
			own++
			if byID[string(s.ParentSpanId)].GetName() != "session" {
				t.Error("a statement without a comment is not its session's")
			}
		}
	}
	if calls != 4 || own != 1 { // one of each account
		t.Errorf("%d calls, %d statements of the session's own trace", calls, own)
	}
}

func hexOf(id []byte) string { return hex.EncodeToString(id) }
