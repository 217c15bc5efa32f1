package guc

import (
	"cmp"
	"slices"
)

// saved is what a setting was before a transaction level changed it
// (GucStack).
type saved struct {
	level  int
	local  bool // SET LOCAL was the last change of the level
	set    bool // a plain SET was made in the level
	prior  state
	masked state // with local and set: what the plain SET gave
}

// state is a variable's value or the lack of one.
type state struct {
	entry
	own bool
}

// Begin starts a transaction, also the one of a single statement.
func (s *Session) Begin() { s.level = 1 }

// Push starts a subtransaction, of a savepoint.
func (s *Session) Push() { s.level++ }

// Pop ends the innermost subtransaction: its changes stay with the level
// around it, or with abort are undone.
func (s *Session) Pop(abort bool) { s.end(s.level, abort) }

// Commit ends the transaction: what SET gave stays, what SET LOCAL gave ends.
func (s *Session) Commit() {
	for s.level > 1 {
		s.Pop(false)
	}
	s.end(1, false)
}

// Rollback ends the transaction, undoing all that it set.
func (s *Session) Rollback() { s.end(1, true) }

// Undo undoes what the innermost level has set, which goes on without it: the
// level has failed and waits for its end.
func (s *Session) Undo() {
	level := s.level
	s.end(level, true)
	s.level = level
}

// Follow gives settings of a transaction, at its start, the values of their
// default_ namesakes. It touches those alone that differ.
func (s *Session) Follow(names ...string) error {
	if s.followed == s.Stamp() {
		return nil
	}
	for _, name := range names {
		d, from := s.reg.Lookup(name), s.reg.Lookup("default_"+name)
		if d == nil || from == nil {
			return unrecognized(name)
		}
		v := s.current(from).value
		if s.current(d).value == v {
			continue
		}
		s.store(d, entry{v, SessionSet}, true, true)
	}
	s.followed = s.Stamp()
	return nil
}

// Level gives the depth of transactions: 0 outside of any, 1 in a transaction,
// more in savepoints.
func (s *Session) Level() int { return s.level }

// push saves a variable's state before a change (push_old_value).
func (s *Session) push(v *variable, local bool) {
	if s.level == 0 {
		return
	}
	s.stacked = true
	now := state{v.entry, v.own}
	if n := len(v.stack); n > 0 && v.stack[n-1].level >= s.level {
		top := &v.stack[n-1]
		switch {
		case !local:
			top.set, top.local, top.masked = true, false, state{}
		case top.set && !top.local:
			top.masked, top.local = now, true
		}
		return
	}
	if len(v.stack) == 0 {
		s.order++
		v.stacked = s.order
	}
	v.stack = append(v.stack, saved{level: s.level, local: local, set: !local, prior: now})
}

// end closes transaction levels down to one (AtEOXact_GUC).
func (s *Session) end(level int, abort bool) {
	if s.level == 0 {
		return
	}
	if !s.stacked {
		s.level = level - 1
		return
	}
	s.stacked = level > 1
	var touched []*Def
	for d, v := range s.vars {
		if n := len(v.stack); n > 0 && v.stack[n-1].level >= level {
			touched = append(touched, d)
		}
	}
	slices.SortFunc(touched, func(a, b *Def) int { return cmp.Compare(s.vars[b].stacked, s.vars[a].stacked) })
	for _, d := range touched {
		v := s.vars[d]
		s.change(d, func() { v.unwind(level, abort) })
	}
	s.level = level - 1
}

func (v *variable) unwind(level int, abort bool) {
	for n := len(v.stack); n > 0 && v.stack[n-1].level >= level; n = len(v.stack) {
		top := v.stack[n-1]
		restore := func(st state) { v.entry, v.own = st.entry, st.own }
		switch {
		case abort, top.level == 1 && !top.set:
			restore(top.prior)
		case top.level == 1:
			if top.local {
				restore(top.masked)
			}
		case n == 1 || v.stack[n-2].level < top.level-1:
			v.stack[n-1].level--
			continue
		default:
			v.stack[n-2].merge(top)
		}
		v.stack = v.stack[:n-1]
	}
	if len(v.stack) == 0 {
		v.stack = nil
	}
}

// merge adds the changes of an inner level that ended well.
func (outer *saved) merge(inner saved) {
	switch {
	case inner.set && !inner.local:
		outer.set, outer.local, outer.masked = true, false, state{}
	case inner.set:
		outer.set, outer.local, outer.masked = true, true, inner.masked
	case outer.set && !outer.local:
		outer.local, outer.masked = true, inner.prior
	}
}
