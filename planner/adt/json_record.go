package adt

import (
	"fmt"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// json(b)_populate_record(set) and json(b)_to_record(set) (jsonfuncs.c).

func jsonRecordFuncs() Funcs {
	return Funcs{
		"json_populate_record":     Raw(func(c *Call, a []Datum) (Datum, error) { return populateRecord(c, "json_populate_record", a[0], a[1]) }),
		"jsonb_populate_record":    Raw(func(c *Call, a []Datum) (Datum, error) { return populateRecord(c, "jsonb_populate_record", a[0], a[1]) }),
		"json_to_record":           Raw(func(c *Call, a []Datum) (Datum, error) { return populateRecord(c, "json_to_record", nil, a[0]) }),
		"jsonb_to_record":          Raw(func(c *Call, a []Datum) (Datum, error) { return populateRecord(c, "jsonb_to_record", nil, a[0]) }),
		"json_populate_recordset":  Set(func(c *Call, a []Datum) seq { return populateRecordset(c, "json_populate_recordset", a[0], a[1]) }),
		"jsonb_populate_recordset": Set(func(c *Call, a []Datum) seq { return populateRecordset(c, "jsonb_populate_recordset", a[0], a[1]) }),
		"json_to_recordset":        Set(func(c *Call, a []Datum) seq { return populateRecordset(c, "json_to_recordset", nil, a[0]) }),
		"jsonb_to_recordset":       Set(func(c *Call, a []Datum) seq { return populateRecordset(c, "jsonb_to_recordset", nil, a[0]) }),
	}
}

// jsonTree gives a json or jsonb as a tree, whose nodes have their parts of one text.
func jsonTree(c *Call, d Datum) (*jsonNode, error) {
	if j, ok := d.(*JSONB); ok {
		text, err := jsonbOut(c, nil, j)
		if err != nil {
			return nil, err
		}
		return parseJSON(c.Env, stringOf(text))
	}
	return parseJSON(c.Env, d.(string))
}

// populateDesc finds the columns of the result: those of a given record, of the
// argument's type, or of the call.
func populateDesc(c *Call, fn string, base Datum) (*RowDesc, error) {
	if r, ok := base.(*Record); ok {
		return r.Desc, nil
	}
	if len(c.Args) > 1 && c.Args[0] != RecordOID && c.Args[0] != 0 {
		t, err := baseTypeOf(c, c.Args[0])
		if err != nil {
			return nil, err
		}
		if t.Desc == nil {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "first argument of %s must be a row type", fn)
		}
		return t.Desc, nil
	}
	if c.Desc != nil {
		return c.Desc, nil
	}
	e := pgerr.New(pgerrcode.FeatureNotSupported, "could not determine row type for result of %s", fn)
	return nil, e.Hintf("Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
}

func populateRecord(c *Call, fn string, base, doc Datum) (Datum, error) {
	desc, err := populateDesc(c, fn, base)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return base, nil
	}
	n, err := jsonTree(c, doc)
	if err != nil {
		return nil, err
	}
	r, _ := base.(*Record)
	return populateRow(c, desc, r, n)
}

// jsonPlace says where in a document a value is, for hints.
type jsonPlace struct {
	key  string
	subs []int
}

func (p jsonPlace) hint() string {
	subs := ""
	for _, s := range p.subs {
		subs += fmt.Sprintf("[%d]", s)
	}
	switch {
	case subs == "" && p.key == "":
		return ""
	case subs == "":
		return fmt.Sprintf(`See the value of key "%s".`, p.key)
	case p.key == "":
		return fmt.Sprintf("See the array element %s.", subs)
	}
	return fmt.Sprintf(`See the array element %s of key "%s".`, subs, p.key)
}

