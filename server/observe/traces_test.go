package observe

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/server"
)

const (
	theirTrace = "0af7651916cd43dd8448eb211c80319c"
	theirSpan  = "b7ad6b7169203331"
	theirs     = "00-" + theirTrace + "-" + theirSpan + "-01"
)

// tell makes the events of a session of one statement and one call.
func tell(h server.Observer, t *Traces, app, text string) {
	c := server.Client{PID: 7, User: "ann", Database: "aws", Addr: "192.0.2.1:4711", App: app}
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	h.Opened(c)
	t.Call(ec2backend.CallRecord{
		PID: 7, Service: "ec2", Action: "DescribeFlowLogs", Region: "eu-west-1", Account: "111122223333", RequestID: "req-1", Query: "q1",
		Attempt: 2, Status: 503, Code: "RequestLimitExceeded", Time: start.Add(2 * time.Second), Duration: time.Second,
	})
	h.Statement(c, server.Statement{
		Text: text, Normalized: "SELECT $1", QueryID: "q1", SQLState: "53400", Rows: 3, Start: start.Add(time.Second), Duration: 3 * time.Second,
		Phases: []planner.Phase{{Name: "parse", Start: start, Took: time.Second}, {Name: "execute", Start: start.Add(time.Second), Took: time.Second}},
	})
	h.Closed(c, time.Minute)
}

// TestSpans follows one call from its session, and from the trace that a
// statement or an application_name belongs to.
func TestSpans(t *testing.T) {
	for _, c := range []struct{ name, app, text, parent string }{
		{"own", "psql", "SELECT 'hunter2'", "session"},
		{"comment", "psql", "SELECT 'hunter2' /*application='x',traceparent='" + theirs + "',tracestate='a=b'*/", theirSpan},
		{"literal", "psql", "SELECT 'traceparent=''" + theirs + "'' hunter2'", "session"},
		{"bad", "psql", "SELECT 1 /*traceparent='00-00000000000000000000000000000000-0000000000000000-01'*/", "session"},
		{"application_name", "job " + theirs, "SELECT 'hunter2'", "session"},
	} {
		memory := tracetest.NewInMemoryExporter()
		traces := newTraces(sdktrace.NewTracerProvider(sdktrace.WithSyncer(memory)), "test", "normalized")
		tell(Hooks(NewMetrics("test"), nil, traces), traces, c.app, c.text)
		spans := map[string]tracetest.SpanStub{}
		for _, s := range memory.GetSpans() {
			spans[s.Name] = s
			for _, a := range s.Attributes {
				if strings.Contains(a.Value.String(), "hunter2") {
					t.Errorf("%s: a literal is in %s", c.name, a.Key)
				}
			}
		}
		session, statement, call := spans["session"], spans["SELECT aws"], spans["EC2/DescribeFlowLogs"]
		parent := c.parent
		if parent == "session" {
			parent = session.SpanContext.SpanID().String()
		} else if len(statement.Links) != 1 || statement.Links[0].SpanContext.SpanID() != session.SpanContext.SpanID() {
			t.Errorf("%s: no link to the session", c.name)
		}
		if got := statement.Parent.SpanID().String(); got != parent {
			t.Errorf("%s: the statement's parent is %s, want %s", c.name, got, parent)
		}
		if trace := statement.SpanContext.TraceID().String(); (trace == theirTrace) != (c.name == "comment" || c.name == "application_name") {
			t.Errorf("%s: trace %s", c.name, trace)
		}
		for _, child := range []tracetest.SpanStub{call, spans["parse"], spans["execute"]} {
			if child.Parent.SpanID() != statement.SpanContext.SpanID() {
				t.Errorf("%s: %q is no part of the statement", c.name, child.Name)
			}
		}
		if d := call.EndTime.Sub(call.StartTime); d != time.Second {
			t.Errorf("%s: the call took %s", c.name, d)
		}
		if d := statement.EndTime.Sub(statement.StartTime); d != 4*time.Second { // with its parse
			t.Errorf("%s: the statement took %s", c.name, d)
		}
		want := []string{"aws.request_id=req-1", "cloud.region=eu-west-1", "error.type=RequestLimitExceeded", "http.request.resend_count=1", "rpc.method=ec2/DescribeFlowLogs"}
		for _, w := range want {
			if !slices.Contains(attributesOf(call), w) {
				t.Errorf("%s: the call has no %s: %s", c.name, w, attributesOf(call))
			}
		}
		for _, w := range []string{"db.query.text=SELECT $1", "db.response.status_code=53400", "db.operation.name=SELECT", "flowgres.query_id=q1"} {
			if !slices.Contains(attributesOf(statement), w) {
				t.Errorf("%s: the statement has no %s: %s", c.name, w, attributesOf(statement))
			}
		}
	}
}

