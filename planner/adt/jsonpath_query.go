package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func newPathExec(c *Call, a []Datum, tz bool) (*jpExec, *JSONPath, bool, error) {
	path := a[1].(*JSONPath)
	x := &jpExec{call: c, root: jpVal{j: a[0].(*JSONB)}, lax: !path.strict, lenient: !path.strict, size: -1, tz: tz}
	x.current = x.root
	silent := true
	if len(a) > 2 {
		x.vars = a[2].(*JSONB)
		silent = a[3].(bool)
		if x.vars.Kind != JSONObject {
			return nil, nil, false, pgerr.New(pgerrcode.InvalidParameterValue, `"vars" argument is not an object`).
				Detailf(`Jsonpath parameters should be encoded as key-value pairs of "vars" object.`)
		}
		x.ids = 1
	}
	x.quiet = silent
	return x, path, silent, nil
}

func jsonPathExists(c *Call, a []Datum, tz bool) (Datum, error) {
	x, path, silent, err := newPathExec(c, a, tz)
	if err != nil {
		return nil, err
	}
	x.probe = x.lax
	found, err := x.collect(path, x.lax)
	if err != nil {
		if silent && soft(err) {
			return nil, nil
		}
		return nil, hard(err)
	}
	return len(found) > 0, nil
}

func jsonPathMatch(c *Call, a []Datum, tz bool) (Datum, error) {
	x, path, silent, err := newPathExec(c, a, tz)
	if err != nil {
		return nil, err
	}
	found, err := x.collect(path, false)
	if err != nil {
		if silent && soft(err) {
			found = nil
		} else {
			return nil, hard(err)
		}
	}
	if len(found) == 1 && found[0].j != nil {
		switch found[0].j.Kind {
		case JSONBool:
			return found[0].j.Bool, nil
		case JSONNull:
			return nil, nil
		}
	}
	if !silent {
		return nil, pgerr.New(pgerrcode.SingletonSQLJSONItemRequired, "single boolean result is expected")
	}
	return nil, nil
}

// jsonPathAll gives all items that a path selects; silent errors give none.
func jsonPathAll(c *Call, a []Datum, tz bool) ([]*JSONB, error) {
	x, path, silent, err := newPathExec(c, a, tz)
	if err != nil {
		return nil, err
	}
	found, err := x.collect(path, false)
	if err != nil && !(silent && soft(err)) {
		return nil, hard(err)
	}
	out := make([]*JSONB, len(found))
	for i, v := range found {
		if out[i], err = x.json(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func jsonPathQuery(c *Call, a []Datum, tz bool) seq {
	return func(yield func(Datum, error) bool) {
		vals, err := jsonPathAll(c, a, tz)
		for _, v := range vals {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// json gives an item as jsonb.
func (x *jpExec) json(v jpVal) (*JSONB, error) {
	if v.dt == nil {
		return v.j, nil
	}
	c := x.call
	if v.tz != nil {
		env := *c.Env
		env.TimeZone = v.tz
		c = &Call{Env: &env}
	}
	b, err := isoText(c, nil, datetimeType(v.dt), v.dt)
	return JSONBString(string(b)), err
}
