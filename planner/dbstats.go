package planner

import (
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

// sessionTime is how long sessions have been there, those that still are too.
func (e *Engine) sessionTime() int64 {
	total := e.stats.ended.Load()
	now := time.Now()
	for _, s := range e.all() {
		total += now.Sub(s.started).Microseconds()
	}
	return total
}

// databaseFuncs are the routines behind pg_stat_database that have something to
// tell of this server's database.
func databaseFuncs() adt.Funcs {
	f := adt.Funcs{}
	add := func(name string, get func(*Engine) adt.Datum, none adt.Datum) {
		f["pg_stat_get_db_"+name] = withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if a[0].(adt.OID) != s.e.catalog.DatabaseOID() {
				return none, nil
			}
			return get(s.e), nil
		})
	}
	for name, count := range map[string]func(*databaseStats) *atomic.Int64{
		"xact_commit":   func(d *databaseStats) *atomic.Int64 { return &d.commits },
		"xact_rollback": func(d *databaseStats) *atomic.Int64 { return &d.rollbacks },
		"sessions":      func(d *databaseStats) *atomic.Int64 { return &d.sessions },
		"temp_files":    func(d *databaseStats) *atomic.Int64 { return &d.tempFiles },
		"temp_bytes":    func(d *databaseStats) *atomic.Int64 { return &d.tempBytes },
	} {
		add(name, func(e *Engine) adt.Datum { return count(&e.stats).Load() }, int64(0))
	}
	for name, micros := range map[string]func(*Engine) int64{
		"session_time":             (*Engine).sessionTime,
		"active_time":              func(e *Engine) int64 { return e.stats.active.Load() },
		"idle_in_transaction_time": func(e *Engine) int64 { return e.stats.idleTransaction.Load() },
	} {
		add(name, func(e *Engine) adt.Datum { return float64(micros(e)) / 1000 }, float64(0))
	}
	for name, count := range map[string]func(*exec.TableStats) *atomic.Int64{
		"tuples_returned": func(t *exec.TableStats) *atomic.Int64 { return &t.Read },
		"tuples_inserted": func(t *exec.TableStats) *atomic.Int64 { return &t.Inserted },
		"tuples_updated":  func(t *exec.TableStats) *atomic.Int64 { return &t.Updated },
		"tuples_deleted":  func(t *exec.TableStats) *atomic.Int64 { return &t.Deleted },
	} {
		add(name, func(e *Engine) adt.Datum {
			total := int64(0)
			for _, t := range e.tables {
				total += count(t).Load()
			}
			return total
		}, int64(0))
	}
	add("stat_reset_time", func(e *Engine) adt.Datum { return orNever(e.stats.reset.Load()) }, nil)
	add("numbackends", func(e *Engine) adt.Datum { return int32(len(e.all())) }, int32(0))
	return f
}
