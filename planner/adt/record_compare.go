package adt

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// RecordCompare orders records as btrecordcmp does. The types of columns that
// have no order make it panic with a *pgerr.Error, as Compare can't fail.
func RecordCompare(env *Env) func(a, b Datum) int {
	c := &Call{Env: env, Name: "record"}
	return func(a, b Datum) int {
		r, err := compareRecords(c, a.(*Record), b.(*Record))
		if err != nil {
			panic(err)
		}
		return r
	}
}

// live gives the positions of columns that are not dropped.
func (d *RowDesc) live() []int {
	var out []int
	for i, f := range d.Fields {
		if !f.Dropped {
			out = append(out, i)
		}
	}
	return out
}

// pairColumns matches the columns of two records, and tells how their numbers
// compare.
func pairColumns(c *Call, a, b *Record, f func(i, j int, typ OID) (stop bool, err error)) (int, error) {
	la, lb := a.Desc.live(), b.Desc.live()
	for n := 0; n < len(la) && n < len(lb); n++ {
		ta, tb := a.Desc.Fields[la[n]].Type, b.Desc.Fields[lb[n]].Type
		if ta != tb {
			return 0, pgerr.New(pgerrcode.DatatypeMismatch,
				"cannot compare dissimilar column types %s and %s at record column %d", typeNameOf(c, ta), typeNameOf(c, tb), n+1)
		}
		if stop, err := f(la[n], lb[n], ta); stop || err != nil {
			return 0, err
		}
	}
	return len(la) - len(lb), nil
}

func errDissimilar() error {
	return pgerr.New(pgerrcode.DatatypeMismatch, "cannot compare record types with different numbers of columns")
}

func compareRecords(c *Call, a, b *Record) (int, error) {
	result := 0
	diff, err := pairColumns(c, a, b, func(i, j int, typ OID) (bool, error) {
		cmp, err := comparer(c, typ)
		if err != nil {
			return true, err
		}
		result = compareNullable(a.Values[i], b.Values[j], cmp)
		return result != 0, nil
	})
	if err == nil && result == 0 && diff != 0 {
		err = errDissimilar()
	}
	return result, err
}

func compareNullable(u, v Datum, cmp func(a, b Datum) int) int {
	switch {
	case u == nil && v == nil:
		return 0
	case u == nil:
		return 1
	case v == nil:
		return -1
	}
	return cmp(u, v)
}

func equalRecords(c *Call, a, b *Record) (bool, error) {
	equal := true
	diff, err := pairColumns(c, a, b, func(i, j int, typ OID) (bool, error) {
		eq, err := equaler(c, typ)
		if err != nil {
			return true, err
		}
		u, v := a.Values[i], b.Values[j]
		if u == nil || v == nil {
			equal = u == nil && v == nil
		} else {
			equal = eq(u, v)
		}
		return !equal, nil
	})
	if err == nil && equal && diff != 0 {
		err = errDissimilar()
	}
	return equal, err
}

// compareRecordImages compares by the binary form of values, which tells apart
// what is equal but not the same.
func compareRecordImages(c *Call, a, b *Record) (int, error) {
	result := 0
	diff, err := pairColumns(c, a, b, func(i, j int, typ OID) (bool, error) {
		u, v := a.Values[i], b.Values[j]
		if u == nil || v == nil {
			result = compareNullable(u, v, nil)
			return result != 0, nil
		}
		x, err := outputText(c, typ, u)
		if err != nil {
			return true, err
		}
		y, err := outputText(c, typ, v)
		result = strings.Compare(x, y)
		return result != 0, err
	})
	if err == nil && result == 0 && diff != 0 {
		err = errDissimilar()
	}
	return result, err
}

func hashRecord(c *Call, r *Record) (int32, error) {
	result := uint32(0)
	for _, i := range r.Desc.live() {
		h := uint32(0)
		f, err := hashFunction(c, r.Desc.Fields[i].Type)
		if err != nil {
			return 0, err
		}
		if v := r.Values[i]; v != nil {
			d, err := f.Call(c, []Datum{v})
			if err != nil {
				return 0, err
			}
			h = uint32(d.(int32))
		}
		result = result*31 + h
	}
	return int32(result), nil
}

func hashRecordExtended(c *Call, r *Record, seed int64) (int64, error) {
	result := uint64(0)
	for _, i := range r.Desc.live() {
		h := uint64(0)
		f, err := hashFunctionExtended(c, r.Desc.Fields[i].Type)
		if err != nil {
			return 0, err
		}
		if v := r.Values[i]; v != nil {
			d, err := f.Call(c, []Datum{v, seed})
			if err != nil {
				return 0, err
			}
			h = uint64(d.(int64))
		}
		result = result*31 + h
	}
	return int64(result), nil
}

// RecordKey makes hash keys of records from those of their columns' types.
func RecordKey(env *Env) func(dst []byte, d Datum) []byte {
	c := &Call{Env: env}
	return func(dst []byte, d Datum) []byte {
		r := d.(*Record)
		for _, i := range r.Desc.live() {
			v := r.Values[i]
			if v == nil {
				dst = append(dst, 0)
				continue
			}
			dst = append(dst, 1)
			t, err := typeOf(c, r.Desc.Fields[i].Type)
			switch {
			case err == nil && t.Key != nil:
				dst = t.Key(dst, v)
			case err == nil && t.OID == RecordOID:
				dst = RecordKey(env)(dst, v)
			default:
				panic(pgerr.New(pgerrcode.UndefinedFunction, "could not identify a hash function for type %s",
					typeNameOf(c, r.Desc.Fields[i].Type)))
			}
		}
		return append(dst, strconv.Itoa(len(r.Values))...)
	}
}
