package adt

// errCannotCast is cannotCastJsonbValue.
func errCannotCast(k JSONKind, to string) error {
	what := map[JSONKind]string{
		JSONNull: "jsonb null", JSONString: "jsonb string", JSONNumber: "jsonb numeric",
		JSONBool: "jsonb boolean", JSONArray: "jsonb array", JSONObject: "jsonb object",
	}[k]
	return errJSONParam("cannot cast %s to type %s", what, to)
}

func jsonbBool(j *JSONB) (bool, error) {
	if j.Kind != JSONBool {
		return false, errCannotCast(j.Kind, "boolean")
	}
	return j.Bool, nil
}

func jsonbNumber(j *JSONB, to string) (*Numeric, error) {
	if j.Kind != JSONNumber {
		return nil, errCannotCast(j.Kind, to)
	}
	return j.Num, nil
}

// jsonbCast casts a number by numeric's own cast (numeric_int4 and the like).
func jsonbCast(fn, name string, _ OID) Func {
	return Raw(func(c *Call, a []Datum) (Datum, error) {
		n, err := jsonbNumber(a[0].(*JSONB), name)
		if err != nil {
			return nil, err
		}
		return hashTable()["numeric_"+fn].Call(c, []Datum{n})
	})
}
