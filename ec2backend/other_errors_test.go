package ec2backend

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/flowgres/flowgres/planner/fdw"
)

// TestOtherErrors has errors in every form: each names the code and the request.
func TestOtherErrors(t *testing.T) {
	t.Parallel()
	const id = "ea966190-f9aa-478e-9ede-example"
	body := func(s string) answer { return answer{status: 400, body: s} }
	sts := `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%</Code><Message>Why.</Message></Error><RequestId>` + id + `</RequestId></ErrorResponse>`
	header := func(name, value string) answer {
		return answer{status: 403, header: map[string]string{name: value}, body: `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message></Error></Errors></Response>`}
	}
	for name, x := range map[string]struct {
		answer answer
		state  string
		has    []string
	}{
		"EC2's":                 {refuse(403, "UnauthorizedOperation", "You are not authorized to perform this operation. Encoded authorization failure message: QoTgwPl2"), "42501", []string{"AWS code UnauthorizedOperation", "HTTP status 403", "request id " + id}},
		"STS's":                 {body(strings.Replace(sts, "%", "AuthFailure", 1)), "28000", []string{"AWS code AuthFailure", "request id " + id}},
		"S3's":                  {body("<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>" + id + "</RequestId></Error>"), "42501", []string{"AWS code AccessDenied", "request id " + id}},
		"two errors":            {body("<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>a</Message></Error><Error><Code>AuthFailure</Code><Message>b</Message></Error></Errors><RequestID>" + id + "</RequestID></Response>"), "22023", []string{"AWS code InvalidParameterValue"}},
		"id first":              {body("<Response><RequestID>" + id + "</RequestID><Errors><Error><Message>m</Message><Code>FilterLimitExceeded</Code></Error></Errors></Response>"), "54000", []string{"request id " + id}},
		"spaces":                {body("<Response>\n <Errors>\n  <Error>\n   <Code>\n InvalidPaginationToken </Code><Message/></Error></Errors></Response>"), "HV000", []string{"AWS code InvalidPaginationToken"}},
		"good status":           {answer{body: refuse(0, "OptInRequired", "You are not subscribed to this service.").body}, "HV00N", []string{"AWS code OptInRequired", "request id " + id}},
		"id in header":          {header("X-Amzn-Requestid", "in-header"), "42501", []string{"request id in-header"}},
		"id in another header":  {header("x-amz-request-id", "in-header"), "42501", []string{"request id in-header"}},
		"id in a third":         {header("X-Amz-RequestId", "in-header"), "42501", []string{"request id in-header"}},
		"no message":            {body("<Response><Errors><Error><Code>Blocked</Code></Error></Errors></Response>"), "28000", []string{"AWS code Blocked"}},
		"unheard of":            {refuse(400, "Unheard.Of", "New."), "HV000", []string{"AWS code Unheard.Of"}},
		"unheard of, 5xx":       {refuse(507, "Unheard.Of", "New."), "08006", []string{"HTTP status 507"}},
		"malformed id":          {refuse(400, "InvalidFlowLogId.Malformed", "Invalid id"), "22023", nil},
		"HTML":                  {answer{status: 404, body: "<html><head><title>404</title></head><body><br></body></html>"}, "HV000", []string{"HTTP status 404"}},
		"JSON":                  {answer{status: 403, body: `{"message":"Forbidden"}`}, "42501", []string{"HTTP status 403"}},
		"empty":                 {answer{status: 400}, "HV000", []string{"HTTP status 400"}},
		"gateway":               {answer{status: 504, body: "Gateway Timeout"}, "08006", []string{"HTTP status 504", "6 attempts"}},
		"redirect":              {answer{status: 301, header: map[string]string{"Location": "http://127.0.0.1:1/"}}, "HV000", []string{"HTTP status 301"}},
		"another redirect":      {answer{status: 307, header: map[string]string{"Location": "http://127.0.0.1:1/"}, body: "<html/>"}, "HV000", []string{"HTTP status 307"}},
		"throttled for good":    {refuse(503, "RequestLimitExceeded", "Request limit exceeded."), "53400", []string{"AWS code RequestLimitExceeded", "request id " + id}},
		"too many requests":     {answer{status: 429, body: "slow down"}, "53400", []string{"HTTP status 429"}},
		"no XML":                {answer{body: "{}"}, "HV004", []string{"6 attempts"}},
		"another call's":        {ok("DescribeVpcs", "<vpcSet/>"), "HV004", nil},
		"another encoding":      {answer{body: `<?xml version="1.0" encoding="ISO-8859-1"?><DescribeFlowLogsResponse/>`}, "HV004", nil},
		"no content":            {answer{status: 204}, "HV004", nil},
		"an error without code": {answer{body: "<Response><Errors/></Response>"}, "HV004", nil},
		"breaks off":            {answer{body: set("", item("fl-0a", "vpc-01")).body, cut: 120}, "08006", []string{"6 attempts"}},
		"one token":             {set("again"), "HV000", nil},
	} {
		t.Run(name, func(t *testing.T) {
			o, f := newOther(t, one(x.answer), nil)
			_, _, err := f.scan(t, fdw.Request{})
			e := wantCode(t, err, x.state)
			for _, h := range append(x.has, "ec2:DescribeFlowLogs in region us-east-1, account ") {
				if !strings.Contains(e.Detail, h) {
					t.Errorf("detail %q lacks %q", e.Detail, h)
				}
			}
			if n := len(o.calls("DescribeFlowLogs")); n > 1 && x.state != "08006" && x.state != "HV004" && x.state != "53400" && name != "one token" {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestRetryAfter reads how long an endpoint asks to wait.
func TestRetryAfter(t *testing.T) {
	for _, x := range []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "2", 2 * time.Second},
		{"Retry-After", "Wed, 21 Oct 2015 07:28:03 GMT", 3 * time.Second},
		{"Retry-After", "Wed, 21 Oct 2015 07:27:00 GMT", -time.Minute},
		{"Retry-After", "-1", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "99999999999999999999", 0},
		{"X-Amz-Retry-After", "1500", 1500 * time.Millisecond},
		{"X-Other", "5", 0},
	} {
		h := http.Header{"Date": {"Wed, 21 Oct 2015 07:28:00 GMT"}}
		h.Set(x.header, x.value)
		err := &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 503, Header: h}}, Err: errors.New("x")}
		if got := retryAfter(err); got != x.want {
			t.Errorf("%s: %s gives %v, want %v", x.header, x.value, got, x.want)
		}
		b := &Backend{cfg: Config{MaxBackoff: time.Millisecond}}
		if d, _ := b.retryer().RetryDelay(1, err); d < x.want || d > max(x.want, time.Second) {
			t.Errorf("%s: %s waits %v", x.header, x.value, d)
		}
	}
	if got := retryAfter(errors.New("x")); got != 0 {
		t.Error(got)
	}
}

