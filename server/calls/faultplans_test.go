package calls

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// planRole is the account of the fault plans, which a role is assumed in.
const planRole = "222233334444"

// planFleet has the resources that writePrograms' statements write to.
func planFleet() *emulator.Emulator {
	em := emulator.New(emulator.Options{LogsPerResource: -1})
	em.AddAccount(callsAccount, "AKIACALLS")
	em.AddAccount(planRole)
	em.AddRole(planRole, "flowgres", "external")
	for i := range 5 {
		for _, r := range []string{"us-west-2", "eu-west-1"} {
			em.AddResource(planRole, r, fmt.Sprintf("vpc-%08x", i))
		}
	}
	return em
}

// planSession opens a session of a server that knows nothing yet: neither its credentials
// nor which regions there are.
func planSession(t *testing.T, url string) (c *callsClient, end func()) {
	t.Helper()
	backend, err := ec2backend.New(context.Background(), ec2backend.Config{
		Regions: []string{"us-west-*", "eu-west-1"}, EndpointURL: url, NoRateLimit: true, MaxAttempts: 3, MaxBackoff: time.Millisecond, WriteBudget: 2 * time.Second,
		Accounts: []ec2backend.Account{{RoleARN: "arn:aws:iam::" + planRole + ":role/flowgres", ExternalID: "external", AccessKeyID: "AKIACALLS", SecretAccessKey: "secret"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := engineOver(t, backend)
	c = newCallsClient(t, e)
	c.open = func() *callsClient {
		n := newCallsClient(t, e)
		n.open = c.open
		n.must(t, "SET flowgres.safe_writes = off")
		return n
	}
	c.must(t, "SET flowgres.safe_writes = off")
	return c, backend.Close
}

func (c *callsClient) must(t *testing.T, sql string) []string {
	t.Helper()
	rows, err := c.run(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, pgerr.From(err))
	}
	return rows
}

// planFault is a fault of a plan.
func planFault(r *rand.Rand) emulator.Fault {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	f := emulator.Fault{
		Action: pick("CreateFlowLogs", "CreateFlowLogs", "DeleteFlowLogs", "DeleteFlowLogs", "CreateTags", "DeleteTags", "DescribeFlowLogs", "DescribeFlowLogs", "DescribeRegions", "AssumeRole", ""),
		Region: pick("", "", "us-west-2"), Skip: r.IntN(5), Times: []int{1, 1, 2, 3, 4, 9}[r.IntN(6)],
	}
	switch r.IntN(14) {
	case 0:
		f.Error = emulator.Throttled()
	case 1:
		f.Error = &emulator.APIError{Status: 500, Code: "InternalError", Message: "An internal error has occurred."}
	case 2:
		f.Error = emulator.Unauthorized()
	case 3:
		f.Error = &emulator.APIError{Status: 400, Code: "ExpiredToken", Message: "The security token included in the request is expired"}
	case 4, 5:
		f.Drop = emulator.DropBefore
	case 6, 7, 8:
		f.Drop = emulator.DropAfter
	case 9:
		f.Truncate = 60 + r.IntN(300)
	case 10:
		f.Body, f.Status = "<html>Bad Gateway</html>", []int{502, 502, 200, 504}[r.IntN(4)]
	case 11:
		f.ExpireSessions = true
	case 12:
		f.Error = &emulator.APIError{Status: 403, Code: "RequestTimeTooSkewed", Message: "The difference between the request time and the current time is too large."}
	case 13:
		f.Latency = time.Duration(r.IntN(5)) * time.Millisecond
		f.PageSize = 1
		if f.RepeatToken = r.IntN(2) == 0; f.RepeatToken {
			f.Times = 9 // once is a page that comes twice, which some endpoints have
		}
	}
	return f
}

// planState gives the tags of the flow logs by what they are; two of the same are a duplicate.
func planState(t *testing.T, em *emulator.Emulator) map[string]emulator.FlowLog {
	t.Helper()
	out := map[string]emulator.FlowLog{}
	for _, r := range []string{"us-west-2", "eu-west-1"} {
		for _, l := range em.FlowLogs(planRole, r) {
			key := strings.Join([]string{r, l.ResourceID, l.TrafficType, l.Destination}, " ")
			if _, twice := out[key]; twice {
				t.Errorf("twice: %s", key)
			}
			slices.SortFunc(l.Tags, func(a, b emulator.Tag) int { return strings.Compare(a.Key, b.Key) })
			out[key] = l
		}
	}
	return out
}

// byFault tells of the errors that faults make, not the statement: the model then takes it
// as not having been.
func byFault(code string) bool {
	switch code[:2] {
	case "08", "HV", "28", "40":
		return true
	}
	return code == "53400" || code == "42501" || code == "57014" || code == "25P02"
}

// planned is one run: a program under faults, and the same without those parts of it that the
// faults took.
type planned struct {
	t          *testing.T
	real, twin *callsClient
	told       strings.Builder // what errors said
	log        []string
	r          *rand.Rand
}

// answer runs a statement, maybe cancelled midway.
func (p *planned) answer(sql string, cancel bool) (answer, code string) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if cancel {
		time.AfterFunc(time.Duration(p.r.IntN(4000))*time.Microsecond, stop)
	}
	p.real.rows, p.real.tags = nil, nil
	err := p.real.s.Simple(ctx, sql, p.real)
	if err == nil {
		return strings.Join(append(p.real.tags, rowsSum(p.real.rows, false)), " "), ""
	}
	e := pgerr.From(err)
	if errors.Is(err, context.Canceled) {
		e.Code = "57014"
	}
	fmt.Fprintln(&p.told, e.Code, e.Message, e.Detail, e.Hint)
	return e.Code, e.Code
}

// run runs the program; the twin goes along.
func (p *planned) run(program []string, cancelAt, killAt int) {
	block, failed, partly := false, false, false
	for i, sql := range program {
		if i == killAt {
			p.log = append(p.log, "(killed)")
			p.real.s.Close()
			p.real = p.real.open()
			if block {
				p.twin.must(p.t, "ROLLBACK")
			}
			return
		}
		got, code := p.answer(sql, i == cancelAt)
		partly = partly || code == "40003" // the twin did not do the part that was done
		p.log = append(p.log, got+"\t"+sql)
		same := sql
		switch {
		case code == "25P02":
			continue
		case code != "" && byFault(code) && sql == "COMMIT":
			same, block = "ROLLBACK", false
		case code != "" && byFault(code) && block:
			if !failed {
				_, _ = p.twin.run("SELECT 1 / 0")
			}
			failed = true
			continue
		case code != "" && byFault(code):
			continue
		}
		switch {
		case sql == "BEGIN":
			block = true
		case sql == "COMMIT" || sql == "ROLLBACK":
			block, failed = false, false
		case strings.HasPrefix(sql, "ROLLBACK TO") && code == "":
			failed = false
		}
		want, _ := writeAnswer(p.twin, same)
		if same == sql && want != got && !partly {
			p.t.Errorf("%s\nanswers %s under faults, else %s", sql, got, want)
		}
		failed = failed || block && code != ""
	}
}

// TestWritePlans runs programs of statements and transactions under random plans of faults, of
// all that is called, with cancels and killed sessions. What EC2 has afterwards is what the
// statements that succeeded make of it, or each difference is listed: by the error, or in
// flowgres.in_doubt. FLOWGRES_WRITES_SEED and FLOWGRES_SOAK try others, and more.
func TestWritePlans(t *testing.T) {
	seed, runs := uint64(3), 60
	if n, err := strconv.ParseUint(os.Getenv("FLOWGRES_WRITES_SEED"), 10, 64); err == nil {
		seed = n
	}
	if n, err := strconv.Atoi(os.Getenv("FLOWGRES_SOAK")); err == nil && n > 0 {
		runs = max(3000, n)
	}
	r := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // the same each time
	g := writePrograms{r}
	em, twin := planFleet(), planFleet()
	var urls []string
	for _, e := range []*emulator.Emulator{em, twin} {
		url, err := e.Start()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		urls = append(urls, url)
	}
	model, endModel := planSession(t, urls[1])
	defer endModel()
	ended := map[string]int{}
	end := func() {}
	defer func() { end() }()
	var c *callsClient
	for i := range runs {
		if i%6 == 0 {
			end()
			c, end = planSession(t, urls[0])
		}
		p := &planned{t: t, real: c, twin: model, r: r}
		var faults []emulator.Fault
		for range r.IntN(4) {
			faults = append(faults, planFault(r))
			em.Order(faults[len(faults)-1])
		}
		program := g.program()
		program = program[:len(program)-1]
		at := []int{-1, -1}
		for k := range at {
			if r.IntN(6) == 0 {
				at[k] = r.IntN(len(program) + 1)
			}
		}
		p.run(program, at[0], at[1])
		c = p.real
		em.ClearFaults()
		c.must(t, "ROLLBACK") // a COMMIT that was cancelled before it began leaves the block open
		model.must(t, "ROLLBACK")
		listed := strings.Join(c.must(t, "SELECT d FROM flowgres.in_doubt d"), "\n")
		want, have := planState(t, twin), planState(t, em)
		for key := range mergedKeys(want, have) {
			w, expected := want[key]
			h, there := have[key]
			if expected == there && fmt.Sprint(w.Tags) == fmt.Sprint(h.Tags) {
				continue
			}
			ended["listed"]++
			all := p.told.String() + listed
			if there && strings.Contains(all, h.ID) || strings.Contains(listed, strings.Fields(key)[1]) || strings.Contains(p.told.String(), "40003") && strings.Contains(all, strings.Fields(key)[1]) {
				continue
			}
			t.Errorf("seed %d, run %d: %s: is there %t %v, should be %t %v, and nobody says so\n%s\n%sin doubt: %s\nfaults %+v",
				seed, i, key, there, h.Tags, expected, w.Tags, strings.Join(p.log, "\n"), p.told.String(), listed, faults)
		}
		for _, line := range strings.Split(p.told.String(), "\n") {
			if code, _, ok := strings.Cut(line, " "); ok && len(code) == 5 {
				ended[code]++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d, run %d\n%s\n%sfaults %+v", seed, i, strings.Join(p.log, "\n"), p.told.String(), faults)
		}
		if listed != "" || !maps.EqualFunc(want, have, func(a, b emulator.FlowLog) bool { return fmt.Sprint(a.Tags) == fmt.Sprint(b.Tags) }) || len(have) > 12 {
			c.must(t, "SELECT flowgres.resolve(transaction) FROM (SELECT DISTINCT transaction FROM flowgres.in_doubt) d")
			c.must(t, "DELETE FROM flowgres.in_doubt") // of what is gone an operator has to take note
			if left := c.must(t, "SELECT d FROM flowgres.in_doubt d"); len(left) > 0 {
				t.Fatalf("seed %d, run %d: still in doubt: %v", seed, i, left)
			}
			c.must(t, "DELETE FROM flow_logs")
			model.must(t, "DELETE FROM flow_logs")
		}
	}
	t.Log("seed", seed, ended)
}

func mergedKeys(a, b map[string]emulator.FlowLog) map[string]bool {
	out := map[string]bool{}
	for k := range a {
		out[k] = true
	}
	for k := range b {
		out[k] = true
	}
	return out
}
