package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Utility is a command that is no query: one of the pointer types of this
// package that have these methods. It is plain data; parse trees do not show.
type Utility interface {
	// CommandTag is PostgreSQL's tag, without the count of FETCH, MOVE and COPY.
	// EXECUTE's is that of the prepared statement.
	CommandTag() string
	// ReturnsRows tells whether rows go to the client. EXECUTE's answer is that of
	// the prepared statement; COPY sends data, not rows.
	ReturnsRows() bool
	// Columns describes those rows where the command alone tells: EXPLAIN and SHOW
	// ALL do, SHOW's name is the setting's own, FETCH's are the cursor's.
	Columns() []Column
}

// plain is the part of commands that return no rows.
type plain struct{}

// ReturnsRows tells that the command returns no rows.
func (plain) ReturnsRows() bool { return false }

// Columns is nil: there are no rows.
func (plain) Columns() []Column { return nil }

// utilityContext is what the analysis of a utility command shares with the
// query in it.
type utilityContext struct {
	raw     *RawStmt
	catalog *catalog.Catalog
	env     *adt.Env
	params  *Params
}

func (u *utilityContext) state() *ParseState {
	return newParseState(u.catalog, u.env, u.raw.Source, u.params)
}

// isQuery tells whether a statement is one that is planned.
func isQuery(n *pg_query.Node) bool {
	switch n := n.Node.(type) {
	case *pg_query.Node_SelectStmt:
		return selectInto(n.SelectStmt) == nil
	case *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt, *pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt:
		return true
	}
	return false
}

// selectInto finds the INTO of a SELECT: that of its leftmost query.
func selectInto(s *pg_query.SelectStmt) *pg_query.IntoClause {
	for s.Larg != nil {
		s = s.Larg
	}
	return s.IntoClause
}

// query analyses a query on top level.
func (u *utilityContext) query(n *pg_query.Node) (*nodes.Query, error) {
	return u.state().transformStmt(n)
}

// optionalInto is query, for places where the grammar also takes SELECT INTO.
func (u *utilityContext) optionalInto(n *pg_query.Node) (*nodes.Query, error) {
	if s := n.GetSelectStmt(); s != nil && selectInto(s) != nil {
		return nil, u.unsupported("SELECT INTO")
	}
	return u.query(n)
}

// refuseCreate refuses a statement that makes a table of a query, once the query
// is resolved.
func (u *utilityContext) refuseCreate(n *pg_query.Node, tag string) error {
	if n.GetSelectStmt() != nil {
		if _, err := u.queryOfInto(n); err != nil {
			return err
		}
	}
	return u.unsupported(tag)
}

// refuseCreateAs is refuseCreate of a statement that may name a relation there is.
func (u *utilityContext) refuseCreateAs(n, query *pg_query.Node) (Utility, error) {
	if query.GetSelectStmt() != nil {
		if _, err := u.queryOfInto(query); err != nil {
			return nil, err
		}
	}
	return u.refuseNew(n)
}

// queryOfInto resolves a SELECT apart from where its rows are to go.
func (u *utilityContext) queryOfInto(n *pg_query.Node) (*nodes.Query, error) {
	sel := proto.Clone(n.GetSelectStmt()).(*pg_query.SelectStmt)
	n = &pg_query.Node{Node: &pg_query.Node_SelectStmt{SelectStmt: sel}}
	for sel.Larg != nil {
		sel = sel.Larg
	}
	sel.IntoClause = nil
	return u.query(n)
}

func (u *utilityContext) unsupported(tag string) error {
	return pgerr.Unsupported("%s is not supported", tag).At(u.raw.Location + leadingSpace(u.raw))
}

// leadingSpace counts the blanks before a statement's first word.
func leadingSpace(raw *RawStmt) int {
	end := len(raw.Source)
	if raw.Len > 0 && raw.Location+raw.Len < end {
		end = raw.Location + raw.Len
	}
	n := 0
	for i := raw.Location; i < end; i++ {
		switch raw.Source[i] {
		case ' ', '\t', '\n', '\r', '\f', '\v':
			n++
			continue
		}
		break
	}
	return n
}

