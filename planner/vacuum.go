package planner

import (
	"context"
	"maps"

	"github.com/flowgres/flowgres/planner/analyze"
)

// vacuum does what is seen of VACUUM or ANALYZE: it complains, and the former
// commits before it would begin, which leaves the session in a transaction of
// its own and the portal that it runs in as it is (vacuum, PreCommit_Portals).
func (s *Session) vacuum(ctx context.Context, u *analyze.Vacuum) error {
	if u.Analyze {
		return u.Missing
	}
	if err := s.outsideBlock(u.CommandTag()); err != nil {
		return err
	}
	if u.Missing != nil {
		return u.Missing
	}
	s.tx.immediate = false
	running := maps.Clone(s.portals)
	maps.DeleteFunc(running, func(_ string, p *portal) bool { return !p.active })
	maps.DeleteFunc(s.portals, func(_ string, p *portal) bool { return p.active })
	err := s.commit(ctx)
	maps.Copy(s.portals, running)
	if err != nil {
		return err
	}
	return s.ensureTx()
}
