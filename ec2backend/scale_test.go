package ec2backend

import (
	"context"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/flowgres/flowgres/planner/fdw"
)

// readAll scans and counts; first is told of the first rows, each of all.
func (f *fixture) readAll(t testing.TB, columns []int, each func(rows int)) int {
	t.Helper()
	scan, err := f.b.flowLogs.Plan(fdw.Request{Session: f.session(), Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows, err := range scan.Open(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(rows)
		if each != nil {
			each(n)
		}
	}
	return n
}

// TestMemoryIsFlat reads 250,000 flow logs and looks at the heap on the way.
func TestMemoryIsFlat(t *testing.T) {
	pages := soak(50, 250)
	_, url := newEndpoint(t, pages, 0)
	f := cannedBackend(t, url, "us-east-1")
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	base, most, next := live(), uint64(0), 0
	n := f.readAll(t, allColumns(), func(n int) {
		if n >= next {
			next += pages * 1000 / 10
			if h := live(); h > base {
				most = max(most, h-base)
			}
		}
	})
	if n != pages*1000 {
		t.Errorf("%d rows", n)
	}
	t.Logf("%d rows with %d KiB live at most", n, most>>10)
	// Three pages of about 1.5 MB at most, in the two forms of their values.
	if most > 16<<20 {
		t.Errorf("%d KiB live on the way", most>>10)
	}
}

// TestFirstRowAndFanOut measures against the latency of a call: the first row
// and 17 regions of 1,000 rows.
func TestFirstRowAndFanOut(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector's cost is not ours")
	}
	const latency = 100 * time.Millisecond
	_, url := newEndpoint(t, 1, latency)
	regions := manyRegions(17)
	f := cannedBackend(t, url, regions...)
	f.readAll(t, fewColumns(), nil) // connections, and the account's number
	best := func(measure func() time.Duration) time.Duration {
		least := measure()
		for range 4 {
			least = min(least, measure())
		}
		return least
	}
	first := best(func() (d time.Duration) {
		start := time.Now()
		f.readAll(t, allColumns(), func(int) {
			if d == 0 {
				d = time.Since(start)
			}
		})
		return d
	})
	all := best(func() time.Duration {
		start := time.Now()
		if n := f.readAll(t, allColumns(), nil); n != 17_000 {
			t.Errorf("%d rows", n)
		}
		return time.Since(start)
	})
	t.Logf("first row after %s, all of %d regions after %s, of calls that take %s", first, len(regions), all, latency)
	slack := time.Duration(1)
	if os.Getenv("FLOWGRES_SOAK") == "" {
		slack = 20 // other tests may run beside
	}
	if first > latency+slack*5*time.Millisecond {
		t.Errorf("first row after %s", first)
	}
	if all > latency+slack*30*time.Millisecond {
		t.Errorf("all rows after %s", all)
	}
}

// cpu is the processor time of this process.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestCPUPerRow compares a scan with the SDK's paginator on the same endpoint,
// the endpoint's own work included in both.
func TestCPUPerRow(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector's cost is not ours")
	}
	pages := soak(20, 250)
	_, url := newEndpoint(t, pages, 0)
	f := cannedBackend(t, url, "us-east-1")
	f.readAll(t, fewColumns(), nil)
	var before, after runtime.MemStats
	ours, n := time.Hour, 0
	for range 3 { // the least: other work on the machine takes our caches
		runtime.ReadMemStats(&before)
		start := cpu(t)
		n = f.readAll(t, allColumns(), nil)
		ours = min(ours, (cpu(t)-start)/time.Duration(n))
		runtime.ReadMemStats(&after)
	}
	allocs := float64(after.Mallocs-before.Mallocs) / float64(n)

	_, url = newEndpoint(t, min(pages, 20), 0)
	c := ec2.New(ec2.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: bufferedBody{f.b.http},
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
	})
	start := cpu(t)
	n = 0
	p := ec2.NewDescribeFlowLogsPaginator(c, &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(1000)})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.FlowLogs)
	}
	sdk := (cpu(t) - start) / time.Duration(n)
	t.Logf("CPU a row: %s, %.1f allocations; the SDK's paginator: %s", ours, allocs, sdk)
	share := time.Duration(10)
	if os.Getenv("FLOWGRES_SOAK") == "" {
		share = 5 // on a busy machine
	}
	if ours*share > sdk {
		t.Errorf("CPU a row is %s, the SDK's %s", ours, sdk)
	}
	if allocs > 12 {
		t.Errorf("%.1f allocations a row", allocs)
	}
}