// utility analyses any statement that is not planned.
func (u *utilityContext) utility(n *pg_query.Node) (Utility, error) {
	switch s := n.Node.(type) {
	case *pg_query.Node_SelectStmt:
		return nil, u.refuseCreate(n, "SELECT INTO")
	case *pg_query.Node_CreateTableAsStmt:
		if s.CreateTableAsStmt.IsSelectInto {
			return nil, u.refuseCreate(s.CreateTableAsStmt.Query, ddlTag(n))
		}
		return u.refuseCreateAs(n, s.CreateTableAsStmt.Query)
	case *pg_query.Node_ViewStmt:
		return u.refuseCreateAs(n, s.ViewStmt.Query)
	case *pg_query.Node_CallStmt:
		return u.call(s.CallStmt)
	case *pg_query.Node_VariableSetStmt:
		return u.variableSet(s.VariableSetStmt)
	case *pg_query.Node_VariableShowStmt:
		return &VariableShow{Name: s.VariableShowStmt.Name, All: s.VariableShowStmt.Name == "all"}, nil
	case *pg_query.Node_TransactionStmt:
		return u.transaction(s.TransactionStmt)
	case *pg_query.Node_PrepareStmt:
		return u.prepare(s.PrepareStmt)
	case *pg_query.Node_ExecuteStmt:
		return &Execute{Name: s.ExecuteStmt.Name, NumArgs: len(s.ExecuteStmt.Params), raw: u.raw, args: s.ExecuteStmt.Params}, nil
	case *pg_query.Node_DeallocateStmt:
		return &Deallocate{Name: s.DeallocateStmt.Name, All: s.DeallocateStmt.Name == ""}, nil
	case *pg_query.Node_DiscardStmt:
		return discard(s.DiscardStmt), nil
	case *pg_query.Node_ExplainStmt:
		return u.explain(s.ExplainStmt)
	case *pg_query.Node_DeclareCursorStmt:
		return u.declareCursor(s.DeclareCursorStmt)
	case *pg_query.Node_FetchStmt:
		return fetch(s.FetchStmt), nil
	case *pg_query.Node_ClosePortalStmt:
		return &ClosePortal{Name: s.ClosePortalStmt.Portalname, All: s.ClosePortalStmt.Portalname == ""}, nil
	case *pg_query.Node_CopyStmt:
		return u.copyTo(s.CopyStmt)
	case *pg_query.Node_DoStmt:
		return u.do(s.DoStmt)
	case *pg_query.Node_ListenStmt:
		return &Listen{Channel: s.ListenStmt.Conditionname}, nil
	case *pg_query.Node_UnlistenStmt:
		return &Unlisten{Channel: s.UnlistenStmt.Conditionname, All: s.UnlistenStmt.Conditionname == ""}, nil
	case *pg_query.Node_NotifyStmt:
		return u.notify(s.NotifyStmt)
	case *pg_query.Node_LockStmt:
		return u.lock(s.LockStmt)
	case *pg_query.Node_CheckPointStmt:
		return &Checkpoint{}, nil
	case *pg_query.Node_VacuumStmt:
		return u.vacuum(s.VacuumStmt)
	case *pg_query.Node_ConstraintsSetStmt:
		return u.setConstraints(s.ConstraintsSetStmt), nil
	case *pg_query.Node_DropStmt, *pg_query.Node_DropRoleStmt, *pg_query.Node_DropdbStmt, *pg_query.Node_DropTableSpaceStmt,
		*pg_query.Node_DropUserMappingStmt, *pg_query.Node_DropSubscriptionStmt, *pg_query.Node_DropOwnedStmt:
		return u.drop(n)
	}
	return u.refuseDDL(n)
}

// Discard is DISCARD; What is ALL, PLANS, SEQUENCES or TEMP.
type Discard struct {
	plain
	What string
}

// CommandTag is DISCARD and its object.
func (d *Discard) CommandTag() string { return "DISCARD " + d.What }

