package ec2backend

import (
	"bytes"
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

const benchLogs = 100_000

// BenchmarkScan reads 100,000 flow logs of one region, every column.
func BenchmarkScan(b *testing.B) {
	f := newFixture(b, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", benchLogs)
	b.ReportAllocs()
	for b.Loop() {
		scan, err := f.b.flowLogs.Plan(fdw.Request{Session: f.session(), Columns: allColumns()})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for rows, err := range scan.Open(context.Background(), nil) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(rows)
		}
		if n != benchLogs {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLogs, "ns/row")
}

// BenchmarkPaginator reads the same with the SDK's paginator alone, on the same
// endpoint.
func BenchmarkPaginator(b *testing.B) {
	f := newFixture(b, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", benchLogs)
	c := ec2.New(ec2.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(f.url), HTTPClient: bufferedBody{f.b.http},
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
	})
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		p := ec2.NewDescribeFlowLogsPaginator(c, &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(1000)})
		for p.HasMorePages() {
			out, err := p.NextPage(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			n += len(out.FlowLogs)
		}
		if n != benchLogs {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLogs, "ns/row")
}

// BenchmarkDecode reads one page of 1,000 from memory.
func BenchmarkDecode(b *testing.B) {
	f := newFixture(b, emulator.Options{}, nil)
	f.SeedMany(testAccount, "us-east-1", 1000)
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/?Action=DescribeFlowLogs&Version=2016-11-15", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+testKey+"/20260101/us-east-1/ec2/aws4_request, x")
	f.ServeHTTP(w, r)
	body := w.Body.Bytes()
	d := &pageDecoder{in: newInterner(), region: "us-east-1", account: func() (adt.Datum, error) { return "1", nil }, emit: func([]adt.Row) {}}
	for i := range d.need {
		d.need[i] = true
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	least := time.Hour
	for b.Loop() {
		start := time.Now()
		d.sent = nil
		d.begin()
		if err := d.page(bytes.NewReader(body)); err != nil || d.read != 1000 {
			b.Fatal(err, d.read)
		}
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(least.Nanoseconds())/1000, "ns/row")
}

// BenchmarkCanned reads pages of an endpoint that costs next to nothing.
func BenchmarkCanned(b *testing.B) {
	_, url := newEndpoint(b, 100, 0)
	f := cannedBackend(b, url, "us-east-1")
	f.readAll(b, fewColumns(), nil)
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		if n := f.readAll(b, allColumns(), nil); n != 100_000 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(cpu(b)-start)/float64(b.N)/100_000, "cpu-ns/row")
}
