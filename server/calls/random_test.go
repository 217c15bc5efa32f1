package calls

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner"
)

var (
	randomCalls = flag.Int("random-calls", 200, "generated predicates of TestRandomCalls")
	randomSeed  = flag.Uint64("random-calls-seed", 1, "their seed")
)

// The fleet of generated predicates: two accounts of three regions, twenty
// flow logs in each.
var randomAccounts = []string{"111122223333", "222233334444"}

func randomFleet() *emulator.Emulator {
	em := emulator.New(emulator.Options{LogsPerResource: -1})
	n := 0
	for a, account := range randomAccounts {
		em.AddAccount(account, fmt.Sprintf("AKIARANDOM%d", a))
		for _, region := range callsRegions {
			var logs []emulator.FlowLog
			for range 20 {
				n++
				l := emulator.FlowLog{
					ID: fmt.Sprintf("fl-%08x", n), ResourceID: fmt.Sprintf("%s%08x", []string{"vpc-", "subnet-", "eni-"}[n%3], n%7), Interval: []int32{60, 600}[n%2],
					TrafficType: []string{"ALL", "ACCEPT", "REJECT"}[n%3], Status: "ACTIVE", DeliverStatus: []string{"SUCCESS", "FAILED"}[n%4/3],
					DestinationType: "s3", Destination: "arn:aws:s3:::logs", Created: time.Date(2024, 2, 1, n, 0, 0, 0, time.UTC),
				}
				if n%5 < 2 {
					l.DestinationType, l.Destination, l.LogGroupName = "cloud-watch-logs", "", []string{"/vpc/a", "/vpc/b"}[n%2]
				}
				if n%3 > 0 {
					l.Tags = []emulator.Tag{{Key: "env", Value: []string{"prod", "dev"}[n%2]}}
				}
				logs = append(logs, l)
			}
			em.Seed(account, region, logs)
		}
	}
	return em
}

func randomEngine(t testing.TB, em *emulator.Emulator, pageSize int) *planner.Engine {
	t.Helper()
	url, err := em.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = em.Close() })
	cfg := ec2backend.Config{Regions: callsRegions, EndpointURL: url, NoRateLimit: true, PageSize: pageSize}
	for a := range randomAccounts {
		cfg.Accounts = append(cfg.Accounts, ec2backend.Account{AccessKeyID: fmt.Sprintf("AKIARANDOM%d", a), SecretAccessKey: "secret"})
	}
	backend, err := ec2backend.New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Close)
	return engineOver(t, backend)
}

// randomColumn is a column that predicates speak of: its constants, and whether
// it may be NULL.
type randomColumn struct {
	name   string
	values []string
	null   bool
}

var randomColumns = []randomColumn{
	{"region", []string{"us-east-1", "us-west-2", "eu-west-1", "mars-1"}, false},
	{"accountId", []string{"111122223333", "222233334444", "999900001111"}, false},
	{"trafficType", []string{"ALL", "ACCEPT", "REJECT"}, true},
	{"logDestinationType", []string{"s3", "cloud-watch-logs"}, true},
	{"logGroupName", []string{"/vpc/a", "/vpc/b", "/vpc/%"}, true},
	{"deliverLogsStatus", []string{"SUCCESS", "FAILED"}, true},
	{"resourceId", []string{"vpc-00000001", "subnet-00000002", "eni-00000003"}, false},
	{"flowLogId", []string{"fl-00000001", "fl-00000015", "fl-0000ffff"}, false},
}

