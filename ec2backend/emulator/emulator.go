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
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
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
