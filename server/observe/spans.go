package observe

import (
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/server"
)

// The attributes of spans are named by OpenTelemetry's semantic conventions
// (database server and RPC spans, AWS SDK); flowgres.* are ours.

func clientAttributes(c server.Client) []attribute.KeyValue {
	a := []attribute.KeyValue{
		attribute.String("db.system.name", "postgresql"), attribute.String("db.namespace", c.Database),
		attribute.String("user.name", c.User), attribute.Int("flowgres.pid", int(c.PID)), attribute.Bool("flowgres.tls", c.TLS),
	}
	if c.App != "" {
		a = append(a, attribute.String("flowgres.application_name", Redact(c.App)))
	}
	if host, port, err := net.SplitHostPort(c.Addr); err == nil {
		a = append(a, attribute.String("client.address", host))
		if n, err := strconv.Atoi(port); err == nil {
			a = append(a, attribute.Int("client.port", n))
		}
	} else if c.Addr != "" {
		a = append(a, attribute.String("client.address", c.Addr))
	}
	return a
}

func (t *Traces) statementAttributes(c server.Client, st server.Statement, verb string) []attribute.KeyValue {
	a := append(clientAttributes(c),
		attribute.String("db.operation.name", verb), attribute.String("flowgres.query_id", st.QueryID),
		attribute.Int64("db.response.returned_rows", st.Rows), attribute.Int64("flowgres.bytes_sent", st.Bytes))
	switch text := st.Normalized; {
	case t.text == "full":
		a = append(a, attribute.String("db.query.text", Redact(st.Text)))
	case t.text == "normalized" && text != "":
		a = append(a, attribute.String("db.query.text", Redact(text)))
	}
	if st.Suspended {
		a = append(a, attribute.Bool("flowgres.suspended", true))
	}
	if st.SQLState != "" {
		a = append(a, attribute.String("db.response.status_code", st.SQLState), attribute.String("error.type", st.SQLState))
	}
	return a
}

func callAttributes(r ec2backend.CallRecord) []attribute.KeyValue {
	a := []attribute.KeyValue{
		attribute.String("rpc.system.name", "aws-api"), attribute.String("rpc.method", r.Service+"/"+r.Action),
		attribute.String("cloud.provider", "aws"), attribute.String("cloud.region", r.Region), attribute.String("cloud.account.id", r.Account),
		attribute.String("aws.request_id", r.RequestID), attribute.Int("http.response.status_code", r.Status),
		attribute.Int("http.request.resend_count", r.Attempt-1), attribute.Int("flowgres.rows", r.Rows),
		attribute.String("flowgres.query_id", r.Query),
	}
	if r.Wait > 0 {
		a = append(a, millisOf("flowgres.limiter_wait_ms", r.Wait))
	}
	if r.Code != "" {
		a = append(a, attribute.String("error.type", r.Code))
	}
	return a
}
