// Package analyze turns SQL text into nodes.Query: parsing and PostgreSQL's
// semantic analysis (names, types, coercions, collations).
//
// The way of a query through it: Parse guards the text against what would
// overflow the C parser's stack, has PostgreSQL's own grammar (pg_query_go) make raw parse
// trees, and keeps them in a cache; Analyze resolves one raw statement in a ParseState, a level a
// subquery, against a catalog and a session's Env, into a typed tree. Literals are converted here, by
// type input; nothing else is evaluated.
//
// It is the only importer of pg_query_go. It must not know of plans, execution
// or sessions.
//
// It mirrors PostgreSQL's src/backend/parser: routines that have a counterpart
// there keep its name, in Go's spelling.
package analyze
