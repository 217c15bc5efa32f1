package planner

// Values are the parameters of a message: Bind's, or the arguments of a
// FunctionCall. PostgreSQL complains of what a message lacks when it comes to
// it, so that errors of what stands before come first.
type Values struct {
	Formats []int16  // none: all text; one: of all; else one each
	Count   int      // how many there are, the message says; -1: it does not come to that
	Data    [][]byte // nil: NULL; fewer than Count if the message ends among them
	Err     error    // what is wrong with what stands after Data
}

// BoundValues are parameters that nothing is wrong with, in text form.
func BoundValues(data ...[]byte) Values { return Values{Count: len(data), Data: data} }

// format gives the format of the i'th.
func (v Values) format(i int) int16 {
	switch len(v.Formats) {
	case 0:
		return 0
	case 1:
		return v.Formats[0]
	}
	return v.Formats[i]
}
