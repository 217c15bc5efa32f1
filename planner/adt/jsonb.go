package adt

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"sync/atomic"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// JSONKind tells what a JSON value is.
type JSONKind uint8

// The kinds, in jsonb's sort order of values within containers.
const (
	JSONNull JSONKind = iota
	JSONString
	JSONNumber
	JSONBool
	JSONArray
	JSONObject
)

// JSONB is a value of type jsonb. It is immutable. An object's keys are unique
// and sorted by length, then bytewise, as PostgreSQL stores them.
type JSONB struct {
	Kind JSONKind
	Bool bool
	Str  string
	Num  *Numeric
	Keys []string
	Vals []*JSONB // of an array, or of an object in the order of Keys

	size int64 // Size, once asked for
}

// Size is about what the value would take if its parts were its own: values
// that are made of one value again and again are larger than the memory they take, and
// as costly to go through as they are large.
func (j *JSONB) Size() int64 {
	if n := atomic.LoadInt64(&j.size); n > 0 {
		return n
	}
	n := int64(64 + len(j.Str))
	if j.Num != nil {
		n += int64(j.Num.Size())
	}
	for i, v := range j.Vals {
		if j.Kind == JSONObject {
			n += int64(16 + len(j.Keys[i]))
		}
		if n += v.Size(); n > 1<<50 {
			n = 1 << 50
		}
	}
	atomic.StoreInt64(&j.size, n)
	return n
}

var (
	jsonbNull  = &JSONB{Kind: JSONNull}
	jsonbTrue  = &JSONB{Kind: JSONBool, Bool: true}
	jsonbFalse = &JSONB{Kind: JSONBool}
)

// JSONBNull is JSON's null.
func JSONBNull() *JSONB { return jsonbNull }

// JSONBBool makes a boolean.
func JSONBBool(b bool) *JSONB { return pick(b, jsonbTrue, jsonbFalse) }

// JSONBString makes a string.
func JSONBString(s string) *JSONB { return &JSONB{Kind: JSONString, Str: s} }

// JSONBNumber makes a number.
func JSONBNumber(n *Numeric) *JSONB { return &JSONB{Kind: JSONNumber, Num: n} }

// jsonbInt makes a number of an integer.
func jsonbInt(i int64) *JSONB { return JSONBNumber(NumericFromInt64(i)) }

// JSONBArray makes an array.
func JSONBArray(vals ...*JSONB) *JSONB { return &JSONB{Kind: JSONArray, Vals: vals} }

// JSONBObject makes an object; of equal keys the last one wins. It may reorder
// both slices and keeps them.
func JSONBObject(keys []string, vals []*JSONB) *JSONB {
	o := &JSONB{Kind: JSONObject, Keys: keys, Vals: vals}
	o.arrange()
	return o
}

// arrange puts an object's members in order; of equal keys the last one stays.
func (j *JSONB) arrange() {
	sorted := true
	for i := 1; i < len(j.Keys) && sorted; i++ {
		sorted = jsonKeyCmp(j.Keys[i-1], j.Keys[i]) < 0
	}
	if sorted {
		return
	}
	sort.Stable((*byJSONKey)(j))
	n := 0
	for i := range j.Keys {
		if i+1 < len(j.Keys) && j.Keys[i] == j.Keys[i+1] {
			continue
		}
		j.Keys[n], j.Vals[n] = j.Keys[i], j.Vals[i]
		n++
	}
	j.Keys, j.Vals = j.Keys[:n], j.Vals[:n]
}

type byJSONKey JSONB

func (o *byJSONKey) Len() int           { return len(o.Keys) }
func (o *byJSONKey) Less(i, j int) bool { return jsonKeyCmp(o.Keys[i], o.Keys[j]) < 0 }
func (o *byJSONKey) Swap(i, j int) {
	o.Keys[i], o.Keys[j] = o.Keys[j], o.Keys[i]
	o.Vals[i], o.Vals[j] = o.Vals[j], o.Vals[i]
}

