package analyze

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// ExplainFormat is the format of EXPLAIN's output.
type ExplainFormat uint8

// The formats of EXPLAIN.
const (
	ExplainText ExplainFormat = iota
	ExplainXML
	ExplainJSON
	ExplainYAML
)

// Explain is EXPLAIN.
type Explain struct {
	Format      ExplainFormat
	Analyze     bool
	Verbose     bool
	Costs       bool
	Buffers     bool
	WAL         bool
	Settings    bool
	GenericPlan bool
	Timing      bool
	Summary     bool
	Statement   *Analyzed // a query, or an Execute, or a DeclareCursor
}

// CommandTag is EXPLAIN.
func (*Explain) CommandTag() string { return "EXPLAIN" }

// ReturnsRows is true.
func (*Explain) ReturnsRows() bool { return true }

// Columns is QUERY PLAN, typed as the format.
func (x *Explain) Columns() []Column {
	c := textColumn("QUERY PLAN")
	switch x.Format {
	case ExplainJSON:
		c.Type, c.Collation = adt.JSONOID, 0
	case ExplainXML:
		c.Type, c.Collation = adt.XMLOID, 0
	}
	return []Column{c}
}

func (u *utilityContext) explain(s *pg_query.ExplainStmt) (Utility, error) {
	x := &Explain{Costs: true}
	inner := *u
	for _, n := range s.Options {
		// GENERIC_PLAN lets parameters stand unbound, so it must be known first.
		if d := n.GetDefElem(); d.Defname == "generic_plan" && u.params.Fixed && len(u.params.Types) == 0 {
			if on, err := defBool(d); err == nil && on {
				inner.params = &Params{}
			}
		}
	}
	stmt, err := inner.explained(s.Query)
	if err != nil {
		return nil, err
	}
	x.Statement = stmt
	if inner.params != u.params {
		if err := inner.params.check(checkedQuery(stmt)); err != nil {
			return nil, err
		}
	}
	return x, explainOptions(x, s.Options)
}

// explained analyses what EXPLAIN explains.
func (u *utilityContext) explained(n *pg_query.Node) (*Analyzed, error) {
	a := &Analyzed{catalog: u.catalog, identity: identity{raw: u.raw}}
	var err error
	switch s := n.Node.(type) {
	case *pg_query.Node_ExecuteStmt, *pg_query.Node_DeclareCursorStmt:
		a.Utility, err = u.utility(n)
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt:
		a.Query, err = u.optionalInto(n)
	case *pg_query.Node_CreateTableAsStmt:
		err = u.refuseCreate(s.CreateTableAsStmt.Query, ddlTag(n))
	default:
		err = u.unsupported(ddlTag(n))
	}
	return a, err
}

// explainOptions reads the options, ExplainQuery.
func explainOptions(x *Explain, list []*pg_query.Node) error {
	timingSet, summarySet := false, false
	flags := map[string]*bool{
		"analyze": &x.Analyze, "verbose": &x.Verbose, "costs": &x.Costs, "buffers": &x.Buffers, "wal": &x.WAL,
		"settings": &x.Settings, "generic_plan": &x.GenericPlan, "timing": &x.Timing, "summary": &x.Summary,
	}
	for _, n := range list {
		d := n.GetDefElem()
		if d.Defname == "format" {
			text, err := defString(d)
			if err != nil {
				return err
			}
			switch text {
			case "text":
				x.Format = ExplainText
			case "xml":
				x.Format = ExplainXML
			case "json":
				x.Format = ExplainJSON
			case "yaml":
				x.Format = ExplainYAML
			default:
				return pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized value for EXPLAIN option \"%s\": \"%s\"", d.Defname, text).At(int(d.Location))
			}
			continue
		}
		flag := flags[d.Defname]
		if flag == nil {
			return pgerr.New(pgerrcode.SyntaxError, "unrecognized EXPLAIN option \"%s\"", d.Defname).At(int(d.Location))
		}
		on, err := defBool(d)
		if err != nil {
			return err
		}
		*flag = on
		timingSet = timingSet || d.Defname == "timing"
		summarySet = summarySet || d.Defname == "summary"
	}
	if x.WAL && !x.Analyze {
		return pgerr.New(pgerrcode.InvalidParameterValue, "EXPLAIN option WAL requires ANALYZE")
	}
	if !timingSet {
		x.Timing = x.Analyze
	}
	if x.Timing && !x.Analyze {
		return pgerr.New(pgerrcode.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
	}
	if x.GenericPlan && x.Analyze {
		return pgerr.New(pgerrcode.InvalidParameterValue, "EXPLAIN options ANALYZE and GENERIC_PLAN cannot be used together")
	}
	if !summarySet {
		x.Summary = x.Analyze
	}
	return nil
}

