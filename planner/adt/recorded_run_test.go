package adt

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// run makes a call and writes its result as a recording does.
func (w *recordedWorld) run(env *Env, c recCall) (out string) {
	defer func() {
		if r := recover(); r != nil {
			out = fmt.Sprintf("panic: %v", r)
		}
	}()
	if strings.HasPrefix(c.name, "@") {
		return w.runAgg(env, c)
	}
	f, ok := w.funcs[c.name]
	if !ok {
		return "no such routine"
	}
	_, want, _ := strings.Cut(c.result, "= ")
	setof := strings.HasPrefix(want, "setof ")
	resultName := (&recScanner{strings.TrimPrefix(want, "setof ")}).typeName()
	result := w.byName[resultName]
	call := &Call{Env: env, Name: c.name, Typmod: -1}
	if result != nil {
		call.Result = result.OID
	}
	args := make([]Datum, len(c.args))
	for i, a := range c.args {
		if a.typ == "internal" {
			b, err := parseHex(a.value.text)
			if err != nil {
				return err.Error()
			}
			ty := w.recv[c.name]
			d, err := ty.ReceiveBinary(env, b, -1)
			return formatRec(env, ty, d, err)
		}
		ty := w.byName[a.typ]
		if ty == nil {
			return "no type " + a.typ
		}
		call.Args = append(call.Args, ty.OID)
		call.Variadic = call.Variadic || a.variadic
		if ty.Collation != 0 {
			call.Collation = ty.Collation
		}
		if a.value.null {
			if w.strict[c.name] {
				return "= " + resultName + " NULL"
			}
			continue
		}
		d, err := ty.InputText(env, a.value.text, -1)
		if a.typ == "cstring" {
			d, err = a.value.text, nil
		}
		if err != nil {
			return formatRecError(err)
		}
		args[i] = d
	}
	if setof || f.Call == nil && f.Set != nil {
		var b strings.Builder
		b.WriteString("= setof " + resultName)
		for d, err := range f.Set(call, args) {
			if err != nil {
				return formatRecError(err)
			}
			v, err := textOf(env, result, d)
			if err != nil {
				return formatRecError(err)
			}
			b.WriteString(" " + v.String())
		}
		return b.String()
	}
	if f.Call == nil {
		return "not a function"
	}
	d, err := f.Call(call, args)
	if err == nil && strings.HasSuffix(c.name, "send") && len(c.args) == 1 && d != nil {
		ty := w.byName[c.args[0].typ]
		back, err := ty.ReceiveBinary(env, d.([]byte), -1)
		if err != nil {
			return "receive: " + formatRecError(err)
		}
		a, _ := textOf(env, ty, args[0])
		if b, _ := textOf(env, ty, back); a != b {
			return fmt.Sprintf("receive gave %s for %s", b, a)
		}
	}
	if result == nil {
		if err == nil {
			return "result type unknown"
		}
		return formatRecError(err)
	}
	return formatRec(env, result, d, err)
}

// runAgg runs an aggregate over columns of arguments, or for @@ over frames of two rows.
func (w *recordedWorld) runAgg(env *Env, c recCall) string {
	r, err := w.aggregation(env, c)
	if err != nil {
		return formatRecError(err)
	}
	if r == nil {
		return "no such aggregate"
	}
	state, err := r.start()
	if err != nil {
		return formatRecError(err)
	}
	out := "= setof " + r.result.Name
	for row := range r.columns[0] {
		if r.moving && row >= 2 {
			if state, err = r.remove(state, row-2); err != nil {
				return formatRecError(err)
			}
		}
		if state, err = r.step(r.trans, state, row); err != nil {
			return formatRecError(err)
		}
		if r.moving {
			v, err := r.finish(state)
			if err != nil {
				return formatRecError(err)
			}
			out += " " + v.String()
		}
	}
	if r.moving {
		return out
	}
	v, err := r.finish(state)
	if err != nil {
		return formatRecError(err)
	}
	return "= " + r.result.Name + " " + v.String()
}

// recAggregation is an aggregate on its way over columns of arguments.
type recAggregation struct {
	w                  *recordedWorld
	env                *Env
	call               *Call
	columns            [][]Datum
	moving             bool
	trans, final, minv string // minv "-": there is none
	init               recValue
	transType, result  *Type
}

