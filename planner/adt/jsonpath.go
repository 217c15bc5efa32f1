package adt

import "strconv"

// jsonpath's output (jsonpath.c), and the table of the type's routines.
func jsonPathFuncs() Funcs {
	f := Funcs{
		"jsonpath_in": In(func(c *Call, s string, _ int32) (*JSONPath, error) { return parseJSONPath(c.Env, s) }),
		"jsonpath_out": Out(func(_ *Call, dst []byte, p *JSONPath) ([]byte, error) {
			return p.Append(dst), nil
		}),
		"jsonpath_recv": Recv(func(c *Call, b []byte, _ int32) (*JSONPath, error) {
			s, err := versionedText(c, b, "unsupported jsonpath version number: %d")
			if err != nil {
				return nil, err
			}
			return parseJSONPath(c.Env, s)
		}),
		"jsonpath_send": Send(func(c *Call, dst []byte, p *JSONPath) ([]byte, error) {
			at := len(dst) + 1
			return clientEncoding(c).Tail(p.Append(append(dst, 1)), at)
		}),
		"jsonb_path_exists_opr": Raw(func(c *Call, a []Datum) (Datum, error) { return jsonPathExists(c, a, false) }),
		"jsonb_path_match_opr":  Raw(func(c *Call, a []Datum) (Datum, error) { return jsonPathMatch(c, a, false) }),
	}
	for suffix, tz := range map[string]bool{"": false, "_tz": true} {
		f["jsonb_path_exists"+suffix] = Raw(func(c *Call, a []Datum) (Datum, error) { return jsonPathExists(c, a, tz) })
		f["jsonb_path_match"+suffix] = Raw(func(c *Call, a []Datum) (Datum, error) { return jsonPathMatch(c, a, tz) })
		f["jsonb_path_query"+suffix] = Set(func(c *Call, a []Datum) seq { return jsonPathQuery(c, a, tz) })
		f["jsonb_path_query_array"+suffix] = Raw(func(c *Call, a []Datum) (Datum, error) {
			vals, err := jsonPathAll(c, a, tz)
			if err != nil {
				return nil, err
			}
			return JSONBArray(vals...), nil
		})
		f["jsonb_path_query_first"+suffix] = Raw(func(c *Call, a []Datum) (Datum, error) {
			vals, err := jsonPathAll(c, a, tz)
			if err != nil || len(vals) == 0 {
				return nil, err
			}
			return vals[0], nil
		})
	}
	return f
}

// String gives the path as jsonpath_out prints it.
func (p *JSONPath) String() string { return string(p.Append(nil)) }

// Append appends the path as jsonpath_out prints it.
func (p *JSONPath) Append(dst []byte) []byte {
	if p.strict {
		dst = append(dst, "strict "...)
	}
	return p.root.print(dst, false, true)
}

func (n *jpNode) priority() int {
	switch n.kind {
	case jpOr:
		return 0
	case jpAnd:
		return 1
	case jpCompare, jpStartsWith:
		return 2
	case jpBinary:
		return pick(n.op == "+" || n.op == "-", 3, 4)
	case jpUnary:
		return 5
	}
	return 6
}

// print is printJsonPathItem.
func (n *jpNode) print(dst []byte, inKey, brackets bool) []byte {
	open := func() {
		if brackets {
			dst = append(dst, '(')
		}
	}
	shut := func() {
		if brackets {
			dst = append(dst, ')')
		}
	}
	sub := func(a *jpNode) { dst = a.print(dst, false, a.priority() <= n.priority()) }
	dot := func(s string) {
		if inKey {
			dst = append(dst, '.')
		}
		dst = append(dst, s...)
	}
	switch n.kind {
	case jpRoot:
		dst = append(dst, '$')
	case jpCurrent:
		dst = append(dst, '@')
	case jpLast:
		dst = append(dst, "last"...)
	case jpNullLit:
		dst = append(dst, "null"...)
	case jpBoolLit:
		dst = append(dst, pick(n.flag, "true", "false")...)
	case jpNumber:
		if n.next != nil {
			dst = append(dst, '(')
		}
		dst = n.num.Append(dst)
		if n.next != nil {
			dst = append(dst, ')')
		}
	case jpString:
		dst = appendJSONString(dst, n.str)
	case jpVariable:
		dst = appendJSONString(append(dst, '$'), n.str)
	case jpKey:
		dot("")
		dst = appendJSONString(dst, n.str)
	case jpAnyKey:
		dot("*")
	case jpAnyArray:
		dst = append(dst, "[*]"...)
	case jpIndexes:
		dst = append(dst, '[')
		for i, r := range n.ranges {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = r[0].print(dst, false, false)
			if r[1] != nil {
				dst = r[1].print(append(dst, " to "...), false, false)
			}
		}
		dst = append(dst, ']')
	case jpAny:
		dot("**")
		level := func(l uint32) {
			if l == jpLevelLast {
				dst = append(dst, "last"...)
			} else {
				dst = strconv.AppendUint(dst, uint64(l), 10)
			}
		}
		if n.first != 0 || n.last != jpLevelLast {
			dst = append(dst, '{')
			level(n.first)
			if n.first != n.last {
				dst = append(dst, " to "...)
				level(n.last)
			}
			dst = append(dst, '}')
		}
	case jpMethod:
		dst = append(append(append(dst, '.'), n.str...), '(')
		if n.left != nil {
			dst = n.left.print(dst, false, false)
		}
		dst = append(dst, ')')
	case jpFilter:
		dst = append(n.left.print(append(dst, "?("...), false, false), ')')
	case jpUnary:
		open()
		dst = append(dst, n.op...)
		sub(n.left)
		shut()
	case jpBinary, jpCompare, jpAnd, jpOr:
		open()
		sub(n.left)
		dst = append(append(append(dst, ' '), n.op...), ' ')
		sub(n.right)
		shut()
	case jpNot:
		dst = append(n.left.print(append(dst, "!("...), false, false), ')')
	case jpIsUnknown:
		dst = append(n.left.print(append(dst, '('), false, false), ") is unknown"...)
	case jpExists:
		dst = append(n.left.print(append(dst, "exists ("...), false, false), ')')
	case jpStartsWith:
		open()
		sub(n.left)
		dst = append(dst, " starts with "...)
		sub(n.right)
		shut()
	case jpLikeRegex:
		open()
		sub(n.left)
		dst = appendJSONString(append(dst, " like_regex "...), n.str)
		if n.flags != "" {
			dst = append(append(append(dst, ` flag "`...), n.flags...), '"')
		}
		shut()
	}
	if n.next != nil {
		dst = n.next.print(dst, true, true)
	}
	return dst
}
