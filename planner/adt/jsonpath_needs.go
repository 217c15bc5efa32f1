package adt

import "slices"

// Need is a key that an object must have for a path to come to anything, with what is known of
// the text that must be there: one of Values, if not nil, and beginning with Prefix.
type Need struct {
	Key    string
	Values []string
	Prefix string
}

// Needs gives the keys that an object whose values are all texts must have for the
// path to give an item of it or, with match, for its predicate to hold. Strict paths
// need none, as they fail instead.
func (p *JSONPath) Needs(match bool) []Need {
	switch {
	case p.strict:
		return nil
	case match:
		if p.root.predicate() {
			return p.root.needed()
		}
		return nil
	}
	return p.root.along()
}

// Member gives the key of a path that is nothing but $.key.
func (p *JSONPath) Member() (key string, ok bool) {
	if p.strict || p.root.kind != jpRoot {
		return "", false
	}
	return p.root.ownMember()
}

// ownMember gives the key of $.key and @.key.
func (n *jpNode) ownMember() (key string, ok bool) {
	if n == nil || n.kind != jpRoot && n.kind != jpCurrent || n.next == nil || n.next.kind != jpKey || n.next.next != nil {
		return "", false
	}
	return n.next.str, true
}

// along gives what a path that starts at the object needs to find anything.
func (n *jpNode) along() []Need {
	if n == nil || n.kind != jpRoot && n.kind != jpCurrent {
		return nil
	}
	var out []Need
	at := n.next
	for ; at != nil && at.kind == jpFilter; at = at.next {
		out = append(out, at.left.needed()...)
	}
	if at == nil || at.kind != jpKey {
		return out
	}
	k := Need{Key: at.str}
	for f := at.next; f != nil && f.kind == jpFilter; f = f.next {
		values, prefix := f.left.texts()
		if k.Values == nil {
			k.Values = values
		}
		if k.Prefix == "" {
			k.Prefix = prefix
		}
	}
	return append(out, k)
}

// texts gives what a predicate on a text, which @ is, asks it to be or to begin with.
func (n *jpNode) texts() (values []string, prefix string) {
	if n.next != nil {
		return nil, ""
	}
	switch n.kind {
	case jpAnd:
		values, prefix = n.left.texts()
		also, begin := n.right.texts()
		if values == nil {
			values = also
		}
		if prefix == "" {
			prefix = begin
		}
		return values, prefix
	case jpOr:
		a, _ := n.left.texts()
		b, _ := n.right.texts()
		if a != nil && b != nil {
			return slices.Concat(a, b), ""
		}
	case jpCompare:
		for _, sides := range [][2]*jpNode{{n.left, n.right}, {n.right, n.left}} {
			if n.op == "==" && sides[0].kind == jpCurrent && sides[0].next == nil && sides[1].plainString() {
				return []string{sides[1].str}, ""
			}
		}
	case jpStartsWith:
		if n.left.kind == jpCurrent && n.left.next == nil && n.right.plainString() {
			return nil, n.right.str
		}
	}
	return nil, ""
}

func (n *jpNode) plainString() bool { return n.kind == jpString && n.next == nil }

// needed gives what a predicate on the object needs to hold.
func (n *jpNode) needed() []Need {
	if n.next != nil {
		return nil
	}
	switch n.kind {
	case jpAnd:
		return append(n.left.needed(), n.right.needed()...)
	case jpOr:
		var out []Need
		for _, a := range n.left.needed() {
			for _, b := range n.right.needed() {
				if a.Key != b.Key {
					continue
				}
				k := Need{Key: a.Key}
				if a.Values != nil && b.Values != nil {
					k.Values = slices.Concat(a.Values, b.Values)
				}
				out = append(out, k)
			}
		}
		return out
	case jpStartsWith:
		if key, ok := n.left.ownMember(); ok && n.right.plainString() {
			return []Need{{Key: key, Prefix: n.right.str}}
		}
		return n.left.along()
	case jpExists, jpLikeRegex:
		return n.left.along()
	case jpCompare:
		out := append(n.left.along(), n.right.along()...)
		if n.op != "==" {
			return out
		}
		for _, sides := range [][2]*jpNode{{n.left, n.right}, {n.right, n.left}} {
			if key, ok := sides[0].ownMember(); ok && sides[1].plainString() {
				out = append(out, Need{Key: key, Values: []string{sides[1].str}})
			}
		}
		return out
	}
	return nil
}

// PairNeeds gives, for a list of objects {"key": text, "value": text}, pairs of which one
// must be in it for the path to give an item or, with match, for its predicate to hold;
// nil: it needs none.
func (p *JSONPath) PairNeeds(match bool) []Need {
	n := p.root
	switch {
	case p.strict:
		return nil
	case !match:
	case !n.predicate():
		return nil
	case n.kind == jpExists:
		n = n.left
	case n.kind == jpCompare && n.op == "==":
		for _, sides := range [][2]*jpNode{{n.left, n.right}, {n.right, n.left}} {
			if at := sides[0].element(); at != nil && at.kind == jpKey && at.str == "key" && at.next == nil && sides[1].plainString() {
				return []Need{{Key: sides[1].str}}
			}
		}
		return nil
	default:
		return nil
	}
	at := n.element()
	for ; at != nil && at.kind == jpFilter; at = at.next {
		if pairs, _ := at.left.pairs(); pairs != nil {
			return pairs
		}
	}
	if at != nil && at.kind == jpKey && at.str == "key" && at.next != nil && at.next.kind == jpFilter {
		var out []Need
		values, _ := at.next.left.texts()
		for _, v := range values {
			out = append(out, Need{Key: v})
		}
		return out
	}
	return nil
}

// element gives what follows $ or $[*], which each element of the list is.
func (n *jpNode) element() *jpNode {
	if n.kind != jpRoot || n.next == nil {
		return nil
	}
	if n.next.kind == jpAnyArray {
		return n.next.next
	}
	return n.next
}

// pairs gives what a predicate on an element asks it to be: one of some pairs, or any
// with one of some values.
func (n *jpNode) pairs() (pairs []Need, values []string) {
	if n.next != nil {
		return nil, nil
	}
	switch n.kind {
	case jpCompare:
		for _, sides := range [][2]*jpNode{{n.left, n.right}, {n.right, n.left}} {
			key, ok := sides[0].ownMember()
			switch {
			case !ok || n.op != "==" || sides[0].kind != jpCurrent || !sides[1].plainString():
			case key == "key":
				return []Need{{Key: sides[1].str}}, nil
			case key == "value":
				return nil, []string{sides[1].str}
			}
		}
	case jpAnd:
		pairs, values = n.left.pairs()
		also, more := n.right.pairs()
		if pairs == nil {
			pairs = also
		}
		if values == nil {
			values = more
		}
		for i := range pairs {
			if pairs[i].Values == nil {
				pairs[i].Values = values
			}
		}
		return pairs, values
	case jpOr:
		a, x := n.left.pairs()
		b, y := n.right.pairs()
		if a != nil && b != nil {
			return slices.Concat(a, b), nil
		}
		if a == nil && b == nil && x != nil && y != nil {
			return nil, slices.Concat(x, y)
		}
	}
	return nil, nil
}
