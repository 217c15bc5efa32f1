package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// dropper looks for the objects that a DROP names.
type dropper struct {
	ps        *ParseState
	missingOK bool
	notices   []*pgerr.Error
}

// drop resolves the names of a DROP one by one, as RemoveObjects does. What
// exists stays, and the command is refused.
func (u *utilityContext) drop(n *pg_query.Node) (Utility, error) {
	d := &dropper{ps: u.state()}
	exists, err := d.statement(n)
	switch {
	case err != nil:
		return nil, err
	case exists:
		return nil, u.unsupported(ddlTag(n))
	}
	return &Skip{Notices: d.notices, Alone: u.raw.Alone(), tag: ddlTag(n)}, nil
}

// statement tells whether any of the objects exists. What comes after such a
// one is not looked at: the command has failed there.
func (d *dropper) statement(n *pg_query.Node) (exists bool, err error) {
	switch s := n.Node.(type) {
	case *pg_query.Node_DropStmt:
		d.missingOK = s.DropStmt.MissingOk
		for _, o := range s.DropStmt.Objects {
			if exists, err = d.object(s.DropStmt.RemoveType, o); exists || err != nil {
				return exists, err
			}
		}
		return false, nil
	case *pg_query.Node_DropRoleStmt:
		d.missingOK = s.DropRoleStmt.MissingOk
		if !d.ps.catalog.Cluster().MakesRoles(d.ps.env.User) {
			return false, pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to drop role").
				Detailf("Only roles with the %s attribute and the %s option on the target roles may drop roles.", "CREATEROLE", "ADMIN")
		}
		for _, r := range s.DropRoleStmt.Roles {
			if exists, err = d.role(r.GetRoleSpec()); exists || err != nil {
				return exists, err
			}
		}
		return false, nil
	case *pg_query.Node_DropOwnedStmt:
		for _, r := range s.DropOwnedStmt.Roles {
			spec := r.GetRoleSpec()
			if spec.Roletype == pg_query.RoleSpecType_ROLESPEC_CSTRING && d.ps.catalog.Cluster().RoleOID(spec.Rolename) == 0 {
				return false, pgerr.New(pgerrcode.UndefinedObject, "role \"%s\" does not exist", spec.Rolename)
			}
		}
		return true, nil
	case *pg_query.Node_DropdbStmt:
		d.missingOK = s.DropdbStmt.MissingOk
		return d.database(s.DropdbStmt.Dbname)
	case *pg_query.Node_DropTableSpaceStmt:
		d.missingOK = s.DropTableSpaceStmt.MissingOk
		return d.named("tablespace", []string{s.DropTableSpaceStmt.Tablespacename})
	case *pg_query.Node_DropSubscriptionStmt:
		d.missingOK = s.DropSubscriptionStmt.MissingOk
		return d.named("subscription", []string{s.DropSubscriptionStmt.Subname})
	case *pg_query.Node_DropUserMappingStmt:
		d.missingOK = s.DropUserMappingStmt.MissingOk
		user := s.DropUserMappingStmt.User
		if user.Roletype == pg_query.RoleSpecType_ROLESPEC_CSTRING && d.ps.catalog.Cluster().RoleOID(user.Rolename) == 0 {
			return false, d.missing(pgerrcode.UndefinedObject, "role \"%s\" does not exist", user.Rolename)
		}
		return d.named("server", []string{s.DropUserMappingStmt.Servername})
	}
	return true, nil
}

// missing is the error that says that there is no such object, or a notice
// where that is well.
func (d *dropper) missing(code, format string, args ...any) error {
	err := pgerr.New(code, format, args...)
	if !d.missingOK {
		return err
	}
	d.skip(err.Message)
	return nil
}

func (d *dropper) skip(message string) {
	n := pgerr.New(pgerrcode.SuccessfulCompletion, "%s, skipping", message)
	n.Severity = "NOTICE"
	d.notices = append(d.notices, n)
}

