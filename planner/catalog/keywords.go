package catalog

import "sync"

// keywords are the words that need quotes as identifiers: all but the
// unreserved.
var keywords = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	load("keywords").each(func(r row) {
		if r.cells[1] != "U" {
			out[r.cells[0]] = true
		}
	})
	return out
})