// TestClockSkew meets an endpoint whose clock is another: the signature then
// has its time.
func TestClockSkew(t *testing.T) {
	there := time.Now().Add(-3 * time.Hour).UTC()
	date := map[string]string{"Date": there.Format(http.TimeFormat)}
	for _, code := range []string{"RequestTimeTooSkewed", "SignatureDoesNotMatch", "RequestExpired"} {
		late := refuse(403, code, "Signature not yet current.")
		late.header = date
		good := set("", item("fl-0a", "vpc-01"))
		good.header = date
		o, f := newOther(t, one(late, good), nil)
		if rows, _, err := f.scan(t, fdw.Request{}); err != nil || len(rows) != 1 {
			t.Errorf("%s: %d rows, %v", code, len(rows), err)
			continue
		}
		o.mu.Lock()
		signed, err := time.Parse("20060102T150405Z", o.headers[len(o.headers)-1].Get("X-Amz-Date"))
		o.mu.Unlock()
		if d := signed.Sub(there); err != nil || d < -time.Minute || d > 10*time.Minute {
			t.Errorf("%s: signed for %v, there it is %v", code, signed, there)
		}
	}
}

// TestOtherRegions reads regions in every shape.
func TestOtherRegions(t *testing.T) {
	t.Parallel()
	region := func(name, opt string) string {
		if opt != "" {
			opt = "<optInStatus>" + opt + "</optInStatus>"
		}
		return "<item>" + opt + "<regionEndpoint>ec2." + name + ".amazonaws.com</regionEndpoint><regionName>" + name + "</regionName><geography><item><name>x</name></item></geography></item>"
	}
	for name, x := range map[string]struct {
		list    string
		regions []string
		want    string
	}{
		"opt-in":          {region("us-east-1", "opt-in-not-required") + region("eu-west-1", "opted-in") + region("ap-east-1", "not-opted-in"), []string{"all"}, "eu-west-1 us-east-1"},
		"without status":  {region("us-east-1", "") + region("eu-west-1", ""), []string{"*"}, "eu-west-1 us-east-1"},
		"twice":           {region("us-east-1", "") + region("us-east-1", ""), []string{"us-*"}, "us-east-1"},
		"wildcard":        {region("us-east-1", "") + region("us-west-2", "") + region("us-gov-west-1", ""), []string{"us-????-?"}, "us-east-1 us-west-2"},
		"name beside":     {region("us-east-1", ""), []string{"us-*", "mx-central-1"}, "mx-central-1 us-east-1"},
		"none matches":    {region("us-east-1", ""), []string{"eu-*"}, ""},
		"none at all":     {"", []string{"all"}, ""},
		"without a name":  {"<item><regionEndpoint>x</regionEndpoint></item>" + region("us-east-1", ""), []string{"all"}, "us-east-1"},
		"unknown element": {"<note>x</note>" + region("us-east-1", "opted-in"), []string{"all"}, "us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			script := one(set("", item("fl-0a", "vpc-01")))
			script["DescribeRegions"] = []answer{refuse(503, "Unavailable", "x"), ok("DescribeRegions", "<regionInfo>"+x.list+"</regionInfo>")}
			o, f := newOther(t, script, func(c *Config) { c.Regions = x.regions })
			var got []string
			for range 2 {
				rows, _, err := f.scan(t, fdw.Request{})
				if err != nil {
					t.Fatal(err)
				}
				got = nil
				for _, r := range rows {
					got = append(got, r[colRegion].(string))
				}
			}
			if s := strings.Join(sorted(got), " "); s != x.want {
				t.Errorf("%q, want %q", s, x.want)
			}
			if n := len(o.calls("DescribeRegions")); n != 2 {
				t.Errorf("%d calls of DescribeRegions", n)
			}
			if warned := len(f.warn.list) > 0; warned != (x.want == "") {
				t.Errorf("warnings: %v", f.warn.list)
			}
		})
	}
}

