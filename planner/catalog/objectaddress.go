package catalog

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// objectRef is what pg_get_object_address is asked for.
type objectRef struct {
	kind        string
	names, args []string
	path        []string
}

// objectKind is how pg_get_object_address reads its lists for a kind of object.
type objectKind struct {
	typeName, typeArgs bool // the only name is a type's; all arguments are
	exact, least, args int  // how many names there must be, exactly or at least, and how many arguments; 0 for any
	find               func(*Catalog, *objectRef) (class, obj OID, sub int32, err error)
}

// unaddressed are kinds that PostgreSQL has names for but no addresses.
var unaddressed = []string{
	"toast table", "composite type", "index column", "sequence column", "toast table column", "view column",
	"materialized view column", "composite type column", "role membership",
}

// objectAddresses are the kinds that have addresses. What there is none of here is
// looked for where PostgreSQL does, for the error that it would give.
var objectAddresses map[string]objectKind

func init() {
	one := func(find func(*Catalog, *objectRef) (OID, OID, int32, error)) objectKind {
		return objectKind{exact: 1, find: find}
	}
	all := map[string]objectKind{
		"table column":         {find: (*Catalog).columnAddress},
		"foreign table column": {find: (*Catalog).columnAddress},
		"default value":        {find: (*Catalog).defaultAddress},
		"type":                 {typeName: true, find: (*Catalog).typeAddress},
		"cast":                 {typeName: true, typeArgs: true, args: 1, find: (*Catalog).castAddress},
		"domain constraint":    {typeName: true, args: 1, find: (*Catalog).domainConstraintAddress},
		"transform":            {typeName: true, args: 1, find: (*Catalog).transformAddress},
		"schema": one(func(c *Catalog, o *objectRef) (OID, OID, int32, error) {
			return found(namespaceClass)(c.regnamespaceIn(o.names, "", nil))
		}),
		"role": one(func(c *Catalog, o *objectRef) (OID, OID, int32, error) {
			return found(authClass)(c.regroleIn(o.names, "", nil))
		}),
		"database":        one((*Catalog).databaseAddress),
		"large object":    {exact: 1, find: (*Catalog).largeObjectAddress},
		"collation":       {find: (*Catalog).collationAddress},
		"function":        {typeArgs: true, find: (*Catalog).routineAddress},
		"aggregate":       {typeArgs: true, find: (*Catalog).routineAddress},
		"procedure":       {typeArgs: true, find: (*Catalog).routineAddress},
		"operator":        {typeArgs: true, args: 2, find: (*Catalog).operatorAddress},
		"operator class":  {least: 2, find: (*Catalog).familyAddress},
		"operator family": {least: 2, find: (*Catalog).familyAddress},

		"operator of access method": {typeArgs: true, least: 3, args: 2, find: (*Catalog).memberAddress},
		"function of access method": {typeArgs: true, least: 3, args: 2, find: (*Catalog).memberAddress},
		"default acl":               {args: 1, find: (*Catalog).defaultACLAddress},
		"user mapping":              {exact: 1, args: 1, find: (*Catalog).userMappingAddress},
		"publication relation":      {args: 1, find: (*Catalog).publicationAddress},
		"publication namespace":     {exact: 1, args: 1, find: (*Catalog).publicationAddress},
		"statistics object":         {find: (*Catalog).statisticsAddress},
	}
	for kind := range relationWords {
		all[kind] = objectKind{find: (*Catalog).relationAddress}
	}
	for kind := range relationParts {
		all[kind] = objectKind{find: (*Catalog).partAddress}
	}
	for _, s := range simpleClasses {
		k := objectKind{find: (*Catalog).simpleAddress}
		if objectKinds[s[0]][1] == "" {
			k.exact = 1
		}
		all[s[1]] = k
	}
	for _, kind := range []string{"event trigger", "foreign-data wrapper", "server", "parameter ACL", "publication", "subscription"} {
		all[kind] = one(func(_ *Catalog, o *objectRef) (OID, OID, int32, error) {
			return 0, 0, 0, errNoObject(o.kind, o.names[0])
		})
	}
	objectAddresses = all
}

// found pairs what was looked up with its class.
func found(class OID) func(OID, error) (OID, OID, int32, error) {
	return func(obj OID, err error) (OID, OID, int32, error) {
		if err != nil {
			return 0, 0, 0, err
		}
		return class, obj, 0, nil
	}
}

func errNoObject(kind, name string) error {
	return pgerr.New(pgerrcode.UndefinedObject, "%s \"%s\" does not exist", kind, name)
}

func errListLength(list, how string, n int) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "%s list length must be %s %d", list, how, n)
}

// address is get_object_address for what pg_get_object_address names; names and
// args are text[].
func (c *Catalog) address(kind string, names, args *adt.Array, path []string) (class, obj OID, sub int32, err error) {
	if slices.Contains(unaddressed, kind) {
		return 0, 0, 0, pgerr.New(pgerrcode.InvalidParameterValue, "unsupported object type \"%s\"", kind)
	}
	k, ok := objectAddresses[kind]
	if !ok {
		return 0, 0, 0, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized object type \"%s\"", kind)
	}
	o := &objectRef{kind: kind, path: path}
	if err := o.readNames(k, names); err != nil {
		return 0, 0, 0, err
	}
	if o.args, err = stringList(args); err != nil {
		return 0, 0, 0, err
	}
	if k.typeArgs {
		for _, a := range o.args {
			if _, err := parseTypeName(a); err != nil {
				return 0, 0, 0, err
			}
		}
	}
	late := k.exact == 1 && k.args == 0 // these are counted after what arguments there must be
	switch {
	case k.exact > 0 && !late && len(o.names) != k.exact:
		err = errListLength("name", "exactly", k.exact)
	case len(o.names) < k.least:
		err = errListLength("name", "at least", k.least)
	case k.args > 0 && len(o.args) != k.args:
		err = errListLength("argument", "exactly", k.args)
	case late && len(o.names) != k.exact:
		err = errListLength("name", "exactly", k.exact)
	}
	if err != nil {
		return 0, 0, 0, err
	}
	return k.find(c, o)
}

// readNames reads the list of names: one type's, one large object's or at least
// one. Whether the type is there is seen after everything has been counted.
func (o *objectRef) readNames(k objectKind, names *adt.Array) (err error) {
	large := o.kind == "large object"
	if k.typeName || large {
		if len(names.Values) != 1 {
			return errListLength("name", "exactly", 1)
		}
		if large && names.Values[0] == nil {
			return pgerr.New(pgerrcode.InvalidParameterValue, "large object OID may not be null")
		}
	}
	if o.names, err = stringList(names); err != nil {
		return err
	}
	if k.typeName {
		if _, err := parseTypeName(o.names[0]); err != nil {
			return err
		}
	}
	if len(o.names) == 0 {
		return errListLength("name", "at least", 1)
	}
	return nil
}

// stringList takes a text[] apart.
func stringList(a *adt.Array) (out []string, err error) {
	for _, v := range a.Values {
		s, ok := v.(string)
		if !ok {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "name or argument lists may not contain nulls")
		}
		out = append(out, s)
	}
	return out, nil
}
