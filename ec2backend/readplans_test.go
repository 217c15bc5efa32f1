package ec2backend

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// readFault is a fault of a random plan for reading.
func readFault(r *rand.Rand) emulator.Fault {
	f := emulator.Fault{
		Action: "DescribeFlowLogs", Skip: r.IntN(4), Times: 1 + r.IntN(9),
		Region: []string{"", "us-east-1", "eu-west-1"}[r.IntN(3)],
	}
	switch r.IntN(12) {
	case 0:
		f.Error = emulator.Throttled()
	case 1:
		f.Error = &emulator.APIError{Status: 503, Code: "Unavailable", Message: "The server is overloaded."}
	case 2:
		f.Drop = emulator.DropBefore
	case 3:
		f.Drop = emulator.DropAfter
	case 4:
		f.Truncate = 100 + r.IntN(300_000)
	case 5:
		f.Body, f.ContentType = "<html><body>proxy</body></html>", "text/html"
	case 6:
		f.Body, f.ContentType, f.Status = "<html>Bad Gateway</html>", "text/html", 502
	case 7:
		f.Body = "{}"
	case 8:
		f.Error = emulator.Unauthorized()
	case 9:
		f.Error = &emulator.APIError{Status: 401, Code: "AuthFailure", Message: "AWS was not able to validate the provided access credentials"}
	case 10:
		f.Error = &emulator.APIError{Status: 400, Code: "RequestExpired", Message: "Request has expired."}
	case 11:
		f.PageSize = 100 + r.IntN(900)
	}
	return f
}

// TestReadPlans reads two regions under random plans of faults: all rows come, or an
// error of a class that says what is wrong and names the call; with
// flowgres.on_error = partial, rows are missing of regions alone that a warning
// names. FLOWGRES_SCHEDULE_SEED and FLOWGRES_SOAK try others, and more.
func TestReadPlans(t *testing.T) {
	t.Parallel()
	f := newFixture(t, emulator.Options{LogsPerResource: -1}, func(c *Config) {
		c.Regions, c.MaxAttempts, c.MaxBackoff = []string{"us-east-1", "eu-west-1"}, 3, time.Millisecond
	})
	want := map[string]int{"us-east-1": 2300, "eu-west-1": 1200}
	for region, n := range want {
		f.SeedMany(testAccount, region, n)
	}
	seed := scheduleSeed(t)
	r := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // the same each time
	ended := map[string]int{}
	for i := range soak(40, 3000) {
		f.ClearFaults()
		var faults []emulator.Fault
		for range r.IntN(3) {
			faults = append(faults, readFault(r))
			f.Order(faults[len(faults)-1])
		}
		mode := []string{"fail", "partial"}[r.IntN(2)]
		f.warn.mu.Lock()
		f.warn.list = nil
		f.warn.mu.Unlock()
		rows, _, err := f.scan(t, fdw.Request{Session: f.session("flowgres.on_error", mode), Columns: allColumns()})
		got := map[string]int{}
		for _, row := range rows {
			region, _ := row[colRegion].(string)
			got[region]++
		}
		if countIDs(rows) != len(rows) {
			t.Errorf("seed %d, run %d: a row comes twice\nfaults %+v", seed, i, faults)
		}
		named := ""
		f.warn.mu.Lock()
		for _, w := range f.warn.list {
			named += pgerr.From(w).Detail + "\n"
		}
		f.warn.mu.Unlock()
		code := "00000"
		if err != nil {
			e := pgerr.From(err)
			code = e.Code
			if !strings.Contains("08 HV 53 28 42", code[:2]) || !strings.Contains(e.Detail, "ec2:DescribeFlowLogs in region ") {
				t.Errorf("seed %d, run %d: %s %s, %s\nfaults %+v", seed, i, code, e.Message, e.Detail, faults)
			}
			if strings.Contains(e.Detail, "AWS code") && !strings.Contains(e.Detail, "request id ") {
				t.Errorf("seed %d, run %d: no request id: %s", seed, i, e.Detail)
			}
			named = e.Detail
		}
		ended[mode+" "+code]++
		for region, n := range want {
			if got[region] != n && !strings.Contains(named, region) && err == nil {
				t.Errorf("seed %d, run %d: %s: %d of %d rows of %s, and nobody says so: %q\nfaults %+v", seed, i, mode, got[region], n, region, named, faults)
			}
		}
		if err == nil && mode == "fail" && named != "" {
			t.Errorf("seed %d, run %d: warned of %q", seed, i, named)
		}
	}
	t.Log("seed", seed, ended)
}
