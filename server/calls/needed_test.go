package calls

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner"
)

var neededCalls = flag.Int("needed-calls", 25, "generated queries of TestNeededCalls")

// TestNeededCalls holds that generated queries ask just those accounts' regions
// that their result depends on. It finds them by trying: the flow logs of one
// place are taken for others, again and again, and the query runs over those as a
// VALUES list; a place that never changes the result need not be read.
func TestNeededCalls(t *testing.T) {
	em := randomFleet()
	on := newCallsClient(t, randomEngine(t, em, 0))
	local := newCallsClient(t, randomEngine(t, randomFleet(), 0), planner.Setting{Name: "flowgres.push_down", Value: "off"})
	fleet := readFleet(t, on)
	r := rand.New(rand.NewPCG(*randomSeed, 7)) //nolint:gosec // the same each time
	for n := range *neededCalls {
		q := (&queries{r: r}).make()
		want, err := local.run(fleet.with(q))
		if err != nil {
			t.Errorf("%s\n%v", q, err)
			continue
		}
		em.ResetCalls()
		rows, err := on.run(q)
		made := describes(em)
		if err != nil || rowsSum(rows, false) != rowsSum(want, false) {
			t.Errorf("%d: %s\n%d rows, %d over VALUES: %v", n, q, len(rows), len(want), err)
		}
		if needed := fleet.needed(t, local, q, want, r); made != needed {
			t.Errorf("%d: %s\n%d calls, %d places matter", n, q, made, needed)
		}
	}
}

// fleetRows are flow logs by their places, as SQL rows.
type fleetRows map[string][]string

const fleetColumns = `"flowLogId", region, "accountId", "trafficType", "resourceId", "logGroupName"`

func readFleet(t *testing.T, c *callsClient) fleetRows {
	t.Helper()
	rows, err := c.run(`SELECT "accountId" || '/' || region, format('(%L, %L, %L, %L, %L, %L)', ` + fleetColumns + `) FROM flow_logs`)
	if err != nil {
		t.Fatal(err)
	}
	out := fleetRows{}
	for _, row := range rows {
		place, values, _ := strings.Cut(row, "|")
		out[place] = append(out[place], values)
	}
	return out
}

// with gives a query over the rows.
func (f fleetRows) with(q string) string {
	var all []string
	for _, rows := range f {
		all = append(all, rows...)
	}
	list := "VALUES " + strings.Join(all, ", ")
	if len(all) == 0 {
		list = "SELECT '', '', '', '', '', '' WHERE false"
	}
	prefix := "WITH flow_logs(" + fleetColumns + ") AS (" + list + ")"
	if rest, ok := strings.CutPrefix(q, "WITH "); ok {
		return prefix + ", " + rest
	}
	return prefix + " " + q
}

// needed counts the places that the result depends on.
func (f fleetRows) needed(t *testing.T, c *callsClient, q string, want []string, r *rand.Rand) int {
	t.Helper()
	n := 0
	for place := range f {
		account, region, _ := strings.Cut(place, "/")
		was := f[place]
		for try := range 4 {
			f[place] = nil
			if try > 0 {
				f[place] = invented(account, region, r)
			}
			rows, err := c.run(f.with(q))
			if err != nil {
				t.Errorf("%s\n%v", q, err)
			}
			if rowsSum(rows, false) != rowsSum(want, false) {
				n++
				break
			}
		}
		f[place] = was
	}
	return n
}

// invented makes flow logs that could be in a place.
func invented(account, region string, r *rand.Rand) []string {
	var out []string
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for i := range 30 {
		out = append(out, fmt.Sprintf("('fl-%s%s%d%d', '%s', '%s', %s, '%s%08x', %s)", account[:1], region, i, r.IntN(100), region, account,
			pick("'ALL'", "'ACCEPT'", "'REJECT'", "NULL"), pick("vpc-", "subnet-", "eni-"), r.IntN(7), pick("'/vpc/a'", "'/vpc/b'", "NULL")))
	}
	return out
}

// queries makes them.
type queries struct{ r *rand.Rand }

func (g *queries) pick(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *queries) region() string { return quote(g.pick(append(callsRegions, "mars-1")...)) }

