package guc

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Registry holds the definitions of all settings and the server's values.
// SetServer may be called while sessions run (a reload); the definitions are
// fixed once the first session starts.
type Registry struct {
	defs   map[string]*Def // by lower-case name, and by the name as it is
	order  []*Def          // by lower-case name
	mu     sync.Mutex      // serialises writers of values
	values atomic.Pointer[map[*Def]entry]
}

// entry is a value with its source.
type entry struct {
	value  any
	source Source
}

// New makes a registry of PostgreSQL's settings and ours, all at their boot
// values, plus further definitions (a test's, or main's).
func New(extra ...*Def) (*Registry, error) {
	defs, err := pgSettings()
	if err != nil {
		return nil, err
	}
	all := slices.Concat(defs, hidden(), ours(), extra)
	r := &Registry{defs: make(map[string]*Def, 2*len(all))}
	keys := make(map[*Def]string, len(all))
	for _, d := range all {
		key := strings.ToLower(d.Name)
		keys[d] = key
		if r.defs[key] != nil {
			return nil, fmt.Errorf("setting %q is defined twice", d.Name)
		}
		r.defs[key], r.defs[d.Name] = d, d
		r.order = append(r.order, d)
	}
	if err := r.adapt(); err != nil {
		return nil, err
	}
	slices.SortFunc(r.order, func(a, b *Def) int {
		return strings.Compare(keys[a], keys[b])
	})
	// PostgreSQL raises this one as far as the system lets it, by default to 2 MB.
	r.values.Store(&map[*Def]entry{r.defs["max_stack_depth"]: {int64(2048), Default}})
	return r, nil
}

// MustNew is New for programs whose tables are known to be right.
func MustNew(extra ...*Def) *Registry {
	r, err := New(extra...)
	if err != nil {
		panic(err)
	}
	return r
}

// Lookup finds a definition by name, in any case; nil: there is none.
func (r *Registry) Lookup(name string) *Def {
	if d := r.defs[name]; d != nil {
		return d
	}
	return r.defs[strings.ToLower(name)]
}

// All gives every definition, ordered by name.
func (r *Registry) All() []*Def { return slices.Clone(r.order) }

// Flags gives the definitions that have a command line flag and a FLOWGRES_*
// variable, ordered by name.
func (r *Registry) Flags() []*Def {
	var flags []*Def
	for _, d := range r.order {
		if d.Flag {
			flags = append(flags, d)
		}
	}
	return flags
}

// FlagName is the name of the setting's command line flag.
func (d *Def) FlagName() string {
	return strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(strings.TrimPrefix(d.Name, "flowgres.")))
}

// EnvName is the name of the setting's environment variable.
func (d *Def) EnvName() string {
	return "FLOWGRES_" + strings.ReplaceAll(strings.ToUpper(strings.TrimPrefix(d.Name, "flowgres.")), ".", "_")
}

// Key is the setting's key in the configuration file, dots between levels.
func (d *Def) Key() string {
	if d.YAML != "" {
		return d.YAML
	}
	return d.Name
}

// ByKey finds a definition by its key in the configuration file.
func (r *Registry) ByKey(key string) *Def {
	for _, d := range r.order {
		if strings.EqualFold(d.Key(), key) {
			return d
		}
	}
	return nil
}

// Nearest gives the known key most like an unknown one, for error messages.
func (r *Registry) Nearest(key string) string {
	return r.nearest(key, max(2, len(key)/3), (*Def).Key)
}

// NearestEnv gives the environment variable of a setting that one of another name was
// meant to be, by all appearances; empty: none was.
func (r *Registry) NearestEnv(name string) string {
	const slips = 2
	return r.nearest(name, slips, (*Def).EnvName)
}

// nearest gives the name most like another, if no more than so many letters differ.
func (r *Registry) nearest(name string, most int, of func(*Def) string) string {
	best, bestDist := "", most+1
	for _, d := range r.order {
		if dist := distance(strings.ToLower(name), strings.ToLower(of(d))); dist < bestDist {
			best, bestDist = of(d), dist
		}
	}
	return best
}

// SetServer sets the server's value of a setting, from the configuration file,
// the environment or the command line. A value from a weaker source than the
// present one's is checked and dropped.
func (r *Registry) SetServer(name, value string, source Source) error {
	d := r.Lookup(name)
	if d == nil {
		return unrecognized(name)
	}
	if d.Context == Internal && source != Override {
		return pgerr.New(pgerrcode.CantChangeRuntimeParam, "parameter \"%s\" cannot be changed", d.Name)
	}
	v, err := d.parse(nil, d.Name, value)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := *r.values.Load()
	if old[d].source > source {
		return nil
	}
	next := maps.Clone(old)
	next[d] = entry{v, source}
	r.values.Store(&next)
	return nil
}

// server gives the server's value of a setting.
func (r *Registry) server(d *Def) entry {
	if e, ok := (*r.values.Load())[d]; ok {
		return e
	}
	return entry{d.Boot, Default}
}

// Get gives the server's value of a setting as SHOW prints it.
func (r *Registry) Get(name string) (string, error) {
	d := r.Lookup(name)
	if d == nil {
		return "", unrecognized(name)
	}
	return d.Show(r.server(d).value), nil
}

// Source tells where the server's value of a setting comes from.
func (r *Registry) Source(name string) Source {
	d := r.Lookup(name)
	if d == nil {
		return Default
	}
	return r.server(d).source
}

// Bool gives the server's value of a boolean setting. Like Int, Real and Text
// it panics when there is no such setting: names are the program's.
func (r *Registry) Bool(name string) bool { return r.must(name).(bool) }

// Int gives the server's value of an integer setting, in its base unit.
func (r *Registry) Int(name string) int64 { return r.must(name).(int64) }

// Real gives the server's value of a real setting, in its base unit.
func (r *Registry) Real(name string) float64 { return r.must(name).(float64) }

// Text gives the server's value of a string or enum setting.
func (r *Registry) Text(name string) string { return r.must(name).(string) }

func (r *Registry) must(name string) any {
	d := r.Lookup(name)
	if d == nil {
		panic("guc: no setting " + name)
	}
	return r.server(d).value
}

// SetCheck sets a definition's check function, before the first session: for
// checks that need what this package does not know (time zones, roles).
func (r *Registry) SetCheck(name string, check Check) error {
	d := r.Lookup(name)
	if d == nil {
		return unrecognized(name)
	}
	d.Check = check
	return nil
}

// distance is the edit distance of two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