// TestOtherSTS has STS refuse.
func TestOtherSTS(t *testing.T) {
	t.Parallel()
	sts := func(status int, code string) answer {
		return answer{status: status, body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>` + code +
			`</Code><Message>Why not.</Message></Error><RequestId>sts-request</RequestId></ErrorResponse>`}
	}
	assumed := answer{body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::222233334444:assumed-role/r/flowgres</Arn>` +
		`<AssumedRoleId>AROA:flowgres</AssumedRoleId></AssumedRoleUser><Credentials><AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey>` +
		`<SessionToken>t//+=&amp;</SessionToken><Expiration>` + time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `</Expiration></Credentials><PackedPolicySize>6</PackedPolicySize></AssumeRoleResult>` +
		`<ResponseMetadata><RequestId>x</RequestId></ResponseMetadata></AssumeRoleResponse>`}
	for name, x := range map[string]struct {
		answers []answer
		state   string // "" is success
	}{
		"good":           {[]answer{assumed}, ""},
		"passes":         {[]answer{sts(500, "InternalFailure"), {drop: true}, sts(400, "Throttling"), assumed}, ""},
		"denied":         {[]answer{sts(403, "AccessDenied")}, "42501"},
		"expired":        {[]answer{sts(400, "ExpiredTokenException")}, "28000"},
		"unknown key":    {[]answer{sts(403, "InvalidClientTokenId")}, "28000"},
		"region":         {[]answer{sts(403, "RegionDisabledException")}, "HV00N"},
		"policy":         {[]answer{sts(400, "PackedPolicyTooLarge")}, "54000"},
		"EC2's envelope": {[]answer{refuse(403, "AccessDenied", "x")}, "42501"},
		"gateway":        {[]answer{{status: 502, body: "<html>"}}, "08006"},
		"not STS":        {[]answer{{body: "<html></html>"}}, "HV004"},
		"empty":          {[]answer{{}}, "HV004"},
	} {
		t.Run(name, func(t *testing.T) {
			script := one(set("", item("fl-0a", "vpc-01")))
			script["AssumeRole"] = x.answers
			o, f := newOther(t, script, func(c *Config) { c.Accounts[0].RoleARN = "arn:aws:iam::222233334444:role/r" })
			rows, _, err := f.scan(t, fdw.Request{Columns: allColumns()})
			if x.state == "" {
				if err != nil || len(rows) != 1 || rows[0][colAccountID] != "222233334444" {
					t.Errorf("%v, %v", rows, err)
				}
				o.mu.Lock()
				defer o.mu.Unlock()
				if got := o.headers[len(o.headers)-1].Get("X-Amz-Security-Token"); got != "t//+=&" {
					t.Errorf("token %q", got)
				}
				return
			}
			e := wantCode(t, err, x.state)
			if !strings.Contains(e.Message, "AssumeRole failed") || !strings.Contains(e.Detail, "sts:AssumeRole") {
				t.Errorf("%s; %s", e.Message, e.Detail)
			}
			if strings.Contains(x.answers[0].body, "sts-request") && !strings.Contains(e.Detail, "request id sts-request") {
				t.Errorf("detail %s", e.Detail)
			}
		})
	}
}
