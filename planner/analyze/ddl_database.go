package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// databaseTarget checks what a command on databases says of them (dbcommands.c): that
// those it changes exist and are the user's, and that the one it makes does not exist. A comment on
// one that does not is skipped with a warning.
func (u *utilityContext) databaseTarget(n *pg_query.Node) (skip *Skip, err error) {
	switch s := n.Node.(type) {
	case *pg_query.Node_CreatedbStmt:
		return nil, u.newDatabase(s.CreatedbStmt)
	case *pg_query.Node_AlterDatabaseStmt:
		return nil, u.changedDatabase(s.AlterDatabaseStmt.Dbname)
	case *pg_query.Node_AlterDatabaseSetStmt:
		return nil, u.changedDatabase(s.AlterDatabaseSetStmt.Dbname)
	case *pg_query.Node_AlterDatabaseRefreshCollStmt:
		return nil, u.changedDatabase(s.AlterDatabaseRefreshCollStmt.Dbname)
	case *pg_query.Node_AlterOwnerStmt:
		if s.AlterOwnerStmt.ObjectType == pg_query.ObjectType_OBJECT_DATABASE {
			return nil, u.handedDatabase(s.AlterOwnerStmt)
		}
	case *pg_query.Node_RenameStmt:
		if s.RenameStmt.RenameType == pg_query.ObjectType_OBJECT_DATABASE {
			return nil, u.renamedDatabase(s.RenameStmt)
		}
	case *pg_query.Node_CommentStmt:
		if s.CommentStmt.Objtype != pg_query.ObjectType_OBJECT_DATABASE {
			return nil, nil
		}
		name := s.CommentStmt.Object.GetString_().GetSval()
		if err := u.existingDatabase(name); err != nil {
			warning := pgerr.From(err)
			warning.Severity = "WARNING"
			return &Skip{Notices: []*pgerr.Error{warning}, tag: ddlTag(n)}, nil
		}
		return nil, ownDatabase(u.catalog, u.env, name)
	}
	return nil, nil
}

func (u *utilityContext) existingDatabase(name string) error {
	if _, ok := u.catalog.Cluster().Database(name); !ok {
		return pgerr.New(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", name)
	}
	return nil
}

// changedDatabase is of a database that a command changes.
func (u *utilityContext) changedDatabase(name string) error {
	if err := u.existingDatabase(name); err != nil {
		return err
	}
	return ownDatabase(u.catalog, u.env, name)
}

// ownDatabase refuses a database that is not the user's, aclcheck_error.
func ownDatabase(c *catalog.Catalog, env *adt.Env, name string) error {
	if !c.Cluster().OwnsDatabases(env.User) {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "must be owner of database %s", name)
	}
	return nil
}

// makesDatabases refuses a user without CREATEDB what only one with it may do.
func (u *utilityContext) makesDatabases(what string) error {
	if !u.catalog.Cluster().MakesDatabases(u.env.User) {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to %s", what)
	}
	return nil
}

// owner looks for the role that is to have something, get_rolespec_oid.
func (u *utilityContext) owner(name string) error {
	if u.catalog.Cluster().RoleOID(name) == 0 {
		return pgerr.New(pgerrcode.UndefinedObject, "role \"%s\" does not exist", name)
	}
	return nil
}

// freeDatabase refuses a new database's name that another has.
func (u *utilityContext) freeDatabase(name string) error {
	if _, ok := u.catalog.Cluster().Database(name); ok {
		return pgerr.New(pgerrcode.DuplicateDatabase, "database \"%s\" already exists", name)
	}
	return nil
}

// newDatabase is createdb.
func (u *utilityContext) newDatabase(s *pg_query.CreatedbStmt) error {
	options := map[string]string{}
	for _, o := range s.Options {
		if d := o.GetDefElem(); d.Arg.GetString_() != nil {
			options[d.Defname] = d.Arg.GetString_().Sval
		}
	}
	if name, ok := options["owner"]; ok {
		if err := u.owner(name); err != nil {
			return err
		}
	}
	if err := u.makesDatabases("create database"); err != nil {
		return err
	}
	if name, ok := options["template"]; ok {
		if _, ok := u.catalog.Cluster().Database(name); !ok {
			return pgerr.New(pgerrcode.InvalidCatalogName, "template database \"%s\" does not exist", name)
		}
	}
	return u.freeDatabase(s.Dbname)
}

// handedDatabase is AlterDatabaseOwner.
func (u *utilityContext) handedDatabase(s *pg_query.AlterOwnerStmt) error {
	if to := s.Newowner; to.Roletype == pg_query.RoleSpecType_ROLESPEC_CSTRING {
		if err := u.owner(to.Rolename); err != nil {
			return err
		}
	}
	return u.changedDatabase(s.Object.GetString_().GetSval())
}

// renamedDatabase is RenameDatabase.
func (u *utilityContext) renamedDatabase(s *pg_query.RenameStmt) error {
	if err := u.changedDatabase(s.Subname); err != nil {
		return err
	}
	if err := u.makesDatabases("rename database"); err != nil {
		return err
	}
	if err := u.freeDatabase(s.Newname); err != nil {
		return err
	}
	if s.Subname == u.catalog.Database().Name {
		return pgerr.New(pgerrcode.FeatureNotSupported, "current database cannot be renamed")
	}
	return nil
}

// database looks for one that is dropped, dropdb.
func (d *dropper) database(name string) (bool, error) {
	db, ok := d.ps.catalog.Cluster().Database(name)
	if !ok {
		return false, d.missing(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", name)
	}
	if err := ownDatabase(d.ps.catalog, d.ps.env, name); err != nil {
		return false, err
	}
	switch {
	case db.Template:
		return false, pgerr.New(pgerrcode.WrongObjectType, "cannot drop a template database")
	case name == d.ps.database():
		return false, pgerr.New(pgerrcode.ObjectInUse, "cannot drop the currently open database")
	}
	return true, nil
}
