package analyze

import (
	"slices"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Params are the parameter types of a statement: given by the client, or 0 and
// then inferred from the context, PostgreSQL's parse_param.c.
type Params struct {
	Types []OID // index n-1 is $n
	Fixed bool  // no further parameters may appear
}

// maxParams bounds parameter numbers. The protocol can bind 65,535 of them, but
// a statement with more can be prepared and described.
const maxParams = 1 << 20

// maxParamNumber is the largest parameter number that PostgreSQL knows.
const maxParamNumber = 0x3fffffff / 4

// transformParamRef resolves $n, of a type that is there: whatever takes the
// parameter looks at its type, but for a test for null, which tells of it at Bind.
func (ps *ParseState) transformParamRef(n *pg_query.ParamRef) (nodes.Expr, error) {
	p, err := ps.param(n)
	if err != nil {
		return nil, err
	}
	if ps.catalog.TypeByOID(p.Type) == nil {
		return nil, pgerr.Internal("cache lookup failed for type %d", p.Type)
	}
	return p, nil
}

// param resolves $n (variable_paramref_hook).
func (ps *ParseState) param(n *pg_query.ParamRef) (*nodes.Param, error) {
	p, num, loc := ps.params, int(n.Number), int(n.Location)
	if num > maxParams && num <= maxParamNumber && !p.Fixed {
		return nil, p.undetermined() // PostgreSQL would say so at the end
	}
	if num <= 0 || num > maxParamNumber || p.Fixed && (num > len(p.Types) || p.Types[num-1] == 0) {
		return nil, noParam(num).At(loc)
	}
	for len(p.Types) < num {
		p.Types = append(p.Types, 0)
	}
	if p.Types[num-1] == 0 {
		p.Types[num-1] = adt.UnknownOID
	}
	typ := p.Types[num-1]
	return &nodes.Param{Number: num, Type: typ, Typmod: -1, Collation: ps.typeCollation(typ), Location: loc}, nil
}

func noParam(num int) *pgerr.Error {
	return pgerr.New(pgerrcode.UndefinedParameter, "there is no parameter $%d", num)
}

// coerce gives a parameter of unknown type the type that its context wants,
// changing the node; done tells that it was one (variable_coerce_param_hook).
func (p *Params) coerce(ps *ParseState, e *nodes.Param, to OID, loc int) (done bool, err error) {
	if p.Fixed || e.Exec || e.Type != adt.UnknownOID {
		return false, nil
	}
	if e.Number > len(p.Types) {
		return false, noParam(e.Number).At(e.Location)
	}
	switch typ := &p.Types[e.Number-1]; *typ {
	case adt.UnknownOID:
		*typ = to
	case to:
	default:
		return false, pgerr.New(pgerrcode.AmbiguousParameter, "inconsistent types deduced for parameter $%d", e.Number).
			Detailf("%s versus %s", ps.format(*typ), ps.format(to)).At(e.Location)
	}
	e.Type, e.Typmod, e.Collation = to, -1, ps.typeCollation(to)
	e.Location = leftmost(loc, e.Location)
	return true, nil
}

// check makes sure that all parameters got one type: each place where one
// stands the same (check_variable_parameters), and all numbers one at all.
func (p *Params) check(q *nodes.Query) error {
	if p.Fixed {
		return nil
	}
	var err error
	if len(p.Types) > 0 && q != nil {
		walkQueryLevels(q, 0, func(e nodes.Expr, _ int) bool {
			x, ok := e.(*nodes.Param)
			if ok && !x.Exec && err == nil {
				switch {
				case x.Number > len(p.Types):
					err = noParam(x.Number).At(x.Location)
				case x.Type != p.Types[x.Number-1]:
					err = pgerr.New(pgerrcode.AmbiguousParameter, "could not determine data type of parameter $%d", x.Number).At(x.Location)
				}
			}
			return err == nil
		})
	}
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(p.Types, unresolved); i >= 0 {
		return p.undetermined()
	}
	return nil
}

func unresolved(typ OID) bool { return typ == 0 || typ == adt.UnknownOID }

// undetermined is the error for the first parameter without a type.
func (p *Params) undetermined() error {
	i := slices.IndexFunc(p.Types, unresolved)
	if i < 0 {
		i = len(p.Types)
	}
	return pgerr.New(pgerrcode.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
}

// copyParams copies an expression that is used more than once, so that each
// use gives its parameters their own types.
func copyParams(e nodes.Expr) nodes.Expr {
	return nodes.Rewrite(e, func(x nodes.Expr) (nodes.Expr, bool) {
		if p, ok := x.(*nodes.Param); ok {
			c := *p
			return &c, true
		}
		return nil, false
	})
}
