package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/flowgres/flowgres/planner/adt"
)

// bootstrapRole owns what initdb makes, and everything of ours.
const bootstrapRole OID = 10

// OwnerName is its name.
const OwnerName = "postgres"

// Role is a database role of this server.
type Role struct {
	Name       string
	Super      bool
	CreateRole bool
	CreateDB   bool
	ReadOnly   bool
	Login      bool
	ConnLimit  int      // -1: none
	Settings   []string // name=value
	MemberOf   []string // names of roles
	ValidUntil adt.Datum
}

// roles is what the server knows of roles: PostgreSQL's own and those of SetRoles,
// with the rows of the catalogs that tell of them.
type roles struct {
	byName  map[string]OID
	byOID   map[OID]string
	super   map[OID]bool
	ours    map[OID]bool  // this server's, each with whether it is read-only
	members map[OID][]OID // direct memberships: role to the roles it is in
	others  bool          // other names may have sessions, too, and are the owner of everything

	auth, memberships, settings []adt.Row
}

// SetRoles tells all databases' catalogs of this server's roles. A role named postgres
// is PostgreSQL's bootstrap role itself, and a superuser only if it says so. others tells
// whether any other name may have sessions, too.
func (s *Cluster) SetRoles(list []Role, others bool) {
	list = slices.SortedFunc(slices.Values(list), func(a, b Role) int { return cmp.Compare(a.Name, b.Name) })
	rs := builtinRoleSet()
	rs.others = others
	var oids allocator
	for _, r := range list {
		oid, builtin := rs.byName[r.Name]
		if !builtin {
			oid = oids.take("role", r.Name)
		}
		rs.auth = slices.DeleteFunc(rs.auth, func(a adt.Row) bool { return a[0] == oid })
		rs.auth = append(rs.auth, adt.Row{
			oid, r.Name, r.Super, true, r.CreateRole, r.CreateDB, r.Login, false, r.Super,
			int32(r.ConnLimit), nil, r.ValidUntil,
		})
		rs.byName[r.Name], rs.byOID[oid], rs.super[oid] = oid, r.Name, r.Super
		rs.ours[oid] = r.ReadOnly
		if len(r.Settings) > 0 {
			values := make([]adt.Datum, len(r.Settings))
			for i, s := range r.Settings {
				values[i] = s
			}
			rs.settings = append(rs.settings, adt.Row{OID(0), oid, adt.NewArray(adt.TextOID, values)})
		}
	}
	for _, r := range list {
		for _, of := range r.MemberOf {
			group, ok := rs.byName[of]
			if !ok {
				continue
			}
			member := rs.byName[r.Name]
			rs.members[member] = append(rs.members[member], group)
			rs.memberships = append(rs.memberships, adt.Row{
				oids.take("membership", fmt.Sprint(of, "\x00", r.Name)), group, member, bootstrapRole, false, true, true,
			})
		}
	}
	s.roles.Store(rs)
}

// builtinRoleSet is what initdb makes.
func builtinRoleSet() *roles {
	rs := &roles{
		byName: map[string]OID{}, byOID: map[OID]string{}, super: map[OID]bool{bootstrapRole: true}, ours: map[OID]bool{}, members: map[OID][]OID{},
		others: true,
	}
	rs.auth = load("pg_authid").datums(authColumns)
	for _, r := range rs.auth {
		rs.byName[r[1].(string)], rs.byOID[r[0].(OID)] = r[0].(OID), r[1].(string)
	}
	rs.memberships = load("pg_auth_members").datums(memberColumns)
	for _, r := range rs.memberships {
		group, member := r[1].(OID), r[2].(OID)
		rs.members[member] = append(rs.members[member], group)
	}
	return rs
}

// predefined are PostgreSQL's own roles (pg_monitor, …), with those that they are members of.
var predefined = sync.OnceValue(func() map[string][]string {
	rs, out := builtinRoleSet(), map[string][]string{}
	for name, oid := range rs.byName {
		if oid == bootstrapRole {
			continue
		}
		out[name] = nil
		for _, of := range rs.members[oid] {
			out[name] = append(out[name], rs.byOID[of])
		}
	}
	return out
})

// Predefined tells whether PostgreSQL has a role of that name besides its first superuser.
func Predefined(name string) bool {
	_, ok := predefined()[name]
	return ok
}

// PredefinedMember gives the roles that one of PostgreSQL's own is a member of.
func PredefinedMember(name string) []string { return predefined()[name] }

// The types of the columns of pg_authid and pg_auth_members.
var (
	authColumns   = []OID{26, 19, 16, 16, 16, 16, 16, 16, 16, 23, 25, 1184}
	memberColumns = []OID{26, 26, 26, 26, 16, 16, 16}
)

// roleByName gives the oid of a role.
func (c *Catalog) roleByName(name string) (OID, bool) {
	oid, ok := c.cluster.roles.Load().byName[name]
	return oid, ok
}

// roleName gives a role's name, its number when there is no such role.
func (c *Catalog) roleName(oid OID) string {
	if n, ok := c.cluster.roles.Load().byOID[oid]; ok {
		return n
	}
	return fmt.Sprint(oid)
}

// OwnsDatabases tells whether a role may change and drop the databases, all of which are
// initdb's superuser's: object_ownercheck.
func (s *Cluster) OwnsDatabases(role string) bool {
	rs := s.roles.Load()
	return rs.has(rs.byName[role], bootstrapRole)
}

// HasRole tells whether a role has another's privileges, as has who can become a superuser:
// has_privs_of_role. A user that no catalog knows is the owner.
func (s *Cluster) HasRole(role, of string) bool {
	rs := s.roles.Load()
	oid, known := rs.byName[role]
	return !known || rs.has(oid, bootstrapRole) || rs.has(oid, rs.byName[of])
}

// MakesDatabases tells whether a role is a superuser, can become one (that it then still
// cannot make a database is the better answer for it) or has CREATEDB: have_createdb_privilege.
func (s *Cluster) MakesDatabases(role string) bool {
	return s.roles.Load().attribute(role, 5)
}

// MakesRoles is have_createrole_privilege, of the same.
func (s *Cluster) MakesRoles(role string) bool { return s.roles.Load().attribute(role, 4) }

// attribute tells whether a role has, or can come to have, an attribute, by its column in pg_authid.
func (rs *roles) attribute(role string, column int) bool {
	oid := rs.byName[role]
	return rs.has(oid, bootstrapRole) || slices.ContainsFunc(rs.auth, func(a adt.Row) bool { return a[0] == oid && a[column] == true })
}

// has tells whether a role has another's privileges. Those of the owner of everything are
// a superuser's, and nobody's where a configuration makes it a role like others.
func (rs *roles) has(role, of OID) bool {
	return rs.isMember(role, of) && (of != bootstrapRole || rs.super[role] || rs.super[bootstrapRole])
}

// isMember tells whether a role is a superuser, another one or, through any
// chain, a member of it.
func (rs *roles) isMember(role, of OID) bool {
	if role == of || rs.super[role] {
		return true
	}
	seen := map[OID]bool{role: true}
	for todo := []OID{role}; len(todo) > 0; {
		r := todo[0]
		todo = todo[1:]
		for _, g := range rs.members[r] {
			if g == of {
				return true
			}
			if !seen[g] {
				seen[g] = true
				todo = append(todo, g)
			}
		}
	}
	return false
}
