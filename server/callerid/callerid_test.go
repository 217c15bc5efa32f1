package callerid

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const signature = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func token(base string, at time.Time, change func(url.Values)) string {
	q := url.Values{
		"Action": {"GetCallerIdentity"}, "Version": {"2011-06-15"}, "X-Amz-Algorithm": {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential": {"AKIAEXAMPLE/20260101/us-east-1/sts/aws4_request"}, "X-Amz-Date": {at.UTC().Format("20060102T150405Z")},
		"X-Amz-Expires": {"900"}, "X-Amz-SignedHeaders": {"host"}, "X-Amz-Signature": {signature},
	}
	if change != nil {
		change(q)
	}
	return base + "?" + q.Encode()
}

// refuse is a transport that a hostile URL must not reach.
type refuse struct{ t *testing.T }

func (r refuse) RoundTrip(req *http.Request) (*http.Response, error) {
	r.t.Errorf("a request went to %s", req.URL.Host)
	return nil, http.ErrServerClosed
}

// TestHostile gives URLs that must cause no request at all.
func TestHostile(t *testing.T) {
	v, err := New("http://127.0.0.1:4566", "")
	if err != nil {
		t.Fatal(err)
	}
	v.client.Transport = refuse{t}
	now := time.Now()
	const good = "https://sts.us-east-1.amazonaws.com/"
	var list []string
	for _, base := range []string{
		"http://sts.amazonaws.com/", "HTTP://sts.us-east-1.amazonaws.com/", "ftp://sts.amazonaws.com/", "file:///etc/passwd", "//sts.amazonaws.com/",
		"https://169.254.169.254/", "http://169.254.169.254/latest/meta-data/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://2130706433/",
		"http://127.0.0.1:4567/", "https://127.0.0.1:4566/", "http://localhost:4566/", "http://127.0.0.1:4566@evil.example/", "http://127.0.0.1:4566.evil.example/",
		"https://sts.amazonaws.com.evil.example/", "https://evil.example/sts.amazonaws.com/", "https://xsts.amazonaws.com/", "https://sts.amazonaws.com@evil.example/",
		"https://user:pw@sts.amazonaws.com/", "https://sts.amazonaws.com:8443/", "https://sts.amazonaws.com:443/", "https://sts.amazonaws.com./", "https://sts.evil.example.amazonaws.com/",
		"https://sts.us-east-1.amazonaws.com.cn.evil/", "https://s3.us-east-1.amazonaws.com/", "https://bucket.s3.amazonaws.com/", "https://sts.s3-website-1.amazonaws.com/",
		"https://sts.us-east-1.amazonaws.com%2eevil.example/", "https://sts.us-east-1.amazonaws.com\\@evil.example/", "https://sts.us-east-1.amazonaws.com%00.evil/",
		"https://ѕts.amazonaws.com/", "https://sts-fips.amazonaws.com.eu/", "https://sts.api.aws.evil/", "https://sts.xapi.aws/", "https://sts-x.us-east-1.amazonaws.com/", "https://sts.amazonaws.com\r\nHost: evil/", good + "x", good + "../", good + "%2f", good + "/",
	} {
		list = append(list, token(base, now, nil))
	}
	for name, values := range map[string][]string{
		"Action": {"AssumeRole", "getcalleridentity", "GetCallerIdentity&Action=AssumeRole", "", "GetCallerIdentity\n"}, "Version": {"2016-11-15"},
		"X-Amz-Expires": {"901", "0", "-1", "604800", "1e3", "99999999999999999999"}, "X-Amz-SignedHeaders": {"", "host;x-evil", "x", "x-flowgres-server-id", "host;x-flowgres-server-id"},
		"X-Amz-Credential": {"A/b/c/ec2/aws4_request", "AKIAEXAMPLE/20260101/us-east-1/s3/aws4_request", "../../x"},
		"X-Amz-Date":       {"now", now.Add(time.Hour).UTC().Format("20060102T150405Z"), now.Add(-16 * time.Minute).UTC().Format("20060102T150405Z"), "20269999T999999Z"},
		"X-Amz-Signature":  {"", "zz", signature + "0"}, "RoleArn": {"x"}, "action": {"GetCallerIdentity"}, "X-Amz-Security-Token": {"", "a b", "a\r\nb"}, "X-Amz-Algorithm": {"none"},
	} {
		for _, x := range values {
			list = append(list, token(good, now, func(q url.Values) { q.Set(name, x) }))
		}
	}
	for name := range values {
		if name != "X-Amz-Security-Token" {
			list = append(list, token(good, now, func(q url.Values) { q.Del(name) }), token(good, now, nil)+"&"+name+"=GetCallerIdentity")
		}
	}
	list = append(list, "", "secret", token(good, now, nil)+"#f", token(good, now, nil)+"#", token(good, now, nil)+";x=y", token(good, now, nil)+"&%zz", token(good, now, nil)+strings.Repeat("a", maxURL))
	for _, x := range list {
		arn, err := v.Verify(context.Background(), x)
		if err == nil {
			t.Errorf("%q is %s", x, arn)
		} else if strings.Contains(err.Error(), signature) {
			t.Errorf("the error tells the signature: %v", err)
		}
	}
	for _, base := range []string{
		good, "https://sts.amazonaws.com/", "https://sts.amazonaws.com", "https://sts.cn-north-1.amazonaws.com.cn/",
		"https://sts.us-gov-west-1.amazonaws.com/", "https://sts-fips.us-east-1.amazonaws.com/", "https://sts.eu-west-1.api.aws/", "https://sts.eusc-de-east-1.amazonaws.eu/", "https://sts.ap-southeast-2.amazonaws.com/", "http://127.0.0.1:4566/",
	} {
		if _, _, err := v.check(token(base, now, nil)); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

// TestAnswers has STS answer in good and bad ways.
func TestAnswers(t *testing.T) {
	const ok = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`
	var calls atomic.Int32
	status, body := 200, ok
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if status == 302 {
			w.Header().Set("Location", "http://127.0.0.1:1/"+r.URL.RawQuery)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	defer s.Close()
	v, err := New(s.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	tok := token(s.URL+"/", time.Now(), nil)
	for _, x := range []struct {
		status int
		body   string
		want   string
	}{
		{302, "", "answered 302"},
		{403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>", "answered 403 SignatureDoesNotMatch"},
		{500, "x", "answered 500"},
		{200, "<html/>", "not one of GetCallerIdentity"},
		{200, "<GetCallerIdentityResponse/>", "has no ARN"},
		{200, strings.Repeat(" ", maxAnswer+1), "is too long"},
	} {
		status, body = x.status, x.body
		if _, err := v.Verify(context.Background(), tok); err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), signature) {
			t.Errorf("%d: %v", x.status, err)
		}
	}
	status, body = 200, ok
	calls.Store(0)
	for range 3 {
		if arn, err := v.Verify(context.Background(), tok); err != nil || arn != "arn:aws:iam::123456789012:user/u" {
			t.Fatal(arn, err)
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls", n)
	}
	v.now = func() time.Time { return time.Now().Add(16 * time.Minute) }
	if _, err := v.Verify(context.Background(), tok); err == nil {
		t.Error("an expired URL is good")
	}
	v.now = time.Now
	s.Close()
	if _, err := v.Verify(context.Background(), token(s.URL+"/", time.Now().Add(-time.Second), nil)); err == nil || strings.Contains(err.Error(), signature) {
		t.Error(err)
	}
	v.now = time.Now
	for i := range 2 * maxCached {
		v.keep([32]byte{byte(i), byte(i >> 8)}, answer{"x", time.Now().Add(time.Hour)})
	}
	if len(v.known) > maxCached {
		t.Error(len(v.known))
	}
}

func TestPrincipals(t *testing.T) {
	got := Principals("arn:aws:sts::123456789012:assumed-role/Admin/jo@example.com")
	if len(got) != 2 || got[0] != "arn:aws:iam::123456789012:role/Admin" {
		t.Error(got)
	}
	if got := Principals("arn:aws:iam::123456789012:user/u"); len(got) != 1 {
		t.Error(got)
	}
}

func FuzzCheck(f *testing.F) {
	v, err := New("", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(token("https://sts.amazonaws.com/", time.Now(), nil))
	f.Fuzz(func(t *testing.T, s string) {
		if u, _, err := v.check(s); err == nil && (u.Scheme != "https" || !hosts.MatchString(u.Hostname()) || u.Port() != "" || u.Path != "/") {
			t.Errorf("%q passes as %s", s, u)
		}
	})
}
