package planner

import (
	"fmt"
	"runtime/metrics"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// systemIdentifier is what pg_control_system calls the cluster by. The server
// keeps no state, so that all copies of it are the same one.
const systemIdentifier = 0x666c6f7767726573 // "flowgres"

// resourceManagers are those of PostgreSQL 16's write-ahead log, in the order of
// their numbers (rmgrlist.h).
const resourceManagers = "XLOG Transaction Storage CLOG Database Tablespace MultiXact RelMap Standby Heap2 Heap Btree Hash Gin Gist " +
	"Sequence SPGist BRIN CommitTs ReplicationOrigin Generic LogicalMessage"

// controlFuncs tell what pg_control holds (pg_controldata.c): the sizes and
// versions of PostgreSQL 16, and the positions of a log that has not begun.
func controlFuncs() adt.Funcs {
	zero := int32(0)
	f := adt.Funcs{
		"pg_control_system": recordFunc(func(s *Session, _ []adt.Datum) adt.Row {
			return adt.Row{int32(1300), int32(202307071), int64(systemIdentifier), timestamp(s.e.started)}
		}),
		"pg_control_init": recordFunc(func(*Session, []adt.Datum) adt.Row {
			return adt.Row{
				int32(8), int32(8192), int32(131072), int32(8192), int32(16 << 20), int32(64), int32(32), int32(1996), int32(2048), true, zero,
			}
		}),
		"pg_control_checkpoint": recordFunc(func(s *Session, _ []adt.Datum) adt.Row {
			const first = adt.OID(1) // FirstMultiXactId
			const oldest, none = adt.OID(3), adt.OID(0)
			return adt.Row{
				uint64(0), uint64(0), fmt.Sprintf("%08X%016X", 1, 0), int32(1), int32(1), true,
				fmt.Sprintf("0:%d", s.nextXID()), adt.OID(16384), first, none,
				oldest, adt.OID(1), none, first, adt.OID(1), none, none, timestamp(s.e.started),
			}
		}),
		"pg_control_recovery": recordFunc(func(*Session, []adt.Datum) adt.Row {
			return adt.Row{uint64(0), zero, uint64(0), uint64(0), false}
		}),
		"pg_get_wal_resource_managers": rowsFunc(func(*Session) []adt.Row {
			var out []adt.Row
			for i, name := range strings.Fields(resourceManagers) {
				out = append(out, adt.Row{int32(i), name, true})
			}
			return out
		}),
		"pg_get_multixact_members": failingSet(func(_ *adt.Call, a []adt.Datum) error {
			if id := a[0].(adt.OID); id > 0 {
				return pgerr.Internal("MultiXactId %d has not been created yet -- apparent wraparound", id)
			}
			return pgerr.New(pgerrcode.InvalidParameterValue, "invalid MultiXactId: %d", 0)
		}),
		"pg_get_backend_memory_contexts": rowsFunc(func(*Session) []adt.Row { return memoryContexts() }),
		"pg_get_shmem_allocations":       adt.Set(noRows), // goroutines need none
		"show_all_file_settings":         adt.Set(noRows),
		"pg_log_backend_memory_contexts": withSession(logMemoryContexts),
	}
	notUpgrading := pgerr.New(pgerrcode.CantChangeRuntimeParam, "function can only be called when server is in binary upgrade mode")
	for _, name := range []string{
		"create_empty_extension", "set_missing_value", "set_record_init_privs",
		"set_next_pg_type_oid", "set_next_array_pg_type_oid", "set_next_multirange_pg_type_oid", "set_next_multirange_array_pg_type_oid",
		"set_next_heap_pg_class_oid", "set_next_index_pg_class_oid", "set_next_toast_pg_class_oid",
		"set_next_pg_enum_oid", "set_next_pg_authid_oid", "set_next_pg_tablespace_oid",
		"set_next_heap_relfilenode", "set_next_index_relfilenode", "set_next_toast_relfilenode",
	} {
		f["binary_upgrade_"+name] = adt.Raw(func(*adt.Call, []adt.Datum) (adt.Datum, error) { return nil, notUpgrading })
	}
	return f
}

// memoryContexts gives pg_backend_memory_contexts. Sessions share one heap, so
// that there is one context: all that the process has.
func memoryContexts() []adt.Row {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/objects:objects"},
	}
	metrics.Read(samples)
	size := func(i int) int64 { return int64(samples[i].Value.Uint64()) }
	used, free := size(0), size(1)+size(2)
	return []adt.Row{{"TopMemoryContext", nil, nil, int32(0), used + free, size(3), free, int64(0), used}}
}

// logMemoryContexts is pg_log_backend_memory_contexts.
func logMemoryContexts(s *Session, a []adt.Datum) (adt.Datum, error) {
	pid := a[0].(int32)
	if s.e.session(pid) == nil {
		s.notice(warning(pgerrcode.Warning, "PID %d is not a PostgreSQL server process", pid))
		return false, nil
	}
	if s.e.config.Log == nil {
		return nil, pgerr.Unsupported("a server without a log cannot log memory contexts")
	}
	for _, c := range memoryContexts() {
		s.e.config.Log("memory context", "pid", pid, "name", c[0], "total_bytes", c[4], "free_bytes", c[6], "used_bytes", c[8])
	}
	return true, nil
}
