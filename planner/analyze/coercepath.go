package analyze

import (
	"github.com/flowgres/flowgres/planner/adt"
)

// coercionPath is how one type's values become another's, PostgreSQL's
// CoercionPathType.
type coercionPath uint8

const (
	pathNone    coercionPath = iota
	pathFunc                 // by a cast function
	pathRelabel              // as they stand
	pathArray                // element by element
	pathIO                   // through text
)

// coercionPath finds how to coerce between two types in a context, and the
// function to use where that is the way (find_coercion_pathway).
func (ps *ParseState) coercionPath(to, from OID, ctx CoercionContext) (coercionPath, OID) {
	from, to = ps.catalog.BaseType(from), ps.catalog.BaseType(to)
	if from == to {
		return pathRelabel, 0
	}
	if c := ps.catalog.CastBetween(from, to); c != nil {
		need := CoerceExplicit
		switch c.Context {
		case 'a':
			need = CoerceAssignment
		case 'i':
			need = CoerceImplicit
		}
		if ctx < need {
			return pathNone, 0
		}
		switch c.Method {
		case 'f':
			return pathFunc, c.Func
		case 'i':
			return pathIO, 0
		}
		return pathRelabel, 0
	}
	// Vectors look like arrays, but subscripts and output would be off.
	if to != adt.OIDVectorOID && to != adt.Int2VectorOID {
		te, fe := ps.elemType(to), ps.elemType(from)
		if te != 0 && fe != 0 {
			if path, _ := ps.coercionPath(te, fe, ctx); path != pathNone {
				return pathArray, 0
			}
		}
	}
	if ctx >= CoerceAssignment && ps.category(to) == 'S' || ctx >= CoerceExplicit && ps.category(from) == 'S' {
		return pathIO, 0
	}
	return pathNone, 0
}

// typmodPath finds the function that forces a typmod on a type's values,
// find_typmod_coercion_function.
func (ps *ParseState) typmodPath(typ OID) (coercionPath, OID) {
	path := pathFunc
	if e := ps.elemType(typ); e != 0 {
		typ, path = e, pathArray
	}
	c := ps.catalog.CastBetween(typ, typ)
	if c == nil || c.Func == 0 {
		return pathNone, 0
	}
	return path, c.Func
}

// format is format_type_be.
func (ps *ParseState) format(typ OID) string { return ps.catalog.FormatType(typ, -1) }

// baseTypmod looks through domains: the type one is over and the typmod that
// the innermost domain asks for (getBaseTypeAndTypmod).
func (ps *ParseState) baseTypmod(typ OID, typmod int32) (OID, int32) {
	for {
		t := ps.catalog.TypeByOID(typ)
		if t == nil || t.Kind != 'd' {
			return typ, typmod
		}
		typ, typmod = t.Base, t.BaseTypmod
	}
}

// elemType is the element type of a true array type, else 0 (get_element_type).
func (ps *ParseState) elemType(typ OID) OID {
	if t := ps.catalog.TypeByOID(typ); t != nil && t.IsArray {
		return t.Elem
	}
	return 0
}

// category is the type category, 'X' for unknown types.
func (ps *ParseState) category(typ OID) byte {
	if t := ps.catalog.TypeByOID(typ); t != nil {
		return t.Category
	}
	return 'X'
}

// preferred tells whether the type is preferred in a category, IsPreferredType.
func (ps *ParseState) preferred(category byte, typ OID) bool {
	t := ps.catalog.TypeByOID(typ)
	return t != nil && (t.Category == category || category == 0) && t.Preferred
}

// isComplex tells whether the type is composite or a domain over one.
func (ps *ParseState) isComplex(typ OID) bool {
	t := ps.catalog.TypeByOID(ps.catalog.BaseType(typ))
	return t != nil && t.Relation != 0
}

func (ps *ParseState) isComplexArray(typ OID) bool {
	e := ps.elemType(typ)
	return e != 0 && ps.isComplex(e)
}

// typeKind is typtype, 0 for unknown types.
func (ps *ParseState) typeKind(typ OID) byte {
	var t *adt.Type
	if t = ps.catalog.TypeByOID(typ); t == nil {
		return 0
	}
	return t.Kind
}
