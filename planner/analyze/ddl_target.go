package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Skip is a command with IF EXISTS on what does not exist, or with IF NOT EXISTS on what
// does: all there is to it are the notices that say so.
type Skip struct {
	plain
	Notices []*pgerr.Error
	Alone   string // as RawStmt.Alone

	tag string
}

// CommandTag is that of the command.
func (s *Skip) CommandTag() string { return s.tag }

// ddlTarget gives the relations that a command on relations is about;
// missingOK: it may be that there is none.
func ddlTarget(n *pg_query.Node) (list []*pg_query.RangeVar, missingOK bool) {
	one := func(rv *pg_query.RangeVar, missingOK bool) ([]*pg_query.RangeVar, bool) {
		if rv == nil {
			return nil, missingOK
		}
		return []*pg_query.RangeVar{rv}, missingOK
	}
	switch s := n.Node.(type) {
	case *pg_query.Node_AlterTableStmt:
		return one(s.AlterTableStmt.Relation, s.AlterTableStmt.MissingOk)
	case *pg_query.Node_RenameStmt:
		return one(s.RenameStmt.Relation, s.RenameStmt.MissingOk)
	case *pg_query.Node_AlterObjectSchemaStmt:
		return one(s.AlterObjectSchemaStmt.Relation, s.AlterObjectSchemaStmt.MissingOk)
	case *pg_query.Node_AlterSeqStmt:
		return one(s.AlterSeqStmt.Sequence, s.AlterSeqStmt.MissingOk)
	case *pg_query.Node_IndexStmt:
		return one(s.IndexStmt.Relation, false)
	case *pg_query.Node_RuleStmt:
		return one(s.RuleStmt.Relation, false)
	case *pg_query.Node_CreateTrigStmt:
		return one(s.CreateTrigStmt.Relation, false)
	case *pg_query.Node_CreatePolicyStmt:
		return one(s.CreatePolicyStmt.Table, false)
	case *pg_query.Node_AlterPolicyStmt:
		return one(s.AlterPolicyStmt.Table, false)
	case *pg_query.Node_ClusterStmt:
		return one(s.ClusterStmt.Relation, false)
	case *pg_query.Node_ReindexStmt:
		return one(s.ReindexStmt.Relation, false)
	case *pg_query.Node_RefreshMatViewStmt:
		return one(s.RefreshMatViewStmt.Relation, false)
	case *pg_query.Node_TruncateStmt:
		return rangeVars(s.TruncateStmt.Relations), false
	case *pg_query.Node_GrantStmt:
		return rangeVars(s.GrantStmt.Objects), false
	case *pg_query.Node_CommentStmt:
		switch s.CommentStmt.Objtype {
		case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_VIEW, pg_query.ObjectType_OBJECT_MATVIEW,
			pg_query.ObjectType_OBJECT_INDEX, pg_query.ObjectType_OBJECT_SEQUENCE, pg_query.ObjectType_OBJECT_FOREIGN_TABLE:
			return one(rangeVar(names(s.CommentStmt.Object.GetList().GetItems())), false)
		case pg_query.ObjectType_OBJECT_COLUMN:
			l := names(s.CommentStmt.Object.GetList().GetItems())
			return one(rangeVar(l[:len(l)-1]), false)
		}
	}
	return nil, false
}

func rangeVars(list []*pg_query.Node) []*pg_query.RangeVar {
	var out []*pg_query.RangeVar
	for _, n := range list {
		if rv := n.GetRangeVar(); rv != nil {
			out = append(out, rv)
		}
	}
	return out
}

// rangeVar makes a RangeVar of a name's parts; nil if there are none or too many.
func rangeVar(parts []string) *pg_query.RangeVar {
	rv := &pg_query.RangeVar{}
	for i, to := range []*string{&rv.Relname, &rv.Schemaname, &rv.Catalogname} {
		if i < len(parts) {
			*to = parts[len(parts)-1-i]
		}
	}
	if len(parts) == 0 || len(parts) > 3 {
		return nil
	}
	return rv
}

