package planner

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// countTables makes the counts of a database's own tables.
func countTables(cat *catalog.Catalog) map[adt.OID]*exec.TableStats {
	tables := map[adt.OID]*exec.TableStats{}
	for _, r := range cat.Own() {
		if r.Table != nil {
			tables[r.OID] = &exec.TableStats{}
		}
	}
	return tables
}

// tableStats gives the counts of a table; nil of a system catalog, which has none.
func (db *database) tableStats(oid adt.OID) *exec.TableStats { return db.tables[oid] }

// tableStatsFuncs are the routines behind pg_stat_user_tables that have something
// to tell of this server's tables, and those that set statistics back.
func tableStatsFuncs() adt.Funcs {
	f := adt.Funcs{
		"pg_stat_get_lastscan": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if t := s.db.tables[a[0].(adt.OID)]; t != nil {
				return orNever(t.LastScan.Load()), nil
			}
			return nil, nil
		}),
		"pg_stat_reset": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			s.resetStats()
			return adt.Void{}, nil
		}),
		"pg_stat_reset_single_table_counters": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if t := s.db.tables[a[0].(adt.OID)]; t != nil {
				zero(&t.Scans, &t.Read, &t.Inserted, &t.Updated, &t.Deleted, &t.LastScan)
			}
			return adt.Void{}, nil
		}),
		"pg_stat_reset_shared":             withSession(resetShared),
		"pg_stat_reset_replication_slot":   withSession(resetSlot),
		"pg_stat_reset_subscription_stats": withSession(resetSubscription),
	}
	for name, count := range map[string]func(*exec.TableStats) *atomic.Int64{
		"numscans":        func(t *exec.TableStats) *atomic.Int64 { return &t.Scans },
		"tuples_returned": func(t *exec.TableStats) *atomic.Int64 { return &t.Read },
		"tuples_inserted": func(t *exec.TableStats) *atomic.Int64 { return &t.Inserted },
		"tuples_updated":  func(t *exec.TableStats) *atomic.Int64 { return &t.Updated },
		"tuples_deleted":  func(t *exec.TableStats) *atomic.Int64 { return &t.Deleted },
	} {
		f["pg_stat_get_"+name] = withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if t := s.db.tables[a[0].(adt.OID)]; t != nil {
				return count(t).Load(), nil
			}
			return int64(0), nil
		})
	}
	return f
}

// orNever makes a time of Unix microseconds, NULL of none.
func orNever(micros int64) adt.Datum {
	if micros == 0 {
		return nil
	}
	return timestamp(time.UnixMicro(micros))
}

func zero(counts ...*atomic.Int64) {
	for _, c := range counts {
		c.Store(0)
	}
}

// resetStats sets the counts of the database and of its tables back.
func (s *Session) resetStats() {
	d := &s.db.stats
	zero(&d.commits, &d.rollbacks, &d.sessions, &d.tempFiles, &d.tempBytes, &d.active, &d.idleTransaction)
	d.ended.Add(-s.e.sessionTime(s.db))
	d.reset.Store(time.Now().UnixMicro())
	for _, t := range s.db.tables {
		zero(&t.Scans, &t.Read, &t.Inserted, &t.Updated, &t.Deleted, &t.LastScan)
	}
}

// resetShared checks the name of what it is to set back: all of that stands at
// zero here (pg_stat_reset_shared).
func resetShared(_ *Session, a []adt.Datum) (adt.Datum, error) {
	if !slices.Contains([]string{"archiver", "bgwriter", "io", "recovery_prefetch", "wal"}, a[0].(string)) {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized reset target: \"%s\"", a[0]).
			Hintf("Target must be \"archiver\", \"bgwriter\", \"io\", \"recovery_prefetch\", or \"wal\".")
	}
	return adt.Void{}, nil
}

// resetSlot is pg_stat_reset_replication_slot: there are no slots.
func resetSlot(_ *Session, a []adt.Datum) (adt.Datum, error) {
	if a[0] == nil {
		return adt.Void{}, nil
	}
	return nil, pgerr.New(pgerrcode.InvalidParameterValue, "replication slot \"%s\" does not exist", a[0])
}

// resetSubscription is pg_stat_reset_subscription_stats: there are no
// subscriptions, which it does not mind.
func resetSubscription(_ *Session, a []adt.Datum) (adt.Datum, error) {
	if a[0] == adt.OID(0) {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid subscription OID %d", a[0])
	}
	return adt.Void{}, nil
}
