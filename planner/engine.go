package planner

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Config is what an Engine is made of.
type Config struct {
	Settings  *guc.Registry
	Relations []fdw.Relation // of Database; the other databases are empty
	// Roles that may have sessions; nil: any name may.
	Roles map[string]Role
	// Rows serves relations of pg_catalog that tell of the server around the
	// engine, by name: a session's rows.
	Rows map[string]func() []adt.Row
	// Log, if set, writes to the server's log.
	Log func(message string, args ...any)
	// Statements counts what statements cost; nil: nothing does. Relations holds its Relations.
	Statements *Statements
	// Redact, if set, takes secrets out of a statement that another session is shown.
	Redact func(text string) string
	// Memory is what all sessions' queries and prepared statements may hold, in bytes; 0: no limit.
	Memory int64
	// Heap is what Go's heap may come to, Go's memory limit: before it grows further, statements that
	// make long values wait until garbage is collected; 0: no limit.
	Heap int64
	// Panicked, if set, is told of a panic that a statement's error hides.
	Panicked func(reason any, stack []byte)
}

// What is kept of analysed statements, of all sessions.
const (
	analyzedTexts = 4096
	analyzedBytes = 64 << 20
)

// Engine answers SQL for any number of sessions.
type Engine struct {
	config    Config
	cluster   *catalog.Cluster
	funcs     adt.Funcs
	databases []*database
	parser    *analyze.Parser
	analyzed  *analyze.Cache[*analyze.Analyzed]
	locks     *advisoryLocks
	memory    *adt.Memory
	started   time.Time
	process   [6]byte // of query ids: unique among copies of the server
	roles     atomic.Pointer[map[string]Role]
	ids       atomic.Uint64
	xids      atomic.Uint64

	plansSize atomic.Int64 // bytes of the plans that sessions keep

	mu       sync.Mutex
	sessions map[int32]*Session
	shown    map[string]Role // names that have had sessions, where any may
}

// New makes an engine over a server's settings and tables.
func New(c Config) (*Engine, error) {
	funcs := adt.Builtins()
	maps.Copy(funcs, sessionFuncs())
	e := &Engine{
		config: c, cluster: catalog.NewCluster(), funcs: funcs,
		analyzed: analyze.NewCache[*analyze.Analyzed](analyzedTexts, analyzedBytes), locks: newAdvisoryLocks(), memory: &adt.Memory{Limit: c.Memory, Heap: c.Heap},
		parser:  analyze.NewParser(int(c.Settings.Int("max_query_length"))),
		started: time.Now(), sessions: map[int32]*Session{}, shown: map[string]Role{},
	}
	_, _ = rand.Read(e.process[:]) // crypto/rand does not fail
	if err := e.setChecks(); err != nil {
		return nil, err
	}
	if err := e.addDatabases(); err != nil {
		return nil, err
	}
	if c.Statements != nil {
		c.Statements.engine = e
	}
	e.SetRoles(c.Roles)
	return e, nil
}

// MemoryUsed gives the bytes that all sessions' queries, portals and statements have taken of
// Config.Memory.
func (e *Engine) MemoryUsed() int64 { return e.memory.Used() }

// NewSession starts a session. Errors are those of a connection's start: an unknown role
// (28000) or database (3D000), one that takes no connections (55000), a bad setting.
func (e *Engine) NewSession(ctx context.Context, o SessionOptions) (*Session, error) {
	if o.Database == "" {
		o.Database = o.User
	}
	role, known := e.role(o.User)
	if o.Role != nil {
		role, known = *o.Role, true
	}
	if !known {
		return nil, pgerr.New(pgerrcode.InvalidAuthorizationSpecification, "role \"%s\" does not exist", o.User)
	}
	db, err := e.connect(o.Database)
	if err != nil {
		return nil, err
	}
	s := &Session{
		e: e, db: db, o: o, ctx: ctx, role: role, now: role, id: e.ids.Add(1), started: time.Now(),
		guc:        e.config.Settings.NewSession(),
		statements: map[string]*prepared{}, portals: map[string]*portal{}, holdings: holdings{memory: e.memory},
	}
	e.showRole(o.User)
	s.env = &adt.Env{Context: ctx, Types: db.catalog, Session: s, User: o.User, Underway: &adt.Underway{Memory: e.memory}}
	s.fdw = &fdw.Session{
		ID: s.id, PID: o.PID, User: o.User, Login: o.User, Setting: s.settingOf, Warn: s.notice, Activity: &fdw.Activity{},
	}
	s.files = s.tempFiles()
	if err := s.startSettings(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	e.sessions[o.PID] = s
	e.mu.Unlock()
	db.stats.sessions.Add(1)
	return s, nil
}

// connect opens the database of a name for a session (InitPostgres, CheckMyDatabase).
func (e *Engine) connect(name string) (*database, error) {
	db := e.database(name)
	switch {
	case db == nil:
		return nil, pgerr.New(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", name)
	case !db.Connects:
		return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "database \"%s\" is not currently accepting connections", name)
	}
	return db, db.open()
}

// session finds a session by its process id.
func (e *Engine) session(pid int32) *Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sessions[pid]
}

// all gives the sessions, ordered by process id.
func (e *Engine) all() []*Session {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := slices.Collect(maps.Values(e.sessions))
	slices.SortFunc(out, func(a, b *Session) int { return int(a.o.PID) - int(b.o.PID) })
	return out
}