// predicates makes them.
type predicates struct {
	r    *rand.Rand
	used map[string]bool
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// atom is a condition on one column with constants.
func (p *predicates) atom() string {
	c := randomColumns[p.r.IntN(len(randomColumns))]
	if p.r.IntN(2) == 0 {
		c = randomColumns[p.r.IntN(2)] // where to ask matters most
	}
	p.used[c.name] = true
	col := `"` + c.name + `"`
	pick := func() string { return c.values[p.r.IntN(len(c.values))] }
	v, w := pick(), pick()
	switch p.r.IntN(27) {
	case 0:
		return fmt.Sprintf("%s <> %s", col, quote(v))
	case 1:
		return fmt.Sprintf("%s IN (%s, %s)", col, quote(v), quote(w))
	case 2:
		return fmt.Sprintf("%s NOT IN (%s, %s)", col, quote(v), quote(w))
	case 3:
		return fmt.Sprintf("%s = ANY (ARRAY[%s, %s])", col, quote(v), quote(w))
	case 4:
		return fmt.Sprintf("%s <> ALL (ARRAY[%s, %s])", col, quote(v), quote(w))
	case 5:
		return fmt.Sprintf("%s LIKE %s", col, quote(v[:2]+"%"))
	case 6:
		return fmt.Sprintf("%s NOT LIKE %s", col, quote(v[:2]+"%"))
	case 7:
		return fmt.Sprintf("%s BETWEEN %s AND %s", col, quote(min(v, w)), quote(max(v, w)))
	case 8:
		return fmt.Sprintf("%s > %s", col, quote(v))
	case 9:
		return fmt.Sprintf("%s <= %s", col, quote(v))
	case 10:
		return col + " IS NULL"
	case 11:
		return col + " IS NOT NULL"
	case 12:
		return fmt.Sprintf("%s ~ %s", col, quote("^"+v[:2]))
	case 13:
		return fmt.Sprintf("starts_with(%s, %s)", col, quote(v[:2]))
	case 14:
		return fmt.Sprintf("lower(%s) = %s", col, quote(strings.ToLower(v)))
	case 15:
		return fmt.Sprintf("coalesce(%s, 'none') = %s", col, quote(v))
	case 16:
		return fmt.Sprintf("CASE WHEN %s = %s THEN true ELSE false END", col, quote(v))
	case 17:
		return fmt.Sprintf("%s IS DISTINCT FROM %s", col, quote(v))
	case 18:
		return fmt.Sprintf("%s IS NOT DISTINCT FROM %s", col, quote(v))
	case 19:
		return fmt.Sprintf("(%s = %s) IS NOT TRUE", col, quote(v))
	case 20:
		return fmt.Sprintf("substr(%s, 1, 2) = %s", col, quote(v[:2]))
	case 21:
		return fmt.Sprintf("%s LIKE %s ESCAPE '!'", col, quote(strings.ReplaceAll(v, "%", "!%")))
	case 22:
		return fmt.Sprintf("%s ILIKE %s", col, quote(strings.ToUpper(v[:2])+"%"))
	default:
		return fmt.Sprintf("%s = %s", col, quote(v))
	}
}

// make makes a predicate.
func (p *predicates) make(depth int) string {
	if depth == 0 {
		return p.atom()
	}
	switch p.r.IntN(8) {
	case 0, 1, 2:
		return p.make(depth-1) + " AND " + p.make(depth-1)
	case 3, 4:
		return "(" + p.make(depth-1) + " OR " + p.make(depth-1) + ")"
	case 5:
		return "NOT (" + p.make(depth-1) + ")"
	default:
		return p.make(depth - 1)
	}
}

// places asks which accounts and regions could have a row that the predicate
// lets through, trying all values of its columns.
func (p *predicates) places(t *testing.T, c *callsClient, where string) []string {
	t.Helper()
	from := []string{}
	for i, name := range slices.Sorted(maps.Keys(p.used)) {
		var vals []string
		for _, col := range randomColumns {
			if col.name != name {
				continue
			}
			switch name {
			case "region":
				vals = quoteAll(callsRegions)
			case "accountId":
				vals = quoteAll(randomAccounts)
			default:
				// The constants, what is like them, and what comes before and after.
				all := []string{"", "~"}
				for _, v := range col.values {
					all = append(all, v, v+"0", v[:2]+"!", v[:2]+"~", strings.ToLower(v), strings.ToUpper(v))
				}
				slices.Sort(all)
				vals = quoteAll(slices.Compact(all))
				if col.null {
					vals = append(vals, "NULL")
				}
			}
		}
		from = append(from, fmt.Sprintf("(VALUES (%s)) v%d(%q)", strings.Join(vals, "), ("), i, name))
	}
	for _, place := range []string{"region", "accountId"} {
		if !p.used[place] {
			vals := quoteAll(callsRegions)
			if place == "accountId" {
				vals = quoteAll(randomAccounts)
			}
			from = append(from, fmt.Sprintf("(VALUES (%s)) v_%s(%q)", strings.Join(vals, "), ("), place, place))
		}
	}
	rows, err := c.run(`SELECT DISTINCT "accountId", region FROM ` + strings.Join(from, ", ") + " WHERE " + where)
	if err != nil {
		t.Fatalf("%s\n%v", where, err)
	}
	slices.Sort(rows)
	return rows
}

func quoteAll(list []string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = quote(v)
	}
	return out
}

