package analyze

import (
	"math"
	"strconv"
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// makeConst gives a literal its first type: numbers the smallest of integer,
// bigint and numeric that holds them, strings unknown (make_const).
func (ps *ParseState) makeConst(c *pg_query.A_Const) (nodes.Expr, error) {
	loc := int(c.Location)
	out := &nodes.Const{Typmod: -1, Location: loc}
	if c.Isnull {
		out.Type = adt.UnknownOID
		return out, nil
	}
	switch v := c.Val.(type) {
	case *pg_query.A_Const_Ival:
		out.Type, out.Value = adt.Int4OID, v.Ival.Ival
	case *pg_query.A_Const_Fval:
		if n, ok := parseInteger(v.Fval.Fval); ok {
			if n >= math.MinInt32 && n <= math.MaxInt32 {
				out.Type, out.Value = adt.Int4OID, int32(n)
			} else {
				out.Type, out.Value = adt.Int8OID, n
			}
			return out, nil
		}
		return ps.inputConst(out, adt.NumericOID, v.Fval.Fval)
	case *pg_query.A_Const_Boolval:
		out.Type, out.Value = adt.BoolOID, v.Boolval.Boolval
	case *pg_query.A_Const_Sval:
		out.Type, out.Value = adt.UnknownOID, v.Sval.Sval
	case *pg_query.A_Const_Bsval:
		return ps.inputConst(out, 1560, v.Bsval.Bsval)
	default:
		return nil, pgerr.Internal("unrecognized literal %T", c.Val)
	}
	return out, nil
}

// inputConst reads a literal with a type's input function.
func (ps *ParseState) inputConst(out *nodes.Const, typ OID, text string) (nodes.Expr, error) {
	d, err := ps.catalog.TypeByOID(typ).InputText(ps.env, text, -1)
	if err != nil {
		return nil, pgerr.Place(err, out.Location)
	}
	out.Type, out.Value = typ, d
	return out, nil
}

// parseInteger reads an integer literal of the lexer that is too large for
// int4: decimal, 0x, 0o or 0b, with underscores, and perhaps a sign before all.
func parseInteger(s string) (int64, bool) {
	digits, neg := strings.CutPrefix(strings.ReplaceAll(s, "_", ""), "-")
	base := 10
	if len(digits) > 2 && digits[0] == '0' {
		switch digits[1] {
		case 'x', 'X':
			base = 16
		case 'o', 'O':
			base = 8
		case 'b', 'B':
			base = 2
		}
		if base != 10 {
			digits = digits[2:]
		}
	}
	if neg {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, 64)
	return n, err == nil
}