func attributesOf(s tracetest.SpanStub) []string {
	var out []string
	for _, a := range s.Attributes {
		out = append(out, string(a.Key)+"="+a.Value.String())
	}
	return out
}

// received gives the names of the spans that a collector was sent.
func received(r *collector.ExportTraceServiceRequest) (names []string) {
	for _, rs := range r.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, s := range ss.Spans {
				names = append(names, s.Name)
			}
		}
	}
	return names
}

type grpcCollector struct {
	collector.UnimplementedTraceServiceServer
	got chan *collector.ExportTraceServiceRequest
}

func (c grpcCollector) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.got <- r
	return &collector.ExportTraceServiceResponse{}, nil
}

// TestExport sends traces to collectors, by HTTP and by gRPC, as OpenTelemetry's
// variables say.
func TestExport(t *testing.T) {
	got := make(chan *collector.ExportTraceServiceRequest, 8)
	byHTTP := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var req collector.ExportTraceServiceRequest
		if err := errors.Join(err, proto.Unmarshal(body, &req)); err != nil || r.URL.Path != "/v1/traces" {
			t.Error(r.URL.Path, err)
		}
		got <- &req
	}))
	defer byHTTP.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	byGRPC := grpc.NewServer()
	collector.RegisterTraceServiceServer(byGRPC, grpcCollector{got: got})
	served := make(chan error, 1)
	go func() { served <- byGRPC.Serve(ln) }()
	defer func() {
		byGRPC.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	for protocol, url := range map[string]string{"http/protobuf": byHTTP.URL, "grpc": "http://" + ln.Addr().String()} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
		t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
		traces, err := OpenTraces(t.Context(), "test", "normalized", slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		tell(Hooks(NewMetrics("test"), nil, traces), traces, "", "SELECT 1")
		if err := traces.Close(t.Context()); err != nil {
			t.Fatal(protocol, err)
		}
		names := received(<-got)
		slices.Sort(names)
		if s := strings.Join(names, ","); s != "EC2/DescribeFlowLogs,SELECT aws,execute,parse,session" {
			t.Errorf("%s: %s", protocol, s)
		}
	}
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke")
	if _, err := OpenTraces(t.Context(), "test", "off", slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a protocol that there is not")
	}
}

// TestTracesAsked reads OpenTelemetry's variables.
func TestTracesAsked(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "none"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, "otlp"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, "otlp"},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318"}, "otlp"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, "none"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"}, "none"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "jaeger"}, ""},
	} {
		got, err := tracesExporter(func(k string) string { return c.env[k] })
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%v: %q, %v", c.env, got, err)
		}
	}
}

// TestOTLP reads the exporter's variables, and meets collectors that fail.
func TestOTLP(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string // URL, or a part of the error
	}{
		{nil, "http://localhost:4318/v1/traces"},
		{map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http://localhost:4317/opentelemetry.proto.collector.trace.v1.TraceService/Export"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/x/"}, "https://c/x/v1/traces"},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/x", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://d"}, "https://c/x"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "https://c:4317/"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_INSECURE": "true"}, "http://c:4317/"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "c:4317"}, "ENDPOINT: not a URL"},
		{map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, "TIMEOUT"},
		{map[string]string{"OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"}, "COMPRESSION"},
		{map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "hunter2"}, "HEADERS: not a list"},
		{map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": "traces_test.go"}, "no certificate in"},
	} {
		o, err := newOTLP(func(k string) string { return c.env[k] })
		got := ""
		if err == nil {
			got = o.url
		} else {
			got = err.Error()
		}
		if !strings.Contains(got, c.want) || strings.Contains(got, "hunter2") {
			t.Errorf("%v: %s, want %s", c.env, got, c.want)
		}
	}
	answers := []int{http.StatusServiceUnavailable, http.StatusOK, http.StatusBadRequest}
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Api-Key") != "a=b" || r.Header.Get("Content-Encoding") != "gzip" {
			t.Error(r.Header)
		}
		w.WriteHeader(answers[n])
		n++
	}))
	defer srv.Close()
	o, err := newOTLP(func(k string) string {
		return map[string]string{
			"OTEL_EXPORTER_OTLP_ENDPOINT": srv.URL, "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%3Db,", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
		}[k]
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.UploadTraces(t.Context(), nil); err != nil || n != 2 {
		t.Errorf("%d requests, %v: it should have tried again", n, err)
	}
	if err := o.UploadTraces(t.Context(), nil); err == nil || n != 3 {
		t.Errorf("%d requests, %v: it should have failed", n, err)
	}
}
