package catalog

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// procData is what deparsing needs of a pg_proc row beyond Proc.
type procData struct {
	parallel                   byte
	secdef, leakproof, sqlBody bool
	support                    OID
	config                     []string
	probin                     *string
	src                        string
}

// procData reads the rest of a routine's row.
func (c *Catalog) loadProcData() map[OID]procData {
	d := load("pg_proc")
	out := make(map[OID]procData, len(c.procs))
	var (
		parallel, secdef, leakproof = d.col("proparallel"), d.col("prosecdef"), d.col("proleakproof")
		support, config, probin     = d.col("prosupport"), d.col("proconfig"), d.col("probin")
		sqlbody, src                = d.col("prosqlbody"), d.col("prosrc")
	)
	d.each(func(r row) {
		out[r.oid(0)] = procData{
			r.char(parallel), r.bool(secdef), r.bool(leakproof), !r.isNull(sqlbody),
			r.oid(support), r.texts(config), r.textPtr(probin), r.text(src),
		}
	})
	return out
}

// functionFuncs deparse routines (ruleutils.c).
func (c *Catalog) functionFuncs() adt.Funcs {
	proc := func(f func(call *adt.Call, p *Proc) (adt.Datum, error)) adt.Func {
		return adt.Func{Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			p := c.procs[a[0].(OID)]
			if p == nil {
				return nil, nil
			}
			return f(call, p)
		}}
	}
	return adt.Funcs{
		"pg_get_functiondef": proc(c.functionDef),
		"pg_get_function_arguments": proc(func(call *adt.Call, p *Proc) (adt.Datum, error) {
			return c.functionArgs(p, false, true, path(call)), nil
		}),
		"pg_get_function_identity_arguments": proc(func(call *adt.Call, p *Proc) (adt.Datum, error) {
			return c.functionArgs(p, false, false, path(call)), nil
		}),
		"pg_get_function_result": proc(func(call *adt.Call, p *Proc) (adt.Datum, error) {
			if p.Kind == 'p' {
				return nil, nil
			}
			return c.functionResult(p, path(call)), nil
		}),
		"pg_get_function_sqlbody": proc(func(_ *adt.Call, p *Proc) (adt.Datum, error) {
			if !c.procData()[p.OID].sqlBody {
				return nil, nil
			}
			return p.Src, nil
		}),
		"pg_get_function_arg_default": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			p := c.procs[a[0].(OID)]
			n := int(a[1].(int32))
			if p == nil || n < 1 {
				return nil, nil
			}
			in := 0
			for i, m := range c.argModes(p) {
				if isInput(m) {
					in++
				}
				if i+1 == n {
					if k := in - 1 - (len(p.ArgTypes) - p.Defaults); isInput(m) && k >= 0 && k < len(p.DefaultSQL) {
						return p.DefaultSQL[k], nil
					}
				}
			}
			return nil, nil
		}},
	}
}

func isInput(mode byte) bool { return mode == 'i' || mode == 'b' || mode == 'v' }

// argModes gives the mode of each of a routine's parameters.
func (c *Catalog) argModes(p *Proc) []byte {
	if p.ArgModes != nil {
		return p.ArgModes
	}
	return []byte(strings.Repeat("i", len(p.ArgTypes)))
}

// functionArgs is print_function_arguments.
func (c *Catalog) functionArgs(p *Proc, tableArgs, defaults bool, path []string) string {
	types := p.AllTypes
	if types == nil {
		types = p.ArgTypes
	}
	modes := c.argModes(p)
	order := -1
	if a := c.aggregates[p.OID]; a != nil && a.Kind != 'n' {
		order = a.DirectArgs
	}
	var b strings.Builder
	printed, inputs := 0, 0
	for i := 0; i < len(types); i++ {
		mode := modes[i]
		word := ""
		switch mode {
		case 'i':
			if p.Kind == 'p' {
				word = "IN "
			}
		case 'b':
			word = "INOUT "
		case 'o':
			word = "OUT "
		case 'v':
			word = "VARIADIC "
		}
		if isInput(mode) {
			inputs++
		}
		if (mode == 't') != tableArgs {
			continue
		}
		if printed == order {
			if printed > 0 {
				b.WriteByte(' ')
			}
			b.WriteString("ORDER BY ")
		} else if printed > 0 {
			b.WriteString(", ")
		}
		b.WriteString(word)
		if i < len(p.ArgNames) && p.ArgNames[i] != "" {
			b.WriteString(quoteIdent(p.ArgNames[i]) + " ")
		}
		b.WriteString(c.formatType(types[i], -1, false, path))
		if k := inputs - 1 - (len(p.ArgTypes) - p.Defaults); defaults && isInput(mode) && k >= 0 && k < len(p.DefaultSQL) {
			b.WriteString(" DEFAULT " + p.DefaultSQL[k])
		}
		printed++
		if printed == order && i == len(types)-1 { // the direct argument of a variadic one is also what is ordered
			i--
			defaults = false
		}
	}
	return b.String()
}

