package adt

// Need is a key that an object must have for a path to come to anything, with the text that
// must be there if that is known.
type Need struct {
	Key   string
	Value *string
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
	if f := at.next; f != nil && f.kind == jpFilter && f.left.kind == jpCompare && f.left.op == "==" {
		for _, sides := range [][2]*jpNode{{f.left.left, f.left.right}, {f.left.right, f.left.left}} {
			if sides[0].kind == jpCurrent && sides[0].next == nil && sides[1].kind == jpString && sides[1].next == nil {
				k.Value = &sides[1].str
			}
		}
	}
	return append(out, k)
}

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
				if a.Key == b.Key {
					out = append(out, Need{Key: a.Key})
				}
			}
		}
		return out
	case jpExists, jpStartsWith, jpLikeRegex:
		return n.left.along()
	case jpCompare:
		out := append(n.left.along(), n.right.along()...)
		if n.op != "==" {
			return out
		}
		for _, sides := range [][2]*jpNode{{n.left, n.right}, {n.right, n.left}} {
			key := sides[0].next
			if sides[0].along() != nil && key.kind == jpKey && key.next == nil && sides[1].kind == jpString && sides[1].next == nil {
				out = append(out, Need{Key: key.str, Value: &sides[1].str})
			}
		}
		return out
	}
	return nil
}
