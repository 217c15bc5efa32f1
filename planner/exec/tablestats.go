package exec

import (
	"sync/atomic"
	"time"

	"github.com/flowgres/flowgres/planner/nodes"
)

// TableStats counts what queries do to a table, whether their transactions
// commit or not, as PostgreSQL's cumulative statistics do (pg_stat_user_tables).
type TableStats struct {
	Scans, Read                atomic.Int64 // scans started, rows that they read
	Inserted, Updated, Deleted atomic.Int64 // rows
	LastScan                   atomic.Int64 // Unix time in microseconds; 0: none yet
}

// table gives a table's counts, and some that nobody reads where none are kept.
func (x *state) table(oid OID) *TableStats {
	if x.run.Tables != nil {
		if t := x.run.Tables(oid); t != nil {
			return t
		}
	}
	return &TableStats{}
}

// scanned counts the start of a scan.
func (t *TableStats) scanned() {
	t.Scans.Add(1)
	t.LastScan.Store(time.Now().UnixMicro())
}

// wrote counts rows that a command has written.
func (t *TableStats) wrote(c nodes.CmdType, rows int64) {
	switch c {
	case nodes.CmdInsert:
		t.Inserted.Add(rows)
	case nodes.CmdUpdate:
		t.Updated.Add(rows)
	case nodes.CmdDelete:
		t.Deleted.Add(rows)
	}
}