// functionResult is print_function_rettype.
func (c *Catalog) functionResult(p *Proc, path []string) string {
	if p.RetSet && strings.IndexByte(string(p.ArgModes), 't') >= 0 {
		return "TABLE(" + c.functionArgs(p, true, false, path) + ")"
	}
	s := c.formatType(p.RetType, -1, false, path)
	if p.RetSet {
		s = "SETOF " + s
	}
	return s
}

// functionDef is pg_get_functiondef.
func (c *Catalog) functionDef(call *adt.Call, p *Proc) (adt.Datum, error) {
	if p.Kind == 'a' {
		return nil, pgerr.New(pgerrcode.WrongObjectType, `"%s" is an aggregate function`, p.Name)
	}
	d := c.procData()[p.OID]
	var b strings.Builder
	kind, tag := "FUNCTION", "function"
	if p.Kind == 'p' {
		kind, tag = "PROCEDURE", "procedure"
	}
	b.WriteString("CREATE OR REPLACE " + kind + " " + qualified(p.Schema, p.Name) + "(" + c.functionArgs(p, false, true, path(call)) + ")\n")
	if p.Kind != 'p' {
		b.WriteString(" RETURNS " + c.functionResult(p, path(call)) + "\n")
	}
	b.WriteString(" LANGUAGE " + quoteIdent(c.objectsOf("pg_language").byOID[p.Language].name) + "\n")
	before := b.Len()
	word := func(on bool, s string) {
		if on {
			b.WriteString(" " + s)
		}
	}
	word(p.Kind == 'w', "WINDOW")
	word(p.Volatile == 'i', "IMMUTABLE")
	word(p.Volatile == 's', "STABLE")
	word(d.parallel == 's', "PARALLEL SAFE")
	word(d.parallel == 'r', "PARALLEL RESTRICTED")
	word(p.Strict, "STRICT")
	word(d.secdef, "SECURITY DEFINER")
	word(d.leakproof, "LEAKPROOF")
	cost := 100.0
	if p.Language == 12 || p.Language == 13 {
		cost = 1
	}
	word(p.Cost != cost, "COST "+strconv.FormatFloat(p.Cost, 'g', 6, 64))
	word(p.Rows > 0 && p.Rows != 1000, "ROWS "+strconv.FormatFloat(p.Rows, 'g', 6, 64))
	if s := c.procs[d.support]; s != nil {
		schema := s.Schema
		if c.procVisible(s, path(call)) {
			schema = ""
		}
		word(true, "SUPPORT "+qualified(schema, s.Name))
	}
	if b.Len() != before {
		b.WriteByte('\n')
	}
	for _, set := range d.config {
		name, value, _ := strings.Cut(set, "=")
		b.WriteString(" SET " + quoteIdent(name) + " TO " + quoteLiteral(value) + "\n")
	}
	if d.sqlBody {
		b.WriteString(p.Src + "\n")
		return b.String(), nil
	}
	b.WriteString("AS ")
	if d.probin != nil {
		b.WriteString(quoteLiteral(*d.probin) + ", ")
	}
	for strings.Contains(d.src, "$"+tag) {
		tag += "x"
	}
	b.WriteString("$" + tag + "$" + d.src + "$" + tag + "$\n")
	return b.String(), nil
}

// quoteLiteral is simple_quote_literal.
func quoteLiteral(s string) string {
	q := "'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + q
	}
	return q
}