// TestRandomCalls holds that generated predicates are asked of no account and
// region where no flow log could pass them, and give the same rows however much
// is pushed down.
func TestRandomCalls(t *testing.T) {
	em := randomFleet()
	on := newCallsClient(t, randomEngine(t, em, 0))
	e := randomEngine(t, randomFleet(), 0)
	off := newCallsClient(t, e, planner.Setting{Name: "flowgres.push_down", Value: "off"})
	inexact := newCallsClient(t, e, planner.Setting{Name: "flowgres.push_down", Value: "inexact"})
	if _, err := on.run(`SELECT * FROM flow_logs`); err != nil {
		t.Fatal(err)
	}
	more := 0
	r := rand.New(rand.NewPCG(*randomSeed, 0)) //nolint:gosec // the same each time
	for range *randomCalls {
		p := &predicates{r: r, used: map[string]bool{}}
		where := p.make(1 + p.r.IntN(3))
		if len(p.used) > 4 {
			continue
		}
		fewest := len(p.places(t, off, where))
		sql := `SELECT "flowLogId" FROM flow_logs WHERE ` + where
		em.ResetCalls()
		rows, err := on.run(sql)
		if err != nil {
			t.Errorf("%s\n%v", sql, err)
			continue
		}
		if made := describes(em); made != fewest {
			more++
			if more < 40 {
				t.Errorf("%s\n%d calls, %d would do", sql, made, fewest)
			}
		}
		for mode, c := range map[string]*callsClient{"off": off, "inexact": inexact} {
			if other, err := c.run(sql); err != nil || rowsSum(other, false) != rowsSum(rows, false) {
				t.Errorf("%s\npush-down on: %d rows, %s: %d rows, %v", sql, len(rows), mode, len(other), err)
			}
		}
	}
	if more > 0 {
		t.Errorf("%d of %d make calls too many", more, *randomCalls)
	}
}

// TestRandomPages holds that conditions which filters express are asked of EC2
// exactly: with small pages, no more are read than the rows that pass fill.
func TestRandomPages(t *testing.T) {
	em := randomFleet()
	e := randomEngine(t, em, 5)
	c := newCallsClient(t, e)
	if _, err := c.run(`SELECT * FROM flow_logs`); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(*randomSeed, 1)) //nolint:gosec // the same each time
	for range *randomCalls / 2 {
		var parts []string
		for range 1 + r.IntN(3) {
			parts = append(parts, filterable(r))
		}
		where := strings.Join(parts, " AND ")
		rows, err := c.run(`SELECT "accountId", region FROM flow_logs WHERE ` + where)
		if err != nil {
			t.Errorf("%s\n%v", where, err)
			continue
		}
		em.ResetCalls()
		if _, err := c.run(`SELECT count(*) FROM flow_logs WHERE ` + where); err != nil {
			t.Errorf("%s\n%v", where, err)
		}
		made := describes(em)
		if made == 0 { // the conditions exclude every row
			if len(rows) > 0 {
				t.Errorf("%s\nno calls, %d rows", where, len(rows))
			}
			continue
		}
		at := map[string]int{}
		for _, row := range rows {
			at[row]++
		}
		fewest := len(randomAccounts) * len(callsRegions) // one that finds nothing, or the first
		for _, n := range at {
			fewest += (n - 1) / 5
		}
		if made > fewest {
			t.Errorf("%s\n%d pages, %d hold the rows", where, made, fewest)
		}
	}
}