func discard(s *pg_query.DiscardStmt) *Discard {
	switch s.Target {
	case pg_query.DiscardMode_DISCARD_PLANS:
		return &Discard{What: "PLANS"}
	case pg_query.DiscardMode_DISCARD_SEQUENCES:
		return &Discard{What: "SEQUENCES"}
	case pg_query.DiscardMode_DISCARD_TEMP:
		return &Discard{What: "TEMP"}
	}
	return &Discard{What: "ALL"}
}

// Listen is LISTEN.
type Listen struct {
	plain
	Channel string
}

// CommandTag is LISTEN.
func (*Listen) CommandTag() string { return "LISTEN" }

// Unlisten is UNLISTEN.
type Unlisten struct {
	plain
	Channel string
	All     bool
}

// CommandTag is UNLISTEN.
func (*Unlisten) CommandTag() string { return "UNLISTEN" }

// Notify is NOTIFY.
type Notify struct {
	plain
	Channel, Payload string
}

// CommandTag is NOTIFY.
func (*Notify) CommandTag() string { return "NOTIFY" }

func (u *utilityContext) notify(s *pg_query.NotifyStmt) (Utility, error) {
	if len(s.Payload) >= 8000 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "payload string too long")
	}
	return &Notify{Channel: s.Conditionname, Payload: s.Payload}, nil
}

// Lock is LOCK TABLE. There is nothing to lock.
type Lock struct {
	plain
	Missing error // what is wrong with its tables, which comes after where it stands
}

// CommandTag is LOCK TABLE.
func (*Lock) CommandTag() string { return "LOCK TABLE" }

func (u *utilityContext) lock(s *pg_query.LockStmt) (Utility, error) {
	return &Lock{Missing: u.openAll(s.Relations)}, nil
}

// openAll checks that relations exist.
func (u *utilityContext) openAll(list []*pg_query.Node) error {
	ps := u.state()
	for _, n := range list {
		rv := n.GetRangeVar()
		if rv == nil {
			continue
		}
		if _, err := ps.openCommandTable(rv); err != nil {
			return err
		}
	}
	return nil
}

// openCommandTable is openTable for commands, table_openrv: its errors have no
// position, and a schema that is not there is one of its own.
func (ps *ParseState) openCommandTable(rv *pg_query.RangeVar) (*catalog.Relation, error) {
	rel, err := ps.openTable(rv)
	if err == nil {
		return rel, nil
	}
	if _, _, missing := findClass(ps.catalog, rv, ps.path()); missing != nil {
		return nil, missing
	}
	e := *pgerr.From(err)
	e.Position = 0
	return nil, &e
}

// Checkpoint is CHECKPOINT, which does nothing.
type Checkpoint struct{ plain }

// CommandTag is CHECKPOINT.
func (*Checkpoint) CommandTag() string { return "CHECKPOINT" }

// SetConstraints is SET CONSTRAINTS; no constraint is deferrable.
type SetConstraints struct {
	plain
	Err error // what is wrong with those named, which PostgreSQL says when it runs
}

// CommandTag is SET CONSTRAINTS.
func (*SetConstraints) CommandTag() string { return "SET CONSTRAINTS" }

func (u *utilityContext) setConstraints(s *pg_query.ConstraintsSetStmt) Utility {
	path := u.state().path()
	for _, n := range s.Constraints { // AfterTriggerSetState; those there are belong to indexes of their name
		rv := n.GetRangeVar()
		_, kind, err := findClass(u.catalog, rv, path)
		switch e := pgerr.From(err); {
		case kind == 'i' && s.Deferred:
			return &SetConstraints{Err: pgerr.New(pgerrcode.WrongObjectType, "constraint \"%s\" is not deferrable", rv.Relname)}
		case kind == 'i':
		case err == nil || e.Code == pgerrcode.UndefinedTable:
			return &SetConstraints{Err: pgerr.New(pgerrcode.UndefinedObject, "constraint \"%s\" does not exist", rv.Relname)}
		default:
			return &SetConstraints{Err: err}
		}
	}
	return &SetConstraints{}
}
