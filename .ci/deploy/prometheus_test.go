package deploy

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestAlerts reads the alerts as `promtool check rules` does.
func TestAlerts(t *testing.T) {
	groups, errs := rulefmt.ParseFile(filepath.Join(top, "deploy/prometheus/alerts.yaml"), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		t.Error(err)
	}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Annotations["summary"] == "" || r.Labels["severity"] == "" {
				t.Errorf("%s: an alert has a name, a severity and a summary", r.Alert)
			}
		}
	}
}

// TestDashboard checks that each expression of the dashboard is PromQL, and
// that its data source is the one that Grafana is told of.
func TestDashboard(t *testing.T) {
	var dashboard struct {
		UID, Title string
		Panels     []struct {
			ID         int
			Title      string
			Datasource struct{ UID string }
			Targets    []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "deploy/grafana/dashboard.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	if dashboard.UID == "" || len(dashboard.Panels) == 0 {
		t.Fatal("no dashboard")
	}
	source, seen := read(t, "deploy/grafana/datasource.yaml"), map[int]bool{}
	for _, p := range dashboard.Panels {
		if seen[p.ID] {
			t.Errorf("%s: id %d is another panel's", p.Title, p.ID)
		}
		seen[p.ID] = true
		if !strings.Contains(source, "uid: "+p.Datasource.UID+",") {
			t.Errorf("%s: no data source %q", p.Title, p.Datasource.UID)
		}
		for _, target := range p.Targets {
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")); err != nil {
				t.Errorf("%s: %v", p.Title, err)
			}
		}
	}
}