// about is a condition on a place column.
func (g *queries) about(col string) string {
	x, y := g.region(), g.region()
	if strings.Contains(col, "account") {
		x, y = quote(randomAccounts[0]), quote(randomAccounts[1])
	}
	return g.pick(
		col+" = "+x, col+" IN ("+x+", "+y+")", col+" <> "+x, col+" > "+x, col+" <= (SELECT "+x+")", col+" = (SELECT "+x+")",
		col+" LIKE (SELECT left("+x+", 2) || '%')", col+" NOT IN (SELECT "+x+" UNION ALL SELECT "+y+")", col+" IN (VALUES ("+x+"), ("+y+"))",
		col+" = ANY (ARRAY(SELECT unnest(ARRAY["+x+", "+y+"])))", col+" <> ALL (ARRAY(SELECT "+x+"))", "to_jsonb("+col+") = to_jsonb("+x+"::text)",
		"("+col+", 1) > ("+x+", 0)", "("+col+", 'a', "+col+") >= ("+x+", 'a', "+y+")", "concat("+col+", '!') IN ("+x+" || '!')",
		"EXISTS (SELECT 1 FROM (VALUES ("+x+"), ("+y+")) v(x) WHERE v.x = "+col+")", "coalesce("+col+", '') = "+x, "("+col+" = "+x+") IS NOT TRUE",
		"CASE WHEN "+col+" = "+x+" THEN true ELSE "+col+" = "+y+" END", "nullif("+col+", "+x+") = "+y, "format('%s', "+col+") = "+x,
		"jsonb_build_object('x', "+col+") @> jsonb_build_object('x', "+x+"::text)", col+" BETWEEN least("+x+", "+y+") AND greatest("+x+", "+y+")",
		col+" = ANY (string_to_array("+x+" || ',' || "+y+", ','))", "starts_with("+col+", (SELECT left("+x+", 2)))", x+" IN ("+col+", 'x')",
	)
}

// where is a condition on places, and maybe on another column, of a table's alias.
func (g *queries) where(a string) string {
	c := g.about(a + g.pick("region", "region", "region", `"accountId"`))
	switch g.r.IntN(4) {
	case 0:
		return c + " AND " + a + `"trafficType" = 'ALL'`
	case 1:
		return "(" + c + " OR " + g.where(a) + ")"
	case 2:
		return c + " AND " + g.where(a)
	}
	return c
}

// table is a part of FROM with the columns region, "accountId", "resourceId" and "trafficType".
func (g *queries) table(alias string) string {
	const cols = `region, "accountId", "resourceId", "trafficType"`
	return g.pick("flow_logs ", "flow_logs ", "(SELECT * FROM flow_logs) ", "(SELECT * FROM flow_logs WHERE "+g.where("")+") ",
		"(SELECT DISTINCT "+cols+" FROM flow_logs) ", "(SELECT "+cols+", count(*) AS n FROM flow_logs GROUP BY "+cols+") ",
		"(SELECT "+cols+" FROM flow_logs UNION ALL SELECT "+cols+" FROM flow_logs WHERE "+g.where("")+") ",
		"(SELECT "+cols+", row_number() OVER (PARTITION BY region, \"accountId\" ORDER BY 3) AS n FROM flow_logs) ") + alias
}

// values is a list of places.
func (g *queries) values() string {
	return "(VALUES (" + g.region() + ", 1), (" + g.region() + ", 2)) v(x, n)"
}

