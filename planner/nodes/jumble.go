package nodes

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"reflect"
	"slices"
)

// Jumbled is a query without its constants (queryjumblefuncs.c's JumbleState).
type Jumbled struct {
	ID     int64 // never 0; the same for queries that differ in constants alone
	Places []int // where constants stand in the text, in bytes, ascending
	Params int   // the highest $n
}

// Jumble tells queries apart by what they do: not by their constants, by how
// they are written, or by what is named in them that has an oid.
func Jumble(q *Query) Jumbled {
	j := jumble{hash: fnv.New64a()}
	j.value(reflect.ValueOf(q))
	j.out.ID = int64(j.hash.Sum64()) //nolint:gosec // its bits, as PostgreSQL shows them
	if j.out.ID == 0 {
		j.out.ID = 1
	}
	slices.Sort(j.out.Places)
	j.out.Places = slices.Compact(j.out.Places)
	return j.out
}

type jumble struct {
	hash hash.Hash64
	out  Jumbled
}

// unjumbled are fields that follow from others or that only say how a query is
// written (query_jumble_ignore), by type and name.
var unjumbled = map[string]bool{
	"TargetEntry.Name": true, "TargetEntry.OrigTable": true, "TargetEntry.OrigColumn": true,
	"RTE.Alias": true, "RTE.Columns": true, "RTE.JoinVars": true, "RTE.UsingAlias": true,
	"RangeFunction.Columns": true, "CTE.Columns": true, "CTE.RefCount": true, "WindowClause.Name": true, "WindowClause.RefName": true,
	"SetOperation.Columns": true, "SetOperation.Group": true, "SetOperation.LeftCoerce": true, "SetOperation.RightCoerce": true,
}

func (j *jumble) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			j.number(0)
			return
		}
		if v.Kind() == reflect.Pointer && j.node(v.Interface()) {
			return
		}
		j.value(v.Elem())
	case reflect.Struct:
		t := v.Type()
		_, _ = j.hash.Write([]byte(t.Name()))
		for i := range t.NumField() {
			f := t.Field(i)
			switch f.Name {
			case "Location", "Form", "Typmod", "Collation":
				continue
			}
			if f.IsExported() && !unjumbled[t.Name()+"."+f.Name] {
				j.value(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		j.number(uint64(v.Len())) //nolint:gosec // not negative
		for i := range v.Len() {
			j.value(v.Index(i))
		}
	case reflect.String:
		j.number(uint64(v.Len())) //nolint:gosec // not negative
		_, _ = j.hash.Write([]byte(v.String()))
	case reflect.Bool:
		if v.Bool() {
			j.number(1)
		} else {
			j.number(0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		j.number(uint64(v.Int())) //nolint:gosec // its bits
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		j.number(v.Uint())
	}
}

// node takes the nodes that are more, or less, than their fields.
func (j *jumble) node(n any) bool {
	switch n := n.(type) {
	case *Const:
		if n.Location >= 0 {
			j.out.Places = append(j.out.Places, n.Location)
		}
		j.number(uint64(n.Type))
	case *Param:
		if !n.Exec {
			j.out.Params = max(j.out.Params, n.Number)
		}
		return false
	case *Relation:
		j.number(uint64(n.OID))
	case *RTE:
		if n.Relation == nil { // a view's own query was written elsewhere
			return false
		}
		j.number(uint64(n.Relation.OID))
	default:
		return false
	}
	return true
}

func (j *jumble) number(n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	_, _ = j.hash.Write(b[:])
}
