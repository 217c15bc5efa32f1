package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// pg_input_is_valid() and pg_input_error_info() (misc.c).

// typeParser is what these routines also want of Env.Types: the catalog offers
// it.
type typeParser interface {
	ParseType(text string, path []string) (t *Type, typmod int32, err error)
}

func inputCheckFuncs() Funcs {
	return Funcs{
		"pg_input_is_valid": C2(func(c *Call, s, typ string) (bool, error) {
			bad, err := checkInput(c, s, typ)
			return bad == nil, err
		}),
		"pg_input_error_info": Raw(func(c *Call, a []Datum) (Datum, error) {
			bad, err := checkInput(c, a[0].(string), a[1].(string))
			if err != nil {
				return nil, err
			}
			r := &Record{Desc: c.Desc, Values: make(Row, 4)}
			if r.Desc == nil {
				r.Desc = &RowDesc{Type: RecordOID}
				for _, n := range []string{"message", "detail", "hint", "sql_error_code"} {
					r.Desc.Fields = append(r.Desc.Fields, Field{Name: n, Type: TextOID, Typmod: -1})
				}
			}
			if bad != nil {
				for i, s := range []string{bad.Message, bad.Detail, bad.Hint, bad.Code} {
					if s != "" {
						r.Values[i] = s
					}
				}
			}
			return r, nil
		}),
	}
}

// checkInput runs a type's input function; bad is its complaint.
func checkInput(c *Call, s, name string) (bad *pgerr.Error, err error) {
	p, ok := c.Env.Types.(typeParser)
	if !ok {
		return nil, pgerr.Unsupported("type names in %s are not supported", c.Name)
	}
	t, typmod, err := p.ParseType(name, c.Env.SearchPath)
	if err != nil {
		return nil, err
	}
	if _, err := t.InputText(c.Env, s, typmod); err != nil {
		e := pgerr.From(err)
		if e.Thrown || e.Code == pgerrcode.FeatureNotSupported || strings.HasPrefix(e.Code, "XX") {
			return nil, e
		}
		return e, nil
	}
	return nil, nil
}
