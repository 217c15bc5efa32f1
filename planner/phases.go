package planner

import "time"

// Phase is a part of a statement's work, for traces: parse, analyze, plan,
// execute.
type Phase struct {
	Name  string
	Start time.Time
	Took  time.Duration
}

// maxPhases bounds what a session remembers of messages that run nothing.
const maxPhases = 16

// phase notes that a part of the work begins; the function it gives, that it ends.
func (s *Session) phase(name string) func() {
	if !s.o.Phases || len(s.phases) >= maxPhases {
		return noPhase
	}
	start := time.Now()
	return func() { s.phases = append(s.phases, Phase{name, start, time.Since(start)}) }
}

func noPhase() {}

// Phases gives the phases since it was last asked.
func (s *Session) Phases() []Phase {
	p := s.phases
	s.phases = nil
	return p
}

// Normalized gives the text of the statement being run, or run last, without
// its constants; empty: it could not be analysed.
func (s *Session) Normalized() string {
	if s.ran == nil {
		return ""
	}
	return s.ran.Normalized()
}