// object looks for one object of a DropStmt, get_object_address.
func (d *dropper) object(kind pg_query.ObjectType, n *pg_query.Node) (exists bool, err error) {
	list := names(n.GetList().GetItems())
	if s := n.GetString_(); s != nil {
		list = []string{s.Sval}
	}
	switch kind {
	case pg_query.ObjectType_OBJECT_TABLE, pg_query.ObjectType_OBJECT_VIEW, pg_query.ObjectType_OBJECT_MATVIEW,
		pg_query.ObjectType_OBJECT_INDEX, pg_query.ObjectType_OBJECT_SEQUENCE, pg_query.ObjectType_OBJECT_FOREIGN_TABLE:
		return d.relation(kind, list)
	case pg_query.ObjectType_OBJECT_TRIGGER, pg_query.ObjectType_OBJECT_RULE, pg_query.ObjectType_OBJECT_POLICY:
		return d.ofRelation(kind, list)
	case pg_query.ObjectType_OBJECT_TYPE, pg_query.ObjectType_OBJECT_DOMAIN:
		return d.typ(n.GetTypeName(), kind == pg_query.ObjectType_OBJECT_DOMAIN)
	case pg_query.ObjectType_OBJECT_COLLATION:
		return d.collation(list)
	case pg_query.ObjectType_OBJECT_SCHEMA:
		if _, ok := d.ps.catalog.SchemaByName(list[0]); ok {
			return true, nil
		}
		return false, d.missing(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", list[0])
	case pg_query.ObjectType_OBJECT_FUNCTION, pg_query.ObjectType_OBJECT_PROCEDURE, pg_query.ObjectType_OBJECT_ROUTINE, pg_query.ObjectType_OBJECT_AGGREGATE:
		return d.routine(kind, n.GetObjectWithArgs())
	case pg_query.ObjectType_OBJECT_OPERATOR:
		return d.operator(n.GetObjectWithArgs())
	case pg_query.ObjectType_OBJECT_OPCLASS, pg_query.ObjectType_OBJECT_OPFAMILY:
		return d.operatorClass(kind, list)
	case pg_query.ObjectType_OBJECT_CAST:
		pair := n.GetList().Items
		return d.cast(pair[0].GetTypeName(), pair[1].GetTypeName())
	case pg_query.ObjectType_OBJECT_TRANSFORM:
		pair := n.GetList().Items
		return d.transform(pair[0].GetTypeName(), pair[1].GetString_().GetSval())
	case pg_query.ObjectType_OBJECT_FDW:
		return d.named("foreign-data wrapper", list)
	case pg_query.ObjectType_OBJECT_STATISTIC_EXT:
		return d.named("statistics object", list)
	}
	return d.named(strings.ToLower(objectName(kind)), list)
}

// named looks for an object that its name alone tells from others of its kind.
func (d *dropper) named(kind string, list []string) (bool, error) {
	schema, name, err := d.ps.splitName(list)
	if err != nil {
		return false, err
	}
	if gone, err := d.schemaMissing(schema); gone || err != nil {
		return false, err
	}
	if d.ps.catalog.HasObject(kind, schema, name, d.ps.path()) {
		return true, nil
	}
	return false, d.missing(pgerrcode.UndefinedObject, "%s \"%s\" does not exist", kind, dottedName(list))
}

// schemaMissing tells whether a schema that a name gives is not there.
func (d *dropper) schemaMissing(schema string) (bool, error) {
	if schema == "" {
		return false, nil
	}
	if _, ok := d.ps.catalog.SchemaByName(schema); ok {
		return false, nil
	}
	return true, d.missing(pgerrcode.InvalidSchemaName, "schema \"%s\" does not exist", schema)
}

func (d *dropper) role(spec *pg_query.RoleSpec) (bool, error) {
	if spec.Roletype != pg_query.RoleSpecType_ROLESPEC_CSTRING {
		return false, pgerr.New(pgerrcode.InvalidParameterValue, "cannot use special role specifier in DROP ROLE")
	}
	if d.ps.catalog.Cluster().RoleOID(spec.Rolename) != 0 {
		return true, nil
	}
	return false, d.missing(pgerrcode.UndefinedObject, "role \"%s\" does not exist", spec.Rolename)
}

func (d *dropper) collation(list []string) (bool, error) {
	schema, name, err := d.ps.splitName(list)
	if err != nil {
		return false, err
	}
	if gone, err := d.schemaMissing(schema); gone || err != nil {
		return false, err
	}
	if d.ps.catalog.CollationByName(schema, name, d.ps.path()) != nil {
		return true, nil
	}
	if d.missingOK {
		d.skip("collation \"" + dottedName(list) + "\" does not exist")
		return false, nil
	}
	return false, pgerr.New(pgerrcode.UndefinedObject, "collation \"%s\" for encoding \"%s\" does not exist", dottedName(list), "UTF8")
}
