package observe

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestMetricNames checks that the dashboard and the alerts name figures that
// the server has.
func TestMetricNames(t *testing.T) {
	m := NewMetrics("test")
	served := map[string]bool{"flowgres_connections": true, "flowgres_banned_addresses": true, "flowgres_tls_cert_expiry_seconds": true}
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range regexp.MustCompile(`(?:counters?|histogram|gauge)\("(\w+)"`).FindAllSubmatch(source, -1) {
		served[metricPrefix+"_"+string(n[1])] = true
	}
	if _, err := m.registry.Gather(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"../../deploy/grafana/dashboard.json", "../../deploy/prometheus/alerts.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, ".json") && !json.Valid(text) {
			t.Errorf("%s is not JSON", path)
		}
		for _, name := range regexp.MustCompile(`flowgres_\w+`).FindAllString(string(text), -1) {
			if !served[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("%s: there is no %s", path, name)
			}
		}
	}
}
