package ec2backend

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// otherEndpoint is an endpoint of another making than the emulator: it gives the
// documents that a test writes, and holds every call to what EC2 documents.
type otherEndpoint struct {
	t *testing.T

	mu      sync.Mutex
	script  map[string][]answer // by action; the last stays
	forms   []url.Values
	headers []http.Header
}

// answer is one reply, or what makes one of the call.
type answer struct {
	status  int // 0: 200
	header  map[string]string
	body    string
	gzip    bool
	bytewis bool // sent byte by byte, in chunks
	cut     int  // sent up to there, then the connection ends
	drop    bool // no answer
	do      func(url.Values) answer
}

const ns = `xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"`

// ok wraps the content of a call's reply.
func ok(action, content string) answer {
	return answer{body: `<?xml version="1.0" encoding="UTF-8"?>` + "\n<" + action + "Response " + ns + ">\n" +
		"    <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>" + content + "</" + action + "Response>"}
}

// item is a flow log as the documentation shows one.
func item(id, resource string, more ...string) string {
	return "<item><creationTime>2018-02-21T16:05:08.035Z</creationTime><flowLogId>" + id + "</flowLogId><flowLogStatus>ACTIVE</flowLogStatus>" +
		"<resourceId>" + resource + "</resourceId><trafficType>ALL</trafficType>" + strings.Join(more, "") + "</item>"
}

// set is a page; token "" is the last.
func set(token string, items ...string) answer {
	if token != "" {
		token = "<nextToken>" + token + "</nextToken>"
	}
	return ok("DescribeFlowLogs", "<flowLogSet>"+strings.Join(items, "")+"</flowLogSet>"+token)
}

