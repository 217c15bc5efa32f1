package analyze

import (
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// typ looks for a type.
func (d *dropper) typ(tn *pg_query.TypeName, domain bool) (bool, error) {
	t, err := d.argType(tn)
	if t == nil {
		return false, err
	}
	if domain && t.Kind != 'd' {
		return false, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not a domain", typeName(tn))
	}
	return true, nil
}

// argType finds a type that a DROP names; nil, with what was to be said about
// it, if there is none (type_in_list_does_not_exist_skipping).
func (d *dropper) argType(tn *pg_query.TypeName) (*adt.Type, error) {
	schema, _, err := d.ps.splitName(names(tn.Names))
	if err != nil {
		return nil, err
	}
	if gone, err := d.schemaMissing(schema); gone || err != nil {
		return nil, err
	}
	t, err := d.ps.lookupType(tn)
	if t == nil && err == nil {
		err = d.missing(pgerrcode.UndefinedObject, "type \"%s\" does not exist", typeName(tn))
	}
	return t, err
}

// argTypes finds the types of arguments; ok if they are all there.
func (d *dropper) argTypes(list []*pg_query.Node) (types []OID, ok bool, err error) {
	for _, n := range list {
		if n.GetTypeName() == nil { // NONE
			types = append(types, 0)
			continue
		}
		t, err := d.argType(n.GetTypeName())
		if t == nil {
			return nil, false, err
		}
		types = append(types, t.OID)
	}
	return types, true, nil
}

// signature reads a name with argument types; ok is false where the schema or a
// type is missing.
func (d *dropper) signature(name []string, args []*pg_query.Node) (schema, last string, types []adt.OID, ok bool, err error) {
	if schema, last, err = d.ps.splitName(name); err != nil {
		return "", "", nil, false, err
	}
	if gone, err := d.schemaMissing(schema); gone || err != nil {
		return "", "", nil, false, err
	}
	types, ok, err = d.argTypes(args)
	return schema, last, types, ok, err
}

// routine looks for a function, procedure or aggregate, LookupFuncWithArgs.
func (d *dropper) routine(kind pg_query.ObjectType, o *pg_query.ObjectWithArgs) (bool, error) {
	name := names(o.Objname)
	schema, last, types, ok, err := d.signature(name, o.Objargs)
	if !ok {
		return false, err
	}
	what := strings.ToLower(objectName(kind))
	var found []*catalog.Proc
	for _, p := range d.ps.catalog.ProcsByName(schema, last, d.ps.path()) {
		if o.ArgsUnspecified && ofKind(kind, p.Kind) || !o.ArgsUnspecified && slices.Equal(p.ArgTypes, types) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return false, d.noRoutine(kind, o, name, types)
	case 1:
	default:
		return false, pgerr.New(pgerrcode.AmbiguousFunction, "%s name \"%s\" is not unique", what, dottedName(name)).
			Hintf("Specify the argument list to select the %s unambiguously.", what)
	}
	p, sig := found[0], d.ps.funcSignature(name, nil, types)
	switch {
	case kind == pg_query.ObjectType_OBJECT_FUNCTION && p.Kind == 'p':
		return false, pgerr.New(pgerrcode.WrongObjectType, "%s is not a function", sig)
	case kind == pg_query.ObjectType_OBJECT_FUNCTION && p.Kind == 'a':
		return false, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is an aggregate function", dottedName(name)).
			Hintf("Use DROP AGGREGATE to drop aggregate functions.")
	case kind == pg_query.ObjectType_OBJECT_PROCEDURE && p.Kind != 'p':
		return false, pgerr.New(pgerrcode.WrongObjectType, "%s is not a procedure", sig)
	case kind == pg_query.ObjectType_OBJECT_AGGREGATE && p.Kind != 'a':
		return false, pgerr.New(pgerrcode.WrongObjectType, "function %s is not an aggregate", sig)
	}
	return true, nil
}

// ofKind tells whether a routine is of the kind that a command without an
// argument list looks for.
func ofKind(kind pg_query.ObjectType, prokind byte) bool {
	switch kind {
	case pg_query.ObjectType_OBJECT_ROUTINE:
		return true
	case pg_query.ObjectType_OBJECT_PROCEDURE:
		return prokind == 'p'
	}
	return prokind != 'p'
}

func (d *dropper) noRoutine(kind pg_query.ObjectType, o *pg_query.ObjectWithArgs, name []string, types []OID) error {
	what := strings.ToLower(objectName(kind))
	if d.missingOK {
		var args []string
		for _, n := range o.Objargs {
			args = append(args, typeName(n.GetTypeName()))
		}
		d.skip(what + " " + dottedName(name) + "(" + strings.Join(args, ",") + ") does not exist")
		return nil
	}
	if kind == pg_query.ObjectType_OBJECT_ROUTINE {
		what = "function"
	}
	if o.ArgsUnspecified {
		article := "a"
		if what == "aggregate" {
			article = "an"
		}
		return pgerr.New(pgerrcode.UndefinedFunction, "could not find %s %s named \"%s\"", article, what, dottedName(name))
	}
	sig := d.ps.funcSignature(name, nil, types)
	if what == "aggregate" && len(types) == 0 {
		sig = dottedName(name) + "(*)"
	}
	return pgerr.New(pgerrcode.UndefinedFunction, "%s %s does not exist", what, sig)
}

// operator looks for an operator, LookupOperWithArgs.
func (d *dropper) operator(o *pg_query.ObjectWithArgs) (bool, error) {
	name := names(o.Objname)
	schema, last, types, ok, err := d.signature(name, o.Objargs)
	if !ok {
		return false, err
	}
	if types[1] == 0 && !d.missingOK {
		return false, pgerr.New(pgerrcode.SyntaxError, "postfix operators are not supported")
	}
	for _, p := range d.ps.catalog.OperatorsByName(schema, last, d.ps.path()) {
		if p.Left == types[0] && p.Right == types[1] {
			return true, nil
		}
	}
	if d.missingOK {
		d.skip("operator " + dottedName(name) + " does not exist")
		return false, nil
	}
	return false, pgerr.New(pgerrcode.UndefinedFunction, "operator does not exist: %s", d.ps.operSignature(name, types[0], types[1]))
}

// operatorClass looks for an operator class or family; the name of the access
// method comes first in the list, and has to be right.
func (d *dropper) operatorClass(kind pg_query.ObjectType, list []string) (bool, error) {
	method, list := list[0], list[1:]
	if !d.ps.catalog.HasObject("access method", "", method, nil) {
		return false, pgerr.New(pgerrcode.UndefinedObject, "access method \"%s\" does not exist", method)
	}
	schema, name, err := d.ps.splitName(list)
	if err != nil {
		return false, err
	}
	if gone, err := d.schemaMissing(schema); gone || err != nil {
		return false, err
	}
	if d.ps.catalog.HasOperatorClass(method, schema, name, kind == pg_query.ObjectType_OBJECT_OPFAMILY, d.ps.path()) {
		return true, nil
	}
	return false, d.missing(pgerrcode.UndefinedObject, "%s \"%s\" does not exist for access method \"%s\"",
		strings.ToLower(objectName(kind)), dottedName(list), method)
}

func (d *dropper) cast(from, to *pg_query.TypeName) (bool, error) {
	source, err := d.argType(from)
	if source == nil {
		return false, err
	}
	target, err := d.argType(to)
	if target == nil {
		return false, err
	}
	if d.ps.catalog.CastBetween(source.OID, target.OID) != nil {
		return true, nil
	}
	if d.missingOK {
		d.skip("cast from type " + typeName(from) + " to type " + typeName(to) + " does not exist")
		return false, nil
	}
	return false, pgerr.New(pgerrcode.UndefinedObject, "cast from type %s to type %s does not exist", d.ps.format(source.OID), d.ps.format(target.OID))
}

// transform looks for a transform; there is none.
func (d *dropper) transform(of *pg_query.TypeName, language string) (bool, error) {
	t, err := d.argType(of)
	if t == nil {
		return false, err
	}
	if !d.missingOK && !d.ps.catalog.HasObject("language", "", language, nil) {
		return false, pgerr.New(pgerrcode.UndefinedObject, "language \"%s\" does not exist", language)
	}
	if d.missingOK {
		d.skip("transform for type " + typeName(of) + " language \"" + language + "\" does not exist")
		return false, nil
	}
	return false, pgerr.New(pgerrcode.UndefinedObject, "transform for type %s language \"%s\" does not exist", d.ps.format(t.OID), language)
}
