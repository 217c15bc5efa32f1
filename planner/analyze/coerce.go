package analyze

// CoercionContext tells what coercions may happen unasked, PostgreSQL's
// CoercionContext.
type CoercionContext uint8

// The coercion contexts.
const (
	CoerceImplicit CoercionContext = iota
	CoerceAssignment
	CoerceExplicit
)
