package adt

import "iter"

// Querier is a Session that runs queries for routines, as PostgreSQL's server
// programming interface does.
type Querier interface {
	// Query starts one SELECT without parameters.
	Query(text string) (*RowDesc, iter.Seq2[Row, error], error)
}
