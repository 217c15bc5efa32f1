package planner

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/fdw"
)

// Statements counts what statements cost, as the extension pg_stat_statements
// does: by who ran them and by what they are but for their constants.
type Statements struct {
	max    int
	engine *Engine // set by New

	mu      sync.RWMutex
	entries map[statementKey]*statementEntry
	texts   int // bytes of the entries' texts
	dealloc int64
	reset   time.Time
}

type statementKey struct {
	user     string
	database adt.OID
	id       int64
	toplevel bool
}

// statementEntry is a line of pg_stat_statements.
type statementEntry struct {
	key   statementKey
	query string

	mu         sync.Mutex
	plan, exec timing
	rows       int64
	use        fdw.Use
	usage      float64
}

// timing sums up durations, in milliseconds.
type timing struct {
	n                               int64
	total, least, most, mean, sumsq float64
}

// add is Welford's method, as the extension has it.
func (t *timing) add(d time.Duration) {
	ms := float64(d) / float64(time.Millisecond)
	t.n++
	t.total += ms
	if t.n == 1 {
		t.least, t.most, t.mean = ms, ms, ms
		return
	}
	old := t.mean
	t.mean += (ms - old) / float64(t.n)
	t.sumsq += (ms - old) * (ms - t.mean)
	t.least, t.most = min(t.least, ms), max(t.most, ms)
}

// row gives the sum and what follows from it.
func (t *timing) row() []adt.Datum {
	dev := 0.0
	if t.n > 1 {
		dev = math.Sqrt(t.sumsq / float64(t.n))
	}
	return []adt.Datum{t.n, t.total, t.least, t.most, t.mean, dev}
}

// NewStatements counts at most so many statements; those used least make room.
func NewStatements(most int) *Statements {
	return &Statements{max: most, entries: map[statementKey]*statementEntry{}, reset: time.Now()}
}

// entry finds a statement's line, or begins it.
func (t *Statements) entry(k statementKey, a *analyze.Analyzed) *statementEntry {
	t.mu.RLock()
	e := t.entries[k]
	t.mu.RUnlock()
	if e != nil {
		return e
	}
	query := a.Normalized()
	t.mu.Lock()
	defer t.mu.Unlock()
	if e = t.entries[k]; e != nil {
		return e
	}
	for len(t.entries) >= t.max || len(t.entries) > 0 && t.texts+len(query) > maxTexts {
		t.evict()
	}
	e = &statementEntry{key: k, query: query}
	t.entries[k] = e
	t.texts += len(query)
	return e
}

// maxTexts bounds the texts of all lines, which the extension has in a file.
const maxTexts = 64 << 20

// drop forgets a line.
func (t *Statements) drop(k statementKey) {
	t.texts -= len(t.entries[k].query)
	delete(t.entries, k)
}

// evict makes room: a twentieth of the lines goes, the least used first, and
// all others' use fades (entry_dealloc).
func (t *Statements) evict() {
	all := make([]*statementEntry, 0, len(t.entries))
	use := make(map[*statementEntry]float64, len(t.entries))
	for _, e := range t.entries {
		e.mu.Lock()
		e.usage *= 0.99
		use[e] = e.usage
		e.mu.Unlock()
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *statementEntry) int {
		switch {
		case use[a] < use[b]:
			return -1
		case use[a] > use[b]:
			return 1
		}
		return 0
	})
	for _, e := range all[:min(len(all), max(10, len(all)/20))] {
		t.drop(e.key)
	}
	t.dealloc++
}

// Reset forgets the lines of a user, of a database and of a query; 0 is any (entry_reset).
func (t *Statements) Reset(user, database adt.OID, query int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k := range t.entries {
		if (user == 0 || t.engine.cluster.RoleOID(k.user) == user) && (database == 0 || k.database == database) && (query == 0 || k.id == query) {
			t.drop(k)
		}
	}
	if user == 0 && database == 0 && query == 0 {
		t.dealloc, t.reset = 0, time.Now()
	}
}

