package planner

import (
	"maps"
	"slices"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
)

// Role is what the engine knows of a database role.
type Role struct {
	ReadOnly  bool
	Superuser bool
	Settings  map[string]string

	// Accounts and Regions, if not empty, are all that the role sees and
	// changes.
	Accounts, Regions []string

	// Identity names whom the backends act for on the role's behalf; "" is whoever
	// the server is.
	Identity string

	// What only the catalog shows.
	MemberOf        []string
	ConnectionLimit int       // 0: none
	ValidUntil      time.Time // zero: none
	NoLogin         bool
}

// SetRoles replaces the roles, for sessions to come; nil: any name may have
// one.
func (e *Engine) SetRoles(roles map[string]Role) {
	e.roles.Store(&roles)
	e.analyzed.Purge() // names of roles may be resolved in it
	e.showRoles(roles)
}

// maxShownRoles bounds the names that have had sessions where any may.
const maxShownRoles = 1000

// showRole puts a name that has a session among the catalog's roles, where any name may
// have one: clients look the role that they are up.
func (e *Engine) showRole(name string) {
	if !e.anyRole() {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cluster.RoleOID(name) != 0 || len(e.shown) >= maxShownRoles {
		return
	}
	e.shown[name], _ = e.role(name)
	e.showRoles(e.shown)
}

// showRoles tells the catalogs of roles.
func (e *Engine) showRoles(roles map[string]Role) {
	var list []catalog.Role
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		r := roles[name]
		c := catalog.Role{Name: name, Super: r.Superuser, ReadOnly: r.ReadOnly, Login: !r.NoLogin, ConnLimit: -1, MemberOf: r.MemberOf}
		if r.ConnectionLimit > 0 {
			c.ConnLimit = r.ConnectionLimit
		}
		if !r.ValidUntil.IsZero() {
			c.ValidUntil = adt.TimestampTZ(timestamp(r.ValidUntil))
		}
		for _, s := range slices.Sorted(maps.Keys(r.Settings)) {
			c.Settings = append(c.Settings, s+"="+r.Settings[s])
		}
		if r.ReadOnly {
			c.Settings = append(c.Settings, "default_transaction_read_only=on")
		}
		list = append(list, c)
	}
	e.cluster.SetRoles(list, e.anyRole())
}

// role finds a role; known tells whether it may have sessions. Where any name
// may, the owner of everything is the superuser that pg_roles tells it is.
func (e *Engine) role(name string) (r Role, known bool) {
	roles := *e.roles.Load()
	if roles == nil {
		if name == catalog.OwnerName {
			return Role{Superuser: true}, true
		}
		return Role{MemberOf: []string{catalog.OwnerName}}, true
	}
	r, known = roles[name]
	return r, known
}

// roleExists tells whether pg_roles has a role: where any name may have
// sessions, one that has had one.
func (e *Engine) roleExists(name string) bool { return e.cluster.RoleOID(name) != 0 }

// anyRole tells whether the server has no roles of its own.
func (e *Engine) anyRole() bool { return *e.roles.Load() == nil }

// PredefinedRole tells whether PostgreSQL makes a role of that name itself (pg_monitor, …).
func PredefinedRole(name string) bool { return catalog.Predefined(name) }
