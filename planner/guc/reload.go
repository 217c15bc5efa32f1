package guc

// KeepFixed gives r, which was read anew, the values of cur for every setting
// that only a restart changes, and names those that the new configuration would
// have changed. What r says after it is what is in force once cur takes it over
// with Reload.
func (r *Registry) KeepFixed(cur *Registry) (kept []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, read := *cur.values.Load(), *r.values.Load()
	values := make(map[*Def]entry, len(read))
	for _, d := range r.order {
		was := cur.Lookup(d.Name)
		if d.Context >= Sighup {
			if e, ok := read[d]; ok {
				values[d] = e
			}
			continue
		}
		if d.Context == Postmaster && r.server(d).value != cur.server(was).value {
			kept = append(kept, d.Name)
		}
		if e, ok := old[was]; ok {
			values[d] = e
		}
	}
	r.values.Store(&values)
	return kept
}

// Reload takes over the values of next, of another registry; fixed ones stay
// as they are (see KeepFixed), and so do those that the server itself set.
func (r *Registry) Reload(next *Registry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, read := *r.values.Load(), *next.values.Load()
	values := make(map[*Def]entry, len(read))
	for _, d := range r.order {
		was, had := old[d]
		now, has := read[next.Lookup(d.Name)]
		switch {
		case d.Context < Sighup, !has && was.source == Override:
			if had {
				values[d] = was
			}
		case has:
			values[d] = now
		}
	}
	r.values.Store(&values)
}
