package analyze

// Params are the parameter types of a statement: given by the client, or 0 and
// then inferred from the context, PostgreSQL's parse_param.c.
type Params struct {
	Types []OID // index n-1 is $n
	Fixed bool  // no further parameters may appear
}
