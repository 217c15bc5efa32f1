package planner

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// startSettings gives a session its first values: its role's, then those of
// its startup packet.
func (s *Session) startSettings() error {
	s.guc.Superuser = s.role.Superuser
	s.guc.Data = s
	s.guc.Changed = func(*guc.Def) { s.refresh() }
	s.guc.Reported = func(name, value string) {
		if s.o.ParameterStatus != nil {
			s.o.ParameterStatus(name, value)
		}
	}
	super := "off"
	if s.role.Superuser {
		super = "on"
	}
	for name, value := range map[string]any{"session_authorization": s.o.User, "is_superuser": super == "on"} {
		if err := s.guc.SetInternal(name, value); err != nil {
			return err
		}
	}
	if s.role.ReadOnly {
		if err := s.guc.SetStartup("default_transaction_read_only", "on", guc.Role); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.role.Settings)) {
		if err := s.guc.SetStartup(name, s.role.Settings[name], guc.Role); err != nil {
			return err
		}
	}
	s.tx.queried = true // the startup packet comes too late for what SET TRANSACTION sets
	defer func() { s.tx.queried = false }()
	set := func(settings []Setting) error {
		for _, v := range settings {
			if err := s.guc.SetStartup(v.Name, v.Value, guc.Client); err != nil {
				return err
			}
		}
		return nil
	}
	if err := set(s.o.Options); err != nil {
		return err
	}
	if s.o.BadOptions != nil {
		return s.o.BadOptions
	}
	if err := set(s.o.Settings); err != nil {
		return err
	}
	s.refresh()
	return nil
}

// tooLate is the error of SET TRANSACTION, or of SET of one of its settings,
// after a query or in a subtransaction.
func tooLate(message string) error {
	return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s", message)
}

// checkIsolation is check_transaction_isolation.
func checkIsolation(g *guc.Session, v any) (any, error) {
	s, ok := sessionOf(g)
	if !ok {
		return v, nil
	}
	switch d := g.Lookup("transaction_isolation"); {
	case d.Show(v) == g.Show(d):
	case s.tx.queried:
		return nil, tooLate("SET TRANSACTION ISOLATION LEVEL must be called before any query")
	case s.tx.nested():
		return nil, tooLate("SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction")
	}
	return v, nil
}

// checkReadOnly is check_transaction_read_only.
func checkReadOnly(g *guc.Session, v any) (any, error) {
	s, ok := sessionOf(g)
	if !ok || v == true {
		return v, nil
	}
	switch {
	case s.now.ReadOnly:
		return nil, pgerr.New(pgerrcode.InsufficientPrivilege, "role \"%s\" may only read", s.user())
	case !g.Bool("transaction_read_only"):
	case s.tx.nested():
		return nil, tooLate("cannot set transaction read-write mode inside a read-only transaction")
	case s.tx.queried:
		return nil, tooLate("transaction read-write mode must be set before any query")
	}
	return v, nil
}

// checkDeferrable is check_transaction_deferrable.
func checkDeferrable(g *guc.Session, v any) (any, error) {
	switch s, ok := sessionOf(g); {
	case !ok:
	case s.tx.nested():
		return nil, tooLate("SET TRANSACTION [NOT] DEFERRABLE cannot be called within a subtransaction")
	case s.tx.queried:
		return nil, tooLate("SET TRANSACTION [NOT] DEFERRABLE must be called before any query")
	}
	return v, nil
}

// setChecks adds the checks of settings that need more than their text.
func (e *Engine) setChecks() error {
	zone := func(_ *guc.Session, v any) (any, error) {
		name := v.(string)
		if hours, err := strconv.ParseFloat(name, 64); err == nil {
			name = offsetZone(int(hours * 3600))
		}
		loc, err := adt.LoadZone(name)
		if err != nil {
			return nil, guc.Invalid("TimeZone", v.(string))
		}
		// What PostgreSQL knows a clock with leap seconds by (pg_tz_acceptable).
		if time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).In(loc).Second() != 0 {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "time zone \"%s\" appears to use leap seconds", name).
				Detailf("PostgreSQL does not support leap seconds.")
		}
		return adt.ZoneName(name, loc), nil
	}
	clean := e.config.Settings.Lookup("application_name").Check
	for name, check := range map[string]guc.Check{
		"TimeZone": zone,
		"application_name": func(g *guc.Session, v any) (any, error) {
			short, n := analyze.TruncateName(v.(string))
			if s, ok := sessionOf(g); ok && n != nil {
				s.notice(n)
			}
			return clean(g, short)
		},
		"default_text_search_config": func(g *guc.Session, v any) (any, error) {
			path, db := []string{"pg_catalog"}, e.database(Database)
			if s, ok := sessionOf(g); ok && len(s.env.SearchPath) > 0 {
				path, db = s.env.SearchPath, s.db
			}
			name, err := db.catalog.TextSearchConfig(v.(string), path)
			if pg := pgerr.From(err); pg != nil && !strings.HasPrefix(pg.Message, "improper qualified name") {
				return nil, guc.Invalid("default_text_search_config", v.(string))
			}
			return name, err
		},
		"transaction_isolation":  checkIsolation,
		"transaction_read_only":  checkReadOnly,
		"transaction_deferrable": checkDeferrable,
		"session_authorization": func(g *guc.Session, v any) (any, error) {
			if s, ok := sessionOf(g); ok {
				return v, s.setAuthorization(v.(string))
			}
			return v, nil
		},
	} {
		if err := e.config.Settings.SetCheck(name, check); err != nil {
			return err
		}
	}
	role := func(g *guc.Session, v any) (any, error) {
		if s, ok := sessionOf(g); ok {
			return v, s.setRole(v.(string))
		}
		return v, nil
	}
	return e.config.Settings.SetCheck("role", role)
}

