package analyze

import "github.com/pganalyze/pg_query_go/v5"

// RawStmt is one statement as parsed, not analysed.
type RawStmt struct {
	Node          *pg_query.Node
	Text          string // this statement's own text
	Source        string // the whole source: locations in Node count bytes of it
	Location, Len int    // this statement's place in Source
}
