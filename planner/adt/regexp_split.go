package adt

func regexpSplit(c *Call, a []Datum, name string, f func(string) bool) error {
	re, _, err := regexArg(c, a, 2, name)
	if err != nil {
		return err
	}
	s := a[0].(string)
	at, more := 0, true
	err = eachMatch(c, re, s, 0, false, func(m []int) bool {
		more = f(s[at:m[0]])
		at = m[1]
		return more
	})
	if err == nil && more {
		f(s[at:])
	}
	return err
}

func regexpSplitToArray(c *Call, a []Datum) (Datum, error) {
	var out []Datum
	err := regexpSplit(c, a, "regexp_split_to_array()", func(s string) bool {
		out = append(out, s)
		return true
	})
	if err != nil {
		return nil, err
	}
	return NewArray(TextOID, out), nil
}

func regexpSplitToTable(c *Call, a []Datum) seq {
	return func(yield func(Datum, error) bool) {
		err := regexpSplit(c, a, "regexp_split_to_table()", func(s string) bool { return yield(s, nil) })
		if err != nil {
			yield(nil, err)
		}
	}
}
