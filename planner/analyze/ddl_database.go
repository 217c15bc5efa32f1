package analyze

import (
	"github.com/jackc/pgerrcode"
	"github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// databaseTarget checks what a command on databases says of them (dbcommands.c): that
// those it changes exist and the one that it makes does not. A comment on one that does not exist is
// skipped with a warning.
func (u *utilityContext) databaseTarget(n *pg_query.Node) (skip *Skip, err error) {
	changed := ""
	switch s := n.Node.(type) {
	case *pg_query.Node_CreatedbStmt:
		return nil, u.newDatabase(s.CreatedbStmt)
	case *pg_query.Node_AlterDatabaseStmt:
		changed = s.AlterDatabaseStmt.Dbname
	case *pg_query.Node_AlterDatabaseSetStmt:
		changed = s.AlterDatabaseSetStmt.Dbname
	case *pg_query.Node_AlterDatabaseRefreshCollStmt:
		changed = s.AlterDatabaseRefreshCollStmt.Dbname
	case *pg_query.Node_AlterOwnerStmt:
		if s.AlterOwnerStmt.ObjectType == pg_query.ObjectType_OBJECT_DATABASE {
			changed = s.AlterOwnerStmt.Object.GetString_().GetSval()
		}
	case *pg_query.Node_RenameStmt:
		if s.RenameStmt.RenameType == pg_query.ObjectType_OBJECT_DATABASE {
			return nil, u.renamedDatabase(s.RenameStmt)
		}
	case *pg_query.Node_CommentStmt:
		if s.CommentStmt.Objtype == pg_query.ObjectType_OBJECT_DATABASE {
			if err := u.existingDatabase(s.CommentStmt.Object.GetString_().GetSval()); err != nil {
				warning := pgerr.From(err)
				warning.Severity = "WARNING"
				return &Skip{Notices: []*pgerr.Error{warning}, tag: ddlTag(n)}, nil
			}
		}
	}
	if changed == "" {
		return nil, nil
	}
	return nil, u.existingDatabase(changed)
}

func (u *utilityContext) existingDatabase(name string) error {
	if _, ok := u.catalog.Cluster().Database(name); !ok {
		return pgerr.New(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", name)
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

func (u *utilityContext) newDatabase(s *pg_query.CreatedbStmt) error {
	for _, o := range s.Options {
		if d := o.GetDefElem(); d.Defname == "template" && d.Arg.GetString_() != nil {
			if _, ok := u.catalog.Cluster().Database(d.Arg.GetString_().Sval); !ok {
				return pgerr.New(pgerrcode.InvalidCatalogName, "template database \"%s\" does not exist", d.Arg.GetString_().Sval)
			}
		}
	}
	return u.freeDatabase(s.Dbname)
}

// renamedDatabase is RenameDatabase.
func (u *utilityContext) renamedDatabase(s *pg_query.RenameStmt) error {
	if err := u.existingDatabase(s.Subname); err != nil {
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
	switch {
	case !ok:
		return false, d.missing(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", name)
	case db.Template:
		return false, pgerr.New(pgerrcode.WrongObjectType, "cannot drop a template database")
	case name == d.ps.database():
		return false, pgerr.New(pgerrcode.ObjectInUse, "cannot drop the currently open database")
	}
	return true, nil
}
