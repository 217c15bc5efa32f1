package planner

import (
	"iter"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// noStorageFuncs are routines about what a server keeps on disk, of which there
// is nothing here: sequences, commit times, write-ahead log and the statistics
// of all that. They answer as those of a fresh server without activity.
func noStorageFuncs() adt.Funcs {
	started := func(s *Session) adt.Datum { return timestamp(s.e.started) }
	zero := int64(0)
	f := adt.Funcs{
		"pg_stat_get_archiver": recordFunc(func(s *Session, _ []adt.Datum) adt.Row {
			return adt.Row{zero, nil, nil, zero, nil, nil, started(s)}
		}),
		"pg_stat_get_wal": recordFunc(func(s *Session, _ []adt.Datum) adt.Row {
			return adt.Row{zero, zero, adt.NumericFromInt64(0), zero, zero, zero, float64(0), float64(0), started(s)}
		}),
		"pg_stat_get_subscription_stats": recordFunc(func(_ *Session, a []adt.Datum) adt.Row {
			return adt.Row{a[0], zero, zero, nil}
		}),
		"pg_stat_get_replication_slot": recordFunc(func(_ *Session, a []adt.Datum) adt.Row {
			return adt.Row{a[0], zero, zero, zero, zero, zero, zero, zero, zero, nil}
		}),

		"pg_stat_get_bgwriter_stat_reset_time": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) { return started(s), nil }),

		"lastval": withSession(func(*Session, []adt.Datum) (adt.Datum, error) {
			return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
		}),
		"pg_sequence_parameters": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if s.db.catalog.RelationByOID(a[0].(adt.OID)) == nil {
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

		"pg_rotate_logfile":          withSession(noLogCollector),
		"pg_rotate_logfile_v2":       withSession(noLogCollector),
		"pg_stats_ext_mcvlist_items": adt.Set(noRows), // there is no value of the type
		"system_user": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			if s.o.SystemUser == "" {
				return nil, nil
			}
			return s.o.SystemUser, nil
		}),
	}
	f["satisfies_hash_partition"] = withSession(hashPartition)
	for name, where := range map[string]string{
		"pg_event_trigger_table_rewrite_oid":    "a table_rewrite event trigger function",
		"pg_event_trigger_table_rewrite_reason": "a table_rewrite event trigger function",
		"pg_event_trigger_dropped_objects":      "a sql_drop event trigger function",
		"pg_event_trigger_ddl_commands":         "an event trigger function",
	} {
		err := pgerr.New(pgerrcode.EventTriggerProtocolViolated, "%s() can only be called in %s", name, where)
		f[name] = adt.Raw(func(*adt.Call, []adt.Datum) (adt.Datum, error) { return nil, err })
		if strings.HasSuffix(name, "s") {
			f[name] = failingSet(func(*adt.Call, []adt.Datum) error { return err })
		}
	}
	for _, name := range []string{"nextval_oid", "currval_oid", "setval_oid", "setval3_oid"} {
		f[name] = withSession(notASequence)
	}
	return f
}

// hashPartition is satisfies_hash_partition: there is no partitioned table here
// that it could be asked about.
func hashPartition(s *Session, a []adt.Datum) (adt.Datum, error) {
	if a[0] == nil || a[1] == nil || a[2] == nil {
		return false, nil
	}
	rel := s.db.catalog.RelationByOID(a[0].(adt.OID))
	modulus, remainder := a[1].(int32), a[2].(int32)
	switch {
	case modulus <= 0:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "modulus for hash partition must be an integer value greater than zero")
	case remainder < 0:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "remainder for hash partition must be an integer value greater than or equal to zero")
	case remainder >= modulus:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "remainder for hash partition must be less than modulus")
	case rel == nil:
		return nil, pgerr.Internal("could not open relation with OID %d", a[0])
	}
	return nil, pgerr.New(pgerrcode.InvalidParameterValue, "\"%s\" is not a hash partitioned table", rel.Name)
}

func noRows(*adt.Call, []adt.Datum) iter.Seq2[adt.Datum, error] {
	return func(func(adt.Datum, error) bool) {}
}

// notASequence refuses a relation: there are no sequences.
func notASequence(s *Session, a []adt.Datum) (adt.Datum, error) {
	r := s.db.catalog.RelationByOID(a[0].(adt.OID))
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

// haveStats is pg_stat_have_stats: what there is one of always has statistics, of
// what there are several the databases have that somebody has been in.
func haveStats(s *Session, a []adt.Datum) (adt.Datum, error) {
	switch kind := a[0].(string); kind {
	case "archiver", "bgwriter", "checkpointer", "io", "slru", "wal":
		return true, nil
	case "database":
		db := s.e.findDatabase(func(d *database) bool { return d.OID == a[1] })
		return db != nil && db.opened.Load() && a[2] == adt.OID(0), nil
	case "relation", "function", "replslot", "subscription":
		return false, nil
	default:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid statistics kind: \"%s\"", kind)
	}
}
