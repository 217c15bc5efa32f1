// Package ec2backend is the AWS side of flowgres: SDK clients for accounts and
// regions, and the tables that they make.
//
// The way of a query through it: a table's Plan turns the quals that the engine
// offers into filters of DescribeFlowLogs and the accounts and regions that can
// hold rows, without any call; Open resolves what needs calls (wildcard regions,
// account ids), fans out over accounts and regions within one bound, and hands
// pages of rows to the engine while later ones arrive. A write is checked
// completely, grouped into as few calls as possible, and either happens, or is
// undone, or is listed by id.
//
// Where to look for what:
//
//   - accounts and clients: backend (Config), account, assume, identity, token, regions, client,
//     transport, retry, limiter, errors;
//   - a table: flowlogs and its family: plan, quals, tagquals, filter and places turn what is asked
//     into calls, scan opens them, explain tells, row and stored are flow logs as rows; jsonb;
//   - reading: describe, fan (accounts and regions at once), stream, budget, paging, once, flights, reply,
//     scanstats;
//   - replies to rows: decode and its family over xmlscan, xmldecl, xmltags, xmltext and xmlleaf;
//     interner;
//   - what spares calls: reuse, reusecounts, scanstore, snapshot, cache, recent, sizes;
//   - writing: flowlogs' check, insert, create, delete and update; deletecall, undocreate,
//     findmade; transactions (tx) and their journal (intents, journal, recover);
//   - what it tells of itself: status and its family; view (Steampipe's names).
//
// The id of a flow log is the primary key alone: AWS gives each its own, whatever
// account or region it is in, 17 random hexadecimal digits. An endpoint that has one id
// in two places (a test double filled by hand) is read as it is, but a write takes
// rows of one id for one: it changes the first it meets and leaves the other.
//
// It knows fdw, adt and pgerr, and must not know of SQL, plans or connections:
// what it may learn of a session is in fdw.Session.
package ec2backend

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowgres/flowgres/planner/fdw"
)

// Config says which accounts and regions make up the tables, and how to call.
type Config struct {
	// Regions are names, names with * and ?, or "all". Wildcards are resolved by
	// DescribeRegions at the first scan; regions that are not enabled are left
	// out. None: the region of the environment or profile.
	Regions []string
	// Accounts are whom to act for; none is whoever the SDK's default chain says
	// we are.
	Accounts []Account
	// Identities are whom to act for instead, by the names that sessions have them
	// under; Backend.Identities changes them.
	Identities map[string]Identity
	// EndpointURL replaces the endpoints of EC2 and STS.
	EndpointURL string

	MaxConcurrency int           // API calls at a time; 0 is 64
	MaxAttempts    int           // of each call; 0 is 5
	CallTimeout    time.Duration // of each attempt; 0 is 10 s
	ConnectTimeout time.Duration // 0 is 3 s
	MaxBackoff     time.Duration // between attempts at most; 0 is 5 s
	WriteBudget    time.Duration // of a write that the client no longer waits for; 0 is 30 s
	PageSize       int           // rows a page, 5 to 1000; 0 is 1000
	NoRateLimit    bool          // leave the pace to AWS's throttling
	CacheBytes     int64         // that answers kept by flowgres.cache_ttl may take; 0 is 64 MB
	UserAgent      string        // added to the SDK's

	// Journal is the file that makes writes survive a crash of this process; ""
	// is none.
	Journal string

	// Transport replaces the HTTP transport, for tests.
	Transport http.RoundTripper
	// Observe is told of every attempt of every call, for metrics and logs. It
	// must be quick.
	Observe func(CallRecord)
	// BeforeWrite is told of every write before its first call; its error stops
	// the write.
	BeforeWrite func(WriteRecord) error
	// Outcome is told how writes end, as far as their calls' own records do not
	// tell it. It must be quick.
	Outcome func(OutcomeRecord)
}

// OutcomeRecord is what has become of a part of a write: flow logs were made,
// were deleted again to undo it, could not be dealt with as the transaction wanted,
// or are in doubt and listed in flowgres.in_doubt.
type OutcomeRecord struct {
	PID             int32
	User, Login     string // as in CallRecord
	Query           string
	Outcome         string // made, undone, failed, in_doubt
	IDs             []string
	Account, Region string // where it is known and one
	Why             string
}

// WriteRecord is an INSERT, UPDATE or DELETE about to begin.
type WriteRecord struct {
	PID         int32
	User, Login string // as in CallRecord
	Query       string
	Command     string
	Rows        int
}