// sessionOf gives the session that a settings store belongs to.
func sessionOf(g *guc.Session) (*Session, bool) {
	if g == nil {
		return nil, false
	}
	s, ok := g.Data.(*Session)
	return s, ok
}

// refresh decodes the settings that values and names depend on into the
// session's Env.
func (s *Session) refresh() {
	env := s.env
	if loc, err := adt.LoadZone(s.guc.Text("TimeZone")); err == nil {
		env.TimeZone = loc
	}
	env.DateStyle, env.DateOrder = dateStyle(s.guc.Text("DateStyle"))
	env.IntervalStyle = map[string]adt.IntervalStyle{
		"postgres": adt.IntervalPostgres, "postgres_verbose": adt.IntervalPostgresVerbose,
		"sql_standard": adt.IntervalSQLStandard, "iso_8601": adt.IntervalISO8601,
	}[s.guc.Text("IntervalStyle")]
	env.ByteaEscape = s.guc.Text("bytea_output") == "escape"
	env.ExtraFloatDigits = int(s.guc.Int("extra_float_digits"))
	env.QueryMem = s.guc.Int("flowgres.query_mem") << 10
	env.LCMonetary = s.guc.Text("lc_monetary")
	if name := s.guc.Text("client_encoding"); name != s.encoding {
		s.encoding = name
		env.ClientEncoding, _ = adt.FindEncoding(name)
	}
	s.activity.Lock()
	s.activity.app = s.guc.Text("application_name")
	s.activity.Unlock()
	env.SearchPath = s.searchPath()
	env.User = s.user()
	s.become()
	s.pathKey = strings.Join(env.SearchPath, ",") + "\x00" + env.User
	s.envKey = strings.Join([]string{
		s.pathKey, s.guc.Text("TimeZone"), s.guc.Text("DateStyle"), s.guc.Text("IntervalStyle"),
	}, "\x00")
	s.planKey = strings.Join([]string{
		s.envKey, s.guc.Text("bytea_output"), strconv.Itoa(env.ExtraFloatDigits), env.LCMonetary, s.guc.Text("flowgres.push_down"),
	}, "\x00")
}

// user is current_user: SET ROLE's, else the session's own.
func (s *Session) user() string {
	if r := s.guc.Text("role"); r != "none" && r != "" {
		return r
	}
	return s.guc.Text("session_authorization")
}

// dateStyle decodes the DateStyle setting, which its check has put in order.
func dateStyle(v string) (adt.DateStyle, adt.DateOrder) {
	style, order := adt.DateISO, adt.OrderMDY
	for _, w := range strings.Split(v, ",") {
		switch strings.TrimSpace(w) {
		case "SQL":
			style = adt.DateSQL
		case "Postgres":
			style = adt.DatePostgres
		case "German":
			style = adt.DateGerman
		case "DMY":
			order = adt.OrderDMY
		case "YMD":
			order = adt.OrderYMD
		}
	}
	return style, order
}

// searchPath gives the schemas of search_path that exist, in order, pg_catalog
// first unless it is listed (recomputeNamespacePath).
func (s *Session) searchPath() []string {
	path := s.explicitSchemas()
	if !slices.Contains(path, "pg_catalog") {
		path = append([]string{"pg_catalog"}, path...)
	}
	return path
}

// explicitSchemas gives search_path's existing schemas without the implicit
// ones (current_schemas(false)).
func (s *Session) explicitSchemas() []string {
	var path []string
	for n := range guc.Identifiers(s.guc.Text("search_path")) {
		if n == "$user" {
			n = s.user()
		}
		if _, ok := s.db.catalog.SchemaByName(n); ok && !slices.Contains(path, n) {
			path = append(path, n)
		}
	}
	return path
}

// offsetZone gives the POSIX name of a zone so many seconds east of UTC
// (pg_tzset_offset).
func offsetZone(east int) string {
	sign, opposite := "+", "-"
	if east < 0 {
		sign, opposite, east = "-", "+", -east
	}
	offset := fmt.Sprintf("%02d", east/3600)
	if east%3600 != 0 {
		offset += fmt.Sprintf(":%02d", east/60%60)
	}
	if east%60 != 0 {
		offset += fmt.Sprintf(":%02d", east%60)
	}
	return "<" + sign + offset + ">" + opposite + offset
}
