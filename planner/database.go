package planner

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/fdw"
)

// Database is the name of the database that has the server's relations.
const Database = catalog.DatabaseName

// database is one of the server's databases, with what PostgreSQL keeps for each:
// a catalog over what all share, notifications, counts.
type database struct {
	catalog.Database

	// Made when somebody first connects, as a connection to the maintenance database is rare.
	open    func() error
	catalog *catalog.Catalog             // once open
	tables  map[adt.OID]*exec.TableStats // of those that are no system catalogs; once open
	opened  atomic.Bool                  // for those who look from other databases

	hub   *hub
	stats databaseStats
}

// addDatabases makes what the cluster has, of which Database is open and has the
// server's relations.
func (e *Engine) addDatabases() error {
	for _, d := range e.cluster.Databases() {
		db := &database{Database: d, hub: newHub()}
		var rels []fdw.Relation
		if d.Name == Database {
			rels = e.config.Relations
		}
		db.open = sync.OnceValue(func() error { return e.openDatabase(db, rels) })
		e.databases = append(e.databases, db)
	}
	return e.database(Database).open()
}

// database finds a database by name, nil: there is none.
func (e *Engine) database(name string) *database {
	return e.findDatabase(func(d *database) bool { return d.Name == name })
}

func (e *Engine) findDatabase(is func(*database) bool) *database {
	for _, d := range e.databases {
		if is(d) {
			return d
		}
	}
	return nil
}

// openDatabase makes a database's catalog.
func (e *Engine) openDatabase(db *database, rels []fdw.Relation) error {
	cat, err := e.cluster.Open(db.Name, e.funcs, rels)
	if err != nil {
		return err
	}
	e.setRows(cat)
	for name, rows := range e.config.Rows {
		cat.SetRows(name, func(*fdw.Session) []adt.Row { return rows() })
	}
	cat.SetViewColumns(func(r *catalog.Relation) catalog.ViewColumns {
		// A view that cannot be analysed says so to those who read it.
		columns, _ := analyze.ViewColumns(cat, &adt.Env{Context: context.Background(), Types: cat}, r)
		return columns
	})
	cat.SetUpdatable(func(r *catalog.Relation) catalog.UpdatableView {
		updatable, _ := analyze.UpdatableView(cat, &adt.Env{Context: context.Background(), Types: cat}, r)
		return updatable
	})
	db.catalog, db.tables = cat, countTables(cat)
	db.opened.Store(true)
	return nil
}
