package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// path is the effective search path.
func (ps *ParseState) path() []string { return ps.env.SearchPath }

// database is the name of the database that the statement runs in.
func (ps *ParseState) database() string { return ps.catalog.Database().Name }

// splitName takes a possibly qualified name apart, DeconstructQualifiedName.
func (ps *ParseState) splitName(name []string) (schema, last string, err error) {
	switch len(name) {
	case 1:
		return "", name[0], nil
	case 2:
		return name[0], name[1], nil
	case 3:
		if name[0] != ps.database() {
			return "", "", pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: %s", dottedName(name))
		}
		return name[1], name[2], nil
	}
	return "", "", pgerr.New(pgerrcode.SyntaxError, "improper qualified name (too many dotted names): %s", dottedName(name))
}

// splitExisting is splitName that fails when the schema does not exist,
// LookupExplicitNamespace. Of its errors that alone has a position.
func (ps *ParseState) splitExisting(name []string, loc int) (schema, last string, err error) {
	if schema, last, err = ps.splitName(name); err != nil || schema == "" {
		return schema, last, err
	}
	if _, ok := ps.catalog.SchemaByName(schema); !ok {
		return "", "", pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", schema).At(loc)
	}
	return schema, last, nil
}

// typeName writes a type's name as the statement gave it, TypeNameToString.
func typeName(tn *pg_query.TypeName) string {
	var b strings.Builder
	b.WriteString(dottedName(names(tn.Names)))
	if tn.PctType {
		b.WriteString("%TYPE")
	}
	if len(tn.ArrayBounds) > 0 {
		b.WriteString("[]")
	}
	return b.String()
}

// typeOf resolves a type name with its modifiers, typenameTypeIdMod.
func (ps *ParseState) typeOf(tn *pg_query.TypeName) (*adt.Type, int32, error) {
	loc := int(tn.Location)
	t, err := ps.lookupType(tn)
	if err != nil {
		return nil, 0, err
	}
	if t == nil {
		return nil, 0, pgerr.New(pgerrcode.UndefinedObject, "type \"%s\" does not exist", typeName(tn)).By("typenameType").At(loc)
	}
	typmod, err := ps.typmodOf(tn, t)
	if err != nil {
		return nil, 0, err
	}
	return t, typmod, nil
}

// lookupType finds the type of a name, nil when there is none (LookupTypeName).
func (ps *ParseState) lookupType(tn *pg_query.TypeName) (*adt.Type, error) {
	if tn.PctType {
		return nil, pgerr.Unsupported("%s references are not supported", "%TYPE")
	}
	if len(tn.Names) == 0 {
		return ps.catalog.TypeByOID(OID(tn.TypeOid)), nil
	}
	schema, name, err := ps.splitExisting(names(tn.Names), int(tn.Location))
	if err != nil {
		return nil, err
	}
	t := ps.catalog.TypeByName(schema, name, ps.path())
	if t != nil && len(tn.ArrayBounds) > 0 {
		return ps.catalog.TypeByOID(t.Array), nil
	}
	return t, nil
}

// typmodOf runs a type's modifiers through its typmod input, typenameTypeMod.
func (ps *ParseState) typmodOf(tn *pg_query.TypeName, t *adt.Type) (int32, error) {
	loc := int(tn.Location)
	if len(tn.Typmods) == 0 {
		if len(tn.Names) > 0 && tn.Typemod == 0 {
			return -1, nil
		}
		return tn.Typemod, nil
	}
	in := t
	if e := ps.catalog.TypeByOID(t.Elem); t.IsArray && e != nil {
		in = e // array types name their element's
	}
	if in.TypmodIn == nil || in.TypmodIn.Call == nil {
		if ps.hasTypmod(in) {
			return 0, pgerr.Unsupported("modifiers of type %s are not supported", in.Name)
		}
		return 0, pgerr.New(pgerrcode.SyntaxError, "type modifier is not allowed for type \"%s\"", typeName(tn)).At(loc)
	}
	values := make([]adt.Datum, len(tn.Typmods))
	for i, n := range tn.Typmods {
		s, ok := typmodText(n)
		if !ok {
			return 0, pgerr.New(pgerrcode.SyntaxError, "type modifiers must be simple constants or identifiers").At(loc)
		}
		values[i] = s
	}
	c := &adt.Call{Env: ps.env, Name: in.Name, Args: []OID{adt.CStringArrayOID}, Result: adt.Int4OID, Typmod: -1}
	defer ps.noticesAt(loc)()
	d, err := in.TypmodIn.Call(c, []adt.Datum{adt.NewArray(adt.CStringOID, values)})
	if err != nil {
		return 0, pgerr.Place(err, loc)
	}
	return d.(int32), nil
}

// hasTypmod tells for a type without a typmod input body whether PostgreSQL
// has one.
func (ps *ParseState) hasTypmod(t *adt.Type) bool {
	switch t.OID {
	case adt.BpcharOID, adt.VarcharOID, adt.TimeOID, adt.TimestampOID, adt.TimestamptzOID, adt.IntervalOID, adt.TimetzOID, adt.BitOID, adt.VarbitOID, adt.NumericOID:
		return true
	}
	return false
}

func typmodText(n *pg_query.Node) (string, bool) {
	if c := n.GetAConst(); c != nil {
		switch v := c.Val.(type) {
		case *pg_query.A_Const_Ival:
			return itoa(int(v.Ival.Ival)), true
		case *pg_query.A_Const_Fval:
			return v.Fval.Fval, true
		case *pg_query.A_Const_Sval:
			return v.Sval.Sval, true
		}
		return "", false
	}
	if c := n.GetColumnRef(); c != nil && len(c.Fields) == 1 {
		if s := c.Fields[0].GetString_(); s != nil {
			return s.Sval, true
		}
	}
	return "", false
}

// lookupCollation finds a collation by name.
func (ps *ParseState) lookupCollation(name []string, loc int) (OID, error) {
	schema, last, err := ps.splitExisting(name, loc)
	if err != nil {
		return 0, pgerr.Place(err, loc)
	}
	c := ps.catalog.CollationByName(schema, last, ps.path())
	if c == nil && strings.HasSuffix(last, "-x-icu") {
		return 0, pgerr.Unsupported("collation \"%s\" of ICU is not supported", last).At(loc)
	}
	if c == nil {
		return 0, pgerr.New(pgerrcode.UndefinedObject, "collation \"%s\" for encoding \"%s\" does not exist", dottedName(name), "UTF8").At(loc)
	}
	return c.OID, nil
}

// columnDefCollation is the collation of a column definition, GetColumnDefCollation.
func (ps *ParseState) columnDefCollation(cd *pg_query.ColumnDef, typ OID) (OID, error) {
	own := ps.typeCollation(typ)
	coll, loc := own, int(cd.Location)
	if cd.CollClause != nil {
		loc = int(cd.CollClause.Location)
		var err error
		if coll, err = ps.lookupCollation(names(cd.CollClause.Collname), loc); err != nil {
			return 0, err
		}
	}
	if coll != 0 && own == 0 {
		return 0, pgerr.New(pgerrcode.DatatypeMismatch, "collations are not supported by type %s", ps.format(typ)).At(loc)
	}
	return coll, nil
}
