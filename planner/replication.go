package planner

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// replicationFuncs speak of replication slots (slotfuncs.c) and origins
// (origin.c), of which there are none and none can be made: what names one does
// not find it, and logical decoding is off as wal_level says.
func replicationFuncs() adt.Funcs {
	none := func(kind string) func(name string) error {
		return func(name string) error {
			return pgerr.New(pgerrcode.UndefinedObject, "replication %s \"%s\" does not exist", kind, name)
		}
	}
	named := func(missing func(string) error) adt.Func {
		return adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) { return nil, missing(a[0].(string)) })
	}
	failing := func(err error) adt.Func {
		return adt.Raw(func(*adt.Call, []adt.Datum) (adt.Datum, error) { return nil, err })
	}
	slot, origin := none("slot"), none("origin")
	notLogical := pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "logical decoding requires wal_level >= logical")
	noOrigin := pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "no replication origin is configured")
	f := adt.Funcs{
		"pg_drop_replication_slot": named(slot),
		"pg_replication_slot_advance": adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if a[1].(uint64) == 0 {
				return nil, pgerr.Internal("invalid target WAL LSN")
			}
			return nil, slot(a[0].(string))
		}),
		"pg_ls_replslotdir": failingSet(func(_ *adt.Call, a []adt.Datum) error { return slot(a[0].(string)) }),

		"pg_replication_origin_oid":              constantFunc(nil),
		"pg_replication_origin_drop":             named(origin),
		"pg_replication_origin_progress":         named(origin),
		"pg_replication_origin_advance":          named(origin),
		"pg_replication_origin_session_setup":    named(origin),
		"pg_replication_origin_session_reset":    failing(noOrigin),
		"pg_replication_origin_session_progress": failing(noOrigin),
		"pg_replication_origin_session_is_setup": constantFunc(false),
		"pg_replication_origin_xact_setup":       failing(noOrigin),
		"pg_replication_origin_xact_reset":       constantFunc(adt.Void{}),

		"pg_create_logical_replication_slot": failing(notLogical),
	}
	for _, form := range []string{"a", "b", "c"} {
		f["pg_copy_logical_replication_slot_"+form] = failing(notLogical)
		if form != "c" {
			f["pg_copy_physical_replication_slot_"+form] = named(slot)
		}
	}
	for _, how := range []string{"get", "peek"} {
		for _, format := range []string{"", "binary_"} {
			f["pg_logical_slot_"+how+"_"+format+"changes"] = failingSet(func(*adt.Call, []adt.Datum) error { return notLogical })
		}
	}
	return f
}
