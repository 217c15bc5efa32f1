package guc

// Reload takes over, at once, the server's values from a registry that has
// read the configuration anew. Settings that cannot change while the server
// runs keep their values; the names of those that would have are returned.
func (r *Registry) Reload(next *Registry) (kept []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old, read := *r.values.Load(), *next.values.Load()
	values := make(map[*Def]entry, len(read))
	for _, d := range r.order {
		was, had := old[d]
		now, has := read[next.Lookup(d.Name)]
		if d.Context < Sighup {
			if had {
				values[d] = was
			}
			if d.Context == Postmaster && r.server(d).value != next.server(next.Lookup(d.Name)).value {
				kept = append(kept, d.Name)
			}
			continue
		}
		if has {
			values[d] = now
		} else if had && was.source == Override {
			values[d] = was
		}
	}
	r.values.Store(&values)
	return kept
}