func (g *queries) make() string {
	a, where := g.table("a"), g.where("a.")
	kinds := []func() string{
		func() string { return `SELECT a.region, a."resourceId" FROM ` + a + " WHERE " + where },
		func() string {
			return `SELECT count(*), string_agg(a."resourceId", ',' ORDER BY a."resourceId") FROM ` + a + " WHERE " + where
		},
		func() string {
			return `SELECT a.region, count(*) FROM ` + a + " GROUP BY a.region HAVING " + g.about("a.region") + " ORDER BY 1"
		},
		func() string {
			return `SELECT a."accountId", a.region, count(*) FROM ` + a + " WHERE " + where + ` GROUP BY ROLLUP (a."accountId", a.region)`
		},
		func() string {
			return `SELECT v.n, a."resourceId" FROM ` + g.values() + " JOIN " + a + " ON a.region = v.x"
		},
		func() string {
			return `SELECT v.n, a."resourceId" FROM ` + g.values() + " LEFT JOIN " + a + " ON a.region = v.x AND " + where
		},
		func() string {
			return `SELECT v.n, count(*) FROM ` + g.values() + " JOIN flow_logs a ON a.region LIKE left(v.x, 3) || '%' WHERE " + where + " GROUP BY 1"
		},
		func() string {
			return `SELECT v.n, l.c FROM ` + g.values() + ", LATERAL (SELECT count(*) AS c FROM " + a + " WHERE a.region = v.x AND " + where + ") l"
		},
		func() string {
			return `SELECT v.n, (SELECT count(*) FROM ` + a + " WHERE a.region >= v.x AND " + where + ") FROM " + g.values()
		},
		func() string {
			return "WITH w AS (SELECT * FROM " + a + `) SELECT (SELECT count(*) FROM w WHERE ` + g.where("w.") + `), (SELECT string_agg(w."resourceId", ',' ORDER BY w."resourceId") FROM w WHERE ` + g.where("w.") + ")"
		},
		func() string {
			return `SELECT v.n, v.x IN (SELECT b.region FROM ` + g.table("b") + " WHERE " + g.where("b.") + ") FROM " + g.values() + " WHERE false"
		},
		func() string {
			return `SELECT a."resourceId" FROM ` + a + " WHERE " + where + ` EXCEPT ALL SELECT a."resourceId" FROM ` + a + " WHERE false"
		},
		func() string {
			return `SELECT v.n FROM ` + g.values() + ` LEFT JOIN (SELECT DISTINCT region FROM flow_logs) a ON a.region = v.x`
		},
		func() string {
			return `SELECT a.region, a."trafficType", count(*) FROM ` + a + ` GROUP BY GROUPING SETS ((a.region), (a."trafficType", a.region)) HAVING a.region = ` + g.region()
		},
		func() string {
			return `SELECT a."resourceId", v.n FROM ` + a + " FULL JOIN " + g.values() + " ON a.region = v.x WHERE a.region IN (" + g.region() + ", " + g.region() + ") AND " + where
		},
		func() string {
			return `SELECT count(*) FILTER (WHERE ` + where + `), string_agg(a."resourceId", ',' ORDER BY a."resourceId") FILTER (WHERE ` + g.where("a.") + ") FROM " + a
		},
		func() string {
			return `SELECT v.n, (v.x, '111122223333') ` + g.pick("IN", "NOT IN") + ` (SELECT a.region, a."accountId" FROM flow_logs a WHERE ` + where + ") FROM " + g.values()
		},
		func() string {
			return `SELECT region, a."resourceId", v.n FROM (SELECT region, "resourceId" FROM flow_logs) a FULL JOIN (VALUES (` + g.region() + ", 1), (" + g.region() + ", 2)) v(region, n) USING (region) WHERE " + g.about("region")
		},
		func() string {
			return `SELECT v.n, EXISTS (SELECT count(*) FROM ` + a + " WHERE a.region >= v.x AND " + where + ") FROM " + g.values()
		},
		func() string {
			return `SELECT * FROM (SELECT a.region, a."accountId", ` + g.pick("row_number", "rank") + `() OVER (ORDER BY a.region, a."accountId") AS rn FROM flow_logs a WHERE ` + where + ") s WHERE rn <= 3"
		},
		func() string {
			return "WITH w AS (SELECT *, (SELECT 1) AS one FROM flow_logs a WHERE " + where + ") SELECT (SELECT count(*) FROM w WHERE " + g.where("w.") + "), (SELECT sum(one) FROM w WHERE " + g.where("w.") + ")"
		},
		func() string {
			return `SELECT v.n, (SELECT count(*) FROM ` + a + ` WHERE a."resourceId" = 'vpc-0000000' || v.n AND ` + where + ") FROM " + g.values()
		},
		func() string {
			return `SELECT DISTINCT a.region, a."accountId" FROM flow_logs a WHERE ` + where
		},
	}
	return slices.Clone(kinds)[g.r.IntN(len(kinds))]()
}