// refuse is an error in EC2's envelope.
func refuse(status int, code, message string) answer {
	return answer{status: status, body: `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Response><Errors><Error><Code>" + code + "</Code><Message>" + message +
		"</Message></Error></Errors><RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>"}
}

// newOther starts an endpoint and a backend on it.
func newOther(t *testing.T, script map[string][]answer, change func(*Config)) (*otherEndpoint, *fixture) {
	t.Helper()
	o := &otherEndpoint{t: t, script: map[string][]answer{
		"GetCallerIdentity": {{body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
			`<Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>AIDA</UserId><Account>111122223333</Account></GetCallerIdentityResult>` +
			`<ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>`}},
	}}
	for k, v := range script {
		o.script[k] = v
	}
	s := httptest.NewServer(o)
	t.Cleanup(s.Close)
	cfg := Config{
		Regions: []string{"us-east-1"}, EndpointURL: s.URL + "/gateway/", NoRateLimit: true, MaxBackoff: time.Millisecond, MaxAttempts: 6,
		Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	}
	if change != nil {
		change(&cfg)
	}
	b, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return o, &fixture{b: b, url: s.URL, warn: &warnings{}}
}

// ServeHTTP implements http.Handler.
func (o *otherEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.t.Errorf("form: %v", err)
		return
	}
	o.hold(r)
	action := r.Form.Get("Action")
	o.mu.Lock()
	o.forms = append(o.forms, r.Form)
	o.headers = append(o.headers, r.Header)
	list := o.script[action]
	if len(list) == 0 {
		o.mu.Unlock()
		o.t.Errorf("unexpected %s: %v", action, r.Form)
		return
	}
	a := list[0]
	if len(list) > 1 {
		o.script[action] = list[1:]
	}
	if a.do != nil {
		a = a.do(r.Form)
	}
	o.mu.Unlock()
	a.send(w)
}

// packed is a text in gzip.
func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // to memory
	_ = z.Close()
	return b.Bytes()
}

// send writes an answer.
func (a answer) send(w http.ResponseWriter) {
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	body := []byte(a.body)
	if a.gzip {
		body = packed(a.body)
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	for k, v := range a.header {
		w.Header()[k] = []string{v}
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	switch {
	case a.cut > 0:
		_, _ = w.Write(body[:a.cut])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case a.bytewis:
		for i := range body {
			_, _ = w.Write(body[i : i+1])
			w.(http.Flusher).Flush()
		}
	default:
		_, _ = w.Write(body) // a client that left is no error of ours
	}
}

// hold checks a call against the documentation.
func (o *otherEndpoint) hold(r *http.Request) {
	f := r.Form
	bad := func(format string, args ...any) { o.t.Errorf(f.Get("Action")+": "+format, args...) }
	if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		bad("%s of %s", r.Method, r.Header.Get("Content-Type"))
	}
	if !strings.HasPrefix(r.URL.Path, "/gateway") {
		bad("path %s", r.URL.Path)
	}
	want := "2016-11-15"
	if strings.Contains(r.Header.Get("Authorization"), "/sts/") {
		want = "2011-06-15"
	}
	if f.Get("Version") != want {
		bad("version %s", f.Get("Version"))
	}
	if n, err := strconv.Atoi(f.Get("MaxResults")); f.Has("MaxResults") && (err != nil || n < 5 || n > 1000 || f.Has("FlowLogId.1")) {
		bad("MaxResults %s beside ids %v", f.Get("MaxResults"), f.Has("FlowLogId.1"))
	}
	values, filters := 0, map[string]bool{}
	for k, v := range f {
		if strings.HasPrefix(k, "Filter.") && strings.HasSuffix(k, ".Name") {
			if filters[v[0]] {
				bad("two filters %s", v[0])
			}
			filters[v[0]] = true
			name, _, _ := strings.Cut(v[0], ":")
			if !strings.Contains(" deliver-log-status log-destination-type flow-log-id log-group-name resource-id traffic-type tag tag-key ", " "+name+" ") {
				bad("filter %s", v[0])
			}
		} else if strings.HasPrefix(k, "Filter.") {
			values++
			if len(v[0]) == 0 || len(v[0]) > 255 {
				bad("value of %d bytes", len(v[0]))
			}
		}
	}
	if values > 200 || len(filters) > 50 {
		bad("%d values, %d filters", values, len(filters))
	}
	if f.Get("Action") == "CreateFlowLogs" && len(f.Get("ClientToken")) == 0 || len(f.Get("ClientToken")) > 64 {
		bad("client token %q", f.Get("ClientToken"))
	}
}

// idList gives the ids of rows, in order.
func idList(rows []adt.Row) []string {
	out := []string{}
	for _, r := range rows {
		out = append(out, fmt.Sprint(r[colFlowLogID]))
	}
	slices.Sort(out)
	return out
}

// calls gives the forms of an action's calls so far.
func (o *otherEndpoint) calls(action string) []url.Values {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []url.Values
	for _, f := range o.forms {
		if f.Get("Action") == action {
			out = append(out, f)
		}
	}
	return out
}

// one is a reply to all calls of DescribeFlowLogs.
func one(list ...answer) map[string][]answer { return map[string][]answer{"DescribeFlowLogs": list} }

// TestOtherPages reads pages in forms that the emulator does not write.
func TestOtherPages(t *testing.T) {
	t.Parallel()
	a, b, c := item("fl-0a", "vpc-01"), item("fl-0b", "vpc-02"), item("fl-0c", "vpc-03")
	odd := []string{"a b+c/d==&?%20=#", "\u00e9\u20ac\U0001F600", `"quoted" <'>`, strings.Repeat("x%", 5000), "eyJ2IjoyfQ.=_-~", "0", "null", `\`, "  inner  spaces"}
	for name, x := range map[string]struct {
		pages []answer
		want  string
	}{
		"no rows":                {[]answer{set("")}, "[]"},
		"no set":                 {[]answer{ok("DescribeFlowLogs", "")}, "[]"},
		"empty set element":      {[]answer{ok("DescribeFlowLogs", "<flowLogSet/>")}, "[]"},
		"empty token":            {[]answer{ok("DescribeFlowLogs", "<flowLogSet>"+a+"</flowLogSet><nextToken></nextToken>")}, "[fl-0a]"},
		"self-closed token":      {[]answer{ok("DescribeFlowLogs", "<flowLogSet>"+a+"</flowLogSet><nextToken/>")}, "[fl-0a]"},
		"token first":            {[]answer{ok("DescribeFlowLogs", "<nextToken>t</nextToken><flowLogSet>"+a+"</flowLogSet>"), set("", b)}, "[fl-0a fl-0b]"},
		"token in CDATA":         {[]answer{ok("DescribeFlowLogs", "<flowLogSet>"+a+"</flowLogSet><nextToken><![CDATA[a&b<c]]></nextToken>"), set("", b)}, "[fl-0a fl-0b]"},
		"empty pages":            {[]answer{set("1"), set("2"), set("3", a), set("4"), set("", b, c)}, "[fl-0a fl-0b fl-0c]"},
		"empty last page":        {[]answer{set("1", a, b, c), set("")}, "[fl-0a fl-0b fl-0c]"},
		"gzip":                   {[]answer{{body: set("", a, b).body, gzip: true}}, "[fl-0a fl-0b]"},
		"byte by byte":           {[]answer{{body: set("", a).body, bytewis: true}}, "[fl-0a]"},
		"connection closed":      {[]answer{{body: set("1", a).body, header: map[string]string{"Connection": "close"}}, set("", b)}, "[fl-0a fl-0b]"},
		"no prolog":              {[]answer{{body: "<DescribeFlowLogsResponse><flowLogSet>" + a + "</flowLogSet></DescribeFlowLogsResponse>"}}, "[fl-0a]"},
		"byte order mark":        {[]answer{{body: "\ufeff" + set("", a).body}}, "[fl-0a]"},
		"prefixes":               {[]answer{{body: `<e:DescribeFlowLogsResponse xmlns:e="x"><e:flowLogSet><e:item><e:flowLogId>fl-0a</e:flowLogId></e:item></e:flowLogSet></e:DescribeFlowLogsResponse>`}}, "[fl-0a]"},
		"unknown elements":       {[]answer{ok("DescribeFlowLogs", "<page><flowLogSet><item/></flowLogSet></page><flowLogSet>"+item("fl-0a", "vpc-01", "<newThing a='1'><item><flowLogId>fl-ff</flowLogId></item></newThing>")+"</flowLogSet>")}, "[fl-0a]"},
		"id alone":               {[]answer{ok("DescribeFlowLogs", "<flowLogSet><item><flowLogId>fl-0a</flowLogId></item></flowLogSet>")}, "[fl-0a]"},
		"other media type":       {[]answer{{body: set("", a).body, header: map[string]string{"Content-Type": "application/octet-stream"}}}, "[fl-0a]"},
		"throttled, then not":    {[]answer{refuse(503, "RequestLimitExceeded", "Request limit exceeded."), refuse(400, "Throttling", "Rate exceeded"), refuse(503, "RequestLimitExceeded", "x"), refuse(429, "Strange", "x"), set("", a)}, "[fl-0a]"},
		"retry after":            {[]answer{{status: 503, header: map[string]string{"Retry-After": "0"}, body: refuse(0, "RequestLimitExceeded", "x").body}, set("", a)}, "[fl-0a]"},
		"errors that pass":       {[]answer{{status: 502, body: "<html><body>Bad Gateway</body></html>"}, refuse(500, "InternalError", "x"), set("", a)}, "[fl-0a]"},
		"a status without body":  {[]answer{{status: 503}, {status: 504}, set("", a)}, "[fl-0a]"},
		"breaks off":             {[]answer{{body: set("", a, b).body, cut: 300}, {body: set("", a, b).body, cut: 500}, set("", a, b)}, "[fl-0a fl-0b]"},
		"breaks off, other page": {[]answer{set("1", a), {body: set("2", b).body, cut: 300}, {drop: true}, set("", b)}, "[fl-0a fl-0b]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := newOther(t, one(x.pages...), nil)
			rows, _, err := f.scan(t, fdw.Request{Columns: allColumns()})
			if got := fmt.Sprint(idList(rows)); err != nil || got != x.want {
				t.Errorf("%s, %v, want %s", got, err, x.want)
			}
		})
	}
	t.Run("tokens", func(t *testing.T) {
		var pages []answer
		for _, token := range odd {
			pages = append(pages, set(strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "'", "&#39;", "\u00e9", "&#xE9;").Replace(token), a))
		}
		o, f := newOther(t, one(append(pages, set("", b))...), nil)
		rows, _, err := f.scan(t, fdw.Request{})
		if err != nil || len(rows) != len(odd)+1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, c := range o.calls("DescribeFlowLogs")[1:] {
			if got := c.Get("NextToken"); got != odd[i] {
				t.Errorf("token %q came back as %q", odd[i], got)
			}
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
