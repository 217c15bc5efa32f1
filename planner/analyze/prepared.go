package analyze

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Prepare is PREPARE.
type Prepare struct {
	plain
	Name       string
	ParamTypes []OID // as given; 0: to be inferred
	Raw        *RawStmt
	Statement  *Analyzed
}

// CommandTag is PREPARE.
func (*Prepare) CommandTag() string { return "PREPARE" }

func (u *utilityContext) prepare(s *pg_query.PrepareStmt) (Utility, error) {
	if s.Name == "" {
		return nil, pgerr.New(pgerrcode.InvalidSQLStatementName, "invalid statement name: must not be empty")
	}
	p := &Prepare{Name: s.Name}
	ps := u.state()
	for _, n := range s.Argtypes {
		t, _, err := ps.typeOf(n.GetTypeName())
		if err != nil {
			return nil, err
		}
		p.ParamTypes = append(p.ParamTypes, t.OID)
	}
	raw := *u.raw
	raw.Node = s.Query
	p.Raw = &raw
	if sel := s.Query.GetSelectStmt(); sel != nil && selectInto(sel) != nil {
		return nil, pgerr.New(pgerrcode.InvalidPreparedStatementDefinition, "utility statements cannot be prepared")
	}
	var err error
	p.Statement, err = Analyze(&raw, u.catalog, u.env, p.ParamTypes)
	return p, err
}

// Execute is EXECUTE. Its arguments are analysed once the prepared statement's
// parameter types are known.
type Execute struct {
	Name    string
	NumArgs int

	raw  *RawStmt
	args []*pg_query.Node
}

// CommandTag is a stand-in: EXECUTE reports what it executes.
func (*Execute) CommandTag() string { return "EXECUTE" }

// ReturnsRows is unknown here and false.
func (*Execute) ReturnsRows() bool { return false }

// Columns are those of the prepared statement.
func (*Execute) Columns() []Column { return nil }

// Args analyses the arguments against the types of the prepared statement's
// parameters, EvaluateParams. The expressions hold no columns.
func (x *Execute) Args(c *catalog.Catalog, env *adt.Env, paramTypes []OID) ([]nodes.Expr, error) {
	if len(paramTypes) == 0 { // whatever is given (ExecuteQuery)
		return nil, nil
	}
	if len(x.args) != len(paramTypes) {
		return nil, pgerr.New(pgerrcode.SyntaxError, "wrong number of parameters for prepared statement \"%s\"", x.Name).
			Detailf("Expected %d parameters but got %d.", len(paramTypes), len(x.args))
	}
	ps := newParseState(c, env, x.raw.Source, &Params{Fixed: true})
	var out []nodes.Expr
	for i, n := range x.args {
		e, err := ps.transformExpr(n, KindExecuteParameter)
		if err != nil {
			return nil, err
		}
		given := nodes.TypeOf(e).Type
		to, err := ps.coerceToTargetType(e, given, paramTypes[i], -1, CoerceAssignment, nodes.ImplicitForm, -1)
		if err != nil {
			return nil, err
		}
		if to == nil {
			return nil, pgerr.New(pgerrcode.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s",
				i+1, c.FormatType(given, -1), c.FormatType(paramTypes[i], -1)).
				Hintf("You will need to rewrite or cast the expression.").At(rawLocation(n))
		}
		if err := ps.assignExprCollations(to); err != nil {
			return nil, err
		}
		out = append(out, to)
	}
	return out, nil
}

// Deallocate is DEALLOCATE.
type Deallocate struct {
	plain
	Name string
	All  bool
}

// CommandTag is DEALLOCATE or DEALLOCATE ALL.
func (d *Deallocate) CommandTag() string {
	if d.All {
		return "DEALLOCATE ALL"
	}
	return "DEALLOCATE"
}