// aggregation prepares one; nil: there is no such aggregate.
func (w *recordedWorld) aggregation(env *Env, c recCall) (*recAggregation, error) {
	name := strings.TrimLeft(c.name, "@")
	call := &Call{Env: env, Name: name, Typmod: -1, Agg: true, Args: []OID{0}}
	r := &recAggregation{w: w, env: env, call: call, moving: strings.HasPrefix(c.name, "@@")}
	var types []string
	for _, a := range c.args {
		ty := w.byName[a.typ]
		d, err := ty.InputText(env, a.value.text, -1)
		if err != nil {
			return nil, err
		}
		elem := w.byOID[ty.Elem]
		types = append(types, elem.Name)
		call.Args = append(call.Args, ty.Elem)
		if elem.Collation != 0 {
			call.Collation = elem.Collation
		}
		r.columns = append(r.columns, d.(*Array).Values)
	}
	anys := strings.TrimSuffix(strings.Repeat("any,", len(types)), ",")
	for _, args := range []string{strings.Join(types, ","), anys, "anyelement", "anynonarray"} {
		agg, ok := w.aggs[name+"("+args+")"]
		if !ok {
			continue
		}
		r.trans, r.final, r.minv, r.init, r.transType = agg.trans, agg.final, "-", agg.init, w.byName[agg.transType]
		if r.moving && agg.mtrans != "-" {
			r.trans, r.final, r.minv, r.init, r.transType = agg.mtrans, agg.mfinal, agg.minv, agg.minit, w.byName[agg.mtransType]
		}
		r.result = w.byName[agg.result]
		call.Args[0], call.Result = r.transType.OID, r.result.OID
		return r, nil
	}
	return nil, nil
}

// step has a transition function take a row.
func (r *recAggregation) step(fn string, state Datum, row int) (Datum, error) {
	args := []Datum{state}
	for _, col := range r.columns {
		if col[row] == nil && r.w.strict[fn] {
			return state, nil
		}
		args = append(args, col[row])
	}
	if state == nil && r.w.strict[fn] {
		return args[1], nil
	}
	return r.w.funcs[fn].Call(r.call, args)
}

// remove takes a row back out, or begins again with the next.
func (r *recAggregation) remove(state Datum, row int) (Datum, error) {
	if r.minv != "-" {
		state, err := r.step(r.minv, state, row)
		if err != nil || state != nil {
			return state, err
		}
	}
	state, err := r.start()
	if err != nil {
		return nil, err
	}
	return r.step(r.trans, state, row+1)
}

// start makes the state before any row.
func (r *recAggregation) start() (Datum, error) {
	if r.init.null {
		return nil, nil
	}
	return r.transType.InputText(r.env, r.init.text, -1)
}

// finish makes the result of a state.
func (r *recAggregation) finish(state Datum) (recValue, error) {
	if r.final != "-" {
		if state == nil && r.w.strict[r.final] {
			return recValue{null: true}, nil
		}
		var err error
		if state, err = r.w.funcs[r.final].Call(r.call, []Datum{state}); err != nil {
			return recValue{}, err
		}
	}
	return textOf(r.env, r.result, state)
}

func parseHex(s string) ([]byte, error) {
	s = strings.TrimPrefix(s, `\x`)
	b := make([]byte, len(s)/2)
	for i := range b {
		v, err := strconv.ParseUint(s[2*i:2*i+2], 16, 8)
		if err != nil {
			return nil, err
		}
		b[i] = byte(v)
	}
	return b, nil
}

func textOf(env *Env, ty *Type, d Datum) (recValue, error) {
	if d == nil {
		return recValue{null: true}, nil
	}
	if ty.Name == "cstring" {
		return recValue{text: d.(string)}, nil
	}
	b, err := ty.TextEncoder(env)(nil, d)
	return recValue{text: string(b)}, err
}

func formatRec(env *Env, ty *Type, d Datum, err error) string {
	if err != nil {
		return formatRecError(err)
	}
	v, err := textOf(env, ty, d)
	if err != nil {
		return formatRecError(err)
	}
	return "= " + ty.Name + " " + v.String()
}

func formatRecError(err error) string {
	e := pgerr.From(err)
	return formatRecFields(e.Code, e.Message, e.Detail, e.Hint)
}

func formatRecFields(code, message, detail, hint string) string {
	s := "! " + code + " " + message
	if detail != "" {
		s += " | DETAIL: " + detail
	}
	if hint != "" {
		s += " | HINT: " + hint
	}
	return strings.ReplaceAll(s, "\n", `\n`)
}
