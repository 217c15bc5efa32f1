package emulator

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// request is one call while it is served.
type request struct {
	ctx     context.Context
	action  string
	p       params
	who     *principal
	account *account
	region  string
	id      string
	now     time.Time
	fault   *Fault // what applies to pages, or nil
	rows    int    // of the page that is answered
}

// handlers are the actions by name.
func handlers() map[string]func(*Emulator, *request) ([]byte, error) {
	return map[string]func(*Emulator, *request) ([]byte, error){
		"DescribeFlowLogs":  (*Emulator).describeFlowLogs,
		"CreateFlowLogs":    (*Emulator).createFlowLogs,
		"DeleteFlowLogs":    (*Emulator).deleteFlowLogs,
		"CreateTags":        (*Emulator).createTags,
		"DeleteTags":        (*Emulator).deleteTags,
		"DescribeRegions":   (*Emulator).describeRegions,
		"GetCallerIdentity": (*Emulator).getCallerIdentity,
		"AssumeRole":        (*Emulator).assumeRole,
	}
}

var actions = handlers()

// ServeHTTP answers one Query-API call.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 8<<20)
	q := &request{ctx: r.Context(), id: newRequestID(), now: e.opts.Now()}
	err := r.ParseForm()
	if err == nil {
		q.p = params{v: r.Form}
		q.action = q.p.get("Action")
		err = e.authenticate(q, r)
	} else {
		err = fail(http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error.")
	}
	acc := ""
	if q.account != nil {
		acc = q.account.id
	}
	done := e.record(q, acc, r)
	f := e.takeFault(q.action, acc, q.region)
	if f != nil {
		q.fault = f
		if !e.before(w, r, f) {
			done("fault")
			return
		}
		if f.Error != nil {
			err = f.Error
		}
		if f.ExpireSessions && q.who != nil && q.who.token != "" {
			e.mu.Lock()
			q.who.expires = q.now
			e.mu.Unlock()
			err = expired()
		}
	}
	var body []byte
	if err == nil {
		h := actions[q.action]
		if h != nil && !q.who.may(q) {
			err = Unauthorized()
		} else if h == nil {
			err = fail(http.StatusBadRequest, "InvalidAction", "The action "+q.action+" is not valid for this web service.")
		} else {
			body, err = h(e, q)
		}
	}
	status := http.StatusOK
	code := ""
	if err != nil {
		ae := asAPIError(err)
		status, code = ae.Status, ae.Code
		body = errorBody(ae, q)
	}
	done(code)
	e.reply(w, q, f, status, body)
}

// reply writes the answer, or what a fault makes of it.
func (e *Emulator) reply(w http.ResponseWriter, q *request, f *Fault, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/xml;charset=UTF-8")
	h.Set("X-Amzn-Requestid", q.id)
	h.Set("Server", "AmazonEC2")
	if f != nil && e.after(w, q, f, status, body) {
		return
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left is no error of ours
}

// authenticate finds account and region by the SigV4 credential scope.
func (e *Emulator) authenticate(q *request, r *http.Request) error {
	presigned := r.URL.Query().Has("X-Amz-Signature")
	auth := r.Header.Get("Authorization")
	_, cred, ok := strings.Cut(auth, "Credential=")
	cred, _, _ = strings.Cut(cred, ",")
	token := r.Header.Get("X-Amz-Security-Token")
	if presigned {
		cred, token, ok = q.p.get("X-Amz-Credential"), q.p.get("X-Amz-Security-Token"), true
	}
	scope := strings.Split(strings.TrimSpace(cred), "/")
	if !ok || len(scope) != 5 {
		return fail(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	q.region = scope[2]
	e.mu.RLock()
	defer e.mu.RUnlock()
	p := e.keys[scope[0]]
	if p == nil && e.opts.AnyKey && len(e.order) > 0 {
		a := e.order[0]
		p = &principal{account: a, arn: "arn:aws:iam::" + a.id + ":root", userID: a.id}
	}
	if p == nil {
		if isSTS(q.action) {
			return fail(http.StatusForbidden, "InvalidClientTokenId", "The security token included in the request is invalid.")
		}
		return authFailure()
	}
	q.who, q.account = p, p.account
	if p.token != "" && token != p.token {
		return authFailure()
	}
	if presigned {
		if err := p.verify(q, r, scope); err != nil {
			return err
		}
	}
	if !p.expires.IsZero() && !q.now.Before(p.expires) {
		return expired()
	}
	if isSTS(q.action) {
		return nil
	}
	known, enabled := p.account.regionState(q.region)
	if !known {
		return authFailure()
	}
	if !enabled {
		return fail(http.StatusForbidden, "OptInRequired", "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.")
	}
	return nil
}

func authFailure() error {
	return fail(http.StatusUnauthorized, "AuthFailure", "AWS was not able to validate the provided access credentials")
}

func expired() error {
	return fail(http.StatusBadRequest, "ExpiredToken", "The security token included in the request is expired")
}

func isSTS(action string) bool { return action == "GetCallerIdentity" || action == "AssumeRole" }