// refuseDDL refuses a command that makes or changes objects; that the relations
// it is about do not exist, or may not be changed by anybody, it says first.
func (u *utilityContext) refuseDDL(n *pg_query.Node) (Utility, error) {
	for _, r := range n.GetCreatePolicyStmt().GetRoles() {
		if spec := r.GetRoleSpec(); spec.Roletype == pg_query.RoleSpecType_ROLESPEC_CSTRING && u.catalog.Cluster().RoleOID(spec.Rolename) == 0 {
			return nil, pgerr.New(pgerrcode.UndefinedObject, "role \"%s\" does not exist", spec.Rolename)
		}
	}
	switch skip, err := u.databaseTarget(n); {
	case err != nil:
		return nil, err
	case skip != nil:
		return skip, nil
	}
	targets, missingOK := ddlTarget(n)
	for _, rv := range targets {
		oid, kind, err := findClass(u.catalog, rv, u.env.SearchPath)
		switch {
		case err != nil && missingOK && rv.Catalogname == "":
			notice := pgerr.New(pgerrcode.SuccessfulCompletion, "relation \"%s\" does not exist, skipping", rv.Relname)
			notice.Severity = "NOTICE"
			return &Skip{Notices: []*pgerr.Error{notice}, tag: ddlTag(n)}, nil
		case err != nil:
			return nil, err
		}
		if n.GetTruncateStmt() == nil {
			continue
		}
		if kind != 'r' {
			return nil, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not a table", rv.Relname)
		}
		if oid < firstUnpinned {
			return nil, systemCatalog(rv.Relname)
		}
	}
	return u.refuseNew(n)
}

// refuseNew refuses a command, but for a CREATE of what there is already.
func (u *utilityContext) refuseNew(n *pg_query.Node) (Utility, error) {
	switch skip, err := u.existing(n); {
	case err != nil:
		return nil, err
	case skip != nil:
		return skip, nil
	}
	return nil, u.unsupported(ddlTag(n))
}

func systemCatalog(name string) error {
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", name)
}

// findClass finds a relation or index by its name, RangeVarGetRelid.
func findClass(c *catalog.Catalog, rv *pg_query.RangeVar, path []string) (OID, byte, error) {
	name := rv.Relname
	if rv.Schemaname != "" {
		name = rv.Schemaname + "." + name
	}
	if rv.Catalogname != "" && rv.Catalogname != c.Database().Name {
		return 0, 0, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s\"", rv.Catalogname, name)
	}
	oid, kind := c.ClassByName(rv.Schemaname, rv.Relname, path)
	if oid != 0 {
		return oid, kind, nil
	}
	if _, ok := c.SchemaByName(rv.Schemaname); rv.Schemaname != "" && !ok {
		return 0, 0, pgerr.New(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", rv.Schemaname)
	}
	return 0, 0, pgerr.New(pgerrcode.UndefinedTable, "relation \"%s\" does not exist", name)
}

// callArgs resolves the arguments of CALL.
func (ps *ParseState) callArgs(list []*pg_query.Node) ([]nodes.Expr, error) {
	var out []nodes.Expr
	for _, n := range list {
		e, err := ps.transformExpr(n, KindCallArgument)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// call resolves CALL, ExecuteCallStmt. There are no procedures, so that it
// fails one way or the other.
func (u *utilityContext) call(s *pg_query.CallStmt) (Utility, error) {
	ps := u.state()
	fc := s.Funccall
	args, err := ps.callArgs(fc.Args)
	if err != nil {
		return nil, err
	}
	if _, err := ps.parseFuncOrColumn(names(fc.Funcname), args, fc, nil, true, int(fc.Location)); err != nil {
		return nil, err
	}
	return nil, u.unsupported("CALL")
}
