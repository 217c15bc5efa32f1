package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/server"
)

// Traces makes OpenTelemetry spans of sessions, of their statements and these
// statements' phases, and of the AWS calls that they make. A statement's spans
// are made when it has ended, with the times at which things happened; so
// nothing is done meanwhile, and nothing at all by a nil Traces.
//
// A statement belongs to the trace that its text names in a comment, as
// sqlcommenter writes it (traceparent='00-…'), else to its session's, which is
// one that application_name held when the session began, or one of its own.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	text     string // trace_query_text

	mu       sync.Mutex
	sessions map[int32]*tracedSession
}

// tracedSession is a session under way.
type tracedSession struct {
	ctx     context.Context
	span    trace.Span
	calls   []ec2backend.CallRecord // of the statement being run
	dropped int
}

// maxTracedCalls bounds the spans of one statement's calls.
const maxTracedCalls = 1000

// tracesExporter tells what exporter OpenTelemetry's variables ask for: otlp or
// none.
func tracesExporter(getenv func(string) string) (string, error) {
	if strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return "none", nil
	}
	switch e := getenv("OTEL_TRACES_EXPORTER"); e {
	case "otlp", "none":
		return e, nil
	case "":
		if getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "" {
			return "otlp", nil
		}
		return "none", nil
	default:
		return "", fmt.Errorf("OTEL_TRACES_EXPORTER: %q is not one of otlp, none", e)
	}
}

// OpenTraces exports traces as OpenTelemetry's environment variables ask for it
// (OTEL_TRACES_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT and _PROTOCOL,
// OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, …); if they do not, it gives nil. text is
// trace_query_text.
func OpenTraces(ctx context.Context, version, text string, log *slog.Logger) (*Traces, error) {
	kind, err := tracesExporter(os.Getenv)
	if err != nil || kind == "none" {
		return nil, err
	}
	client, err := newOTLP(os.Getenv)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptrace.New(ctx, client)
	if err != nil {
		return nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces", "error", err) }))
	res, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "flowgres"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, err
	}
	return newTraces(sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(res)), version, text), nil
}

func newTraces(p *sdktrace.TracerProvider, version, text string) *Traces {
	return &Traces{
		provider: p, text: text, sessions: map[int32]*tracedSession{},
		tracer: p.Tracer("github.com/flowgres/flowgres", trace.WithInstrumentationVersion(version)),
	}
}

// Close sends what has not been sent.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}

// Opened begins a session's span.
func (t *Traces) Opened(c server.Client) {
	if t == nil {
		return
	}
	ctx := remoteContext(context.Background(), c.App)
	ctx, span := t.tracer.Start(ctx, "session", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(clientAttributes(c)...))
	t.mu.Lock()
	t.sessions[c.PID] = &tracedSession{ctx: ctx, span: span}
	t.mu.Unlock()
}

// Closed ends it. Calls that no statement has made were made to undo one.
func (t *Traces) Closed(c server.Client) {
	if t == nil {
		return
	}
	t.mu.Lock()
	s := t.sessions[c.PID]
	delete(t.sessions, c.PID)
	t.mu.Unlock()
	if s != nil {
		t.callSpans(s.ctx, s.calls)
		s.span.End()
	}
}

// Call notes an attempt of an AWS API call.
func (t *Traces) Call(r ec2backend.CallRecord) {
	if t == nil {
		return
	}
	t.mu.Lock()
	s := t.sessions[r.PID]
	if s != nil {
		if len(s.calls) < maxTracedCalls {
			s.calls = append(s.calls, r)
		} else {
			s.dropped++
		}
	}
	t.mu.Unlock()
	if s == nil { // the server's own, or a session's that is being undone
		t.callSpans(context.Background(), []ec2backend.CallRecord{r})
	}
}

// Statement makes the spans of a statement that has ended.
func (t *Traces) Statement(c server.Client, st server.Statement) {
	if t == nil {
		return
	}
	t.mu.Lock()
	s := t.sessions[c.PID]
	var calls []ec2backend.CallRecord
	dropped := 0
	if s != nil {
		calls, dropped = s.calls, s.dropped
		s.calls, s.dropped = nil, 0
	}
	t.mu.Unlock()
	if s == nil {
		return
	}
	start, end := st.Start, st.Start.Add(st.Duration)
	for _, p := range st.Phases {
		if p.Start.Before(start) {
			start = p.Start
		}
	}
	verb := tagLabel(st.Tag)
	if verb == "" {
		verb = verbOf(st.Normalized)
	}
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(start), trace.WithAttributes(t.statementAttributes(c, st, verb)...),
	}
	ctx := remoteContext(s.ctx, comments(st.Text))
	if ctx != s.ctx {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: s.span.SpanContext()}))
	}
	ctx, span := t.tracer.Start(ctx, verb+" "+c.Database, options...)
	if !span.IsRecording() {
		return
	}
	for _, p := range st.Phases {
		_, phase := t.tracer.Start(ctx, p.Name, trace.WithTimestamp(p.Start))
		phase.End(trace.WithTimestamp(p.Start.Add(p.Took)))
	}
	t.callSpans(ctx, calls)
	if dropped > 0 {
		span.SetAttributes(attribute.Int("flowgres.calls_not_shown", dropped))
	}
	if st.SQLState != "" {
		span.SetStatus(codes.Error, st.SQLState)
	}
	span.End(trace.WithTimestamp(end))
}

// callSpans makes the spans of API calls.
func (t *Traces) callSpans(ctx context.Context, calls []ec2backend.CallRecord) {
	for _, r := range calls {
		_, span := t.tracer.Start(ctx, strings.ToUpper(r.Service)+"/"+r.Action, trace.WithSpanKind(trace.SpanKindClient),
			trace.WithTimestamp(r.Time), trace.WithAttributes(callAttributes(r)...))
		if r.Code != "" {
			span.SetStatus(codes.Error, r.Code)
		}
		span.End(trace.WithTimestamp(r.Time.Add(r.Duration)))
	}
}

// traceparent is a trace context as W3C writes it, quoted or not.
var traceparent = regexp.MustCompile(`\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b`)

// remoteContext gives the trace that a text names, else ctx itself.
func remoteContext(ctx context.Context, text string) context.Context {
	if !strings.Contains(text, "00-") {
		return ctx
	}
	parent := traceparent.FindString(text)
	if parent == "" {
		return ctx
	}
	remote := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": parent})
	if c := trace.SpanContextFromContext(remote); c.IsValid() {
		return trace.ContextWithRemoteSpanContext(ctx, c)
	}
	return ctx
}

// commented are the comments that name a trace.
var commented = regexp.MustCompile(`(?s)/\*.*?traceparent='.*?\*/`)

// comments gives the part of a statement that may name its trace.
func comments(text string) string {
	if !strings.Contains(text, "traceparent='") {
		return ""
	}
	m := commented.FindString(text)
	return m[max(0, strings.LastIndex(m, "traceparent='")):]
}

// verbOf gives a statement's first word.
func verbOf(text string) string {
	if f := strings.Fields(text); len(f) > 0 {
		return strings.ToUpper(f[0])
	}
	return "statement"
}

// millisOf is what a span calls a duration in milliseconds.
func millisOf(name string, d time.Duration) attribute.KeyValue {
	return attribute.Float64(name, millis(d))
}