// filterable makes a condition that a filter says exactly.
func filterable(r *rand.Rand) string {
	c := randomColumns[2+r.IntN(len(randomColumns)-2)]
	if r.IntN(4) == 0 {
		return []string{
			`tags->>'env' = 'prod'`, `tags ? 'env'`, `tags @> '{"env": "dev"}'`, `tags->>'env' IN ('prod', 'dev')`, `"tagSet" @> '[{"key": "env", "value": "prod"}]'`,
			`"resourceType" = 'VPC'`, `tags IS NOT NULL`, `'prod' = tags->>'env'`, `tags['env'] = '"prod"'`, `tags->'env' = '"dev"'`, `tags ?| ARRAY['env', 'x']`,
		}[r.IntN(11)]
	}
	v, w := c.values[r.IntN(len(c.values))], c.values[r.IntN(len(c.values))]
	col := `"` + c.name + `"`
	return []string{
		fmt.Sprintf("%s = %s", col, quote(v)), fmt.Sprintf("%s IN (%s, %s)", col, quote(v), quote(w)),
		fmt.Sprintf("(%s = %s OR %s = %s)", col, quote(v), quote(w), col), fmt.Sprintf("%s = ANY (ARRAY[%s, NULL])", col, quote(v)),
		fmt.Sprintf("%s LIKE %s", col, quote(v[:2]+"%")), fmt.Sprintf("starts_with(%s, %s)", col, quote(v[:2])),
		fmt.Sprintf("%s ~ %s", col, quote("^"+v[:2])), fmt.Sprintf("left(%s, 2) = %s", col, quote(v[:2])),
		fmt.Sprintf("coalesce(%s, 'none') = %s", col, quote(v)), fmt.Sprintf("NOT (%s <> %s)", col, quote(v)),
		fmt.Sprintf("%s IS NOT DISTINCT FROM %s", col, quote(v)), fmt.Sprintf("%s BETWEEN %s AND %s", col, quote(v), quote(v)),
	}[r.IntN(12)]
}

