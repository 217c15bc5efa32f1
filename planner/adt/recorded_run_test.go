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

func (w *recordedWorld) runAgg(env *Env, c recCall) string {
	name := strings.TrimLeft(c.name, "@")
	moving := strings.HasPrefix(c.name, "@@")
	var types []string
	var columns [][]Datum
	call := &Call{Env: env, Name: name, Typmod: -1, Agg: true, Args: []OID{0}}
	for _, a := range c.args {
		ty := w.byName[a.typ]
		d, err := ty.InputText(env, a.value.text, -1)
		if err != nil {
			return formatRecError(err)
		}
		types = append(types, w.byOID[ty.Elem].Name)
		call.Args = append(call.Args, ty.Elem)
		if col := w.byOID[ty.Elem].Collation; col != 0 {
			call.Collation = col
		}
		columns = append(columns, d.(*Array).Values)
	}
	agg, ok := w.aggs[name+"("+strings.Join(types, ",")+")"]
	if !ok {
		agg, ok = w.aggs[name+"("+strings.TrimSuffix(strings.Repeat("any,", len(types)), ",")+")"]
	}
	for _, poly := range []string{"anyelement", "anynonarray"} {
		if !ok {
			agg, ok = w.aggs[name+"("+poly+")"]
		}
	}
	if !ok {
		return "no such aggregate"
	}
	transType := w.byName[agg.transType]
	trans, final, init := agg.trans, agg.final, agg.init
	if moving && agg.mtrans != "-" {
		trans, final, init, transType = agg.mtrans, agg.mfinal, agg.minit, w.byName[agg.mtransType]
	}
	call.Args[0] = transType.OID
	result := w.byName[agg.result]
	call.Result = result.OID
	step := func(fn string, state Datum, row int) (Datum, error) {
		args := []Datum{state}
		for _, col := range columns {
			if col[row] == nil && w.strict[fn] {
				return state, nil
			}
			args = append(args, col[row])
		}
		if state == nil && w.strict[fn] {
			return args[1], nil
		}
		return w.funcs[fn].Call(call, args)
	}
	start := func() (Datum, error) {
		if init.null {
			return nil, nil
		}
		return transType.InputText(env, init.text, -1)
	}
	finish := func(state Datum) (recValue, error) {
		if final != "-" {
			if state == nil && w.strict[final] {
				return recValue{null: true}, nil
			}
			var err error
			if state, err = w.funcs[final].Call(call, []Datum{state}); err != nil {
				return recValue{}, err
			}
		}
		return textOf(env, result, state)
	}
	state, err := start()
	if err != nil {
		return formatRecError(err)
	}
	out := "= setof " + result.Name
	for row := range columns[0] {
		if moving && row >= 2 {
			restart := agg.mtrans == "-"
			if !restart {
				if state, err = step(agg.minv, state, row-2); err != nil {
					return formatRecError(err)
				}
				restart = state == nil
			}
			if restart {
				if state, err = start(); err != nil {
					return formatRecError(err)
				}
				if state, err = step(trans, state, row-1); err != nil {
					return formatRecError(err)
				}
			}
		}
		if state, err = step(trans, state, row); err != nil {
			return formatRecError(err)
		}
		if moving {
			v, err := finish(state)
			if err != nil {
				return formatRecError(err)
			}
			out += " " + v.String()
		}
	}
	if moving {
		return out
	}
	v, err := finish(state)
	if err != nil {
		return formatRecError(err)
	}
	return "= " + result.Name + " " + v.String()
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
