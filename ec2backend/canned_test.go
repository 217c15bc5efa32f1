package ec2backend

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
)

// endpoint answers DescribeFlowLogs with the same page of a thousand flow logs
// again and again: it costs next to nothing, so that what is measured is ours.
type endpoint struct {
	pages   int           // of each region
	latency time.Duration // before each answer
	head    []byte        // of a page, up to its token
	calls   atomic.Int64
}

// newEndpoint starts one for as long as the test.
func newEndpoint(t testing.TB, pages int, latency time.Duration) (e *endpoint, url string) {
	t.Helper()
	body := pageOf(t, 1000)
	const end = "</DescribeFlowLogsResponse>"
	i := bytes.LastIndex(body, []byte(end))
	if i < 0 {
		t.Fatal("no page")
	}
	e = &endpoint{pages: pages, latency: latency, head: body[:i]}
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return e, s.URL
}

// pageOf is a reply with n flow logs of three tags each.
func pageOf(t testing.TB, n int) []byte {
	t.Helper()
	f := emulator.New(emulator.Options{})
	f.AddAccount(testAccount, testKey)
	f.SeedMany(testAccount, "us-east-1", n)
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/?Action=DescribeFlowLogs&Version=2016-11-15", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+testKey+"/20260101/us-east-1/ec2/aws4_request, x")
	f.ServeHTTP(w, r)
	return w.Body.Bytes()
}

// ServeHTTP implements http.Handler.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		return
	}
	time.Sleep(e.latency)
	if r.Form.Get("Action") == "GetCallerIdentity" {
		fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", testAccount)
		return
	}
	e.calls.Add(1)
	page := 0
	if token := r.Form.Get("NextToken"); token != "" {
		if _, err := fmt.Sscanf(token, "page-%d", &page); err != nil {
			http.Error(w, "token", http.StatusBadRequest)
			return
		}
	}
	tail := "</DescribeFlowLogsResponse>"
	if page+1 < e.pages {
		tail = fmt.Sprintf("<nextToken>page-%d</nextToken>", page+1) + tail
	}
	w.Header().Set("Content-Length", fmt.Sprint(len(e.head)+len(tail)))
	if _, err := w.Write(e.head); err == nil {
		_, _ = w.Write([]byte(tail)) // a client that left is no error of ours
	}
}

// cannedBackend is a backend on such an endpoint.
func cannedBackend(t testing.TB, url string, regions ...string) *fixture {
	t.Helper()
	b, err := New(t.Context(), Config{
		Regions: regions, EndpointURL: url, NoRateLimit: true,
		Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return &fixture{b: b, url: url, warn: &warnings{}}
}

// manyRegions gives n names of regions.
func manyRegions(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("us-east-%d", i+1)
	}
	return out
}
