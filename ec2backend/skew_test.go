package ec2backend

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/fdw"
)

// otherClock passes requests on to an endpoint as AWS does whose clock is another: what was
// signed for a time more than five minutes from its own is refused.
type otherClock struct {
	to      http.Handler
	shift   time.Duration
	status  int
	code    string
	mu      sync.Mutex
	refused int
}

// ServeHTTP implements http.Handler.
func (c *otherClock) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now().Add(c.shift).UTC()
	w.Header().Set("Date", now.Format(http.TimeFormat))
	signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if d := signed.Sub(now); err == nil && d > -5*time.Minute && d < 5*time.Minute {
		c.to.ServeHTTP(w, r)
		return
	}
	c.mu.Lock()
	c.refused++
	c.mu.Unlock()
	w.WriteHeader(c.status)
	_, _ = w.Write([]byte(refuse(0, c.code, "It is not the time.").body))
}

// TestOtherClock reads and writes with a clock that is hours off, in either direction. What it is off by
// is learnt from the first refusal in each region, and no write happens twice.
func TestOtherClock(t *testing.T) {
	for _, x := range []struct {
		shift  time.Duration
		status int
		code   string
	}{
		{5 * time.Hour, 400, "RequestExpired"},
		{-7 * time.Hour, 403, "RequestTimeTooSkewed"},
		{3 * time.Hour, 403, "SignatureDoesNotMatch"},
		{-26 * time.Hour, 401, "AuthFailure"},
		{26 * time.Hour, 401, "AuthFailure"},
	} {
		t.Run(x.code+x.shift.String(), func(t *testing.T) {
			c := &otherClock{shift: x.shift, status: x.status, code: x.code}
			f := newFixture(t, emulator.Options{}, func(cfg *Config) {
				to, err := url.Parse(cfg.EndpointURL)
				if err != nil {
					t.Fatal(err)
				}
				p := httputil.NewSingleHostReverseProxy(to)
				p.ModifyResponse = func(r *http.Response) error { r.Header.Del("Date"); return nil }
				c.to = p
				s := httptest.NewServer(c)
				t.Cleanup(s.Close)
				cfg.EndpointURL = s.URL
				cfg.Regions = []string{"us-east-1", "eu-west-1"}
			})
			for _, r := range []string{"us-east-1", "eu-west-1"} {
				f.AddResource(testAccount, r, "vpc-00000001")
			}
			made := f.mustInsert(t, nil, toS3("vpc-00000001", colRegion, "us-east-1"), toS3("vpc-00000001", colRegion, "eu-west-1"))
			if rows := f.all(t, nil); len(rows) != 2 {
				t.Errorf("%d flow logs of 2", len(rows))
			}
			if gone, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: f.session()}, made); err != nil || len(gone) != 2 || !gone[0] || !gone[1] {
				t.Errorf("deleted %v, %v", gone, err)
			}
			if rows := f.all(t, nil); len(rows) != 0 {
				t.Errorf("%d flow logs are left", len(rows))
			}
			if n := len(f.Calls("CreateFlowLogs")); n != 2 {
				t.Errorf("%d creates", n)
			}
			if c.refused > 3 { // one in each region, and one of STS
				t.Errorf("%d requests were refused", c.refused)
			}
		})
	}
}
