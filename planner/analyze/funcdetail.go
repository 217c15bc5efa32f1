package analyze

import (
	"slices"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// funcKind is what func_get_detail finds a call to be.
type funcKind uint8

const (
	funcNotFound funcKind = iota
	funcMultiple
	funcNormal
	funcProcedure
	funcAggregate
	funcWindow
	funcCoercion // a cast written as a call of the type
)

// funcDetail is the routine that a call means.
type funcDetail struct {
	kind     funcKind
	proc     *catalog.Proc
	target   *adt.Type // of a coercion
	declared []OID     // types of the arguments, defaults after
	order    []int     // which parameter each is; nil: as they stand
	nvargs   int       // arguments that go into the VARIADIC array
	defaults int
}

// funcDetail looks a call up: exact match, coercion, then the best of the
// candidates that fit (func_get_detail). literal: its one argument is a literal of type
// unknown, which a type's name then always casts.
func (ps *ParseState) funcDetail(name []string, argNames []string, types []OID, literal, expandVariadic bool, loc int) (funcDetail, error) {
	schema, last, err := ps.splitExisting(name, loc)
	if err != nil {
		return funcDetail{}, err
	}
	all := ps.funcCandidates(schema, last, len(types), argNames, expandVariadic)
	var best *funcCandidate
	for _, c := range all {
		if slices.Equal(c.args[:len(types)], types) {
			best = c
			break
		}
	}
	if best == nil {
		if len(types) == 1 && len(argNames) == 0 {
			if t := ps.typeAsFunction(schema, last); t != nil && (literal || ps.isCoercionCall(t.OID, types[0])) {
				return funcDetail{kind: funcCoercion, target: t}, nil
			}
		}
		switch list := ps.matchArgTypes(types, all); len(list) {
		case 0:
			return funcDetail{}, nil
		case 1:
			best = list[0]
		default:
			if best = ps.selectCandidate(types, list); best == nil {
				return funcDetail{kind: funcMultiple}, nil
			}
		}
	}
	if best.oid == 0 {
		return funcDetail{kind: funcMultiple}, nil
	}
	// VARIADIC with names must go with the variadic parameter itself.
	if n := len(types); len(argNames) > 0 && !expandVariadic && n > 0 && best.order[n-1] != n-1 {
		return funcDetail{}, nil
	}
	p := ps.catalog.ProcByOID(best.oid)
	d := funcDetail{proc: p, declared: slices.Clone(best.args), order: best.order, nvargs: best.variadic, defaults: best.defaults}
	switch p.Kind {
	case 'a':
		d.kind = funcAggregate
	case 'p':
		d.kind = funcProcedure
	case 'w':
		d.kind = funcWindow
	default:
		d.kind = funcNormal
	}
	return d, nil
}

// typeAsFunction is FuncNameAsType: the type of a name, if it is no row type.
func (ps *ParseState) typeAsFunction(schema, name string) *adt.Type {
	t := ps.catalog.TypeByName(schema, name, ps.path())
	if t == nil || t.Relation != 0 {
		return nil
	}
	return t
}

// isCoercionCall tells whether type(arg) is a cast: where the cast is no
// function of its own. Rows become text only by a real function, as column notation could mean
// that too.
func (ps *ParseState) isCoercionCall(to, from OID) bool {
	switch path, _ := ps.coercionPath(to, from, CoerceExplicit); path {
	case pathRelabel:
		return true
	case pathIO:
		return !((from == adt.RecordOID || ps.isComplex(from)) && ps.category(to) == 'S')
	}
	return false
}

// funcCandidates lists the routines of a name that can take the number and
// names of arguments, FuncnameGetCandidates. Named arguments come last.
func (ps *ParseState) funcCandidates(schema, name string, nargs int, argNames []string, expandVariadic bool) []*funcCandidate {
	var out []*funcCandidate
	path := ps.path()
	for _, p := range ps.catalog.ProcsByName(schema, name, path) {
		c := &funcCandidate{oid: p.OID, path: slices.Index(path, p.Schema)}
		n := len(p.ArgTypes)
		if len(argNames) > 0 {
			// Arguments that are spread over a VARIADIC parameter have no names.
			if p.Variadic != 0 && expandVariadic {
				continue
			}
			var ok bool
			if c.order, ok = matchNamed(p, nargs, argNames); !ok {
				continue
			}
			c.defaults = n - nargs
			for _, i := range c.order {
				c.args = append(c.args, p.ArgTypes[i])
			}
		} else {
			variadic := expandVariadic && p.Variadic != 0 && n <= nargs
			if n > nargs && n <= nargs+p.Defaults {
				c.defaults = n - nargs
			}
			if n != nargs && !variadic && c.defaults == 0 {
				continue
			}
			c.args = slices.Clone(p.ArgTypes)
			if variadic {
				c.variadic = max(n, nargs) - n + 1
				c.args = c.args[:n-1]
				for range c.variadic {
					c.args = append(c.args, p.Variadic)
				}
			}
		}
		out = addCandidate(out, c, nargs)
	}
	return out
}

// addCandidate adds c unless another takes the same arguments: then the
// earlier schema wins, after it the one not variadic, and others are ambiguous.
func addCandidate(list []*funcCandidate, c *funcCandidate, nargs int) []*funcCandidate {
	for i, o := range list {
		if !slices.Equal(o.args[:nargs], c.args[:nargs]) {
			continue
		}
		switch {
		case c.path > o.path:
		case c.path < o.path:
			list[i] = c
		case c.variadic > 0 && o.variadic == 0:
		case c.variadic == 0 && o.variadic > 0:
			list[i] = c
		default:
			o.oid = 0
		}
		return list
	}
	return append(list, c)
}

// matchNamed finds which parameter each argument is, with those that take
// defaults after (MatchNamedCall).
func matchNamed(p *catalog.Proc, nargs int, argNames []string) ([]int, bool) {
	n := len(p.ArgTypes)
	if nargs > n || nargs+p.Defaults < n || len(p.ArgNames) == 0 {
		return nil, false
	}
	// Names of the input parameters.
	var params []string
	for i, name := range p.ArgNames {
		if len(p.ArgModes) == 0 || p.ArgModes[i] == 'i' || p.ArgModes[i] == 'b' || p.ArgModes[i] == 'v' {
			params = append(params, name)
		}
	}
	order := make([]int, 0, n)
	used := make([]bool, n)
	for i := range nargs - len(argNames) {
		order = append(order, i)
		used[i] = true
	}
	for _, name := range argNames {
		i := slices.Index(params, name)
		if name == "" || i < 0 || i >= n || used[i] {
			return nil, false
		}
		order = append(order, i)
		used[i] = true
	}
	for i := range n {
		if used[i] {
			continue
		}
		if i < n-p.Defaults {
			return nil, false
		}
		order = append(order, i)
	}
	return order, true
}

// funcSignature writes a call with its argument types, func_signature_string.
func (ps *ParseState) funcSignature(name []string, argNames []string, types []OID) string {
	var b strings.Builder
	b.WriteString(dottedName(name) + "(")
	for i, t := range types {
		if i > 0 {
			b.WriteString(", ")
		}
		if k := i - (len(types) - len(argNames)); k >= 0 {
			b.WriteString(argNames[k] + " => ")
		}
		b.WriteString(ps.format(t))
	}
	return b.String() + ")"
}

// defaultArg resolves the default expression of a routine's parameter.
func (ps *ParseState) defaultArg(p *catalog.Proc, param int) (nodes.Expr, error) {
	text := "SELECT " + p.DefaultSQL[param-(len(p.ArgTypes)-p.Defaults)]
	raw, err := Parse(text)
	if err != nil {
		return nil, err
	}
	in := newParseState(ps.catalog, ps.env, text, &Params{Fixed: true})
	e, err := in.transformExpr(raw[0].Node.GetSelectStmt().TargetList[0].GetResTarget().Val, KindFunctionDefault)
	if err != nil {
		return nil, err
	}
	if typ := p.ArgTypes[param]; !isPolymorphic(typ) {
		if e, err = in.coerceToTargetType(e, exprType(e), typ, -1, CoerceAssignment, nodes.ImplicitForm, -1); err != nil {
			return nil, err
		}
	}
	nodes.Walk(e, unplace)
	return e, in.assignExprCollations(e)
}

// unplace takes the location off a node of a default: it is none in the
// statement.
func unplace(e nodes.Expr) bool {
	switch e := e.(type) {
	case *nodes.Const:
		e.Location = -1
	case *nodes.FuncExpr:
		e.Location = -1
	case *nodes.OpExpr:
		e.Location = -1
	case *nodes.RelabelType:
		e.Location = -1
	case *nodes.CoerceViaIO:
		e.Location = -1
	case *nodes.ArrayExpr:
		e.Location = -1
	case *nodes.ArrayCoerceExpr:
		e.Location = -1
	case *nodes.SQLValueFunction:
		e.Location = -1
	}
	return true
}
