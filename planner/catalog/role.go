package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
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

// roles is what the server knows of roles: PostgreSQL's own and those of SetRoles.
type roles struct {
	byName  map[string]OID
	byOID   map[OID]string
	super   map[OID]bool
	ours    map[OID]bool  // this server's, each with whether it is read-only
	members map[OID][]OID // direct memberships: role to the roles it is in
}

// SetRoles tells the catalog of this server's roles. A role named postgres
// is PostgreSQL's bootstrap role itself.
func (c *Catalog) SetRoles(list []Role) {
	list = slices.SortedFunc(slices.Values(list), func(a, b Role) int { return cmp.Compare(a.Name, b.Name) })
	auth, mem, settings := c.builtinRows("pg_authid"), c.builtinRows("pg_auth_members"), []adt.Row(nil)
	rs := builtinRoleSet()
	var oids allocator
	for _, r := range list {
		oid, builtin := rs.byName[r.Name]
		if !builtin {
			oid = oids.take("role", r.Name)
		}
		row := adt.Row{
			oid, r.Name, r.Super, true, r.CreateRole, r.CreateDB, r.Login, false, r.Super,
			int32(r.ConnLimit), nil, r.ValidUntil,
		}
		auth = slices.DeleteFunc(slices.Clone(auth), func(a adt.Row) bool { return a[0] == oid })
		auth = append(auth, row)
		rs.byName[r.Name], rs.byOID[oid], rs.super[oid] = oid, r.Name, r.Super
		rs.ours[oid] = r.ReadOnly
		if len(r.Settings) > 0 {
			values := make([]adt.Datum, len(r.Settings))
			for i, s := range r.Settings {
				values[i] = s
			}
			settings = append(settings, adt.Row{OID(0), oid, adt.NewArray(25, values)})
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
			mem = append(slices.Clip(mem), adt.Row{
				oids.take("membership", fmt.Sprint(of, "\x00", r.Name)), group, member, bootstrapRole, false, true, true,
			})
		}
	}
	c.roles.Store(rs)
	c.SetRows("pg_authid", func(*fdw.Session) []adt.Row { return auth })
	c.SetRows("pg_auth_members", func(*fdw.Session) []adt.Row { return mem })
	c.SetRows("pg_db_role_setting", func(*fdw.Session) []adt.Row { return settings })
}

func builtinRoleSet() *roles {
	rs := &roles{byName: map[string]OID{}, byOID: map[OID]string{}, super: map[OID]bool{bootstrapRole: true}, ours: map[OID]bool{}, members: map[OID][]OID{}}
	for name, oid := range builtinRoles() {
		rs.byName[name], rs.byOID[oid] = oid, name
	}
	d := load("pg_auth_members")
	group, member := d.col("roleid"), d.col("member")
	d.each(func(r row) { rs.members[r.oid(member)] = append(rs.members[r.oid(member)], r.oid(group)) })
	return rs
}

// roleByName gives the oid of a role.
func (c *Catalog) roleByName(name string) (OID, bool) {
	oid, ok := c.roles.Load().byName[name]
	return oid, ok
}

// roleName gives a role's name, its number when there is no such role.
func (c *Catalog) roleName(oid OID) string {
	if n, ok := c.roles.Load().byOID[oid]; ok {
		return n
	}
	return fmt.Sprint(oid)
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

// RoleOID gives a role's oid, 0 when there is no such role.
func (c *Catalog) RoleOID(name string) OID {
	oid, _ := c.roleByName(name)
	return oid
}