// rows gives pg_stat_statements as a session may see it: others' statements
// without text and number unless it is a superuser's.
func (t *Statements) rows(s *fdw.Session) []adt.Row {
	t.mu.RLock()
	all := make([]*statementEntry, 0, len(t.entries))
	for _, e := range t.entries {
		all = append(all, e)
	}
	t.mu.RUnlock()
	out := make([]adt.Row, len(all))
	for i, e := range all {
		var id, query adt.Datum = nil, "<insufficient privilege>"
		if s != nil && t.engine.seesStatsOf(s, e.key.user) {
			id, query = e.key.id, e.query
		}
		e.mu.Lock()
		row := adt.Row{t.engine.cluster.RoleOID(e.key.user), e.key.database, e.key.toplevel, id, query}
		row = append(append(row, e.plan.row()...), e.exec.row()...)
		row = append(row, e.rows)
		use := e.use
		e.mu.Unlock()
		for _, c := range statementColumns[len(row) : len(statementColumns)-ownStatementColumns] { // blocks, WAL and JIT: none here
			switch c.Type {
			case adt.Int8OID:
				row = append(row, int64(0))
			case adt.NumericOID:
				row = append(row, adt.NumericFromInt64(0))
			default:
				row = append(row, 0.0)
			}
		}
		out[i] = append(row, use.Calls, use.Pages, use.Rows, use.Retries, float64(use.Time)/float64(time.Millisecond))
	}
	return out
}

// tracking are the settings of pg_stat_statements.
type tracking struct {
	ids      bool // statements have query ids
	shown    bool // EXPLAIN shows them
	top      bool // what clients run is counted
	nested   bool // and what that runs
	utility  bool
	planning bool
}

func (s *Session) trackingSettings() tracking {
	counts, compute, track := s.e.config.Statements != nil, s.guc.Text("compute_query_id"), s.guc.Text("pg_stat_statements.track")
	t := tracking{ids: compute == "on" || compute == "regress" || compute == "auto" && counts}
	t.shown = t.ids && compute != "regress"
	t.top = t.ids && counts && track != "none"
	t.nested = t.top && track == "all"
	t.utility = s.guc.Bool("pg_stat_statements.track_utility")
	t.planning = t.top && s.guc.Bool("pg_stat_statements.track_planning")
	return t
}

// tracked is a statement under way that is counted; a zero one is not.
type tracked struct {
	start time.Time
	use   fdw.Use
}

// track begins to count a portal's run, and shows its query id.
func (s *Session) track(p *portal) (t tracked) {
	v := s.values()
	if !v.ids {
		return t
	}
	if s.counts(p.stmt, v) {
		t.start, t.use = time.Now(), s.fdw.Activity.Use()
	}
	if id := p.stmt.QueryID(); id != 0 {
		s.activity.Lock()
		s.activity.id = id
		s.activity.Unlock()
	}
	return t
}

// counts tells whether a statement is one that pg_stat_statements holds. What
// EXECUTE runs is counted, EXECUTE is not (PGSS_HANDLED_UTILITY).
func (s *Session) counts(a *analyze.Analyzed, v *decoded) bool {
	if !v.top || a.QueryID() == 0 {
		return false
	}
	if a.Query != nil {
		return true
	}
	switch a.Utility.(type) {
	case *analyze.Execute, *analyze.Prepare, *analyze.Deallocate:
		return false
	}
	return v.utility
}

// tracked counts what a portal has run, unless it failed. One that is run in
// pieces counts once.
func (s *Session) tracked(t tracked, p *portal, tag string, err error) {
	if t.start.IsZero() || err != nil {
		return
	}
	s.count(t, p.stmt, true, tagRows(tag), &p.planned, &p.counted)
}

// trackNested counts a query that a statement has run, where that is wanted.
func (s *Session) trackNested(a *analyze.Analyzed, start time.Time, use fdw.Use, rows int64) {
	if s.values().nested && a.QueryID() != 0 {
		var planned time.Duration
		var counted bool
		s.count(tracked{start, use}, a, false, rows, &planned, &counted)
	}
}

func (s *Session) count(t tracked, a *analyze.Analyzed, top bool, rows int64, planned *time.Duration, counted *bool) {
	took := time.Since(t.start)
	use := s.fdw.Activity.Use().Minus(t.use)
	e := s.e.config.Statements.entry(statementKey{s.user(), s.db.OID, a.QueryID(), top}, a)
	e.mu.Lock()
	defer e.mu.Unlock()
	if *planned > 0 {
		e.plan.add(*planned)
		*planned = 0
	}
	if !*counted {
		e.exec.add(took)
		e.usage++
		*counted = true
	} else {
		e.exec.total += float64(took) / float64(time.Millisecond)
		e.exec.mean = e.exec.total / float64(e.exec.n)
	}
	e.rows += rows
	e.use = e.use.Plus(use)
}

// tagRows gives the number at a tag's end, 0 if there is none or MOVE skipped
// so many.
func tagRows(tag string) int64 {
	if strings.HasPrefix(tag, "MOVE") {
		return 0
	}
	n, unit := int64(0), int64(1)
	for i := len(tag) - 1; i >= 0 && tag[i] >= '0' && tag[i] <= '9'; i-- {
		n += int64(tag[i]-'0') * unit
		unit *= 10
	}
	return n
}
