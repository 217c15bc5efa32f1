package catalog

import (
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// Roles that PostgreSQL lets read and write everything.
const (
	readAllData  OID = 6181
	writeAllData OID = 6182
)

// firstUnpinned is FirstUnpinnedObjectId: the catalogs' own oids are below it.
const firstUnpinned OID = 12000

// granters are the catalogs that hold the access lists of a kind of object,
// with the columns of the list and of the owner, and the letter of acldefault.
var granters = map[string]struct {
	catalog, acl, owner string
	kind                adt.Char
}{
	"table":      {"pg_class", "relacl", "relowner", 'r'},
	"any_column": {"pg_class", "relacl", "relowner", 'r'},
	"column":     {"pg_class", "relacl", "relowner", 'r'},
	"database":   {"pg_database", "datacl", "datdba", 'd'},
	"function":   {"pg_proc", "proacl", "proowner", 'f'},
	"language":   {"pg_language", "lanacl", "lanowner", 'l'},
	"schema":     {"pg_namespace", "nspacl", "nspowner", 'n'},
	"tablespace": {"pg_tablespace", "spcacl", "spcowner", 't'},
	"type":       {"pg_type", "typacl", "typowner", 'T'},
}

// granted tells whether a role has any of some privileges on an object of a
// kind that has_*_privilege functions name.
//
// A role of this server may do what the server lets it do, whatever the access
// lists say, which know PostgreSQL's own roles only: it reads everything, and
// what is ours it writes unless it is read-only. PostgreSQL's own relations are as their
// lists say.
func (c *Catalog) granted(role OID, kind string, object OID, column int16, privileges []string) bool {
	rs := c.cluster.roles.Load()
	if rs.has(role, bootstrapRole) {
		return true
	}
	relation := kind == "table" || kind == "column" || kind == "any_column"
	if readOnly, ours := rs.ours[role]; ours && kind != "function" && !(relation && object < firstNormalOID) {
		if !readOnly || !relation {
			return true
		}
		return slices.Contains(privileges, "SELECT")
	}
	reads, writes := rs.isMember(role, readAllData), rs.isMember(role, writeAllData)
	for _, p := range privileges {
		switch {
		case p == "SELECT" && reads, p == "USAGE" && kind == "schema" && (reads || writes):
			return true
		case writes && (p == "INSERT" || p == "UPDATE" || p == "DELETE") && object >= firstUnpinned:
			return true // but in catalogs nobody writes
		}
	}
	g, ok := granters[kind]
	if !ok {
		return false
	}
	get, ok := c.tableRow(g.catalog, "oid", object)
	if !ok {
		return false
	}
	acl, _ := get(g.acl).(*adt.Array)
	if acl == nil {
		var err error
		if acl, err = aclDefault(g.kind, get(g.owner).(OID)); err != nil {
			return false
		}
	}
	if c.grants(rs, acl, role, privileges) {
		return true
	}
	withOption := func(p string) bool { return strings.HasSuffix(p, grantOption) }
	if slices.ContainsFunc(privileges, withOption) && rs.has(role, get(g.owner).(OID)) {
		return true // owners have all grant options
	}
	if kind != "column" && kind != "any_column" {
		return false
	}
	for _, row := range c.pgTable("pg_attribute").find([]qual{{0, []adt.Datum{object}, -1}}, nil) {
		at := rowOf(c.relationNames[qname{"pg_catalog", "pg_attribute"}], row)
		if kind == "column" && at("attnum") != column {
			continue
		}
		if acl, ok := at("attacl").(*adt.Array); ok && c.grants(rs, acl, role, privileges) {
			return true
		}
	}
	return false
}

// grants tells whether an access list gives a role, PUBLIC or a role that it is
// in any of some privileges.
func (c *Catalog) grants(rs *roles, acl *adt.Array, role OID, privileges []string) bool {
	var want uint64
	for _, p := range privileges {
		name, option := strings.CutSuffix(p, grantOption)
		bits, err := privilegeBits(name)
		if err != nil {
			return false
		}
		want |= bits << pick(option, 32, 0)
	}
	for _, v := range acl.Values {
		if a, ok := v.(*adt.ACLItem); ok && a.Privs&want != 0 && (a.Grantee == 0 || role != 0 && rs.has(role, a.Grantee)) {
			return true
		}
	}
	return false
}

// rowOf reads a row's columns by name.
func rowOf(r *Relation, row adt.Row) func(string) adt.Datum {
	return func(name string) adt.Datum {
		for i, col := range r.Columns {
			if col.Name == name {
				return row[i]
			}
		}
		panic("no column " + name + " in " + r.Name)
	}
}