// jsonKeyCmp is lengthCompareJsonbString.
func jsonKeyCmp(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// Get gives the value under a key of an object, or nil.
func (j *JSONB) Get(key string) *JSONB {
	if j.Kind != JSONObject {
		return nil
	}
	if i, ok := slices.BinarySearchFunc(j.Keys, key, jsonKeyCmp); ok {
		return j.Vals[i]
	}
	return nil
}

// Index gives an array's element, counted from the end when negative, or nil.
func (j *JSONB) Index(i int) *JSONB {
	if j.Kind != JSONArray {
		return nil
	}
	if i < 0 {
		i += len(j.Vals)
	}
	if i < 0 || i >= len(j.Vals) {
		return nil
	}
	return j.Vals[i]
}

func (j *JSONB) scalar() bool { return j.Kind < JSONArray }

// ParseJSONB reads a jsonb value from JSON text.
func ParseJSONB(s string) (*JSONB, error) { return parseJSONB(nil, s) }

func parseJSONB(env *Env, s string) (*JSONB, error) {
	n, err := parseJSON(env, s)
	if err != nil {
		return nil, err
	}
	w := env.work()
	return n.jsonb(0, &jsonbWork{work: &w})
}

// String gives the value as jsonb_out prints it.
func (j *JSONB) String() string { return string(j.Append(nil)) }

// Append appends the value as jsonb_out prints it.
func (j *JSONB) Append(dst []byte) []byte {
	dst, _ = j.append(dst, nil)
	return dst
}

// append is Append that fails when the statement has ended, or may not hold
// what it makes: values that share their parts may be far longer than they are
// large.
func (j *JSONB) append(dst []byte, w *work) ([]byte, error) {
	if w != nil {
		if err := w.grown(16+len(j.Str), len(dst)); err != nil {
			return dst, err
		}
		if len(j.Str) > 1<<16 {
			if err := w.env.Room(int64(len(dst) + jsonStringSize(j.Str))); err != nil {
				return dst, err
			}
		}
	}
	switch j.Kind {
	case JSONString:
		return appendJSONString(dst, j.Str), nil
	case JSONNumber:
		return j.Num.Append(dst), nil
	case JSONBool:
		return append(dst, pick(j.Bool, "true", "false")...), nil
	case JSONNull:
		return append(dst, "null"...), nil
	}
	object := j.Kind == JSONObject
	dst = append(dst, pick(object, byte('{'), '['))
	for i, v := range j.Vals {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if object {
			dst = append(appendJSONString(dst, j.Keys[i]), ": "...)
		}
		var err error
		if dst, err = v.append(dst, w); err != nil {
			return dst, err
		}
	}
	return append(dst, pick(object, byte('}'), ']')), nil
}

// text is a value as ->> gives it: strings bare.
func (j *JSONB) text() string {
	if j.Kind == JSONString {
		return j.Str
	}
	return j.String()
}

// jsonStringSize is what a string takes in JSON.
func jsonStringSize(s string) int {
	n := len(s) + 2
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\', c == '\b', c == '\f', c == '\n', c == '\r', c == '\t':
			n++
		case c < ' ':
			n += len(`\u0001`) - 1
		}
	}
	return n
}

// QuoteJSON writes a text as a JSON string (escape_json).
func QuoteJSON(s string) string { return string(appendJSONString(nil, s)) }

// appendJSONString is escape_json.
func appendJSONString(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	if len(s) > 1<<16 {
		dst = slices.Grow(dst, jsonStringSize(s))
	}
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

func jsonbIn(c *Call, s string, _ int32) (*JSONB, error) { return parseJSONB(c.Env, s) }

func jsonbOut(c *Call, dst []byte, j *JSONB) ([]byte, error) {
	w := c.work()
	return j.append(dst, &w)
}

// jsonbRecv reads the binary form: a version byte and the text.
func jsonbRecv(c *Call, b []byte, _ int32) (*JSONB, error) {
	s, err := versionedText(c, b, "unsupported jsonb version number %d")
	if err != nil {
		return nil, err
	}
	return parseJSONB(c.Env, s)
}

func versionedText(c *Call, b []byte, complaint string) (string, error) {
	if len(b) < 1 {
		return "", errNoData()
	}
	if b[0] != 1 {
		return "", pgerr.Internal(complaint, b[0])
	}
	b, err := clientEncoding(c).FromClient(b[1:])
	return string(b), err
}

func jsonbSend(c *Call, dst []byte, j *JSONB) ([]byte, error) {
	at := len(dst) + 1
	dst, err := jsonbOut(c, append(dst, 1), j)
	if err != nil {
		return dst, err
	}
	return clientEncoding(c).Tail(dst, at)
}

// CompareJSONB is compareJsonbContainers: objects above arrays above scalars,
// but an empty array below every scalar; more members above fewer; then members in order.
func CompareJSONB(a, b *JSONB) int { return compareJSONB(a, b, true) }

// jsonRank orders kinds: at the root a scalar is an array of its own kind.
func compareJSONB(a, b *JSONB, root bool) int {
	if a == b {
		return 0
	}
	if root && a.scalar() != b.scalar() {
		// A root scalar is stored as an array of one, flagged raw.
		if a.scalar() {
			return -compareJSONB(b, a, root)
		}
		if a.Kind == JSONObject {
			return 1
		}
		if len(a.Vals) == 0 {
			return -1
		}
		return 1
	}
	if a.Kind != b.Kind {
		return pick(jsonRank(a.Kind) > jsonRank(b.Kind), 1, -1)
	}
	switch a.Kind {
	case JSONString:
		return strings.Compare(a.Str, b.Str)
	case JSONNumber:
		return a.Num.Cmp(b.Num)
	case JSONBool:
		return pick(a.Bool == b.Bool, 0, pick(a.Bool, 1, -1))
	case JSONNull:
		return 0
	}
	if len(a.Vals) != len(b.Vals) {
		return pick(len(a.Vals) > len(b.Vals), 1, -1)
	}
	for i, v := range a.Vals {
		if a.Kind == JSONObject {
			if r := strings.Compare(a.Keys[i], b.Keys[i]); r != 0 {
				return r
			}
		}
		if r := compareJSONB(v, b.Vals[i], false); r != 0 {
			return r
		}
	}
	return 0
}

// jsonRank is the order of enum jbvType.
func jsonRank(k JSONKind) int { return int(k) }

// appendJSONBKey appends a hash key: equal for equal values.
func appendJSONBKey(dst []byte, j *JSONB) []byte {
	dst = append(dst, byte(j.Kind))
	switch j.Kind {
	case JSONString:
		return keyBytes(dst, j.Str)
	case JSONNumber:
		return numericKey(dst, j.Num)
	case JSONBool:
		return append(dst, pick[byte](j.Bool, 1, 0))
	case JSONArray, JSONObject:
		dst = keyUvarint(dst, len(j.Vals))
		for i, v := range j.Vals {
			if j.Kind == JSONObject {
				dst = keyBytes(dst, j.Keys[i])
			}
			dst = appendJSONBKey(dst, v)
		}
	}
	return dst
}
