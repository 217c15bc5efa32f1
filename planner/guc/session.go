package guc

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Session holds one session's values. Only what differs from the server's is
// stored. It is not safe for concurrent use.
type Session struct {
	// Superuser allows changes of superuser settings.
	Superuser bool
	// ReadsAll shows guarded settings, as membership in pg_read_all_settings does.
	ReadsAll bool
	// Changed, if set, is called after the value of a setting has changed, by
	// SET or by the end of a transaction.
	Changed func(d *Def)
	// Reported, if set, is called after Changed for settings that the client is
	// told of.
	Reported func(name, value string)
	// Data is the owner's: check functions may use it.
	Data any

	reg      *Registry
	vars     map[*Def]*variable
	custom   map[string]*Def // placeholders by lower-case name
	level    int             // transaction nesting: 0 outside of any
	made     uint64          // changes
	order    uint64          // counts what variables are ordered by
	stacked  bool            // a change may have to be undone
	texts    int             // bytes of what the session's settings hold, or more
	followed Stamp           // as Follow left the values
}

// Stamp tells values apart: two of a session are equal when no setting has
// changed between them, in the session or in the server.
type Stamp struct {
	server *map[*Def]entry
	made   uint64
}

// Stamp gives the stamp of the values as they are.
func (s *Session) Stamp() Stamp { return Stamp{s.reg.values.Load(), s.made} }

// variable is a setting's value in a session.
type variable struct {
	entry
	reset entry // what RESET gives, when the session has its own (hasReset)
	own   bool  // entry is set; else the reset value holds
	has   bool  // reset is set; else the server's value holds
	stack []saved

	since   uint64 // when it became the session's own: settings are reset in that order (guc_nondef_list)
	stacked uint64 // when it was first saved: they are restored in the opposite one (guc_stack_list)
}

// NewSession makes a session on the server's values.
func (r *Registry) NewSession() *Session { return &Session{reg: r} }

// Registry gives the session's registry.
func (s *Session) Registry() *Registry { return s.reg }

// Lookup finds a definition, placeholders included; nil: there is none.
func (s *Session) Lookup(name string) *Def {
	if d := s.reg.Lookup(name); d != nil {
		return d
	}
	return s.custom[strings.ToLower(name)]
}

// find is Lookup for a name that gets a value: a custom name gets a
// placeholder, others must be known (find_option).
func (s *Session) find(name string) (*Def, error) {
	if d := s.Lookup(name); d != nil {
		return d, nil
	}
	if !strings.Contains(name, ".") {
		return nil, unrecognized(name)
	}
	if !customName(name) {
		return nil, pgerr.New(pgerrcode.InvalidName, "invalid configuration parameter name \"%s\"", name).
			Detailf("Custom parameter names must be two or more simple identifiers separated by dots.")
	}
	if prefix, _, _ := strings.Cut(name, "."); strings.EqualFold(prefix, "flowgres") {
		return nil, pgerr.New(pgerrcode.InvalidName, "invalid configuration parameter name \"%s\"", name).
			Detailf("\"%s\" is a reserved prefix.", prefix)
	}
	if err := s.room(placeholderSize + 2*len(name)); err != nil {
		return nil, err
	}
	d := &Def{Name: name, Kind: String, Boot: "", Context: User, Category: customCategory, NoShowAll: true}
	if s.custom == nil {
		s.custom = map[string]*Def{}
	}
	s.custom[strings.ToLower(name)] = d
	return d, nil
}

// customName mirrors valid_custom_variable_name.
func customName(name string) bool {
	for part := range strings.SplitSeq(name, ".") {
		for i, c := range []byte(part) {
			letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
			if !letter && (i == 0 || (c < '0' || c > '9') && c != '$') {
				return false
			}
		}
		if part == "" {
			return false
		}
	}
	return true
}