// defString is an option's value as text, defGetString.
func defString(d *pg_query.DefElem) (string, error) {
	switch a := d.GetArg().GetNode().(type) {
	case *pg_query.Node_Integer:
		return strconv.Itoa(int(a.Integer.GetIval())), nil
	case *pg_query.Node_Float:
		return a.Float.GetFval(), nil
	case *pg_query.Node_Boolean:
		return strconv.FormatBool(a.Boolean.GetBoolval()), nil
	case *pg_query.Node_String_:
		return a.String_.GetSval(), nil
	case *pg_query.Node_AStar:
		return "*", nil
	case *pg_query.Node_TypeName:
		return strings.Join(names(a.TypeName.Names), "."), nil
	case *pg_query.Node_List:
		return strings.Join(names(a.List.Items), "."), nil
	}
	return "", pgerr.New(pgerrcode.SyntaxError, "%s requires a parameter", d.Defname)
}

// defBool is an option's value as a boolean, true when left out, defGetBoolean.
func defBool(d *pg_query.DefElem) (bool, error) {
	if d.Arg == nil {
		return true, nil
	}
	if i, ok := d.Arg.Node.(*pg_query.Node_Integer); ok {
		switch i.Integer.GetIval() {
		case 0:
			return false, nil
		case 1:
			return true, nil
		}
	} else if text, err := defString(d); err == nil {
		switch strings.ToLower(text) {
		case "true", "on":
			return true, nil
		case "false", "off":
			return false, nil
		}
	}
	return false, pgerr.New(pgerrcode.SyntaxError, "%s requires a Boolean value", d.Defname)
}

// copyTarget analyses what COPY … TO copies: a query, or a table's columns.
func (u *utilityContext) copyTarget(s *pg_query.CopyStmt) (*nodes.Query, error) {
	if s.Query != nil {
		if sel := s.Query.GetSelectStmt(); sel != nil && selectInto(sel) != nil {
			if _, err := u.queryOfInto(s.Query); err != nil {
				return nil, err
			}
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "COPY (SELECT INTO) is not supported")
		}
		if s.Query.GetMergeStmt() != nil {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "MERGE not supported in COPY")
		}
		q, err := u.query(s.Query)
		if err != nil {
			return nil, err
		}
		if q.Command != nodes.CmdSelect && len(q.Returning) == 0 {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "COPY query must have a RETURNING clause")
		}
		return q, nil
	}
	rel, columns, err := u.copiedTable(s)
	if err != nil {
		return nil, err
	}
	if rel.Kind == 'v' {
		return nil, pgerr.New(pgerrcode.WrongObjectType, "cannot copy from view \"%s\"", rel.Name).
			Hintf("Try the COPY (SELECT ...) TO variant.")
	}
	var sel pg_query.SelectStmt
	if len(columns) == 0 {
		for _, c := range rel.Columns {
			columns = append(columns, c.Name)
		}
	}
	for _, c := range columns {
		ref := &pg_query.ColumnRef{Fields: []*pg_query.Node{pg_query.MakeStrNode(c)}, Location: -1}
		sel.TargetList = append(sel.TargetList, pg_query.MakeResTargetNodeWithVal(
			&pg_query.Node{Node: &pg_query.Node_ColumnRef{ColumnRef: ref}}, -1))
	}
	from := &pg_query.RangeVar{Schemaname: rel.Schema, Relname: rel.Name, Inh: true, Location: -1}
	sel.FromClause = []*pg_query.Node{{Node: &pg_query.Node_RangeVar{RangeVar: from}}}
	return u.query(&pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: &sel}})
}
