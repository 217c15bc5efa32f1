package plan

import (
	"github.com/flowgres/flowgres/planner/nodes"
)

func (b *builder) foldCase(n *nodes.CaseExpr, stable bool) nodes.Expr {
	c := *n
	c.Arg = b.fold(n.Arg, stable)
	c.Whens = nil
	for _, w := range n.Whens {
		when := b.fold(w.When, stable)
		if k, ok := c.Arg.(*nodes.Const); ok {
			when = b.fold(replaceCaseTest(when, k), stable)
		}
		if k, ok := when.(*nodes.Const); ok {
			if k.Value == nil || !k.Value.(bool) {
				continue
			}
			then := b.fold(w.Then, stable)
			if len(c.Whens) == 0 {
				return then
			}
			c.Default = then
			return &c
		}
		c.Whens = append(c.Whens, nodes.CaseWhen{When: when, Then: b.fold(w.Then, stable)})
	}
	c.Default = b.fold(n.Default, stable)
	if len(c.Whens) == 0 {
		return c.Default
	}
	if _, ok := c.Arg.(*nodes.Const); ok {
		c.Arg = nil // every test has the value in it
	}
	return &c
}

// replaceCaseTest puts an expression where the tests of a CASE stand for its
// argument, leaving nested CASEs and array coercions, whose tests are theirs.
func replaceCaseTest(e, k nodes.Expr) nodes.Expr {
	return nodes.Rewrite(e, func(n nodes.Expr) (nodes.Expr, bool) {
		switch n := n.(type) {
		case *nodes.CaseTestExpr:
			return k, true
		case *nodes.CaseExpr:
			return n, n.Arg != nil
		case *nodes.ArrayCoerceExpr:
			c := *n
			c.Arg = replaceCaseTest(n.Arg, k)
			return &c, true
		}
		return nil, false
	})
}

func (b *builder) foldCoalesce(n *nodes.CoalesceExpr, stable bool) nodes.Expr {
	c := *n
	c.Args = nil
	for _, a := range n.Args {
		a = b.fold(a, stable)
		if k, ok := a.(*nodes.Const); ok {
			if k.Value == nil {
				continue
			}
			c.Args = append(c.Args, a)
			break
		}
		c.Args = append(c.Args, a)
	}
	switch len(c.Args) {
	case 0:
		return &nodes.Const{Type: n.Type, Typmod: -1, Collation: n.Collation, Location: n.Location}
	case 1: // which PostgreSQL 16 drops COALESCE for only if it is a constant
		if constant(c.Args[0]) {
			return c.Args[0]
		}
	}
	return &c
}