// announce tells BeforeWrite of a write.
func (b *Backend) announce(s *fdw.Session, command string, rows int) error {
	if b.cfg.BeforeWrite == nil {
		return nil
	}
	w := whoIs(s)
	return b.cfg.BeforeWrite(WriteRecord{PID: w.PID, User: w.User, Login: w.Login, Query: w.Query, Command: command, Rows: rows})
}

// Account is one AWS identity.
type Account struct {
	Profile     string // of the shared configuration
	RoleARN     string // to assume
	ExternalID  string
	SessionName string // of the assumed role; "" is flowgres

	// Static credentials and whose they are, for the demo and tests.
	ID                                         string // "": AWS tells
	AccessKeyID, SecretAccessKey, SessionToken string
}

// Backend holds the clients and tables of one configuration.
type Backend struct {
	cfg        Config
	http       *http.Client
	transport  *http.Transport // nil when the configuration replaces it
	server     *identity       // whoever the server is
	identities atomic.Pointer[identities]
	regions    []regionPattern
	slots      chan struct{} // one an API call
	limits     *limits
	calls      *callLog
	sizes      *sizes
	recent     *recent
	running    running
	cache      *cache
	flights    flights
	reused     reused
	writes     writeCounts
	shared     interners
	journal    *journal
	flowLogs   *flowLogs

	closing   context.Context // ends with Close
	close     context.CancelFunc
	recovered sync.WaitGroup

	nonce      [16]byte // of this process, in client tokens
	statements atomic.Uint64
}

// New reads the AWS configuration (files and environment, no calls) and makes
// the tables.
func New(ctx context.Context, cfg Config) (*Backend, error) {
	if cfg.MaxConcurrency <= 0 {
		cfg.MaxConcurrency = 64
	}
	if cfg.MaxAttempts <= 0 {
		cfg.MaxAttempts = 5
	}
	if cfg.CallTimeout <= 0 {
		cfg.CallTimeout = 10 * time.Second
	}
	if cfg.ConnectTimeout <= 0 {
		cfg.ConnectTimeout = 3 * time.Second
	}
	if cfg.MaxBackoff <= 0 {
		cfg.MaxBackoff = 5 * time.Second
	}
	if cfg.WriteBudget <= 0 {
		cfg.WriteBudget = writeBudget
	}
	if cfg.PageSize <= 0 || cfg.PageSize > maxPageSize {
		cfg.PageSize = maxPageSize
	}
	cfg.PageSize = max(cfg.PageSize, minPageSize)
	b := &Backend{
		cfg: cfg, slots: make(chan struct{}, cfg.MaxConcurrency), limits: newLimits(cfg.NoRateLimit),
		server: &identity{}, calls: &callLog{}, recent: newRecent(), sizes: &sizes{rows: map[string]int{}},
		cache: newCache(cfg.CacheBytes),
	}
	b.closing, b.close = context.WithCancel(context.Background())
	_, _ = rand.Read(b.nonce[:]) // crypto/rand does not fail
	b.makeHTTP()
	if err := b.loadAccounts(ctx); err != nil {
		return nil, err
	}
	if err := b.parseRegions(); err != nil {
		return nil, err
	}
	apply, err := b.Identities(ctx, cfg.Identities)
	if err != nil {
		return nil, err
	}
	apply()
	b.flowLogs = newFlowLogs(b)
	if b.journal, err = openJournal(cfg.Journal); err != nil {
		return nil, err
	}
	b.journal.tell = cfg.Outcome
	return b, nil
}

// Relations are the tables.
func (b *Backend) Relations() []fdw.Relation {
	return append([]fdw.Relation{
		{
			Schema: "ec2", Name: "flow_logs", Table: b.flowLogs, PrimaryKey: []int{colFlowLogID},
			Comment: "VPC flow logs of all configured AWS accounts and regions, read live from EC2 (DescribeFlowLogs). INSERT creates flow logs, DELETE deletes them, UPDATE changes their tags",
		},
		viewRelation(),
	}, b.statusRelations()...)
}

// RecoverLater recovers beside everything else, and then reports if there was
// anything to recover. Close ends it.
func (b *Backend) RecoverLater(report func(ended, left int)) {
	if !b.journal.hasLeft() {
		return
	}
	b.recovered.Add(1)
	go func() {
		defer b.recovered.Done()
		report(b.Recover(b.closing))
	}()
}

// Close drops idle connections and lets the journal go.
func (b *Backend) Close() {
	b.close()
	b.recovered.Wait()
	if b.transport != nil {
		b.transport.CloseIdleConnections()
	}
	b.journal.close()
}

// toItsEnd gives a context for calls whose outcome has to be known once they are sent:
// the client's cancel does not end them, only the time that a write may take.
func (b *Backend) toItsEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), b.cfg.WriteBudget)
}