// populateRow makes a record of an object; columns that it lacks come from base.
func populateRow(c *Call, desc *RowDesc, base *Record, n *jsonNode) (*Record, error) {
	if n.kind != JSONObject {
		return nil, errJSONParam("cannot call %s on %s", "populate_composite", pick(n.kind == JSONArray, "an array", "a scalar"))
	}
	if base != nil && len(n.vals) == 0 {
		return base, nil
	}
	r := &Record{Desc: desc, Values: make(Row, len(desc.Fields))}
	for i, f := range desc.Fields {
		if f.Dropped {
			continue
		}
		v := n.get(f.Name)
		if v == nil && base != nil {
			r.Values[i] = base.Values[i]
			continue
		}
		var err error
		if r.Values[i], err = populateField(c, f.Type, f.Typmod, v, jsonPlace{key: f.Name}); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// populateField is populate_record_field.
func populateField(c *Call, typ OID, typmod int32, n *jsonNode, at jsonPlace) (Datum, error) {
	t, err := typeOf(c, typ)
	if err != nil {
		return nil, err
	}
	null := n == nil || n.kind == JSONNull
	switch {
	case t.Base != 0:
		v, err := populateField(c, t.Base, t.BaseTypmod, n, at)
		if err != nil {
			return nil, err
		}
		return v, CheckDomain(t, typeName(c.Env, t), v)
	case null:
		return nil, nil
	case t.IsArray:
		return populateArray(c, t, typmod, n, at)
	case t.Kind == 'c' || t.OID == RecordOID:
		if n.kind == JSONString {
			return t.InputText(c.Env, n.str, typmod)
		}
		if t.Desc == nil {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "record type has not been registered")
		}
		return populateRow(c, t.Desc, nil, n)
	}
	text := n.raw
	if n.kind == JSONString && t.OID != JSONOID && t.OID != JSONBOID {
		text = n.str
	}
	return t.InputText(c.Env, text, typmod)
}

func populateArray(c *Call, t *Type, typmod int32, n *jsonNode, at jsonPlace) (Datum, error) {
	if n.kind == JSONString {
		return t.InputText(c.Env, n.str, typmod)
	}
	expected := func(at jsonPlace) error {
		return &pgerr.Error{Code: pgerrcode.InvalidTextRepresentation, Message: "expected JSON array", Hint: at.hint()}
	}
	if n.kind != JSONArray {
		return nil, expected(at)
	}
	// The depth is that of the first elements.
	var dims []ArrayDim
	for d := n; d.kind == JSONArray; d = d.vals[0] {
		dims = append(dims, ArrayDim{Len: int32(len(d.vals)), Lower: 1})
		if len(d.vals) == 0 {
			break
		}
	}
	if len(dims) > maxDim {
		return nil, errArrayDims(len(dims))
	}
	out := &Array{Elem: t.Elem}
	malformed := func() error {
		return pgerr.New(pgerrcode.InvalidTextRepresentation, "malformed JSON array").
			Detailf("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	var walk func(n *jsonNode, d int, at jsonPlace) error
	walk = func(n *jsonNode, d int, at jsonPlace) error {
		if len(n.vals) != int(dims[d].Len) {
			return malformed()
		}
		for i, v := range n.vals {
			place := jsonPlace{at.key, append(append([]int(nil), at.subs...), i)}
			if d == len(dims)-1 {
				e, err := populateField(c, t.Elem, typmod, v, place)
				if err != nil {
					return err
				}
				out.Values = append(out.Values, e)
				continue
			}
			if v.kind != JSONArray {
				return expected(place)
			}
			if err := walk(v, d+1, place); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(n, 0, at); err != nil {
		return nil, err
	}
	if len(out.Values) > 0 {
		out.Dims = dims
	}
	return out, nil
}

func populateRecordset(c *Call, fn string, base, doc Datum) seq {
	return func(yield func(Datum, error) bool) {
		desc, err := populateDesc(c, fn, base)
		if err == nil && doc == nil {
			return
		}
		var n *jsonNode
		if err == nil {
			n, err = jsonTree(c, doc)
		}
		if err == nil && n.kind != JSONArray {
			_, binary := doc.(*JSONB)
			switch {
			case binary:
				err = errJSONParam("cannot call %s on a non-array", fn)
			case n.kind == JSONObject:
				err = errJSONParam("cannot call %s on an object", fn)
			default:
				err = errJSONParam("cannot call %s on a scalar", fn)
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		rec, _ := base.(*Record)
		for _, v := range n.vals {
			if v.kind != JSONObject {
				yield(nil, errJSONParam("argument of %s must be an array of objects", fn))
				return
			}
			r, err := populateRow(c, desc, rec, v)
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}
