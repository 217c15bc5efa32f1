package ec2backend

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// chaos stands before an emulator and spoils what it answers, call by call.
type chaos struct {
	*emulator.Emulator
	mu    sync.Mutex
	plan  map[string][]spoil // of the coming calls for DescribeFlowLogs in each region
	run   string             // names the statement
	pages map[string]string  // a page of each region that was given before
	gone  chan struct{}      // closed when calls that hang are to end
}

// spoil is one way to answer wrongly. last tells that it is no use to ask again:
// the statement fails with one of codes.
type spoil struct {
	name  string
	codes []string
	last  bool
	do    func(c *chaos, w http.ResponseWriter, r *http.Request, body []byte)
}

// lostReply is for what looks like a network that fails.
var lostReply = []string{"08006"}

func write(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // a client that left is no error of ours
}

// raw writes to the connection itself, and closes it.
func raw(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte(text))
	_ = conn.Close()
}

var spoils = []spoil{
	{name: "trickle", do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, body []byte) {
		for len(body) > 0 {
			n := min(97, len(body))
			if _, err := w.Write(body[:n]); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
			body = body[n:]
		}
	}},
	{name: "half open", codes: lostReply, do: func(c *chaos, w http.ResponseWriter, r *http.Request, body []byte) {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-c.gone:
		}
	}},
	{name: "error with good status", codes: []string{"HV00N"}, last: true, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		write(w, 200, refuse(0, "OptInRequired", "Not subscribed.").body)
	}},
	{name: "proxy's page", codes: []string{"HV004"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Set("Content-Type", "text/html")
		write(w, 200, "<!DOCTYPE html><html><head><meta charset=utf-8></head><body>Log in<br></body></html>")
	}},
	{name: "bad gateway", codes: lostReply, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		write(w, 502, "<html><body>Bad Gateway</body></html>")
	}},
	{name: "gzip", do: func(_ *chaos, w http.ResponseWriter, r *http.Request, body []byte) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			_, _ = w.Write(body)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(body)
		_ = z.Close()
	}},
	{name: "gzip that nobody asked for", codes: []string{"HV004", "08006"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, body []byte) {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		write(w, 200, b.String())
	}},
	{name: "chunks without end", codes: lostReply, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, body []byte) {
		raw(w, fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(body)/2, body[:len(body)/2]))
	}},
	{name: "longer than it is", codes: lostReply, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, body []byte) {
		raw(w, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body)+100, body[:len(body)-20]))
	}},
	{name: "shorter than it is", codes: lostReply, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, body []byte) {
		raw(w, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body)-30, body))
	}},
	{name: "redirect", codes: []string{"HV000"}, last: true, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Set("Location", "http://127.0.0.1:1/")
		write(w, 302, "")
	}},
	{name: "credentials refused", codes: []string{"28000"}, last: true, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		write(w, 401, refuse(0, "AuthFailure", "AWS was not able to validate the provided access credentials").body)
	}},
	{name: "credentials ended", codes: []string{"28000"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		write(w, 400, refuse(0, "RequestExpired", "Request has expired.").body)
	}},
	{name: "clock behind", codes: []string{"28000"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
		write(w, 403, refuse(0, "RequestTimeTooSkewed", "The difference is too large.").body)
	}},
	{name: "clock ahead", codes: []string{"28000"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		write(w, 403, refuse(0, "SignatureDoesNotMatch", "Signature expired.").body)
	}},
	{name: "throttled", codes: []string{"53400"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Set("X-Amz-Retry-After", "2")
		write(w, 503, refuse(0, "RequestLimitExceeded", "Request limit exceeded.").body)
	}},
	{name: "no answer", codes: lostReply, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) { raw(w, "") }},
	{name: "not HTTP", codes: lostReply, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) { raw(w, "SSH-2.0-OpenSSH_9.6\r\n") }},
	{name: "another call's reply", codes: []string{"HV004"}, do: func(_ *chaos, w http.ResponseWriter, _ *http.Request, _ []byte) {
		write(w, 200, ok("DescribeVpcs", "<vpcSet/>").body)
	}},
	{name: "the page before again", do: func(c *chaos, w http.ResponseWriter, _ *http.Request, body []byte) {
		// Its last flow logs come once more, as when one was made in between.
		page := strings.Replace(string(body), "<flowLogSet>", "<flowLogSet>"+c.repeats(string(body)), 1)
		write(w, 200, page)
		c.gave(regionOf(page), page)
	}},
}

// repeats gives the last flow logs of the page before one.
func (c *chaos) repeats(page string) string {
	region := regionOf(page)
	c.mu.Lock()
	defer c.mu.Unlock()
	items := strings.SplitAfter(c.pages[region], "</item>")
	if len(items) < 4 {
		return ""
	}
	i := strings.LastIndex(c.pages[region], "<item><creationTime>")
	return c.pages[region][i:strings.Index(c.pages[region], "</flowLogSet>")]
}

// regionOf finds the region of a page by its flow logs.
func regionOf(page string) string {
	_, rest, _ := strings.Cut(page, "arn:aws:s3:::")
	region, _, _ := strings.Cut(rest, "<")
	return region
}

// ServeHTTP implements http.Handler.
func (c *chaos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	c.Emulator.ServeHTTP(rec, r)
	region := strings.Split(r.Header.Get("Authorization")+"////", "/")[2]
	body := rec.Body.Bytes()
	if r.Form.Get("Action") == "DescribeFlowLogs" {
		c.mu.Lock()
		var s spoil
		if !strings.Contains(r.UserAgent(), c.run) { // a call of a statement that has ended
			c.mu.Unlock()
			return
		}
		if list := c.plan[region]; len(list) > 0 {
			s, c.plan[region] = list[0], list[1:]
		}
		c.mu.Unlock()
		if s.do != nil {
			s.do(c, w, r, body)
			return
		}
	}
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(body)
	c.gave(region, string(body))
}

