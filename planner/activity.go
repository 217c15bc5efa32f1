package planner

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/fdw"
)

// setRows gives a catalog what its session-dependent relations hold.
func (e *Engine) setRows(cat *catalog.Catalog) {
	of := func(get func(*Session) []adt.Row) func(*fdw.Session) []adt.Row {
		return func(f *fdw.Session) []adt.Row {
			if f == nil {
				return nil
			}
			s := e.session(f.PID)
			if s == nil {
				return nil
			}
			return get(s)
		}
	}
	for name, rows := range map[string]func(*fdw.Session) []adt.Row{
		"pg_settings":                of((*Session).settings),
		"pg_cursors":                 of((*Session).cursors),
		"pg_prepared_statements":     of((*Session).preparedRows),
		"pg_timezone_names":          func(*fdw.Session) []adt.Row { return zoneRows() },
		"pg_timezone_abbrevs":        of((*Session).abbrevRows),
		"pg_stat_activity":           e.activityRows,
		"pg_config":                  of((*Session).configRows),
		"pg_locks":                   func(*fdw.Session) []adt.Row { return e.lockRows() },
		"pg_stat_ssl":                e.sslRows,
		"pg_stat_gssapi":             e.gssRows,
		"pg_stat_io":                 func(*fdw.Session) []adt.Row { return e.ioRows() },
		"pg_stat_slru":               func(*fdw.Session) []adt.Row { return e.slruRows() },
		"pg_backend_memory_contexts": func(*fdw.Session) []adt.Row { return memoryContexts() },
		"pg_stat_recovery_prefetch":  func(*fdw.Session) []adt.Row { return e.prefetchRows() },
	} {
		cat.SetRows(name, rows)
	}
}

// cursors gives pg_cursors.
func (s *Session) cursors() []adt.Row {
	var out []adt.Row
	for _, name := range slices.Sorted(maps.Keys(s.portals)) {
		p := s.portals[name]
		if p.stmt.Query == nil {
			continue
		}
		out = append(out, adt.Row{name, p.source, p.hold, p.binary, p.scroll, timestamp(p.created)})
	}
	return out
}

// preparedRows gives pg_prepared_statements.
func (s *Session) preparedRows() []adt.Row {
	var out []adt.Row
	const regtype = 2206
	for _, name := range slices.Sorted(maps.Keys(s.statements)) {
		p := s.statements[name]
		if name == "" {
			continue
		}
		var params []adt.Datum
		for _, t := range p.stmt.Params {
			params = append(params, t)
		}
		var results adt.Datum
		if p.rows {
			var types []adt.Datum
			for _, c := range p.result {
				types = append(types, c.Type)
			}
			results = adt.NewArray(regtype, types)
		}
		out = append(out, adt.Row{
			name, p.source, timestamp(p.created), adt.NewArray(regtype, params), results, p.fromSQL, p.generics, p.customs,
		})
	}
	return out
}

// zoneRows gives pg_timezone_names.
func zoneRows() []adt.Row {
	now := time.Now()
	var out []adt.Row
	for _, name := range adt.ZoneNames() {
		loc, err := adt.LoadZone(name)
		if err != nil {
			continue
		}
		t := now.In(loc)
		abbrev, offset := t.Zone()
		out = append(out, adt.Row{name, abbrev, adt.Interval{Time: int64(offset) * 1_000_000}, t.IsDST()})
	}
	return out
}

// abbrevRows gives pg_timezone_abbrevs.
func (s *Session) abbrevRows() []adt.Row {
	all := adt.ZoneAbbrevs()
	var out []adt.Row
	for _, name := range slices.Sorted(maps.Keys(all)) {
		east, dst, err := all[name].At(s.tx.started.Unix())
		if err != nil {
			continue // a zone that the tzdata at hand has not
		}
		out = append(out, adt.Row{strings.ToUpper(name), adt.Interval{Time: int64(east) * 1_000_000}, dst})
	}
	return out
}

// activityRows gives pg_stat_activity as a session may see it.
func (e *Engine) activityRows(f *fdw.Session) []adt.Row {
	var out []adt.Row
	for _, s := range e.all() {
		v := s.seenBy(f)
		out = append(out, adt.Row{
			s.db.OID, s.db.Name, s.o.PID, nil, e.cluster.RoleOID(s.o.User), s.o.User, v.app, v.addr, nil, v.port,
			v.started, v.xactStart, v.queryStart, v.since, v.waitType, v.wait, v.state,
			v.xid, v.xmin, v.id, v.query, v.kind,
		})
	}
	return out
}

// activityCall gives a session's row of pg_stat_get_activity.
func (s *Session) activityCall(f *fdw.Session) adt.Row {
	v, ssl := s.seenBy(f), s.sslRow()
	if v.kind == nil {
		ssl = make(adt.Row, len(ssl))
	}
	return adt.Row{
		s.db.OID, s.o.PID, s.e.cluster.RoleOID(s.o.User), v.app, v.state, v.query, v.waitType, v.wait,
		v.xactStart, v.queryStart, v.started, v.since, v.addr, nil, v.port, v.xid, v.xmin, v.kind,
		ssl[1], ssl[2], ssl[3], ssl[4], nil, nil, nil, false, nil, false, false, nil, v.id,
	}
}

// activityView is what other sessions see of a session.
type activityView struct {
	app, query         string
	state              adt.Datum
	started, xactStart adt.Datum
	queryStart, since  adt.Datum
	waitType, wait     adt.Datum
	xid, xmin          adt.Datum
	addr, port         adt.Datum
	id, kind           adt.Datum
}

// seesStatsOf tells whether a session may see what a role does
// (HAS_PGSTAT_PERMISSIONS).
func (e *Engine) seesStatsOf(f *fdw.Session, user string) bool {
	return f != nil && (e.anyRole() || f.Superuser || f.User == user || e.memberOf(f.User, "pg_read_all_stats") || e.memberOf(f.User, user))
}

// seenBy is what a session may see of another: of those it has no part in, that
// they are there (pg_stat_get_activity).
func (s *Session) seenBy(f *fdw.Session) activityView {
	v := s.seen()
	if !s.e.seesStatsOf(f, s.o.User) {
		v = activityView{app: v.app, query: "<insufficient privilege>"}
	} else if hide := s.e.config.Redact; hide != nil && f.PID != s.o.PID {
		v.app, v.query = hide(v.app), hide(v.query)
	}
	return v
}

func (s *Session) seen() activityView {
	at := func(t time.Time) adt.Datum {
		if t.IsZero() {
			return nil
		}
		return timestamp(t)
	}
	a := &s.activity
	a.Lock()
	defer a.Unlock()
	v := activityView{
		kind: "client backend",
		app:  a.app, query: a.query, state: orNull(a.state),
		xactStart: at(a.xactStart), queryStart: at(a.queryStart), since: at(a.since),
	}
	v.addr, v.port = s.client()
	v.started = timestamp(s.started)
	if a.state != "active" {
		v.waitType, v.wait = "Client", "ClientRead"
	} else {
		if w := s.fdw.Activity.Waiting(); w != nil {
			v.waitType, v.wait = w.Type, w.Event
		}
		v.xmin = adt.OID(uint32(s.nextXID()))
	}
	if a.id != 0 {
		v.id = a.id
	}
	if a.xid != 0 {
		v.xid = adt.OID(uint32(a.xid))
	}
	return v
}

// client gives the peer's address and port; port -1 is a Unix socket.
func (s *Session) client() (addr, port adt.Datum) {
	a, p, ok := inet(s.o.RemoteAddr)
	if !ok {
		return nil, int32(-1)
	}
	return a, p
}
