package planner

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/exec"
)

// databaseStats is what pg_stat_database tells of the sessions since the
// server's start. Times are in microseconds.
type databaseStats struct {
	commits, rollbacks             atomic.Int64
	sessions                       atomic.Int64
	tempFiles, tempBytes           atomic.Int64 // of temporary files that have gone
	ended, active, idleTransaction atomic.Int64 // time of sessions that have ended, and of all sessions' states
	reset                          atomic.Int64 // when pg_stat_reset was last called (Unix time); 0: never
}

// spent counts the time that a session has been in a state.
func (d *databaseStats) spent(state string, t time.Duration) {
	switch {
	case state == "active":
		d.active.Add(t.Microseconds())
	case strings.HasPrefix(state, "idle in transaction"):
		d.idleTransaction.Add(t.Microseconds())
	}
}

// sessionTime is how long a database's sessions have been there, those that still are too.
func (e *Engine) sessionTime(db *database) int64 {
	total := db.stats.ended.Load()
	now := time.Now()
	for _, s := range e.sessionsOf(db) {
		total += now.Sub(s.started).Microseconds()
	}
	return total
}

// sessionsOf gives the sessions of a database.
func (e *Engine) sessionsOf(db *database) []*Session {
	return slices.DeleteFunc(e.all(), func(s *Session) bool { return s.db != db })
}

// databaseFuncs are the routines behind pg_stat_database that have something to tell
// of this server's databases.
func databaseFuncs() adt.Funcs {
	f := adt.Funcs{}
	add := func(name string, get func(*Engine, *database) adt.Datum, none adt.Datum) {
		f["pg_stat_get_db_"+name] = withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			db := s.e.findDatabase(func(d *database) bool { return d.OID == a[0] })
			if db == nil {
				return none, nil
			}
			return get(s.e, db), nil
		})
	}
	for name, count := range map[string]func(*databaseStats) *atomic.Int64{
		"xact_commit":   func(d *databaseStats) *atomic.Int64 { return &d.commits },
		"xact_rollback": func(d *databaseStats) *atomic.Int64 { return &d.rollbacks },
		"sessions":      func(d *databaseStats) *atomic.Int64 { return &d.sessions },
		"temp_files":    func(d *databaseStats) *atomic.Int64 { return &d.tempFiles },
		"temp_bytes":    func(d *databaseStats) *atomic.Int64 { return &d.tempBytes },
	} {
		add(name, func(_ *Engine, db *database) adt.Datum { return count(&db.stats).Load() }, int64(0))
	}
	for name, micros := range map[string]func(*Engine, *database) int64{
		"session_time":             (*Engine).sessionTime,
		"active_time":              func(_ *Engine, db *database) int64 { return db.stats.active.Load() },
		"idle_in_transaction_time": func(_ *Engine, db *database) int64 { return db.stats.idleTransaction.Load() },
	} {
		add(name, func(e *Engine, db *database) adt.Datum { return float64(micros(e, db)) / 1000 }, float64(0))
	}
	for name, count := range map[string]func(*exec.TableStats) *atomic.Int64{
		"tuples_returned": func(t *exec.TableStats) *atomic.Int64 { return &t.Read },
		"tuples_inserted": func(t *exec.TableStats) *atomic.Int64 { return &t.Inserted },
		"tuples_updated":  func(t *exec.TableStats) *atomic.Int64 { return &t.Updated },
		"tuples_deleted":  func(t *exec.TableStats) *atomic.Int64 { return &t.Deleted },
	} {
		add(name, func(_ *Engine, db *database) adt.Datum {
			total := int64(0)
			if db.opened.Load() {
				for _, t := range db.tables {
					total += count(t).Load()
				}
			}
			return total
		}, int64(0))
	}
	add("stat_reset_time", func(_ *Engine, db *database) adt.Datum { return orNever(db.stats.reset.Load()) }, nil)
	add("numbackends", func(e *Engine, db *database) adt.Datum { return int32(len(e.sessionsOf(db))) }, int32(0))
	return f
}
