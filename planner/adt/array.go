package adt

// Arrays: arrayfuncs.c, array_userfuncs.c. Input is in array_in.go, output in
// array_out.go, subscripts in array_subs.go.

func arrayFuncs() Funcs {
	cmpOf := func(test func(int) bool) Func {
		return C2(func(c *Call, a, b *Array) (bool, error) {
			r, err := compareArrays(c, a, b)
			return test(r), err
		})
	}
	return Funcs{
		"array_in":   {Call: arrayIn},
		"array_out":  Out(arrayOut),
		"array_recv": {Call: arrayRecv},
		"array_send": Send(arraySend),

		"array_eq": C2(equalArrays),
		"array_ne": C2(func(c *Call, a, b *Array) (bool, error) {
			eq, err := equalArrays(c, a, b)
			return !eq, err
		}),
		"array_lt":   cmpOf(func(r int) bool { return r < 0 }),
		"array_le":   cmpOf(func(r int) bool { return r <= 0 }),
		"array_gt":   cmpOf(func(r int) bool { return r > 0 }),
		"array_ge":   cmpOf(func(r int) bool { return r >= 0 }),
		"btarraycmp": C2(func(c *Call, a, b *Array) (int32, error) { r, err := compareArrays(c, a, b); return int32(r), err }),
		"array_larger": C2(func(c *Call, a, b *Array) (*Array, error) {
			r, err := compareArrays(c, a, b)
			return pick(r > 0, a, b), err
		}),
		"array_smaller": C2(func(c *Call, a, b *Array) (*Array, error) {
			r, err := compareArrays(c, a, b)
			return pick(r < 0, a, b), err
		}),
		"hash_array":          C1(hashArray),
		"hash_array_extended": C2(hashArrayExtended),

		"array_ndims": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if n := len(a[0].(*Array).Dims); n > 0 {
				return int32(n), nil
			}
			return nil, nil
		}),
		"array_dims": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if d := a[0].(*Array).Dims; len(d) > 0 {
				return string(appendDims(nil, d)), nil
			}
			return nil, nil
		}),
		"array_lower":       arrayBound(func(d ArrayDim) int32 { return d.Lower }),
		"array_upper":       arrayBound(func(d ArrayDim) int32 { return d.Lower + d.Len - 1 }),
		"array_length":      arrayBound(func(d ArrayDim) int32 { return d.Len }),
		"array_cardinality": P1(func(a *Array) int32 { return int32(len(a.Values)) }),

		"arraycontains":  C2(func(c *Call, a, b *Array) (bool, error) { return arrayContains(c, b, a, true) }),
		"arraycontained": C2(func(c *Call, a, b *Array) (bool, error) { return arrayContains(c, a, b, true) }),
		"arrayoverlap":   C2(func(c *Call, a, b *Array) (bool, error) { return arrayContains(c, a, b, false) }),
	}
}

func arrayBound(f func(ArrayDim) int32) Func {
	return Raw(func(_ *Call, a []Datum) (Datum, error) {
		d, n := a[0].(*Array).Dims, a[1].(int32)
		if n < 1 || int(n) > len(d) {
			return nil, nil
		}
		return f(d[n-1]), nil
	})
}

// arrayContains tells whether each element of a (with all), or any, is in b;
// NULLs equal nothing.
func arrayContains(c *Call, a, b *Array, all bool) (bool, error) {
	if err := sameElem(a, b); err != nil {
		return false, err
	}
	if err := collatedElements(c, a, b); err != nil {
		return false, err
	}
	eq, err := equaler(c, a.Elem)
	if err != nil {
		return false, err
	}
	w := c.work()
	for _, u := range a.Values {
		if err := w.done(8 * len(b.Values)); err != nil {
			return false, err
		}
		found := false
		for _, v := range b.Values {
			if u != nil && v != nil && eq(u, v) {
				found = true
				break
			}
		}
		if found != all {
			return found, nil
		}
	}
	return all, nil
}
