package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verify checks a presigned URL as Signature Version 4 has it: its time, its
// scope and, where the key's secret is known, the signature over the request
// and the headers that it names.
func (p *principal) verify(q *request, r *http.Request, scope []string) error {
	mismatch := fail(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	v := r.URL.Query()
	date := v.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", date)
	life, lifeErr := strconv.Atoi(v.Get("X-Amz-Expires"))
	if err != nil || lifeErr != nil || life < 1 || life > 7*24*3600 || v.Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" || scope[1] != date[:8] || scope[3] != "sts" {
		return fail(http.StatusBadRequest, "IncompleteSignature", "The request does not conform to AWS standards.")
	}
	if q.now.After(at.Add(time.Duration(life)*time.Second)) || q.now.Before(at.Add(-5*time.Minute)) {
		return fail(http.StatusForbidden, "SignatureDoesNotMatch", "Signature expired: "+date+" is now earlier than "+q.now.UTC().Format("20060102T150405Z"))
	}
	if p.secret == "" {
		return nil
	}
	names := strings.Split(v.Get("X-Amz-SignedHeaders"), ";")
	if !slices.Contains(names, "host") {
		return mismatch
	}
	var b strings.Builder
	b.WriteString(r.Method + "\n" + r.URL.EscapedPath() + "\n" + canonicalQuery(v) + "\n")
	for _, n := range names {
		value := strings.Join(r.Header.Values(n), ",")
		if n == "host" {
			value = r.Host
		}
		b.WriteString(n + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	empty := sha256.Sum256(nil)
	b.WriteString("\n" + strings.Join(names, ";") + "\n" + hex.EncodeToString(empty[:]))
	sum := sha256.Sum256([]byte(b.String()))
	text := strings.Join([]string{"AWS4-HMAC-SHA256", date, strings.Join(scope[1:], "/"), hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + p.secret)
	for _, part := range append(scope[1:len(scope):len(scope)], text) {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	if !hmac.Equal([]byte(hex.EncodeToString(key)), []byte(v.Get("X-Amz-Signature"))) {
		return mismatch
	}
	return nil
}

// canonicalQuery is the query but for the signature, sorted, in AWS's way of
// escaping.
func canonicalQuery(v url.Values) string {
	v = maps.Clone(v)
	v.Del("X-Amz-Signature")
	return strings.ReplaceAll(v.Encode(), "+", "%20")
}
