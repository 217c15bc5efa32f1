package ec2backend

import (
	"context"
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

// BenchmarkFirstRowAndFanOut gives the time to the first row and to all rows of
// 17 regions of 1,000, in latencies of a call (100 ms): the marks are 1.05 and 1.3.
func BenchmarkFirstRowAndFanOut(b *testing.B) {
	const latency = 100 * time.Millisecond
	_, url := newEndpoint(b, 1, latency)
	f := cannedBackend(b, url, manyRegions(17)...)
	f.readAll(b, fewColumns(), nil) // connections, and the account's number
	first, all := time.Hour, time.Hour
	for b.Loop() {
		start := time.Now()
		seen := false
		n := f.readAll(b, allColumns(), func(int) {
			if !seen {
				first, seen = min(first, time.Since(start)), true
			}
		})
		all = min(all, time.Since(start))
		if n != 17_000 {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(first)/float64(latency), "calls-to-first-row")
	b.ReportMetric(float64(all)/float64(latency), "calls-to-all-rows")
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

// BenchmarkCPUPerRow compares a scan's processor time with the SDK paginator's
// on the same endpoint, the endpoint's own work included in both: the mark is a tenth.
func BenchmarkCPUPerRow(b *testing.B) {
	const pages = 20
	_, url := newEndpoint(b, pages, 0)
	f := cannedBackend(b, url, "us-east-1")
	f.readAll(b, fewColumns(), nil)
	c := ec2.New(ec2.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: bufferedBody{f.b.http},
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
	})
	ours, sdk := time.Hour, time.Hour
	for b.Loop() {
		start := cpu(b)
		n := f.readAll(b, allColumns(), nil)
		ours = min(ours, (cpu(b)-start)/time.Duration(n))

		start, n = cpu(b), 0
		p := ec2.NewDescribeFlowLogsPaginator(c, &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(1000)})
		for p.HasMorePages() {
			out, err := p.NextPage(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			n += len(out.FlowLogs)
		}
		sdk = min(sdk, (cpu(b)-start)/time.Duration(n))
	}
	b.ReportMetric(float64(ours), "cpu-ns/row")
	b.ReportMetric(float64(ours)/float64(sdk), "of-sdk")
}
