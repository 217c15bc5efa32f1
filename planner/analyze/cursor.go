package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// DeclareCursor is DECLARE … CURSOR.
type DeclareCursor struct {
	plain
	Name        string
	Binary      bool
	Scroll      bool
	NoScroll    bool
	Insensitive bool
	Hold        bool
	Query       *nodes.Query
}

// CommandTag is DECLARE CURSOR.
func (*DeclareCursor) CommandTag() string { return "DECLARE CURSOR" }

// Bits of DeclareCursorStmt.Options (parsenodes.h).
const (
	cursorBinary      = 0x01
	cursorScroll      = 0x02
	cursorNoScroll    = 0x04
	cursorInsensitive = 0x08
	cursorAsensitive  = 0x10
	cursorHold        = 0x20
)

func (u *utilityContext) declareCursor(s *pg_query.DeclareCursorStmt) (Utility, error) {
	has := func(bits int32) bool { return s.Options&bits == bits }
	if has(cursorScroll | cursorNoScroll) {
		return nil, pgerr.New(pgerrcode.InvalidCursorDefinition, "cannot specify both %s and %s", "SCROLL", "NO SCROLL")
	}
	if has(cursorAsensitive | cursorInsensitive) {
		return nil, pgerr.New(pgerrcode.InvalidCursorDefinition, "cannot specify both %s and %s", "ASENSITIVE", "INSENSITIVE")
	}
	q, err := u.optionalInto(s.Query)
	if err != nil {
		return nil, err
	}
	if q.Command != nodes.CmdSelect {
		return nil, pgerr.Internal("unexpected non-SELECT command in DECLARE CURSOR")
	}
	if q.HasModifyingCTE {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "DECLARE CURSOR must not contain data-modifying statements in WITH")
	}
	if locks := s.Query.GetSelectStmt().GetLockingClause(); q.RowMarks && len(locks) > 0 {
		lock := lockName(locks[0].GetLockingClause().GetStrength())
		switch {
		case has(cursorHold):
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "DECLARE CURSOR WITH HOLD ... %s is not supported", lock).
				Detailf("Holdable cursors must be READ ONLY.")
		case has(cursorScroll):
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "DECLARE SCROLL CURSOR ... %s is not supported", lock).
				Detailf("Scrollable cursors must be READ ONLY.")
		case has(cursorInsensitive):
			return nil, pgerr.New(pgerrcode.InvalidCursorDefinition, "DECLARE INSENSITIVE CURSOR ... %s is not valid", lock).
				Detailf("Insensitive cursors must be READ ONLY.")
		}
	}
	if s.Portalname == "" {
		return nil, pgerr.New(pgerrcode.InvalidCursorName, "invalid cursor name: must not be empty")
	}
	return &DeclareCursor{
		Name: s.Portalname, Binary: has(cursorBinary), Scroll: has(cursorScroll), NoScroll: has(cursorNoScroll),
		Insensitive: has(cursorInsensitive), Hold: has(cursorHold), Query: q,
	}, nil
}

// FetchDirection is the direction of a Fetch.
type FetchDirection uint8

// The directions of FETCH; FIRST is Absolute 1, LAST Absolute -1.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)

// FetchAll as a Fetch's Count means all that is left.
const FetchAll = int64(^uint64(0) >> 1)

// Fetch is FETCH or MOVE.
type Fetch struct {
	Name      string
	Direction FetchDirection
	Count     int64
	Move      bool
}

// CommandTag is FETCH or MOVE.
func (f *Fetch) CommandTag() string {
	if f.Move {
		return "MOVE"
	}
	return "FETCH"
}

// ReturnsRows is true for FETCH.
func (f *Fetch) ReturnsRows() bool { return !f.Move }

// Columns are the cursor's.
func (*Fetch) Columns() []Column { return nil }

func fetch(s *pg_query.FetchStmt) *Fetch {
	f := &Fetch{Name: s.Portalname, Count: s.HowMany, Move: s.Ismove}
	switch s.Direction {
	case pg_query.FetchDirection_FETCH_BACKWARD:
		f.Direction = FetchBackward
	case pg_query.FetchDirection_FETCH_ABSOLUTE:
		f.Direction = FetchAbsolute
	case pg_query.FetchDirection_FETCH_RELATIVE:
		f.Direction = FetchRelative
	}
	return f
}

// ClosePortal is CLOSE.
type ClosePortal struct {
	plain
	Name string
	All  bool
}

// CommandTag is CLOSE CURSOR or CLOSE CURSOR ALL.
func (c *ClosePortal) CommandTag() string {
	if c.All {
		return "CLOSE CURSOR ALL"
	}
	return "CLOSE CURSOR"
}
