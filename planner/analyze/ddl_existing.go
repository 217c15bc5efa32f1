package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// existing says what PostgreSQL says of a CREATE whose object is there already: an error
// or, with IF NOT EXISTS, a notice and no more. That only a schema's or the database's
// owner may make such an object comes first there: others learn that it is not
// supported. Neither result means that there is no such object.
func (u *utilityContext) existing(n *pg_query.Node) (*Skip, error) {
	switch s := n.Node.(type) {
	case *pg_query.Node_CreateExtensionStmt:
		return u.existingExtension(n, s.CreateExtensionStmt)
	case *pg_query.Node_CreateRoleStmt:
		return nil, u.existingRole(s.CreateRoleStmt)
	}
	if !u.catalog.Cluster().OwnsDatabases(u.env.User) {
		return nil, nil
	}
	switch s := n.Node.(type) {
	case *pg_query.Node_CreateSchemaStmt:
		return u.existingSchema(n, s.CreateSchemaStmt)
	case *pg_query.Node_CreateStmt:
		return u.existingRelation(n, s.CreateStmt.Relation, s.CreateStmt.IfNotExists)
	case *pg_query.Node_CreateForeignTableStmt:
		return u.existingRelation(n, s.CreateForeignTableStmt.BaseStmt.Relation, s.CreateForeignTableStmt.BaseStmt.IfNotExists)
	case *pg_query.Node_CreateTableAsStmt:
		return u.existingRelation(n, s.CreateTableAsStmt.Into.Rel, s.CreateTableAsStmt.IfNotExists)
	case *pg_query.Node_CreateSeqStmt:
		return u.existingRelation(n, s.CreateSeqStmt.Sequence, s.CreateSeqStmt.IfNotExists)
	case *pg_query.Node_ViewStmt:
		if !s.ViewStmt.Replace {
			return u.existingRelation(n, s.ViewStmt.View, false)
		}
	case *pg_query.Node_IndexStmt:
		if s.IndexStmt.Idxname != "" {
			index := *rangeVar([]string{s.IndexStmt.Relation.Schemaname, s.IndexStmt.Idxname})
			if index.Schemaname == "" {
				index.Schemaname = u.schemaOf(s.IndexStmt.Relation)
			}
			return u.existingRelation(n, &index, s.IndexStmt.IfNotExists)
		}
	}
	return nil, nil
}

// alreadyThere is an object's error, or with IF NOT EXISTS the notice.
func alreadyThere(n *pg_query.Node, ifNotExists bool, code, what, name string) (*Skip, error) {
	if !ifNotExists {
		return nil, pgerr.New(code, "%s \"%s\" already exists", what, name)
	}
	notice := pgerr.New(code, "%s \"%s\" already exists, skipping", what, name)
	notice.Severity = "NOTICE"
	return &Skip{Notices: []*pgerr.Error{notice}, tag: ddlTag(n)}, nil
}

// existingRelation looks where a relation is to be (RangeVarGetAndCheckCreationNamespace).
func (u *utilityContext) existingRelation(n *pg_query.Node, rv *pg_query.RangeVar, ifNotExists bool) (*Skip, error) {
	if rv.Relpersistence == "t" || rv.Catalogname != "" && rv.Catalogname != u.catalog.Database().Name {
		return nil, nil
	}
	schema := rv.Schemaname
	if schema == "" {
		schema = u.creationSchema()
	}
	if !u.catalog.HasClass(schema, rv.Relname) {
		return nil, nil
	}
	return alreadyThere(n, ifNotExists, pgerrcode.DuplicateTable, "relation", rv.Relname)
}

// creationSchema is the one of the search path that new objects come into
// (activeCreationNamespace); "" if there is none.
func (u *utilityContext) creationSchema() string {
	path := u.env.SearchPath
	if len(path) > 1 && path[0] == "pg_catalog" {
		path = path[1:]
	}
	if len(path) == 0 {
		return ""
	}
	return path[0]
}

// schemaOf is the schema in which a bare name finds a relation; "" if none does.
func (u *utilityContext) schemaOf(rv *pg_query.RangeVar) string {
	for _, schema := range u.env.SearchPath {
		if u.catalog.HasClass(schema, rv.Relname) {
			return schema
		}
	}
	return ""
}

// existingSchema is CreateSchemaCommand.
func (u *utilityContext) existingSchema(n *pg_query.Node, s *pg_query.CreateSchemaStmt) (*Skip, error) {
	name := s.Schemaname
	if role := s.Authrole; role.GetRoletype() == pg_query.RoleSpecType_ROLESPEC_CSTRING {
		if err := u.owner(role.Rolename); err != nil {
			return nil, err
		}
		if name == "" {
			name = role.Rolename
		}
	}
	if strings.HasPrefix(name, "pg_") {
		return nil, pgerr.New(pgerrcode.ReservedName, "unacceptable schema name \"%s\"", name).
			Detailf("The prefix \"pg_\" is reserved for system schemas.")
	}
	if _, ok := u.catalog.SchemaByName(name); !ok {
		return nil, nil
	}
	return alreadyThere(n, s.IfNotExists, pgerrcode.DuplicateSchema, "schema", name)
}

// existingExtension is CreateExtension, which looks for the extension before anything else.
func (u *utilityContext) existingExtension(n *pg_query.Node, s *pg_query.CreateExtensionStmt) (*Skip, error) {
	if !u.catalog.HasObject("extension", "", s.Extname, nil) {
		return nil, nil
	}
	return alreadyThere(n, s.IfNotExists, pgerrcode.DuplicateObject, "extension", s.Extname)
}

// existingRole is CreateRole.
func (u *utilityContext) existingRole(s *pg_query.CreateRoleStmt) error {
	cluster := u.catalog.Cluster()
	switch {
	case !cluster.MakesRoles(u.env.User):
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to create role").
			Detailf("Only roles with the %s attribute may create roles.", "CREATEROLE")
	case strings.HasPrefix(s.Role, "pg_"):
		return pgerr.New(pgerrcode.ReservedName, "role name \"%s\" is reserved", s.Role).
			Detailf("Role names starting with \"pg_\" are reserved.")
	case cluster.RoleOID(s.Role) != 0:
		return pgerr.New(pgerrcode.DuplicateObject, "role \"%s\" already exists", s.Role)
	}
	return nil
}
