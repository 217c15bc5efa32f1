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

// untypedWords are the words that no type can be named by unless they are quoted
// or the grammar has them for one.
var untypedWords = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	load("keywords").each(func(r row) {
		if r.cells[1] == "R" || r.cells[1] == "C" {
			out[r.cells[0]] = true
		}
	})
	return out
})
