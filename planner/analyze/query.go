package analyze

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
)

// Analyzed is an analysed statement: a query, or a utility command.
type Analyzed struct {
	Query   *nodes.Query // nil for a utility command
	Utility Utility      // nil for a query
	Params  []OID        // types of $1, $2, …

	catalog  *catalog.Catalog
	identity identity
}

// ForQuery is the Analyzed of a query that a command held: a cursor's, COPY's.
func ForQuery(q *nodes.Query, c *catalog.Catalog) *Analyzed { return &Analyzed{Query: q, catalog: c} }

// Column is a column of a statement's result.
type Column struct {
	Name      string
	Type      OID
	Typmod    int32
	Collation OID
	Table     OID // the table column it comes straight from, 0: none
	Attno     int
}

// Analyze resolves one raw statement. paramTypes are the parameter types that
// the client gave; 0 and those beyond are inferred. A parameter whose type
// can't be told is 42P18.
func Analyze(raw *RawStmt, c *catalog.Catalog, env *adt.Env, paramTypes []OID) (*Analyzed, error) {
	return analyze(raw, c, env, &Params{Types: append([]OID(nil), paramTypes...)})
}

// AnalyzeFixed is Analyze for a statement whose parameters are those given and no
// others: a simple Query message has none.
func AnalyzeFixed(raw *RawStmt, c *catalog.Catalog, env *adt.Env, paramTypes []OID) (*Analyzed, error) {
	return analyze(raw, c, env, &Params{Types: append([]OID(nil), paramTypes...), Fixed: true})
}

func analyze(raw *RawStmt, c *catalog.Catalog, env *adt.Env, p *Params) (*Analyzed, error) {
	a := &Analyzed{catalog: c, identity: identity{raw: raw}}
	u := &utilityContext{raw: raw, catalog: c, env: env, params: p}
	var err error
	if isQuery(raw.Node) {
		a.Query, err = u.query(raw.Node)
	} else {
		a.Utility, err = u.utility(raw.Node)
	}
	if err != nil {
		return nil, err
	}
	q := checkedQuery(a)
	if err := p.check(q); err != nil {
		return nil, err
	}
	if writesView(q) {
		a.jumble() // of what was written
	}
	if err := rewriteQuery(c, env, q); err != nil {
		return nil, err
	}
	a.Params = append([]OID{}, p.Types...)
	return a, nil
}

// checkedQuery is the query whose parameters are checked: the statement's own,
// or that of the command around it.
func checkedQuery(a *Analyzed) *nodes.Query {
	if a.Query != nil {
		return a.Query
	}
	switch u := a.Utility.(type) {
	case *Explain:
		return checkedQuery(u.Statement)
	case *DeclareCursor:
		return u.Query
	case *Copy:
		return u.Query
	}
	return nil
}

// Columns describes the result's columns as a client sees them: a domain is its
// base type. It is nil when there is no result, or when
// it can't be told from the statement alone (SHOW, EXECUTE, FETCH).
func (a *Analyzed) Columns() []Column {
	if a.Query == nil {
		return a.Utility.Columns()
	}
	list := a.Query.TargetList
	if a.Query.Command != nodes.CmdSelect {
		list = a.Query.Returning
	}
	out := make([]Column, 0, len(list))
	for _, t := range list {
		if !t.Resjunk {
			i := nodes.TypeOf(t.Expr)
			c := Column{Name: t.Name, Type: i.Type, Typmod: i.Typmod, Collation: i.Collation, Table: t.OrigTable, Attno: t.OrigColumn}
			out = append(out, a.baseType(c))
		}
	}
	return out
}

// baseType gives a column of a domain type the domain's base type.
func (a *Analyzed) baseType(c Column) Column {
	for a.catalog != nil {
		d := a.catalog.TypeByOID(c.Type)
		if d == nil || d.Kind != 'd' {
			break
		}
		c.Type, c.Typmod = d.Base, d.BaseTypmod
	}
	return c
}

// ReturnsRows tells whether the statement sends rows to the client. Of EXECUTE
// and FETCH that depends on what they name.
func (a *Analyzed) ReturnsRows() bool {
	if a.Query == nil {
		return a.Utility.ReturnsRows()
	}
	return a.Query.Command == nodes.CmdSelect || len(a.Query.Returning) > 0
}

// CommandTag is the tag without its counts: SELECT, INSERT, FETCH, …
func (a *Analyzed) CommandTag() string {
	if a.Query == nil {
		return a.Utility.CommandTag()
	}
	switch a.Query.Command {
	case nodes.CmdInsert:
		return "INSERT"
	case nodes.CmdUpdate:
		return "UPDATE"
	case nodes.CmdDelete:
		return "DELETE"
	case nodes.CmdMerge:
		return "MERGE"
	}
	return "SELECT"
}
