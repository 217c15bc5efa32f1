package analyze

import (
	"strconv"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// maxDepth bounds the nesting of queries and FROM items.
const maxDepth = 10000

// deeper goes one level down and fails when that is too deep; shallower comes
// back up.
func (ps *ParseState) deeper() error {
	ps.depth++
	if ps.depth > maxDepth {
		return pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
			Hintf("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.")
	}
	return nil
}

func (ps *ParseState) shallower() { ps.depth-- }

func itoa(n int) string { return strconv.Itoa(n) }

// rawLocation is exprLocation for a raw parse tree: where the construct starts
// as far as its parts tell, -1: unknown.
func rawLocation(n *pg_query.Node) int {
	if n == nil {
		return -1
	}
	switch n := n.Node.(type) {
	case *pg_query.Node_FuncCall:
		return leftmost(int(n.FuncCall.Location), rawListLocation(n.FuncCall.Args))
	case *pg_query.Node_AExpr:
		return leftmost(int(n.AExpr.Location), rawLocation(n.AExpr.Lexpr))
	case *pg_query.Node_AIndirection:
		return rawLocation(n.AIndirection.Arg)
	case *pg_query.Node_TypeCast:
		loc := leftmost(rawLocation(n.TypeCast.Arg), int(n.TypeCast.TypeName.GetLocation()))
		return leftmost(loc, int(n.TypeCast.Location))
	case *pg_query.Node_CollateClause:
		return rawLocation(n.CollateClause.Arg)
	case *pg_query.Node_SubLink:
		return leftmost(rawLocation(n.SubLink.Testexpr), int(n.SubLink.Location))
	case *pg_query.Node_BoolExpr:
		return leftmost(int(n.BoolExpr.Location), rawListLocation(n.BoolExpr.Args))
	case *pg_query.Node_NullTest:
		return leftmost(int(n.NullTest.Location), rawLocation(n.NullTest.Arg))
	case *pg_query.Node_BooleanTest:
		return leftmost(int(n.BooleanTest.Location), rawLocation(n.BooleanTest.Arg))
	case *pg_query.Node_NamedArgExpr:
		return leftmost(int(n.NamedArgExpr.Location), rawLocation(n.NamedArgExpr.Arg))
	case *pg_query.Node_SortBy:
		return rawLocation(n.SortBy.Node)
	case *pg_query.Node_MultiAssignRef:
		return rawLocation(n.MultiAssignRef.Source)
	case *pg_query.Node_IntoClause:
		return int(n.IntoClause.Rel.GetLocation())
	case *pg_query.Node_List:
		return rawListLocation(n.List.Items)
	case *pg_query.Node_JsonObjectAgg:
		return int(n.JsonObjectAgg.Constructor.GetLocation())
	case *pg_query.Node_JsonArrayAgg:
		return int(n.JsonArrayAgg.Constructor.GetLocation())
	case *pg_query.Node_SelectStmt, *pg_query.Node_AStar, *pg_query.Node_String_, *pg_query.Node_LockingClause, *pg_query.Node_AIndices:
		return -1
	}
	m := innerMessage(n)
	if m == nil {
		return -1
	}
	r := m.ProtoReflect()
	if f := r.Descriptor().Fields().ByName("location"); f != nil {
		return int(r.Get(f).Int())
	}
	return -1
}

// rawListLocation is the location of the first item that has one.
func rawListLocation(list []*pg_query.Node) int {
	for _, n := range list {
		if loc := rawLocation(n); loc >= 0 {
			return loc
		}
	}
	return -1
}

// leftmost is the smaller of two locations, unknown ones aside.
func leftmost(a, b int) int {
	if a < 0 {
		return b
	}
	if b < 0 || a < b {
		return a
	}
	return b
}

// innerMessage is the message that a Node wraps.
func innerMessage(n *pg_query.Node) proto.Message {
	r := n.ProtoReflect()
	f := r.WhichOneof(r.Descriptor().Oneofs().Get(0))
	if f == nil {
		return nil
	}
	return r.Get(f).Message().Interface()
}

// rawWalk calls visit for a raw parse node (without its Node wrapper) and, while
// that says so, for all nodes below it in the order of their fields.
func rawWalk(m proto.Message, visit func(proto.Message) (bool, error)) error {
	if n, ok := m.(*pg_query.Node); ok {
		if n == nil {
			return nil
		}
		if m = innerMessage(n); m == nil {
			return nil
		}
	}
	if m == nil || !m.ProtoReflect().IsValid() {
		return nil
	}
	down, err := visit(m)
	if err != nil || !down {
		return err
	}
	return rawChildren(m, visit)
}

// rawChildren is rawWalk over the nodes directly below m.
func rawChildren(m proto.Message, visit func(proto.Message) (bool, error)) error {
	r := m.ProtoReflect()
	fields := r.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Message() == nil || !r.Has(f) {
			continue
		}
		if !f.IsList() {
			if err := rawWalk(r.Get(f).Message().Interface(), visit); err != nil {
				return err
			}
			continue
		}
		l := r.Get(f).List()
		for j := range l.Len() {
			if err := rawWalk(l.Get(j).Message().Interface(), visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// rawEqual tells whether two raw parse trees are the same but for locations.
func rawEqual(a, b proto.Message) bool { return rawMessageEqual(a.ProtoReflect(), b.ProtoReflect()) }

func rawNodesEqual(a, b []*pg_query.Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !rawEqual(a[i], b[i]) {
			return false
		}
	}
	return true
}

func rawMessageEqual(a, b protoreflect.Message) bool {
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid()
	}
	if a.Descriptor() != b.Descriptor() {
		return false
	}
	fields := a.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Name() == "location" {
			continue
		}
		if a.Has(f) != b.Has(f) {
			return false
		}
		if !a.Has(f) {
			continue
		}
		x, y := a.Get(f), b.Get(f)
		switch {
		case f.IsList():
			if x.List().Len() != y.List().Len() {
				return false
			}
			for j := range x.List().Len() {
				if !rawValueEqual(f, x.List().Get(j), y.List().Get(j)) {
					return false
				}
			}
		case !rawValueEqual(f, x, y):
			return false
		}
	}
	return true
}

func rawValueEqual(f protoreflect.FieldDescriptor, x, y protoreflect.Value) bool {
	if f.Message() != nil {
		return rawMessageEqual(x.Message(), y.Message())
	}
	return x.Equal(y)
}
