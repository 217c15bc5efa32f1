package planner

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// noStorageFuncs are routines about what a server keeps on disk, of which there
// is nothing here: sequences, commit times, write-ahead log and the statistics
// of all that. They answer as those of a fresh server without activity.
func noStorageFuncs() adt.Funcs {
	record := func(values func(s *Session, args []adt.Datum) adt.Row) adt.Func {
		return adt.Raw(func(c *adt.Call, args []adt.Datum) (adt.Datum, error) {
			s, ok := c.Env.Session.(*Session)
			if !ok {
				return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
			}
			return &adt.Record{Desc: c.Desc, Values: values(s, args)}, nil
		})
	}
	started := func(s *Session) adt.Datum { return timestamp(s.e.started) }
	zero := int64(0)
	f := adt.Funcs{
		"pg_stat_get_archiver": record(func(s *Session, _ []adt.Datum) adt.Row {
			return adt.Row{zero, nil, nil, zero, nil, nil, started(s)}
		}),
		"pg_stat_get_wal": record(func(s *Session, _ []adt.Datum) adt.Row {
			return adt.Row{zero, zero, adt.NumericFromInt64(0), zero, zero, zero, float64(0), float64(0), started(s)}
		}),
		"pg_stat_get_subscription_stats": record(func(_ *Session, a []adt.Datum) adt.Row {
			return adt.Row{a[0], zero, zero, nil}
		}),
		"pg_stat_get_replication_slot": record(func(_ *Session, a []adt.Datum) adt.Row {
			return adt.Row{a[0], zero, zero, zero, zero, zero, zero, zero, zero, nil}
		}),

		"pg_stat_get_bgwriter_stat_reset_time": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) { return started(s), nil }),

		"lastval": withSession(func(*Session, []adt.Datum) (adt.Datum, error) {
			return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
		}),
		"pg_sequence_parameters": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if s.e.catalog.RelationByOID(a[0].(adt.OID)) == nil {
				return nil, pgerr.New(pgerrcode.UndefinedTable, "relation with OID %d does not exist", a[0])
			}
			return nil, pgerr.Internal("cache lookup failed for sequence %d", a[0])
		}),

		"pg_xact_commit_timestamp":        withSession(noCommitTimes),
		"pg_xact_commit_timestamp_origin": withSession(noCommitTimes),
		"pg_last_committed_xact":          withSession(noCommitTimes),

		"pg_promote":           withSession(notInRecovery),
		"pg_wal_replay_pause":  withSession(notInRecovery),
		"pg_wal_replay_resume": withSession(notInRecovery),

		"pg_replication_origin_session_is_setup": constantFunc(false),
		"pg_database_collation_actual_version":   constantFunc(nil), // C has no version
		"pg_rotate_logfile":                      withSession(noLogCollector),
		"pg_rotate_logfile_v2":                   withSession(noLogCollector),
		"pg_mcv_list_items":                      adt.Set(noRows), // there is no value of the type
		"system_user": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			if s.o.SystemUser == "" {
				return nil, nil
			}
			return s.o.SystemUser, nil
		}),
	}
	for _, name := range []string{"nextval_oid", "currval_oid", "setval_oid", "setval3_oid"} {
		f[name] = withSession(notASequence)
	}
	return f
}

func noRows(*adt.Call, []adt.Datum) iter.Seq2[adt.Datum, error] {
	return func(func(adt.Datum, error) bool) {}
}

// notASequence refuses a relation: there are no sequences.
func notASequence(s *Session, a []adt.Datum) (adt.Datum, error) {
	r := s.e.catalog.RelationByOID(a[0].(adt.OID))
	if r == nil {
		return nil, pgerr.Internal("could not open relation with OID %d", a[0])
	}
	return nil, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not a sequence", r.Name)
}

// noCommitTimes is what track_commit_timestamp = off answers; the ids below 3
// have no commit.
func noCommitTimes(_ *Session, a []adt.Datum) (adt.Datum, error) {
	if len(a) > 0 && a[0].(adt.OID) == 0 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "cannot retrieve commit timestamp for transaction %d", 0)
	}
	if len(a) > 0 && a[0].(adt.OID) < 3 {
		return nil, nil
	}
	return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "could not get commit timestamp data").
		Hintf("Make sure the configuration parameter \"%s\" is set.", "track_commit_timestamp")
}

func noLogCollector(s *Session, _ []adt.Datum) (adt.Datum, error) {
	s.notice(warning(pgerrcode.Warning, "rotation not possible because log collection not active"))
	return false, nil
}
