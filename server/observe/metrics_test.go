package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/server"
)

// allMetrics gives every figure of the server, each with a value.
func allMetrics(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	m := NewMetrics("test")
	srv, err := server.New(server.Config{NewSession: func(context.Context, planner.SessionOptions) (server.Session, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	m.Watch(srv, func() time.Time { return time.Time{} })
	m.Reuse(func() ec2backend.Reuse { return ec2backend.Reuse{} })
	m.QueryMemory(func() int64 { return 0 })
	m.Login(server.Trust, nil)
	m.Refused("preauth_limit")
	m.Statement(server.Statement{Tag: "SELECT 1"})
	m.Call(ec2backend.CallRecord{Service: "ec2", Action: "DescribeFlowLogs", Attempt: 2, Code: "RequestLimitExceeded"})
	m.Outcome(ec2backend.OutcomeRecord{Outcome: "made"})
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestMetricsLint holds the figures' names, units and help to Prometheus's
// conventions.
func TestMetricsLint(t *testing.T) {
	problems, err := promlint.NewWithMetricFamilies(allMetrics(t)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestMetricsPage compares deploy/metrics.md with the figures.
// FLOWGRES_WRITE_METRICS writes it.
func TestMetricsPage(t *testing.T) {
	const path = "../../deploy/metrics.md"
	var page bytes.Buffer
	page.WriteString("# Metrics\n\nWhat `metrics_listen` serves under `/metrics`, beside the figures of Go's runtime (`go_*`) and of the process (`process_*`). " +
		"Made from the server's registry by `FLOWGRES_WRITE_METRICS=1 go test ./server/observe`.\n\n| Name | Type | Labels | Meaning |\n|---|---|---|---|\n")
	for _, f := range allMetrics(t) {
		if !strings.HasPrefix(f.GetName(), metricPrefix) {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+l.GetName()+"`")
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	if os.Getenv("FLOWGRES_WRITE_METRICS") != "" {
		if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, page.Bytes()) {
		t.Error(path + " is not current: run the test with FLOWGRES_WRITE_METRICS=1")
	}
}

// TestMetricsBounded sends what clients and AWS can make up, which must not
// become labels without end.
func TestMetricsBounded(t *testing.T) {
	m := NewMetrics("test")
	for i := range 2000 {
		m.Statement(server.Statement{Tag: fmt.Sprintf("INSERT 0 %d", i), Rows: 1})
		m.Statement(server.Statement{SQLState: fmt.Sprintf("X%04d", i)})
		m.Call(ec2backend.CallRecord{Service: "ec2", Action: "DescribeFlowLogs", Region: "eu-west-1", Code: fmt.Sprintf("Code%d", i)})
	}
	all, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if n := len(f.GetMetric()); n > 300 {
			t.Errorf("%s has %d series", f.GetName(), n)
		}
	}
}

// TestMetricNames checks that the dashboards and the alerts, wherever they are
// shipped from, name figures that the server has.
func TestMetricNames(t *testing.T) {
	served := map[string]bool{}
	for _, f := range allMetrics(t) {
		served[f.GetName()] = true
		if f.GetType() == dto.MetricType_HISTOGRAM {
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				served[f.GetName()+part] = true
			}
		}
	}
	names := regexp.MustCompile(`\bflowgres_[a-z_]+\b`)
	for _, path := range []string{"../../deploy/grafana/dashboard.json", "../../deploy/prometheus/alerts.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".json") && !json.Valid(text) {
			t.Errorf("%s is not JSON", path)
		}
		found := names.FindAllString(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s names no figure", path)
		}
		slices.Sort(found)
		for _, name := range slices.Compact(found) {
			if !served[name] {
				t.Errorf("%s: there is no %s", path, name)
			}
		}
	}
}
