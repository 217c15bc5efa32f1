package callerid

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	maxURL  = 16 << 10
	maxLife = 15 * time.Minute
	skew    = 5 * time.Minute // of the signer's clock
)

// hosts are STS's global and regional endpoints, FIPS and dual stack among them,
// in every partition that the SDK knows (its service/sts/internal/endpoints).
var hosts = regexp.MustCompile(`^(sts|sts(-fips)?\.[a-z]{2,4}(-[a-z]+){1,3}-[0-9]{1,2})\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|` +
	`api\.aws|api\.amazonwebservices\.com\.cn|api\.amazonwebservices\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$`)

// serverIDs are the names that a server may have in Header: what no proxy and no
// canonical form of a header changes.
var serverIDs = regexp.MustCompile(`^[!-~]{0,255}$`)

// CheckServerID tells what is wrong with the name of a server.
func CheckServerID(id string) error {
	if !serverIDs.MatchString(id) {
		return fmt.Errorf("invalid server id %q: it has at most 255 printable ASCII characters and no spaces", id)
	}
	return nil
}

// values are the parameters that a URL has, each once, and their form.
var values = map[string]*regexp.Regexp{
	"Action":               regexp.MustCompile(`^GetCallerIdentity$`),
	"Version":              regexp.MustCompile(`^2011-06-15$`),
	"X-Amz-Algorithm":      regexp.MustCompile(`^AWS4-HMAC-SHA256$`),
	"X-Amz-Credential":     regexp.MustCompile(`^[A-Za-z0-9]{4,128}/[0-9]{8}/[a-z0-9-]{1,32}/sts/aws4_request$`),
	"X-Amz-Date":           regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z$`),
	"X-Amz-Expires":        regexp.MustCompile(`^[0-9]{1,6}$`),
	"X-Amz-SignedHeaders":  regexp.MustCompile(`^host(;x-flowgres-server-id)?$`),
	"X-Amz-Security-Token": regexp.MustCompile(`^[A-Za-z0-9+/=_.-]+$`),
	"X-Amz-Signature":      regexp.MustCompile(`^[0-9a-f]{64}$`),
}

// check gives the URL to ask, made anew from the parts of the given one, and
// when it ends. It makes no request.
func (v *Verifier) check(token string) (*url.URL, time.Time, error) {
	no := func(format string, args ...any) (*url.URL, time.Time, error) {
		return nil, time.Time{}, fmt.Errorf(format, args...)
	}
	if len(token) > maxURL {
		return no("the URL is too long")
	}
	u, err := url.Parse(token)
	if err != nil {
		return no("the password is not a URL") // err has it
	}
	if u.Opaque != "" || u.User != nil || u.Fragment != "" || strings.Contains(token, "#") {
		return no("the URL has parts that no presigned one has")
	}
	configured := v.endpoint != nil && u.Scheme == v.endpoint.Scheme && u.Host == v.endpoint.Host
	if !configured {
		if u.Scheme != "https" {
			return no("the URL's scheme is not https")
		}
		if !hosts.MatchString(u.Host) { // with its port, which is none
			return no("the URL's host is none of STS")
		}
	}
	if u.EscapedPath() != "/" && u.EscapedPath() != "" {
		return no("the URL's path is not /")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return no("the URL's parameters are malformed")
	}
	for name, given := range q {
		form := values[name]
		switch {
		case form == nil:
			return no("the URL has a parameter that no presigned GetCallerIdentity has")
		case len(given) != 1:
			return no("the URL has parameter %s more than once", name)
		case !form.MatchString(given[0]):
			return no("the URL's parameter %s is not valid", name)
		}
	}
	for name := range values {
		if !q.Has(name) && name != "X-Amz-Security-Token" {
			return no("the URL has no parameter %s", name)
		}
	}
	if bound := q.Get("X-Amz-SignedHeaders") != "host"; bound != (v.server != "") {
		if bound {
			return no("the URL is signed for a server by name, and iam_server_id is not set")
		}
		return no("the URL is not signed for this server, whose iam_server_id is %s", v.server)
	}
	end, err := v.lifetime(q)
	if err != nil {
		return no("%w", err)
	}
	// Signature Version 4 has %20 for a space, never +.
	query := strings.ReplaceAll(q.Encode(), "+", "%20")
	return &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/", RawQuery: query}, end, nil
}

func (v *Verifier) lifetime(q url.Values) (time.Time, error) {
	signed, err := time.Parse("20060102T150405Z", q.Get("X-Amz-Date"))
	if err != nil {
		return time.Time{}, errors.New("the URL's parameter X-Amz-Date is not valid")
	}
	seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
	if err != nil || seconds < 1 {
		return time.Time{}, errors.New("the URL's parameter X-Amz-Expires is not valid")
	}
	life, now := time.Duration(seconds)*time.Second, v.now()
	end := signed.Add(life)
	switch {
	case life > maxLife:
		return time.Time{}, errors.New("the URL is good for more than 15 minutes")
	case signed.After(now.Add(skew)):
		return time.Time{}, errors.New("the URL is signed in the future")
	case !now.Before(end):
		return time.Time{}, errors.New("the URL has expired")
	}
	return end, nil
}

var assumed = regexp.MustCompile(`^arn:([a-z-]+):sts::([0-9]{12}):assumed-role/([^/]+)/[^/]+$`)

// Principals gives the names by which an ARN may stand in pg_ident.conf: of a
// role's session the role, as IAM names it, then the session itself.
func Principals(arn string) []string {
	if m := assumed.FindStringSubmatch(arn); m != nil {
		return []string{"arn:" + m[1] + ":iam::" + m[2] + ":role/" + m[3], arn}
	}
	return []string{arn}
}