func (c *chaos) gave(region, page string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages[region] = page
}

// chaosAttempts is how often a call is tried.
const chaosAttempts = 3

// spoilRun plans what the coming replies of a region are spoilt by; fatal tells that the
// scan cannot read it.
func spoilRun(r *rand.Rand) (plan []spoil, fatal *spoil) {
	plan = make([]spoil, r.IntN(4)) // good replies first
	x := spoils[r.IntN(len(spoils))]
	if x.name == "half open" && r.IntN(8) > 0 {
		x = spoils[0] // it takes a time-out
	}
	n := 1 + r.IntN(chaosAttempts-1)
	if strings.HasPrefix(x.name, "clock") {
		n = 1 // the next call is signed for the other clock
	} else if x.last || r.IntN(4) == 0 && x.codes != nil && x.name != "half open" && x.name != "throttled" {
		n = chaosAttempts
		if len(plan) < 3 { // its last page would be in otherwise
			fatal = &x
		}
	}
	for range n {
		plan = append(plan, x)
	}
	return plan, fatal
}

// checkTold tells that an error is that of a region that could not be read.
func checkTold(t *testing.T, err error, what string, fatal map[string]spoil) {
	t.Helper()
	e := pgerr.From(err)
	_, region, _ := strings.Cut(e.Detail, "in region ")
	region, _, _ = strings.Cut(region, ",")
	x, ok := fatal[region]
	if !ok || !slices.Contains(x.codes, e.Code) {
		t.Errorf("%s %s %s\n%s, fatal is %v", what, e.Code, e.Message, e.Detail, x.name)
	}
	if strings.HasPrefix(e.Code, "28") && !strings.Contains(e.Detail, "request id ") {
		t.Errorf("%s lacks the request: %s", what, e.Detail)
	}
}

// checkWhole tells that each flow log came once, and all of the regions that could be read.
func checkWhole(t *testing.T, rows []adt.Row, regions []string, fatal map[string]spoil) {
	t.Helper()
	n := map[string]int{}
	ids := map[adt.Datum]bool{}
	for _, row := range rows {
		n[row[colRegion].(string)]++
		ids[row[colFlowLogID]] = true
	}
	for _, region := range regions {
		if _, bad := fatal[region]; n[region] != 30 && !bad {
			t.Errorf("%d flow logs of %s", n[region], region)
		}
	}
	if len(ids) != len(rows) {
		t.Errorf("%d rows of %d flow logs", len(rows), len(ids))
	}
}

// TestChaos reads three regions while their replies are spoilt in every way, a few
// at a time: every flow log comes once, or the statement fails with a code that
// tells why, the region and the request. With on_error = partial those of the other
// regions come, and a warning.
func TestChaos(t *testing.T) {
	regions := []string{"us-east-1", "us-west-2", "eu-west-1"}
	c := &chaos{Emulator: emulator.New(emulator.Options{}), gone: make(chan struct{})}
	c.AddAccount(testAccount, testKey)
	for _, region := range regions {
		var logs []emulator.FlowLog
		for i := range 30 {
			logs = append(logs, emulator.FlowLog{ResourceID: fmt.Sprintf("vpc-%08x", i), DestinationType: "s3", Destination: "arn:aws:s3:::" + region})
		}
		c.Seed(testAccount, region, logs)
	}
	ignore := goleak.IgnoreCurrent()
	s := httptest.NewServer(c)
	b, err := New(t.Context(), Config{
		Regions: regions, EndpointURL: s.URL, NoRateLimit: true, MaxBackoff: time.Millisecond, MaxAttempts: chaosAttempts, PageSize: 10,
		CallTimeout: 2 * time.Second, Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{Emulator: c.Emulator, b: b, url: s.URL, warn: &warnings{}}
	r := rand.New(rand.NewPCG(uint64(soak(5, 6)), 3)) //nolint:gosec // the same each time
	for i := range soak(80, 4000) {
		c.mu.Lock()
		c.run = fmt.Sprintf("chaos-%d-", i)
		c.plan, c.pages = map[string][]spoil{}, map[string]string{}
		c.mu.Unlock()
		fatal := map[string]spoil{}
		for _, region := range regions {
			if r.IntN(3) > 0 {
				continue
			}
			plan, x := spoilRun(r)
			if c.plan[region] = plan; x != nil {
				fatal[region] = *x
			}
		}
		session := f.session()
		partial := r.IntN(3) == 0
		if partial {
			session = f.session("flowgres.on_error", "partial")
		}
		f.warn.list = nil
		session.Query = c.run
		rows, _, err := f.scan(t, fdw.Request{Session: session})
		switch {
		case err != nil:
			checkTold(t, err, fmt.Sprintf("run %d: error", i), fatal)
			if partial {
				t.Errorf("run %d: %v, though on_error is partial", i, err)
			}
			continue
		case len(fatal) > 0 && !partial, len(f.warn.list) != len(fatal):
			t.Errorf("run %d: %v should fail, %d warnings", i, slices.Collect(maps.Keys(fatal)), len(f.warn.list))
			for _, x := range fatal {
				t.Error(x.name)
			}
		}
		for _, w := range f.warn.list {
			checkTold(t, w, fmt.Sprintf("run %d: warning", i), fatal)
		}
		checkWhole(t, rows, regions, fatal)
	}
	close(c.gone)
	b.Close()
	s.Close()
	goleak.VerifyNone(t, ignore)
}
