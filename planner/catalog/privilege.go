package catalog

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// privilegeKinds are the kinds of objects and the privileges each has.
var privilegeKinds = map[string][]string{
	"table":                {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"},
	"any_column":           {"SELECT", "INSERT", "UPDATE", "REFERENCES"},
	"column":               {"SELECT", "INSERT", "UPDATE", "REFERENCES"},
	"sequence":             {"USAGE", "SELECT", "UPDATE"},
	"database":             {"CREATE", "TEMPORARY", "TEMP", "CONNECT"},
	"foreign_data_wrapper": {"USAGE"},
	"function":             {"EXECUTE"},
	"language":             {"USAGE"},
	"schema":               {"CREATE", "USAGE"},
	"server":               {"USAGE"},
	"tablespace":           {"CREATE"},
	"type":                 {"USAGE"},
	"parameter":            {"SET", "ALTER SYSTEM"},
}

// privilegeFuncs are has_*_privilege in all their argument forms: the role by
// name, by oid or left out, the object by name or oid, the column by name or
// number.
func (c *Catalog) privilegeFuncs() adt.Funcs {
	out := adt.Funcs{}
	for kind := range privilegeKinds {
		for _, role := range []string{"", "_name", "_id"} {
			for _, object := range []string{"_name", "_id"} {
				cols := []string{""}
				if kind == "column" {
					cols = []string{"_name", "_attnum"}
				}
				for _, col := range cols {
					if kind == "parameter" && object == "_id" {
						continue
					}
					out["has_"+kind+"_privilege"+role+object+col] = c.privilegeFunc(kind, role != "", col != "")
				}
			}
		}
	}
	for name, args := range map[string]int{
		"pg_has_role_name_name": 3, "pg_has_role_name_id": 3, "pg_has_role_id_name": 3, "pg_has_role_id_id": 3,
		"pg_has_role_name": 2, "pg_has_role_id": 2,
	} {
		out[name] = adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			role, err := c.callerRole(call), error(nil)
			if args == 3 {
				role, err = c.memberArg(a[0])
				a = a[1:]
			}
			if err != nil {
				return nil, err
			}
			of, err := c.memberArg(a[0])
			if err != nil {
				return nil, err
			}
			plain := false
			for _, p := range strings.Split(a[1].(string), ",") {
				switch p = strings.TrimSpace(p); strings.ToUpper(p) {
				case "USAGE", "MEMBER", "SET":
					plain = true
				case "USAGE WITH GRANT OPTION", "USAGE WITH ADMIN OPTION", "MEMBER WITH GRANT OPTION",
					"MEMBER WITH ADMIN OPTION", "SET WITH GRANT OPTION", "SET WITH ADMIN OPTION":
				default:
					return nil, pgerr.New(pgerrcode.InvalidParameterValue, `unrecognized privilege type: "%s"`, p)
				}
			}
			rs := c.cluster.roles.Load() // in which nobody but a superuser has an admin option
			return rs.super[role] || plain && rs.isMember(role, of), nil
		}}
	}
	no := adt.Func{Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) { return false, nil }}
	out["row_security_active"] = no
	out["row_security_active_name"] = adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		_, err := c.relationArg(a[0].(string), path(call))
		return false, err
	}}
	return out
}

func (c *Catalog) privilegeFunc(kind string, withRole, withColumn bool) adt.Func {
	return adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
		// PostgreSQL reads the privileges last but for parameters and sequences.
		var env *adt.Env
		if call != nil {
			env = call.Env
		}
		privs, bad := parsePrivileges(env, a[len(a)-1].(string), kind)
		if bad != nil && kind == "parameter" {
			return nil, bad
		}
		role, err := c.callerRole(call), error(nil)
		if withRole {
			role, err = c.roleArg(a[0])
			a = a[1:]
		}
		if err != nil {
			return nil, err
		}
		if bad != nil && kind == "sequence" {
			return nil, bad
		}
		object, ok, err := c.privilegeObject(kind, a[0], path(call))
		if err != nil {
			return nil, err
		}
		var column int16
		if withColumn && ok {
			k := c.classes().byOID[object]
			switch col := a[1].(type) {
			case string:
				at := c.attributeNamed(object, col)
				if at == nil {
					return nil, errNoColumn(col, k.name)
				}
				column = at.num
			case int16:
				column = col
				ok = slices.ContainsFunc(c.allColumns(object), func(at attribute) bool { return at.num == col })
			}
		}
		if bad != nil || !ok {
			return nil, bad
		}
		return len(privs) > 0 && c.granted(role, kind, object, column, privs), nil
	}}
}

// grantOption is what follows a privilege that is asked for with its grant option.
const grantOption = " WITH GRANT OPTION"

