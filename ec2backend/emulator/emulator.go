// Package emulator is an EC2 and STS Query-API endpoint in this process: what
// the demo runs on and what the backend's tests call.
//
// It knows the calls that flow logs need (DescribeFlowLogs, CreateFlowLogs,
// DeleteFlowLogs, CreateTags, DeleteTags, DescribeRegions, GetCallerIdentity,
// AssumeRole), with several accounts and regions, and behaves as the AWS
// documentation describes them, where it leaves room in the stricter way.
//
// The way of a call: ServeHTTP reads the form and the SigV4 credential scope
// (the access key gives the account, the scope the region), faults that a test
// ordered get their turn, the action checks its parameters and works on the
// account's store of that region, and the reply goes out as XML. Signatures are
// not verified. Every call is kept in a log that tests read.
package emulator

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options are choices where AWS leaves room. The zero value is usable.
type Options struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// LogsPerResource is the quota of flow logs on one resource; 0 is AWS's 2,
	// negative is none.
	LogsPerResource int
	// DeleteFails makes DeleteFlowLogs with an unknown id fail as a whole after
	// deleting the known ones, instead of listing it as unsuccessful.
	DeleteFails bool
	// CreateFails makes CreateFlowLogs with an unknown resource fail as a whole,
	// leaving what it created for the resources before, instead of listing it.
	CreateFails bool
	// ConflictFails makes CreateFlowLogs fail as a whole at the first resource
	// that has such a flow log already, leaving what it created before.
	ConflictFails bool
	// AnyKey lets an unknown access key act for the first account.
	AnyKey bool
	// VisibleAfter is how long a created flow log stays unseen by
	// DescribeFlowLogs (eventual consistency).
	VisibleAfter time.Duration

	// TagsAfter is how long changes of tags stay unseen.
	TagsAfter time.Duration
	// TokenLife is how long a pagination token is good for; 0 is an hour.
	TokenLife time.Duration
}

// Emulator is the endpoint. Make it with New.
type Emulator struct {
	opts   Options
	secret [16]byte

	mu       sync.RWMutex
	order    []*account
	accounts map[string]*account
	keys     map[string]*principal
	missing  map[string]bool // S3 buckets that are not there
	seq      uint64

	faultMu sync.Mutex
	faults  []*fault

	callMu sync.Mutex
	calls  []Call

	server   *http.Server
	listener net.Listener
}

// account is one AWS account.
type account struct {
	id     string
	roles  map[string]Role   // by name
	optIn  map[string]bool   // choices about regions that need opting in
	stores map[string]*store // by region
}

// principal is who an access key stands for.
type principal struct {
	account *account
	arn     string
	userID  string
	secret  string    // with which signatures are verified; "" they are not
	token   string    // session token that must come along; "" none
	expires time.Time // zero: never
	source  string    // source identity
	tags    map[string]string
	policy  *policy // of the session; nil: none
}

// New makes an endpoint without accounts.
func New(opts Options) *Emulator {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.LogsPerResource == 0 {
		opts.LogsPerResource = 2
	}
	if opts.TokenLife == 0 {
		opts.TokenLife = time.Hour
	}
	e := &Emulator{opts: opts, accounts: map[string]*account{}, keys: map[string]*principal{}, missing: map[string]bool{}}
	_, _ = rand.Read(e.secret[:]) // crypto/rand does not fail
	return e
}

// AddAccount adds an account (twelve digits) that access keys may act for, as
// its user "flowgres".
func (e *Emulator) AddAccount(id string, accessKeys ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.account(id)
	for _, k := range accessKeys {
		e.keys[k] = &principal{account: a, arn: "arn:aws:iam::" + id + ":user/flowgres", userID: "AIDA" + randomUpper(17)}
	}
}

// account gives the account, made when new. The caller holds the lock.
func (e *Emulator) account(id string) *account {
	a := e.accounts[id]
	if a == nil {
		a = &account{id: id, roles: map[string]Role{}, optIn: map[string]bool{}, stores: map[string]*store{}}
		e.accounts[id] = a
		e.order = append(e.order, a)
	}
	return a
}

// AddUser adds a user of an account with an access key whose signatures are
// verified.
func (e *Emulator) AddUser(account, name, accessKey, secret string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys[accessKey] = &principal{
		account: e.account(account), arn: "arn:aws:iam::" + account + ":user/" + name, userID: "AIDA" + randomUpper(17), secret: secret,
	}
}

// Role is what a role's trust policy asks of whoever assumes it.
type Role struct {
	ExternalID       string // must come along; "" none
	NoTags           bool   // sts:TagSession is not allowed
	NoSourceIdentity bool   // sts:SetSourceIdentity is not
}

// AddRole adds a role that any known key may assume; externalID, when given,
// must come along.
func (e *Emulator) AddRole(account, name, externalID string) {
	e.SetRole(account, name, Role{ExternalID: externalID})
}

// SetRole adds or changes a role.
func (e *Emulator) SetRole(account, name string, r Role) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.account(account).roles[name] = r
}

// OptIn enables or disables a region for an account, where the region's
// default differs.
func (e *Emulator) OptIn(account, region string, enabled bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.account(account).optIn[region] = enabled
}

// RemoveBucket makes CreateFlowLogs find that an S3 bucket does not exist.
func (e *Emulator) RemoveBucket(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.missing[name] = true
}

// AddResource adds resources (VPCs, subnets, interfaces, transit gateways and
// attachments, told apart by the ids' prefixes) that flow logs can be made on.
func (e *Emulator) AddResource(account, region string, ids ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.account(account).store(region)
	for _, id := range ids {
		s.resources[id] = true
	}
}

// Start serves on a loopback port until Close and returns the endpoint's URL.
func (e *Emulator) Start() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	e.listener = l
	e.server = &http.Server{Handler: e, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = e.server.Serve(l) }() // ends with ErrServerClosed at Close
	return "http://" + l.Addr().String(), nil
}

// Close stops serving at once.
func (e *Emulator) Close() error {
	if e.server == nil {
		return nil
	}
	return e.server.Close()
}

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

// newRequestID makes an id that looks like AWS's.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func randomUpper(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = letters[b[i]&31]
	}
	return string(b)
}

func randomHex(n int) string {
	b := make([]byte, (n+1)/2)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)[:n]
}

func randomToken(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.StdEncoding.EncodeToString(b)
}
