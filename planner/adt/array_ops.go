package adt

import (
	"iter"
	"math"
	"math/rand/v2"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// seq is what set-returning functions give.
type seq = iter.Seq2[Datum, error]

// Functions that build and search arrays: array_userfuncs.c, and arrayfuncs.c's
// other half.
func arrayOpsFuncs() Funcs {
	return Funcs{
		"array_append":  Raw(arrayAppend),
		"array_prepend": Raw(arrayPrepend),
		"array_cat":     Raw(arrayCat),

		"array_position":       Raw(arrayPosition),
		"array_position_start": Raw(arrayPosition),
		"array_positions":      Raw(arrayPositions),
		"array_remove":         Raw(func(c *Call, a []Datum) (Datum, error) { return arrayReplace(c, a[0], a[1], nil, true) }),
		"array_replace":        Raw(func(c *Call, a []Datum) (Datum, error) { return arrayReplace(c, a[0], a[1], a[2], false) }),

		"array_to_text":      Raw(func(c *Call, a []Datum) (Datum, error) { return arrayToText(c, a[0], a[1], nil) }),
		"array_to_text_null": Raw(func(c *Call, a []Datum) (Datum, error) { return arrayToText(c, a[0], a[1], a[2]) }),

		"array_fill":                   Raw(func(c *Call, a []Datum) (Datum, error) { return arrayFill(c, a[0], a[1], nil, false) }),
		"array_fill_with_lower_bounds": Raw(func(c *Call, a []Datum) (Datum, error) { return arrayFill(c, a[0], a[1], a[2], true) }),
		"trim_array":                   F2(trimArray),
		"array_shuffle":                C1(func(c *Call, a *Array) (*Array, error) { return sampleArray(c, a, firstLen(a), true) }),
		"array_sample":                 C2(arraySample),

		"array_unnest":              Set(arrayUnnest),
		"generate_subscripts":       Set(generateSubscripts),
		"generate_subscripts_nodir": Set(generateSubscripts),

		"width_bucket_array": C2(widthBucketArray),

		"array_agg_transfn":       Raw(arrayAggAdd),
		"array_agg_finalfn":       Raw(arrayAggFinal),
		"array_agg_array_transfn": Raw(arrayAggArrayAdd),
		"array_agg_array_finalfn": Raw(arrayAggArrayFinal),
	}
}

// resultElem gives the element type of an array that has no value, from the
// call's types.
func resultElem(c *Call) (OID, error) {
	t, err := baseTypeOf(c, c.Result)
	if err != nil {
		return 0, err
	}
	return t.Elem, nil
}

// arrayArg gives an array argument, empty when it is NULL.
func arrayArg(c *Call, d Datum) (*Array, error) {
	if d != nil {
		return d.(*Array), nil
	}
	elem, err := resultElem(c)
	return &Array{Elem: elem}, err
}

func errOneDim() error {
	return pgerr.New(pgerrcode.DataException, "argument must be empty or one-dimensional array")
}

func arrayAppend(c *Call, args []Datum) (Datum, error) {
	a, err := arrayArg(c, args[0])
	if err != nil {
		return nil, err
	}
	at := int32(1)
	switch len(a.Dims) {
	case 0:
	case 1:
		end := int64(a.Dims[0].Lower) + int64(a.Dims[0].Len)
		if end > math.MaxInt32 {
			return nil, errIntRange()
		}
		at = int32(end)
	default:
		return nil, errOneDim()
	}
	return box(arraySet(a, []int32{at}, args[1]))
}

func arrayPrepend(c *Call, args []Datum) (Datum, error) {
	a, err := arrayArg(c, args[1])
	if err != nil {
		return nil, err
	}
	lower := int32(1)
	switch len(a.Dims) {
	case 0:
		return NewArray(a.Elem, []Datum{args[0]}), nil
	case 1:
		if lower = a.Dims[0].Lower; lower == math.MinInt32 {
			return nil, errIntRange()
		}
	default:
		return nil, errOneDim()
	}
	if len(a.Values) >= MaxArraySize {
		return nil, errArraySize()
	}
	out := &Array{Elem: a.Elem, Dims: []ArrayDim{{Len: a.Dims[0].Len + 1, Lower: lower}}, Bitmap: a.Bitmap}
	if _, err := checkDims(out.Dims); err != nil {
		return nil, err
	}
	out.Values = append(append(make([]Datum, 0, len(a.Values)+1), args[0]), a.Values...)
	return out, nil
}

func arrayCat(_ *Call, args []Datum) (Datum, error) {
	if args[0] == nil {
		return args[1], nil
	}
	if args[1] == nil {
		return args[0], nil
	}
	a, b := args[0].(*Array), args[1].(*Array)
	bad := func() *pgerr.Error {
		return pgerr.New(pgerrcode.ArraySubscriptError, "cannot concatenate incompatible arrays")
	}
	na, nb := len(a.Dims), len(b.Dims)
	switch {
	case na == 0:
		return b, nil
	case nb == 0:
		return a, nil
	case na != nb && na != nb-1 && na != nb+1:
		return nil, bad().Detailf("Arrays of %d and %d dimensions are not compatible for concatenation.", na, nb)
	}
	var dims []ArrayDim
	var inner, from []ArrayDim
	detail := "Arrays with differing element dimensions are not compatible for concatenation."
	switch {
	case na == nb:
		dims = append(dims, a.Dims...)
		dims[0].Len += b.Dims[0].Len
		inner, from = a.Dims[1:], b.Dims[1:]
	case na == nb-1:
		dims = append(dims, b.Dims...)
		dims[0].Len++
		inner, from = a.Dims, b.Dims[1:]
		detail = "Arrays with differing dimensions are not compatible for concatenation."
	default:
		dims = append(dims, a.Dims...)
		dims[0].Len++
		inner, from = a.Dims[1:], b.Dims
		detail = "Arrays with differing dimensions are not compatible for concatenation."
	}
	for i := range inner {
		if inner[i] != from[i] {
			return nil, bad().Detailf("%s", detail)
		}
	}
	if _, err := checkDims(dims); err != nil {
		return nil, err
	}
	return &Array{Elem: a.Elem, Dims: dims, Values: append(append(make([]Datum, 0, len(a.Values)+len(b.Values)), a.Values...), b.Values...), Bitmap: a.Bitmap || b.Bitmap}, nil
}

func arrayToText(c *Call, array, sep, null Datum) (Datum, error) {
	if array == nil || sep == nil {
		return nil, nil
	}
	a := array.(*Array)
	var b []byte
	w, some, at := c.work(), false, 0
	for _, v := range a.Values {
		if err := w.grown(16+len(b)-at, len(b)); err != nil {
			return nil, err
		}
		at = len(b)
		if v == nil && null == nil {
			continue
		}
		if some {
			b = append(b, sep.(string)...)
		}
		some = true
		if v == nil {
			b = append(b, null.(string)...)
			continue
		}
		var err error
		if b, err = appendOutput(c, b, a.Elem, v); err != nil {
			return nil, err
		}
	}
	return textFrom(b), nil
}

func arrayFill(c *Call, v, dimArg, lowArg Datum, bounds bool) (Datum, error) {
	if dimArg == nil || bounds && lowArg == nil {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "dimension array or low bound array cannot be null")
	}
	elem := c.Args[0]
	subscripts := func(d Datum, what string) ([]int32, error) {
		a := d.(*Array)
		if len(a.Dims) > 1 {
			return nil, errSubscriptCount().(*pgerr.Error).Detailf("%s array must be one dimensional.", what)
		}
		out := make([]int32, len(a.Values))
		for i, v := range a.Values {
			if v == nil {
				return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "dimension values cannot be null")
			}
			out[i] = v.(int32)
		}
		return out, nil
	}
	lens, err := subscripts(dimArg, "Dimension")
	if err != nil {
		return nil, err
	}
	if len(lens) > maxDim {
		return nil, errArrayDims(len(lens))
	}
	dims := make([]ArrayDim, len(lens))
	for i, n := range lens {
		dims[i] = ArrayDim{Len: n, Lower: 1}
	}
	if bounds {
		lows, err := subscripts(lowArg, "Dimension")
		if err != nil {
			return nil, err
		}
		if len(lows) != len(lens) {
			return nil, errSubscriptCount().(*pgerr.Error).Detailf("Low bound array has different size than dimensions array.")
		}
		for i, l := range lows {
			dims[i].Lower = l
		}
	}
	n, err := checkDims(dims)
	if err != nil {
		return nil, err
	}
	if n == 0 || len(dims) == 0 {
		return &Array{Elem: elem}, nil
	}
	out := &Array{Elem: elem, Dims: dims, Values: make([]Datum, n)}
	work := c.work()
	for i := range out.Values {
		out.Values[i] = v
		if err := work.done(4); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func firstLen(a *Array) int32 {
	if len(a.Dims) == 0 {
		return 0
	}
	return a.Dims[0].Len
}

func trimArray(a *Array, n int32) (*Array, error) {
	have := firstLen(a)
	if n < 0 || n > have {
		return nil, pgerr.New(pgerrcode.ArraySubscriptError, "number of elements to trim must be between 0 and %d", have)
	}
	if have == 0 {
		return a, nil
	}
	upper := a.Dims[0].Lower + have - n - 1
	return ArraySlice(a, []*int32{nil}, []*int32{&upper}), nil
}

func arraySample(c *Call, a *Array, n int32) (*Array, error) {
	if have := firstLen(a); n < 0 || n > have {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "sample size must be between 0 and %d", have)
	}
	return sampleArray(c, a, n, false)
}

