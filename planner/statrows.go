package planner

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// sslRows gives pg_stat_ssl, which leaves out sessions whose client a session may not
// see.
func (e *Engine) sslRows(f *fdw.Session) []adt.Row {
	var out []adt.Row
	for _, s := range e.all() {
		if e.seesStatsOf(f, s.o.User) {
			out = append(out, s.sslRow())
		}
	}
	return out
}

// sslRow is a session's row of pg_stat_ssl. Client certificates are not told.
func (s *Session) sslRow() adt.Row {
	row := adt.Row{s.o.PID, s.o.TLS, nil, nil, nil, nil, nil, nil}
	if s.o.TLS {
		bits := int32(256)
		if strings.Contains(s.o.TLSCipher, "AES128") || strings.Contains(s.o.TLSCipher, "AES_128") {
			bits = 128
		}
		row[2], row[3], row[4] = orNull(s.o.TLSVersion), orNull(s.o.TLSCipher), bits
	}
	return row
}

// configRows gives pg_config. This server was not built as PostgreSQL is, which
// has words for what a build does not record.
func (s *Session) configRows() []adt.Row {
	var out []adt.Row
	for _, name := range []string{
		"BINDIR", "DOCDIR", "HTMLDIR", "INCLUDEDIR", "PKGINCLUDEDIR", "INCLUDEDIR-SERVER", "LIBDIR", "PKGLIBDIR", "LOCALEDIR",
		"MANDIR", "SHAREDIR", "SYSCONFDIR", "PGXS", "CONFIGURE", "CC", "CPPFLAGS", "CFLAGS", "CFLAGS_SL", "LDFLAGS", "LDFLAGS_EX",
		"LDFLAGS_SL", "LIBS",
	} {
		out = append(out, adt.Row{name, "not recorded"})
	}
	return append(out, adt.Row{"VERSION", "PostgreSQL " + s.guc.Text("server_version")})
}

// gssRows gives pg_stat_gssapi, of the sessions that sslRows has: nobody comes by GSSAPI.
func (e *Engine) gssRows(f *fdw.Session) []adt.Row {
	var out []adt.Row
	for _, s := range e.all() {
		if e.seesStatsOf(f, s.o.User) {
			out = append(out, adt.Row{s.o.PID, false, nil, false, false})
		}
	}
	return out
}

// prefetchRows gives pg_stat_recovery_prefetch.
func (e *Engine) prefetchRows() []adt.Row {
	zero := int64(0)
	return []adt.Row{{timestamp(e.started), zero, zero, zero, zero, zero, zero, int32(0), int32(0), int32(0)}}
}

// slruRows gives pg_stat_slru.
func (e *Engine) slruRows() []adt.Row {
	var out []adt.Row
	for _, name := range []string{"CommitTs", "MultiXactMember", "MultiXactOffset", "Notify", "Serial", "Subtrans", "Xact", "other"} {
		row := adt.Row{name}
		for range 7 {
			row = append(row, int64(0))
		}
		out = append(out, append(row, timestamp(e.started)))
	}
	return out
}