// parsePrivileges reads a list of privilege names, each perhaps WITH GRANT OPTION.
func parsePrivileges(env *adt.Env, list, kind string) ([]string, error) {
	var out []string
	add := func(name string) bool {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
		return true
	}
	n := 0
	for p := range strings.SplitSeq(list, ",") {
		if n++; n&0xfff == 0 {
			if err := env.Interrupted(); err != nil {
				return nil, err
			}
		}
		p = strings.TrimSpace(p)
		// RULE is a privilege of old, which nobody has.
		found := kind == "table" && (strings.EqualFold(p, "RULE") || strings.EqualFold(p, "RULE WITH GRANT OPTION"))
		for _, name := range privilegeKinds[kind] {
			switch {
			case strings.EqualFold(p, name):
				found = add(name)
			case strings.EqualFold(p, name+grantOption):
				found = add(name + grantOption)
			}
		}
		if !found {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, `unrecognized privilege type: "%s"`, p)
		}
	}
	return out, nil
}

// callerRole is the role of current_user.
func (c *Catalog) callerRole(call *adt.Call) OID {
	if call == nil || call.Env == nil {
		return bootstrapRole
	}
	return c.sessionRole(call.Env.User)
}

// sessionRole is the role of a session's user. One whom the configuration no longer has may
// do what everybody may, as role 0, PUBLIC, does.
func (c *Catalog) sessionRole(user string) OID {
	rs := c.cluster.roles.Load()
	oid, ok := rs.byName[user]
	if !ok && rs.others {
		return bootstrapRole
	}
	return oid
}

// roleArg finds a role given by name ("public" is role 0) or oid.
func (c *Catalog) roleArg(d adt.Datum) (OID, error) {
	switch d := d.(type) {
	case OID:
		return d, nil
	case string:
		if d == "public" {
			return 0, nil
		}
		if oid, ok := c.roleByName(d); ok {
			return oid, nil
		}
		return 0, errNoRole(d)
	}
	return 0, pgerr.Internal("role argument of type %T", d)
}

// memberArg finds a role that can be a member, which public cannot.
func (c *Catalog) memberArg(d adt.Datum) (OID, error) {
	if d == "public" {
		return 0, errNoRole("public")
	}
	return c.roleArg(d)
}

// privilegeObject finds the object of a privilege; ok is false for an oid that
// names nothing, which makes the answer NULL.
func (c *Catalog) privilegeObject(kind string, d adt.Datum, path []string) (oid OID, ok bool, err error) {
	undefined := func(what string) error {
		return pgerr.New(pgerrcode.UndefinedObject, `%s "%s" does not exist`, what, d)
	}
	name, byName := d.(string)
	if !byName {
		oid = d.(OID)
	}
	named := func(catalog, what string) (OID, bool, error) {
		all := c.objectsOf(catalog)
		if !byName {
			_, ok := all.byOID[oid]
			return oid, ok, nil
		}
		for _, o := range all.list {
			if o.name == name {
				return o.oid, true, nil
			}
		}
		return 0, false, undefined(what)
	}
	switch kind {
	case "table", "column", "any_column", "sequence":
		if byName {
			if oid, err = c.relationArg(name, path); err != nil {
				return 0, false, err
			}
		}
		k, ok := c.classes().byOID[oid]
		if ok && kind == "sequence" && k.kind != 'S' {
			called := k.name
			if byName {
				called = name
			}
			return 0, false, pgerr.New(pgerrcode.WrongObjectType, `"%s" is not a sequence`, called)
		}
		return oid, ok, nil
	case "database":
		if byName {
			if d, ok := c.cluster.Database(name); ok {
				return d.OID, true, nil
			}
			return 0, false, pgerr.New(pgerrcode.InvalidCatalogName, `database "%s" does not exist`, name)
		}
		_, ok := c.cluster.databaseByOID(oid)
		return oid, ok, nil
	case "schema":
		if byName {
			oid, ok := c.schemas[name]
			if !ok {
				return 0, false, pgerr.New(pgerrcode.InvalidSchemaName, `schema "%s" does not exist`, name)
			}
			return oid, true, nil
		}
		_, ok := c.schemaNames[oid]
		return oid, ok, nil
	case "function":
		if byName {
			oid, err = c.regprocedureIn(nil, name, path)
			return oid, err == nil, err
		}
		return oid, c.procs[oid] != nil, nil
	case "type":
		if byName {
			oid, err = c.parseType(name, path)
			return oid, err == nil, err
		}
		return oid, c.types[oid] != nil, nil
	case "language":
		return named("pg_language", "language")
	case "tablespace":
		return named("pg_tablespace", "tablespace")
	case "parameter":
		return 0, true, nil
	}
	if byName { // there are no servers or foreign-data wrappers
		return 0, false, undefined(strings.ReplaceAll(strings.ReplaceAll(kind, "_data_", "-data "), "_", " "))
	}
	return 0, false, nil
}
