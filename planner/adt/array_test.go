package adt

import "testing"

func newTestCall(t testing.TB) *Call {
	w := newRecordedWorld(t)
	return &Call{Env: w.newEnv(), Typmod: -1}
}

func arrayText(t *testing.T, c *Call, a *Array, err error) string {
	t.Helper()
	if err != nil {
		return err.Error()
	}
	b, err := arrayOut(c, nil, a)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parseInts(t *testing.T, c *Call, s string) *Array {
	t.Helper()
	a, err := parseArray(c.Env, c.Env.Types.TypeByOID(Int4OID), s, -1)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func bounds(list ...int32) []*int32 {
	var out []*int32
	for _, v := range list {
		out = append(out, &v)
	}
	return out
}

// The expected texts are those of PostgreSQL 16 for UPDATE … SET a[…] = … and
// SELECT a[…].
func TestArraySubscripts(t *testing.T) {
	c := newTestCall(t)
	a := parseInts(t, c, "{1,2,3}")
	m := parseInts(t, c, "[0:1][1:2]={{1,2},{3,4}}")
	for _, tt := range []struct {
		name string
		f    func() (*Array, error)
		want string
	}{
		{"a[2:3]", func() (*Array, error) { return ArraySlice(a, bounds(2), bounds(3)), nil }, "{2,3}"},
		{"a[:2]", func() (*Array, error) { return ArraySlice(a, []*int32{nil}, bounds(2)), nil }, "{1,2}"},
		{"a[5:9]", func() (*Array, error) { return ArraySlice(a, bounds(5), bounds(9)), nil }, "{}"},
		{"m[0:0]", func() (*Array, error) { return ArraySlice(m, bounds(0), bounds(0)), nil }, "{{1,2}}"},
		{"m[0:1][2:2]", func() (*Array, error) { return ArraySlice(m, bounds(0, 2), bounds(1, 2)), nil }, "{{2},{4}}"},
		{"a[5]=9", func() (*Array, error) { return arraySet(a, []int32{5}, int32(9)) }, "{1,2,3,NULL,9}"},
		{"a[-1]=9", func() (*Array, error) { return arraySet(a, []int32{-1}, int32(9)) }, "[-1:3]={9,NULL,1,2,3}"},
		{"m[1][2]=9", func() (*Array, error) { return arraySet(m, []int32{1, 2}, int32(9)) }, "[0:1][1:2]={{1,2},{3,9}}"},
		{"m[2][2]=9", func() (*Array, error) { return arraySet(m, []int32{2, 2}, int32(9)) }, "array subscript out of range (SQLSTATE 2202E)"},
		{"m[2]=9", func() (*Array, error) { return arraySet(m, []int32{2}, int32(9)) }, "wrong number of array subscripts (SQLSTATE 2202E)"},
	} {
		got, err := tt.f()
		if s := arrayText(t, c, got, err); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, s, tt.want)
		}
	}
}

// Func.Key and Compare agree.
func TestArrayKeyMatchesCompare(t *testing.T) {
	c := newTestCall(t)
	elem := c.Env.Types.TypeByOID(Int4OID)
	key, cmp := ArrayKey(elem.Key), ArrayCompare(elem.Compare)
	var list []*Array
	for _, s := range []string{"{}", "{1}", "{1,2}", "{{1,2}}", "[0:1]={1,2}", "{NULL}", "{1,NULL}"} {
		list = append(list, parseInts(t, c, s))
	}
	for i, a := range list {
		for j, b := range list {
			if eq := string(key(nil, a)) == string(key(nil, b)); eq != (cmp(a, b) == 0) || eq != (i == j) {
				t.Errorf("%d %d: key equal %v, compare %d", i, j, eq, cmp(a, b))
			}
		}
	}
}
