package adt

// OrderedSet is the transition state of an ordered-set or hypothetical-set
// aggregate, which the executor collects and sorts itself in place of
// ordered_set_transition. The final function gets a *OrderedSet, never nil, then the
// direct arguments, then, for aggfinalextra, a nil for each aggregated one.
// Call.Args holds the types in the same order.
type OrderedSet struct {
	// Rows are the aggregated arguments of the input rows, in WITHIN GROUP's
	// order. Rows with a NULL are left out for ordered_set_transition, kept for
	// ordered_set_transition_multi.
	Rows []Row
	// Types are the types of a row's columns.
	Types []OID
	// Compare orders two rows under WITHIN GROUP (ORDER BY …): for a hypothetical
	// row, or to find equal ones.
	Compare func(a, b Row) (int, error)
}
