package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// refuseParams refuses parameters where only libpg_query's grammar takes them, in
// place of a string: it also parses the normalised queries that it puts out, such as
// "SELECT interval $1" or "EXTRACT($1 FROM x)". In PostgreSQL those are syntax errors, and so is
// a parameter that runs on into an identifier.
func refuseParams(text string, tree *pg_query.ParseResult) error {
	if !strings.Contains(text, "$") {
		return nil
	}
	refuse := func(p *pg_query.ParamRef) error {
		return pgerr.New(pgerrcode.SyntaxError, "syntax error at or near \"$%d\"", p.Number).At(int(p.Location))
	}
	visit := func(m proto.Message) (bool, error) {
		switch m := m.(type) {
		case *pg_query.ParamRef:
			if rest := text[m.Location:]; strings.HasPrefix(rest, "$") {
				n := 1
				for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
					n++
				}
				if digits := n; n < len(rest) && identByte(rest[n]) && rest[n] != '$' {
					for n < len(rest) && identByte(rest[n]) {
						n++
					}
					if digits == 1 {
						break
					}
					return false, pgerr.New(pgerrcode.SyntaxError, "trailing junk after parameter at or near \"%s\"", rest[:n]).At(int(m.Location))
				}
			}
		case *pg_query.TypeCast:
			// A cast that is written as one knows where.
			if p := m.Arg.GetParamRef(); p != nil && m.Location < 0 {
				return false, refuse(p)
			}
		case *pg_query.FuncCall:
			if m.Funcformat == pg_query.CoercionForm_COERCE_SQL_SYNTAX && len(m.Args) > 0 {
				p := m.Args[0].GetParamRef()
				if l := names(m.Funcname); p != nil && l[len(l)-1] == "extract" {
					return false, refuse(p)
				}
			}
		case *pg_query.DefElem: // the password of CREATE ROLE
			if p := m.Arg.GetParamRef(); p != nil {
				return false, refuse(p)
			}
		case *pg_query.VariableSetStmt:
			for _, a := range m.Args {
				if p := a.GetParamRef(); p != nil {
					return false, refuse(p)
				}
			}
		}
		return true, nil
	}
	for _, s := range tree.Stmts {
		if err := rawWalk(s.Stmt, visit); err != nil {
			return err
		}
	}
	return nil
}