// current gives the value that holds.
func (s *Session) current(d *Def) entry {
	v := s.vars[d]
	switch {
	case v == nil:
		return s.reg.server(d)
	case v.own:
		return v.entry
	}
	return s.resetEntry(d)
}

func (s *Session) resetEntry(d *Def) entry {
	if v := s.vars[d]; v != nil && v.has {
		return v.reset
	}
	return s.reg.server(d)
}

func (s *Session) variable(d *Def) *variable {
	v := s.vars[d]
	if v == nil {
		if s.vars == nil {
			s.vars = map[*Def]*variable{}
		}
		v = &variable{}
		s.vars[d] = v
	}
	return v
}

// SetStartup sets a value that RESET gives back to: a role's (Role), a
// database's (Database) or the startup packet's (Client).
func (s *Session) SetStartup(name, value string, source Source) error {
	d, err := s.find(name)
	if err != nil {
		return err
	}
	if err := d.called(name).mayChange(true, s.Superuser || source < Client); err != nil {
		return err
	}
	v, err := d.parse(s, name, value)
	if err != nil {
		return err
	}
	r := s.variable(d)
	if r.has && r.reset.source > source {
		return nil
	}
	s.change(d, func() { r.reset, r.has = entry{v, source}, true })
	return nil
}

// SetInternal sets a value past the checks of context and value, also as the
// value to reset to: is_superuser, session_authorization, transaction_isolation.
func (s *Session) SetInternal(name string, value any) error {
	d := s.Lookup(name)
	if d == nil {
		return unrecognized(name)
	}
	v := s.variable(d)
	s.change(d, func() { v.reset, v.has, v.own = entry{value, Override}, true, false })
	return nil
}

// Set sets a value until the session's end, or with local until the
// transaction's. It is undone with the transaction or savepoint it is in.
func (s *Session) Set(name, value string, local bool) error {
	d, err := s.find(name)
	if err != nil {
		return err
	}
	if err := d.called(name).mayChange(false, s.Superuser); err != nil {
		return err
	}
	if err := s.room(len(value)); err != nil {
		return err
	}
	v, err := d.parse(s, name, value)
	if err != nil {
		return err
	}
	s.store(d, entry{v, SessionSet}, true, local)
	return nil
}

// Reset gives a setting its value of the session's start back.
func (s *Session) Reset(name string) error { return s.SetDefault(name, false) }

// SetDefault is SET name TO DEFAULT.
func (s *Session) SetDefault(name string, local bool) error {
	d, err := s.find(name)
	if err != nil {
		return err
	}
	if err := d.called(name).mayChange(false, s.Superuser); err != nil {
		return err
	}
	if d.NoReset {
		return pgerr.New(pgerrcode.FeatureNotSupported, "parameter \"%s\" cannot be reset", name)
	}
	s.store(d, entry{}, false, local)
	return nil
}

// configured are the settings with a value that is not PostgreSQL's own as each session
// starts, from initdb's configuration file and the database, in the order of their coming.
var configured = []string{"DateStyle", "TimeZone", "client_encoding"}

// ResetAll resets every setting that the user could change, in the order in which they
// were first given a value (ResetAllOptions goes through guc_nondef_list).
func (s *Session) ResetAll() {
	var defs []*Def
	for d, v := range s.vars {
		if v.own && !d.NoRstAll && (d.Context == User || d.Context == Superuser) {
			defs = append(defs, d)
		}
	}
	slices.SortFunc(defs, func(a, b *Def) int { return cmp.Compare(s.since(a), s.since(b)) })
	for _, d := range defs {
		s.store(d, entry{}, false, false)
	}
}

// since orders settings by when they were first given a value, those of all sessions first.
func (s *Session) since(d *Def) uint64 {
	if i := slices.Index(configured, d.Name); i >= 0 {
		return uint64(i)
	}
	return s.vars[d].since + uint64(len(configured))
}

