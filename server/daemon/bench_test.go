package daemon

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server/config"
)

// BenchmarkFullScan reads 250,000 flow logs of one region, all columns: through
// the wire (SELECT *), and with the bare SDK's paginator, on the same endpoint. The ratio of the two
// is what counts.
func BenchmarkFullScan(b *testing.B) {
	const (
		logs    = 250_000
		account = "111122223333"
		region  = "us-east-1"
		key     = "AKIABENCHMARKBENCHMA"
	)
	e := emulator.New(emulator.Options{})
	e.AddAccount(account, key)
	e.SeedMany(account, region, logs)
	url, err := e.Start()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }()

	b.Run("wire", func(b *testing.B) {
		c := config.New()
		c.Unpaced, c.Accounts = true, []ec2backend.Account{{AccessKeyID: key, SecretAccessKey: "secret"}}
		for name, v := range map[string]string{"endpoint_url": url, "regions": region} {
			if err := c.Settings.SetServer(name, v, guc.CommandLine); err != nil {
				b.Fatal(err)
			}
		}
		addr, stop, err := InProcess(b.Context(), c)
		if err != nil {
			b.Fatal(err)
		}
		defer stop()
		conn, err := pgconn.Connect(b.Context(), "postgres://bench@"+addr+"/aws?sslmode=disable")
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = conn.Close(b.Context()) }()
		live := func() uint64 { // heap that the last collection found in use
			m := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
			metrics.Read(m)
			return m[0].Value.Uint64()
		}
		// The endpoint orders its flow logs at the first question.
		if err := conn.Exec(b.Context(), "SELECT count(*) FROM ec2.flow_logs").Close(); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		base, most, first := live(), uint64(0), time.Duration(0)
		for b.Loop() {
			n, start := 0, time.Now()
			results := conn.Exec(b.Context(), "SELECT * FROM ec2.flow_logs")
			for results.NextResult() {
				for r := results.ResultReader(); r.NextRow(); {
					if n++; n == 1 {
						first = time.Since(start)
					}
					if n%50_000 == 0 { // while the client waits, so does everything that reads ahead for it
						b.StopTimer()
						time.Sleep(100 * time.Millisecond)
						runtime.GC()
						most = max(most, live())
						b.StartTimer()
					}
				}
			}
			if err := results.Close(); err != nil || n != logs {
				b.Fatal(n, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/logs, "ns/row")
		b.ReportMetric(float64(most-min(base, most))/(1<<20), "MB-live")
		b.ReportMetric(float64(first.Microseconds())/1000, "ms-to-first-row")
	})
	b.Run("paginator", func(b *testing.B) {
		client := ec2.New(ec2.Options{
			Region: region, BaseEndpoint: aws.String(url), HTTPClient: wholeBody{},
			Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
		})
		for b.Loop() {
			n := 0
			p := ec2.NewDescribeFlowLogsPaginator(client, &ec2.DescribeFlowLogsInput{MaxResults: aws.Int32(1000)})
			for p.HasMorePages() {
				page, err := p.NextPage(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				n += len(page.FlowLogs)
			}
			if n != logs {
				b.Fatal(n)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/logs, "ns/row")
	})
}

// wholeBody sends request bodies from memory: the SDK's own readers race with
// an endpoint that answers at once.
type wholeBody struct{}

func (wholeBody) Do(r *http.Request) (*http.Response, error) {
	c := *r
	if r.Body != nil {
		p, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		c.Body = io.NopCloser(bytes.NewReader(p))
		c.ContentLength = int64(len(p))
	}
	return http.DefaultClient.Do(&c)
}
