package plan

import "github.com/flowgres/flowgres/planner/nodes"

// regexOperators are the operators whose selectivity PostgreSQL estimates by the
// prefix of a regular expression: ~, ~*, !~ and !~* of name, text and character.
var regexOperators = map[nodes.OID]bool{
	639: true, 640: true, 641: true, 642: true, 1055: true, 1056: true,
	1226: true, 1227: true, 1228: true, 1229: true, 1234: true, 1235: true,
}

// checkPatterns fails the plan for a regular expression that is none, as the
// estimate of a condition does (patternsel): even if no row ever comes to it, and
// before the client hears of columns.
func (b *builder) checkPatterns(conds []nodes.Expr) {
	for _, c := range conds {
		switch c := c.(type) {
		case *nodes.BoolExpr:
			b.checkPatterns(c.Args)
		case *nodes.OpExpr:
			if !regexOperators[c.Op] {
				continue
			}
			left, fixed := c.Args[0].(*nodes.Const)
			pattern, known := c.Args[1].(*nodes.Const)
			if !known || pattern.Value == nil || fixed && left.Value == nil {
				continue
			}
			t := nodes.TypeOf(c.Args[0])
			probe := *c
			probe.Args = []nodes.Expr{&nodes.Const{Type: t.Type, Typmod: -1, Collation: t.Collation, Value: ""}, pattern}
			b.evaluate(&probe, false)
		}
	}
}