// store changes a value, keeping what the transaction's end may need.
func (s *Session) store(d *Def, e entry, own, local bool) {
	v := s.variable(d)
	s.push(v, local)
	if own && !v.own {
		s.order++
		v.since = s.order
	}
	s.change(d, func() { v.entry, v.own = e, own })
	if d.Clears != "" {
		c := s.Lookup(d.Clears)
		s.store(c, entry{c.Boot, SessionSet}, true, local)
	}
}

// change runs f, which changes a setting, and tells the listeners.
func (s *Session) change(d *Def, f func()) {
	old := s.current(d).value
	f()
	now := s.current(d).value
	if old == now {
		return
	}
	s.made++
	if s.Changed != nil {
		s.Changed(d)
	}
	if d.Report && s.Reported != nil {
		s.Reported(d.Name, d.Show(now))
	}
}

// Get gives a value as SHOW prints it.
func (s *Session) Get(name string) (string, error) {
	d := s.Lookup(name)
	if d == nil {
		return "", unrecognized(name)
	}
	if !s.visible(d) {
		return "", pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to examine \"%s\"", d.Name).
			Detailf("Only roles with privileges of the \"%s\" role may examine this parameter.", "pg_read_all_settings")
	}
	return s.Show(d), nil
}

// visible is ConfigOptionIsVisible.
func (s *Session) visible(d *Def) bool { return !d.Guarded || s.ReadsAll }

// Show gives the value of a definition as SHOW prints it.
func (s *Session) Show(d *Def) string {
	if d.Name == "seed" {
		return "unavailable"
	}
	if s.disabled(d) {
		return "(disabled)"
	}
	return d.Show(s.current(d).value)
}

// disabled tells of the one setting that another one makes to show no value.
func (s *Session) disabled(d *Def) bool {
	return d.Name == "archive_command" && s.Text("archive_mode") == "off"
}

// Bool gives a boolean setting. Like Int, Real and Text it panics when there
// is no such setting: names are the program's.
func (s *Session) Bool(name string) bool { return s.must(name).(bool) }

// Int gives an integer setting in its base unit.
func (s *Session) Int(name string) int64 { return s.must(name).(int64) }

// Real gives a real setting in its base unit.
func (s *Session) Real(name string) float64 { return s.must(name).(float64) }

// Text gives a string or enum setting.
func (s *Session) Text(name string) string { return s.must(name).(string) }

func (s *Session) must(name string) any {
	d := s.reg.Lookup(name)
	if d == nil {
		panic("guc: no setting " + name)
	}
	return s.current(d).value
}

// Report gives the reported settings, in PostgreSQL's order, for the
// ParameterStatus messages of a session's start.
func (s *Session) Report() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, name := range reported {
			d := s.reg.Lookup(name)
			if !yield(d.Name, s.Show(d)) {
				return
			}
		}
	}
}

// Row is a setting as pg_settings shows it. Min and Max are nil but for numbers.
type Row struct {
	Def            *Def
	Setting        string // without unit
	Shown          string // with unit, as SHOW
	Source         Source
	Min, Max       *string
	Boot, ResetVal string
}

// Rows gives every setting that SHOW ALL and pg_settings list, ordered by
// name.
func (s *Session) Rows() iter.Seq[Row] {
	return func(yield func(Row) bool) {
		for _, d := range s.reg.order {
			if d.NoShowAll || !s.visible(d) {
				continue
			}
			e := s.current(d)
			row := Row{
				Def: d, Setting: d.Text(e.value), Shown: d.Show(e.value), Source: e.source,
				Boot: d.bootText(d.Boot), ResetVal: d.bootText(s.resetEntry(d).value),
			}
			if s.disabled(d) {
				row.Setting, row.Shown = s.Show(d), s.Show(d)
			}
			if d.Kind == Int || d.Kind == Real {
				low, high := formatBound(d, d.Min), formatBound(d, d.Max)
				row.Min, row.Max = &low, &high
			}
			if !yield(row) {
				return
			}
		}
	}
}
