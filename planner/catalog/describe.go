package catalog

import (
	"fmt"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// describeFuncs put objects in words (objectaddress.c).
func (c *Catalog) describeFuncs() adt.Funcs {
	return adt.Funcs{
		"pg_describe_object": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			class, obj, sub := a[0].(OID), a[1].(OID), a[2].(int32)
			if class == 0 && obj == 0 {
				return nil, nil
			}
			s, ok, err := c.describe(class, obj, sub, path(call))
			if err != nil || !ok {
				return nil, err
			}
			return s, nil
		}},
	}
}

// describe is getObjectDescription; ok is false for an object that is not there.
func (c *Catalog) describe(class, obj OID, sub int32, path []string) (string, bool, error) {
	if err := checkClass(class, sub); err != nil {
		return "", false, err
	}
	if _, ok := unusedClasses[class]; ok {
		return "", false, nil
	}
	name := func(catalog string) (object, bool) {
		o, ok := c.objectsOf(catalog).byOID[obj]
		return o, ok
	}
	visibleName := func(catalog, what string) (string, bool, error) {
		s, ok := c.objectOut(catalog)(obj, path)
		return what + " " + s, ok, nil
	}
	plain := func(catalog, what string) (string, bool, error) {
		o, ok := name(catalog)
		return what + " " + o.name, ok, nil
	}
	switch class {
	case classClass:
		s, ok := c.describeClass(obj, path)
		if !ok || sub == 0 {
			return s, ok, nil
		}
		for _, a := range c.allColumns(obj) {
			if int32(a.num) == sub {
				return "column " + a.name + " of " + s, true, nil
			}
		}
		return "", false, nil
	case procClass:
		s, ok := c.formatProcedure(obj, path)
		return "function " + s, ok, nil
	case typeClass:
		return "type " + c.formatType(obj, -1, false, path), c.types[obj] != nil, nil
	case namespaceClass:
		n, ok := c.schemaNames[obj]
		return "schema " + n, ok, nil
	case authClass:
		n, ok := c.cluster.roles.Load().byOID[obj]
		return "role " + n, ok, nil
	case databaseClass:
		d, ok := c.cluster.databaseByOID(obj)
		return "database " + d.Name, ok, nil
	case constraintClass:
		o, ok := name("pg_constraint")
		if !ok {
			return "", false, nil
		}
		if o.extra == 0 {
			return "constraint " + o.name, true, nil
		}
		on, _ := c.describeClass(o.extra, path)
		return "constraint " + o.name + " on " + on, true, nil
	case rewriteClass:
		o, ok := name("pg_rewrite")
		on, _ := c.describeClass(o.extra, path)
		return "rule " + o.name + " on " + on, ok, nil
	case 2617:
		s, ok := c.formatOperator(obj, path)
		return "operator " + s, ok, nil
	case 3456:
		s, ok := c.regcollationOut(obj, path)
		return "collation " + s, ok, nil
	case 2612:
		return plain("pg_language", "language")
	case 2601:
		return plain("pg_am", "access method")
	case 1213:
		return plain("pg_tablespace", "tablespace")
	case 3079:
		return plain("pg_extension", "extension")
	case 2607:
		return visibleName("pg_conversion", "conversion")
	case 3602:
		return visibleName("pg_ts_config", "text search configuration")
	case 3600:
		return visibleName("pg_ts_dict", "text search dictionary")
	case 3601:
		return visibleName("pg_ts_parser", "text search parser")
	case 3764:
		return visibleName("pg_ts_template", "text search template")
	case 2616, 2753:
		catalog, what := "pg_opclass", "operator class"
		if class == 2753 {
			catalog, what = "pg_opfamily", "operator family"
		}
		o, ok := name(catalog)
		s, _, _ := visibleName(catalog, what)
		return s + " for access method " + c.objectsOf("pg_am").byOID[o.extra].name, ok, nil
	case amopClass, amprocClass:
		m, ok := c.familyMember(class, obj)
		if !ok {
			return "", false, nil
		}
		family, _, err := c.describe(2753, m.family, 0, path)
		if err != nil {
			return "", false, err
		}
		does, _ := c.formatProcedure(m.does, path)
		if class == amopClass {
			does, _ = c.formatOperator(m.does, path)
		}
		left, right := c.formatType(m.left, -1, false, path), c.formatType(m.right, -1, false, path)
		return fmt.Sprintf("%s %d (%s, %s) of %s: %s", m.what, m.number, left, right, family, does), true, nil
	case 1261:
		s, ok := c.membership(obj)
		return s, ok, nil
	case 2605:
		for _, k := range c.casts {
			if k.OID == obj {
				return fmt.Sprintf("cast from %s to %s", c.formatType(k.Source, -1, false, path), c.formatType(k.Target, -1, false, path)), true, nil
			}
		}
		return "", false, nil
	}
	return "", false, pgerr.New(pgerrcode.InternalError, "unrecognized object class: %d", class)
}

// membership puts a row of pg_auth_members in words.
func (c *Catalog) membership(oid OID) (string, bool) {
	get, ok := c.tableRow("pg_auth_members", "oid", oid)
	if !ok {
		return "", false
	}
	names := c.cluster.roles.Load().byOID
	return "membership of role " + names[get("member").(OID)] + " in role " + names[get("roleid").(OID)], true
}

// describeClass is getRelationDescription.
func (c *Catalog) describeClass(oid OID, path []string) (string, bool) {
	k, ok := c.classes().byOID[oid]
	if !ok {
		return "", false
	}
	what := map[byte]string{'r': "table", 'i': "index", 't': "toast table", 'v': "view"}[k.kind]
	s, _ := c.regclassOut(oid, path)
	return what + " " + s, true
}

// member is a row of pg_amop or pg_amproc.
type member struct {
	what                     string // operator or function
	oid, family, left, right OID
	number                   int16
	does                     OID // the operator or function itself
}

// membersWith gives the rows of pg_amop or pg_amproc with an oid in a column.
func (c *Catalog) membersWith(class OID, column string, oid OID) []member {
	what, catalog, names := "operator", "pg_amop", []string{"amopfamily", "amoplefttype", "amoprighttype", "amopstrategy", "amopopr"}
	if class == amprocClass {
		what, catalog = "function", "pg_amproc"
		names = []string{"amprocfamily", "amproclefttype", "amprocrighttype", "amprocnum", "amproc"}
	}
	if column == "family" {
		column = names[0]
	}
	var out []member
	for _, get := range c.tableRowsWith(catalog, column, oid) {
		out = append(out, member{
			what: what, oid: get("oid").(OID), family: get(names[0]).(OID), left: get(names[1]).(OID), right: get(names[2]).(OID),
			number: get(names[3]).(int16), does: get(names[4]).(OID),
		})
	}
	return out
}

// familyMember finds what a row of pg_amop or pg_amproc tells.
func (c *Catalog) familyMember(class, obj OID) (member, bool) {
	if found := c.membersWith(class, "oid", obj); len(found) > 0 {
		return found[0], true
	}
	return member{what: pick(class == amprocClass, "function", "operator")}, false
}