// TestRandomShapes puts generated predicates into queries of many shapes, which
// ask the same places as their predicates.
func TestRandomShapes(t *testing.T) {
	em := randomFleet()
	on := newCallsClient(t, randomEngine(t, em, 0))
	off := newCallsClient(t, randomEngine(t, randomFleet(), 0), planner.Setting{Name: "flowgres.push_down", Value: "off"})
	if _, err := on.run(`SELECT * FROM flow_logs`); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(*randomSeed, 2)) //nolint:gosec // the same each time
	for range *randomCalls / 2 {
		p, q := &predicates{r: r, used: map[string]bool{}}, &predicates{r: r, used: map[string]bool{}}
		a, b := p.make(r.IntN(3)), q.make(r.IntN(2))
		if len(p.used) > 4 {
			continue
		}
		first, second := p.places(t, off, a), q.places(t, off, b)
		both := map[string]bool{}
		for _, x := range append(slices.Clone(first), second...) {
			both[x] = true
		}
		shapes := []struct {
			sql    string
			fewest int // -1: it depends on the rows
		}{
			{`SELECT "flowLogId" FROM (SELECT * FROM flow_logs) s WHERE ` + a, len(first)},
			{`WITH s AS (SELECT * FROM flow_logs WHERE ` + a + `) SELECT "flowLogId", region FROM s`, len(first)},
			{`WITH s AS MATERIALIZED (SELECT * FROM flow_logs WHERE ` + a + `) SELECT x."flowLogId" FROM s x JOIN s y USING ("flowLogId")`, len(first)},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` UNION ALL SELECT "flowLogId" FROM flow_logs WHERE ` + b, len(both)},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` UNION SELECT "flowLogId" FROM flow_logs WHERE ` + b, len(both)},
			{`SELECT (SELECT count(*) FROM flow_logs WHERE ` + a + `), (SELECT count(*) FROM flow_logs WHERE ` + b + `)`, len(both)},
			{`SELECT count(*), min("creationTime"), max("flowLogId") FROM flow_logs WHERE ` + a, len(first)},
			{`SELECT region, "accountId", count(*) FROM flow_logs WHERE ` + a + ` GROUP BY region, "accountId" HAVING count(*) > 2`, len(first)},
			{`SELECT region, "accountId", count(*) FROM flow_logs GROUP BY region, "accountId" HAVING region = 'us-west-2' AND "accountId" = '111122223333'`, 1},
			{`SELECT DISTINCT ON ("resourceId") "resourceId", "flowLogId" FROM flow_logs WHERE ` + a + ` ORDER BY 1, 2`, len(first)},
			{`SELECT "flowLogId", row_number() OVER (PARTITION BY region ORDER BY "flowLogId") FROM flow_logs WHERE ` + a, len(first)},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` ORDER BY "creationTime" DESC, 1 LIMIT 7`, len(first)},
			{`SELECT x FROM (VALUES (1), (2)) v(x) WHERE EXISTS (SELECT 1 FROM flow_logs WHERE ` + a + `)`, -1},
			{`SELECT f."flowLogId" FROM (SELECT * FROM flow_logs WHERE ` + a + `) f LEFT JOIN (VALUES ('ALL', 1)) v(t, n) ON f."trafficType" = v.t`, len(first)},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` INTERSECT SELECT "flowLogId" FROM flow_logs WHERE ` + b, -1},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` EXCEPT SELECT "flowLogId" FROM flow_logs WHERE ` + b, -1},
			{`SELECT x."flowLogId" FROM (SELECT * FROM flow_logs WHERE ` + a + `) x JOIN (SELECT * FROM flow_logs WHERE ` + b + `) y USING (region, "accountId", "resourceId")`, -1},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` AND "resourceId" IN (SELECT "resourceId" FROM flow_logs WHERE ` + b + `)`, -1},
			{`SELECT "flowLogId" FROM flow_logs WHERE ` + a + ` AND (region, "accountId") NOT IN (SELECT region, "accountId" FROM flow_logs WHERE ` + b + `)`, -1},
			{`SELECT region, "accountId" FROM flow_logs WHERE ` + a + ` ORDER BY region DESC, "accountId" LIMIT 21`, -1},
			{`SELECT region, "accountId", "flowLogId" FROM flow_logs WHERE ` + a + ` ORDER BY "accountId", region, "flowLogId" LIMIT 25`, -1},
			{`SELECT region, "flowLogId" FROM flow_logs WHERE ` + a + ` ORDER BY region, "flowLogId" DESC LIMIT 5 OFFSET 38`, -1},
			{`SELECT max(region) FROM flow_logs WHERE ` + a, -1},
			{`SELECT min("accountId") FROM flow_logs WHERE ` + a, -1},
		}
		s := shapes[r.IntN(len(shapes))]
		em.ResetCalls()
		rows, err := on.run(s.sql)
		if err != nil {
			t.Errorf("%s\n%v", s.sql, err)
			continue
		}
		switch made := describes(em); {
		case s.fewest >= 0 && made != s.fewest:
			t.Errorf("%s\n%d calls, %d would do", s.sql, made, s.fewest)
		case made > len(randomAccounts)*len(callsRegions):
			t.Errorf("%s\n%d calls: a place is asked twice", s.sql, made)
		}
		if other, err := off.run(s.sql); err != nil || rowsSum(other, false) != rowsSum(rows, false) {
			t.Errorf("%s\npush-down on: %d rows, off: %d rows, %v\n%v\n%v", s.sql, len(rows), len(other), err, rows, other)
		}
	}
}
