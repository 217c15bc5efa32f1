package adt

// string_agg over text and bytea (varlena.c).

func textAggFuncs() Funcs {
	return Funcs{
		"string_agg_transfn": Raw(func(_ *Call, a []Datum) (Datum, error) {
			s, _ := a[0].(*stringAgg)
			if v, ok := a[1].(string); ok {
				sep, _ := a[2].(string)
				s = s.add(v, sep)
			}
			return s.datum(), nil
		}),
		"string_agg_finalfn": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if s, _ := a[0].(*stringAgg); s != nil {
				return string(s.buf), nil
			}
			return nil, nil
		}),
		"bytea_string_agg_transfn": Raw(func(_ *Call, a []Datum) (Datum, error) {
			s, _ := a[0].(*stringAgg)
			if v, ok := a[1].([]byte); ok {
				sep, _ := a[2].([]byte)
				s = s.add(string(v), string(sep))
			}
			return s.datum(), nil
		}),
		"bytea_string_agg_finalfn": Raw(func(_ *Call, a []Datum) (Datum, error) {
			if s, _ := a[0].(*stringAgg); s != nil {
				return append([]byte{}, s.buf...), nil
			}
			return nil, nil
		}),
	}
}

type stringAgg struct{ buf []byte }

func (s *stringAgg) add(v, sep string) *stringAgg {
	if s == nil {
		s = &stringAgg{}
	} else {
		s.buf = append(s.buf, sep...)
	}
	s.buf = append(s.buf, v...)
	return s
}

func (s *stringAgg) datum() Datum {
	if s == nil {
		return nil
	}
	return s
}
