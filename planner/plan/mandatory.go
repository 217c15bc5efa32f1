package plan

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/nodes"
)

// Oids of text's = and LIKE, by operator and function.
const (
	textEqOperator   = 98
	textEqFunction   = 67
	textLikeOperator = 1209
	textLikeFunction = 850
)

// mandatory gives the conditions that a role's allowed accounts and regions put
// on a table, before all others. They are conditions like any: they go down,
// they are checked where the table does not promise to, EXPLAIN shows them.
func (l *level) mandatory(id int, columns []fdw.Column) (conds []nodes.Expr) {
	if l.b.opt.Session == nil {
		return nil
	}
	for i, c := range columns {
		allowed := l.b.opt.Session.Allowed(c.Name)
		if len(allowed) == 0 || c.Type != adt.TextOID {
			continue
		}
		if l.needed != nil {
			l.needed[varKey{id, i + 1}] = true
		}
		var operator, function nodes.OID = textEqOperator, textEqFunction
		values := make([]adt.Datum, len(allowed))
		for j, v := range allowed {
			values[j] = v
		}
		if fdw.Wild(allowed) {
			operator, function = textLikeOperator, textLikeFunction
			for j, v := range allowed {
				values[j] = fdw.LikePattern(v)
			}
		}
		conds = append(conds, &nodes.ScalarArrayOpExpr{
			Op: operator, Func: function, InputCollation: adt.DefaultCollationOID, Location: -1,
			Args: []nodes.Expr{
				&nodes.Var{RTE: id, Attno: i + 1, Type: adt.TextOID, Typmod: -1, Collation: adt.DefaultCollationOID, Location: -1},
				&nodes.Const{Type: adt.TextArrayOID, Typmod: -1, Collation: adt.DefaultCollationOID, Value: adt.NewArray(adt.TextOID, values), Location: -1},
			},
		})
	}
	return conds
}
