package planner

import (
	"time"

	"github.com/flowgres/flowgres/planner/fdw"
)

// fresh tells the backends how fresh the rows of a query that begins now have to
// be. Under READ COMMITTED they are read anew, or with others that began to read
// after the query did. Under REPEATABLE READ and SERIALIZABLE what a transaction
// has read stays as it was, but for its own writes.
func (s *Session) fresh() {
	s.fdw.Began = time.Now()
	switch s.guc.Text("transaction_isolation") {
	case "repeatable read", "serializable":
		if s.fdw.Snapshot == nil && s.inBlock() { // a single statement has nothing to be stable for
			s.fdw.Snapshot = &fdw.Kept{}
		}
	default:
		s.fdw.Snapshot = nil
	}
}