// sampleArray picks n of the first dimension's items in random order. The lower
// bound stays only with keep (array_shuffle).
func sampleArray(c *Call, a *Array, n int32, keep bool) (*Array, error) {
	if n < 1 {
		return &Array{Elem: a.Elem}, nil
	}
	have := int(a.Dims[0].Len)
	size := len(a.Values) / have
	out := &Array{Elem: a.Elem, Dims: append([]ArrayDim(nil), a.Dims...)}
	out.Dims[0].Len = n
	if !keep {
		out.Dims[0].Lower = 1
	}
	items, work := make([]int32, have), c.work()
	for i := range items {
		items[i] = int32(i)
	}
	out.Values = make([]Datum, 0, int(n)*size)
	for k := range int(n) {
		if err := work.done(8 + size); err != nil {
			return nil, err
		}
		j := k + rand.IntN(have-k)
		items[k], items[j] = items[j], items[k]
		i := int(items[k])
		out.Values = append(out.Values, a.Values[i*size:(i+1)*size]...)
	}
	return out, nil
}

func arrayUnnest(_ *Call, args []Datum) seq {
	return func(yield func(Datum, error) bool) {
		if args[0] == nil {
			return
		}
		for _, v := range args[0].(*Array).Values {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func generateSubscripts(_ *Call, args []Datum) seq {
	return func(yield func(Datum, error) bool) {
		a, d := args[0].(*Array), args[1].(int32)
		if d < 1 || int(d) > len(a.Dims) {
			return
		}
		dim := a.Dims[d-1]
		down := len(args) > 2 && args[2].(bool)
		for i := int32(0); i < dim.Len; i++ {
			at := dim.Lower + i
			if down {
				at = dim.Lower + dim.Len - 1 - i
			}
			if !yield(at, nil) {
				return
			}
		}
	}
}

func widthBucketArray(c *Call, v Datum, a *Array) (int32, error) {
	if len(a.Dims) > 1 {
		return 0, pgerr.New(pgerrcode.ArraySubscriptError, "thresholds must be one-dimensional array")
	}
	for _, t := range a.Values {
		if t == nil {
			return 0, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "thresholds array must not contain NULLs")
		}
	}
	cmp, err := comparer(c, a.Elem)
	if err != nil {
		return 0, err
	}
	left, right := 0, len(a.Values)
	for left < right {
		mid := (left + right) / 2
		if cmp(v, a.Values[mid]) < 0 {
			right = mid
		} else {
			left = mid + 1
		}
	}
	return int32(left), nil
}
