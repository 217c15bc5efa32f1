package planner_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
)

// TestExplainSubPlans holds that a plan shows each subplan that it speaks of, once: those too whose
// values are handed to a table.
func TestExplainSubPlans(t *testing.T) {
	var panics []string
	c := newEngineClient(t, newTypeNames(t), newEngine(t, &panics, newFixture(t)), &panics)
	for statement, want := range map[string]int{
		`select 1 from flow_logs where "flowLogId" = (select max("flowLogId") from flow_logs)`:                                                  1,
		`select 1 from flow_logs a join flow_logs b using ("resourceId") where a.region = (select min(region) from flow_logs)`:                  1,
		`select (select count(*) from flow_logs b where b.region = a.region) from flow_logs a where region = (select 'us-east-1' offset 0)`:     2,
		`select relname from pg_class where oid = (select max(oid) from pg_class) or relname not in (select nspname from pg_namespace)`:         2,
		`select region from flow_logs order by 1 limit (select 3) offset (select 1)`:                                                            2,
		`delete from flow_logs where "flowLogId" = (select min("flowLogId") from flow_logs) and region = (select 'us-east-1') returning region`: 2,
	} {
		a := c.run(context.Background(), "explain (verbose, costs off) "+statement, nil)
		if e := a[0].err; e != nil {
			t.Fatalf("%s: %+v", statement, *e)
		}
		var lines []string
		for _, row := range a[0].rows {
			lines = append(lines, *row[0])
		}
		text := strings.Join(lines, "\n")
		shown := map[string]bool{}
		for _, m := range subPlanShown.FindAllStringSubmatch(text, -1) {
			if name := m[1] + m[2]; shown[name] {
				t.Errorf("%s: %s is shown twice\n%s", statement, name, text)
			} else {
				shown[name] = true
			}
		}
		if len(shown) != want {
			t.Errorf("%s: %d subplans are shown, want %d\n%s", statement, len(shown), want, text)
		}
		for _, m := range subPlanNamed.FindAllStringSubmatch(text, -1) {
			if name := m[1] + m[2]; !shown[name] {
				t.Errorf("%s: %s is spoken of and not shown\n%s", statement, name, text)
			}
		}
	}
}

// What conditions and columns call subplans, and the lines above these: an initial one by its parameter, another
// by its own name.
var (
	subPlanNamed = regexp.MustCompile(`(\$\d+)\b|\((?:hashed )?(SubPlan \d+)\)`)
	subPlanShown = regexp.MustCompile(`(?m)^ *(?:InitPlan \d+ \(returns (\$\d+)\)|(SubPlan \d+))$`)
)
