package emulator

import (
	"net/http"
	"regexp"
	"strings"
	"time"
)

// stsReply wraps a result in an STS reply.
func stsReply(q *request, result func(x *xmlWriter)) []byte {
	var x xmlWriter
	x.raw("<" + q.action + `Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">` + "\n<" + q.action + "Result>")
	result(&x)
	x.raw("</" + q.action + "Result>\n<ResponseMetadata>")
	x.element("RequestId", q.id)
	x.raw("</ResponseMetadata></" + q.action + "Response>")
	return x.b
}

func (e *Emulator) getCallerIdentity(q *request) ([]byte, error) {
	return stsReply(q, func(x *xmlWriter) {
		x.element("Arn", q.who.arn)
		x.element("UserId", q.who.userID)
		x.element("Account", q.account.id)
	}), nil
}

var (
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	roleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/(?:[\w+=,.@/-]*/)?([\w+=,.@-]+)$`)
)

func (e *Emulator) assumeRole(q *request) ([]byte, error) {
	arn, session := q.p.get("RoleArn"), q.p.get("RoleSessionName")
	if !sessionName.MatchString(session) {
		return nil, bad("ValidationError", "1 validation error detected: Value '"+session+"' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*")
	}
	seconds, ok, err := q.p.integer("DurationSeconds")
	if err != nil {
		return nil, err
	}
	if !ok {
		seconds = 3600
	}
	if seconds < 900 || seconds > 43200 {
		return nil, bad("ValidationError", "The requested DurationSeconds is out of range.")
	}
	denied := fail(http.StatusForbidden, "AccessDenied", "User: "+q.who.arn+" is not authorized to perform: sts:AssumeRole on resource: "+arn)
	m := roleARN.FindStringSubmatch(arn)
	if m == nil {
		return nil, bad("ValidationError", arn+" is invalid")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.accounts[m[1]]
	if a == nil {
		return nil, denied
	}
	r, known := a.roles[m[2]]
	tags, source := q.sessionTags(), q.p.get("SourceIdentity")
	switch {
	case !known || r.ExternalID != "" && q.p.get("ExternalId") != r.ExternalID:
		return nil, denied
	case len(tags) > 0 && r.NoTags:
		return nil, fail(http.StatusForbidden, "AccessDenied", "User: "+q.who.arn+" is not authorized to perform: sts:TagSession on resource: "+arn)
	case source != "" && (r.NoSourceIdentity || q.who.source != "" && q.who.source != source):
		return nil, fail(http.StatusForbidden, "AccessDenied", "User: "+q.who.arn+" is not authorized to perform: sts:SetSourceIdentity on resource: "+arn)
	case source != "" && !sessionName.MatchString(source):
		return nil, bad("ValidationError", "1 validation error detected: Value at 'sourceIdentity' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*")
	}
	pol, err := parsePolicy(q.p.get("Policy"))
	if err != nil {
		return nil, err
	}
	role := "AROA" + strings.ToUpper(randomHex(16))
	p := &principal{
		account: a, arn: "arn:aws:sts::" + a.id + ":assumed-role/" + m[2] + "/" + session, userID: role + ":" + session,
		token: randomToken(120), expires: q.now.Add(time.Duration(seconds) * time.Second),
		source: source, tags: tags, policy: pol, secret: randomToken(30),
	}
	key := "ASIA" + randomUpper(16)
	e.keys[key] = p
	return stsReply(q, func(x *xmlWriter) {
		x.raw("<AssumedRoleUser>")
		x.element("AssumedRoleId", p.userID)
		x.element("Arn", p.arn)
		x.raw("</AssumedRoleUser><Credentials>")
		x.element("AccessKeyId", key)
		x.element("SecretAccessKey", p.secret)
		x.element("SessionToken", p.token)
		x.element("Expiration", p.expires.UTC().Format(time.RFC3339))
		x.raw("</Credentials>")
	}), nil
}
