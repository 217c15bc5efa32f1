package planner

import (
	"context"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/planner/plan"
)

// portal is a statement bound to its parameters, ready to run or running;
// cursors are portals too.
type portal struct {
	name    string
	stmt    *analyze.Analyzed
	source  string
	params  []adt.Datum
	formats []int16
	columns []Column
	created time.Time
	level   int   // savepoints when it was made
	size    int64 // of the session's holdings

	plan     *plan.Plan
	stamp    planStamp
	cached   *cachedPlan // where plan is from; nil: it is this portal's own
	query    *exec.Query
	pull     func() (adt.Row, error, bool) // rows one by one
	stop     func()
	cancel   context.CancelCauseFunc // of the context that pull runs under
	done     bool                    // it has run; what does not send rows cannot again
	active   bool                    // it is being run
	failed   bool                    // it has failed, or its transaction
	released bool                    // the failure of its transaction has taken its statement (AtAbort_Portals)
	tag      string                  // of that command

	cursor  bool // DECLARE made it
	binary  bool
	scroll  bool
	hold    bool        // WITH HOLD
	held    bool        // and its transaction has ended: rows are all in kept
	kept    *exec.Store // nil: none yet
	base    int64       // rows before kept, let go since the portal cannot go back
	ended   bool        // the rows' end has been read
	pos     int64       // 0 before the first row, n on the n'th
	declare string

	follows []followed // tables that a cursor's rows carry the keys of
	visible int        // columns of a cursor's rows before those

	from    *prepared     // counts what plan it gets; nil: nobody does
	generic bool          // plan is for any parameters
	planned time.Duration // not counted by pg_stat_statements yet
	counted bool          // its call has been
}

// activate marks a portal that can be run as running, until rest is called
// (MarkPortalActive). A query may read the very cursor that it is of.
func (p *portal) activate() (rest func(), err error) {
	if p.active || p.failed {
		return nil, p.cannotRun()
	}
	p.active = true
	return func() { p.active = false }, nil
}

func (p *portal) cannotRun() error {
	return pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "portal \"%s\" cannot be run", p.name)
}

// desc describes the rows of a portal's query.
func (p *portal) desc() *adt.RowDesc {
	desc := rowDesc(p.stmt.Query)
	if p.cursor {
		desc.Fields = desc.Fields[:p.visible]
	}
	return desc
}

// describes gives the columns of a portal's query as its plan has them, which
// may know type modifiers that the query does not (ExecCleanTypeFromTL).
func (p *portal) describes() []analyze.Column {
	columns := p.stmt.Columns()
	if p.cursor {
		columns = columns[:p.visible]
	}
	if p.plan != nil {
		for i := range columns {
			if c := p.plan.Columns[i]; c.Type == columns[i].Type {
				columns[i].Typmod = c.Typmod
			}
		}
	}
	return columns
}

// streams tells whether the portal's rows go to the client as they are made
// (PORTAL_ONE_SELECT). All others run to their end before the client gets the first.
func (p *portal) streams() bool {
	return p.stmt.Query != nil && p.stmt.Query.Command == nodes.CmdSelect && !modifies(p.stmt.Query)
}

func modifies(q *nodes.Query) bool {
	for _, c := range q.CTEs {
		if c.Modifying {
			return true
		}
	}
	return false
}

// DescribePortal gives a portal's columns; nil: it returns no rows.
func (s *Session) DescribePortal(ctx context.Context, name string) (columns []Column, err error) {
	defer s.boundary("", &err)
	cancel, err := s.within(ctx)
	defer s.without(cancel)
	if err != nil {
		return nil, err
	}
	p, err := s.portal(name)
	if err != nil {
		return nil, err
	}
	if p.columns != nil {
		if err := s.checkFailed(nil); err != nil {
			return nil, err
		}
	}
	return p.columns, nil
}

// portal finds a portal by its name.
func (s *Session) portal(name string) (*portal, error) {
	if err := validNames(name, ""); err != nil {
		return nil, err
	}
	if p := s.portals[key(name)]; p != nil {
		return p, nil
	}
	return nil, pgerr.New(pgerrcode.InvalidCursorName, "portal \"%s\" does not exist", name)
}

// ClosePortal closes a portal; one that is not there is fine.
func (s *Session) ClosePortal(name string) (err error) {
	defer s.boundary("", &err)
	if err := validNames(name, ""); err != nil {
		return err
	}
	s.closePortal(key(name))
	return nil
}

func (s *Session) closePortal(name string) {
	p := s.portals[name]
	if p == nil {
		return
	}
	p.end()
	if p.kept != nil {
		p.kept.Close()
	}
	s.holdings.drop(p.size)
	delete(s.portals, name)
}

// end stops what a portal has running.
func (p *portal) end() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// closePortals closes the portals that match.
func (s *Session) closePortals(match func(*portal) bool) {
	for name, p := range s.portals {
		if match(p) {
			s.closePortal(name)
		}
	}
}
