package analyze

import (
	"math"
	"reflect"

	"github.com/flowgres/flowgres/planner/nodes"
)

// equalExpr tells whether two expressions are the same but for where and how
// they were written, PostgreSQL's equal().
func equalExpr(a, b nodes.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if v, ok := a.(*nodes.Var); ok {
		w, ok := b.(*nodes.Var)
		return ok && v.RTE == w.RTE && v.Attno == w.Attno && v.LevelsUp == w.LevelsUp && v.Type == w.Type && v.Typmod == w.Typmod && v.Collation == w.Collation
	}
	return equalValue(reflect.ValueOf(a), reflect.ValueOf(b))
}

func equalValue(a, b reflect.Value) bool {
	if a.IsValid() != b.IsValid() {
		return false
	}
	if !a.IsValid() {
		return true
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return a.Pointer() == b.Pointer() || equalValue(a.Elem(), b.Elem())
	case reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return equalValue(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !equalValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		switch a.Type() {
		case reflect.TypeFor[nodes.Const]():
			return equalConst(a.Addr().Interface().(*nodes.Const), b.Addr().Interface().(*nodes.Const))
		case reflect.TypeFor[nodes.Relation]():
			return a.FieldByName("OID").Uint() == b.FieldByName("OID").Uint()
		}
		for i := range a.NumField() {
			switch a.Type().Field(i).Name {
			case "Location", "Form", "OrigTable", "OrigColumn":
				continue
			}
			if !equalValue(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Comparable() && b.Comparable() && a.Equal(b)
}

func equalConst(a, b *nodes.Const) bool {
	if a.Type != b.Type || a.Typmod != b.Typmod || a.Collation != b.Collation {
		return false
	}
	switch x := a.Value.(type) { // by bits, as datumIsEqual: NaN is itself
	case float32:
		y, ok := b.Value.(float32)
		return ok && math.Float32bits(x) == math.Float32bits(y)
	case float64:
		y, ok := b.Value.(float64)
		return ok && math.Float64bits(x) == math.Float64bits(y)
	}
	return reflect.DeepEqual(a.Value, b.Value)
}
