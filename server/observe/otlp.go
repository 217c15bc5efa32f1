package observe

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// otlp sends spans by OpenTelemetry's protocol, over HTTP or gRPC; it is an
// otlptrace.Client. OpenTelemetry's own clients are not used: both pull in
// packages that look methods up by name, for which the linker keeps every method of
// every type, the AWS SDK's too, and the program doubles.
type otlp struct {
	http    *http.Client
	url     string
	grpc    bool
	gzip    bool
	headers http.Header
	timeout time.Duration
}

// otlpEnv reads a variable of the exporter: that for traces before that for all.
func otlpEnv(getenv func(string) string, name string) string {
	if v := getenv("OTEL_EXPORTER_OTLP_TRACES_" + name); v != "" {
		return v
	}
	return getenv("OTEL_EXPORTER_OTLP_" + name)
}

// newOTLP makes the client that the environment asks for (Protocol Exporter
// Configuration Options of OpenTelemetry's specification).
func newOTLP(getenv func(string) string) (*otlp, error) {
	env := func(name string) string { return otlpEnv(getenv, name) }
	o := &otlp{headers: http.Header{}, timeout: 10 * time.Second}
	switch p := env("PROTOCOL"); p {
	case "", "http/protobuf":
	case "grpc":
		o.grpc = true
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not one of grpc, http/protobuf", p)
	}
	switch c := env("COMPRESSION"); c {
	case "", "none":
	case "gzip":
		o.gzip = true
	default:
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_COMPRESSION: %q is not one of gzip, none", c)
	}
	if v := env("TIMEOUT"); v != "" {
		ms, err := strconv.Atoi(v)
		if err != nil || ms <= 0 {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT: %q is not a number of milliseconds", v)
		}
		o.timeout = time.Duration(ms) * time.Millisecond
	}
	for _, h := range strings.Split(env("HEADERS"), ",") {
		name, value, ok := strings.Cut(h, "=")
		if strings.TrimSpace(h) == "" {
			continue
		}
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS: not a list of name=value") // values are secrets
		}
		o.headers.Set(strings.TrimSpace(name), value)
	}
	if err := o.setURL(getenv); err != nil {
		return nil, err
	}
	config, err := otlpTLS(env)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second,
	}
	if o.grpc {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP2(true)
		transport.Protocols.SetUnencryptedHTTP2(true)
	}
	o.http = &http.Client{Transport: transport}
	return o, nil
}

// setURL says where spans go.
func (o *otlp) setURL(getenv func(string) string) error {
	const method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	endpoint, path := getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), ""
	if endpoint == "" {
		endpoint, path = getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), "/v1/traces"
	}
	switch {
	case endpoint == "" && o.grpc:
		endpoint = "http://localhost:4317"
	case endpoint == "":
		endpoint = "http://localhost:4318"
	case o.grpc && !strings.Contains(endpoint, "://"):
		scheme := "https://"
		if strings.EqualFold(otlpEnv(getenv, "INSECURE"), "true") {
			scheme = "http://"
		}
		endpoint = scheme + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("OTEL_EXPORTER_OTLP_ENDPOINT: not a URL of http or https")
	}
	if o.grpc {
		u.Path = method
	} else {
		u.Path = strings.TrimSuffix(u.Path, "/") + path
	}
	o.url = u.String()
	return nil
}

// otlpTLS reads the certificates.
func otlpTLS(env func(string) string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if path := env("CERTIFICATE"); path != "" {
		pem, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_CERTIFICATE: no certificate in %s", path)
		}
	}
	if cert, key := env("CLIENT_CERTIFICATE"), env("CLIENT_KEY"); cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// Start implements otlptrace.Client.
func (o *otlp) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (o *otlp) Stop(context.Context) error {
	o.http.CloseIdleConnections()
	return nil
}

// busy is an answer that asks to try again.
type busy struct{ error }

// UploadTraces implements otlptrace.Client.
func (o *otlp) UploadTraces(ctx context.Context, spans []*traces.ResourceSpans) error {
	body, err := proto.Marshal(&traces.TracesData{ResourceSpans: spans}) // as an ExportTraceServiceRequest
	if err != nil {
		return err
	}
	if o.gzip {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(body); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		body = b.Bytes()
	}
	if o.grpc {
		frame := make([]byte, 5, 5+len(body))
		if o.gzip {
			frame[0] = 1
		}
		binary.BigEndian.PutUint32(frame[1:], uint32(len(body))) //nolint:gosec // the batch is bounded
		body = append(frame, body...)
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	for wait := time.Second; ; wait *= 2 {
		err := o.send(ctx, body)
		if !errors.As(err, &busy{}) {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// send makes one request.
func (o *otlp) send(ctx context.Context, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, values := range o.headers {
		req.Header[name] = values
	}
	switch {
	case o.grpc:
		req.Header.Set("Content-Type", "application/grpc+proto")
		req.Header.Set("TE", "trailers")
		if o.gzip {
			req.Header.Set("Grpc-Encoding", "gzip")
		}
	default:
		req.Header.Set("Content-Type", "application/x-protobuf")
		if o.gzip {
			req.Header.Set("Content-Encoding", "gzip")
		}
	}
	res, err := o.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	const most = 64 << 10
	if _, err := io.Copy(io.Discard, io.LimitReader(res.Body, most)); err != nil {
		return err
	}
	switch code := res.StatusCode; {
	case code == http.StatusTooManyRequests || code == http.StatusBadGateway || code == http.StatusServiceUnavailable || code == http.StatusGatewayTimeout:
		return busy{fmt.Errorf("the trace collector answered %s", res.Status)}
	case code < 200 || code > 299:
		return fmt.Errorf("the trace collector answered %s", res.Status)
	}
	if !o.grpc {
		return nil
	}
	status := res.Trailer.Get("Grpc-Status")
	if status == "" {
		status = res.Header.Get("Grpc-Status") // an answer of trailers alone
	}
	switch status {
	case "0":
		return nil
	case "1", "4", "8", "10", "11", "14", "15": // what OTLP says may be tried again
		return busy{fmt.Errorf("the trace collector answered with gRPC's code %s", status)}
	}
	return fmt.Errorf("the trace collector answered with gRPC's code %q", status)
}
