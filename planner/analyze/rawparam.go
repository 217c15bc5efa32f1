package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"
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
	visit := func(m proto.Message) (bool, error) {
		if p, ok := m.(*pg_query.ParamRef); ok {
			return true, trailingJunk(text, p)
		}
		if p := paramForString(m); p != nil {
			return false, pgerr.New(pgerrcode.SyntaxError, "syntax error at or near \"$%d\"", p.Number).At(int(p.Location))
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

// paramForString gives the parameter that stands where a string belongs, if one does.
func paramForString(m proto.Message) *pg_query.ParamRef {
	switch m := m.(type) {
	case *pg_query.TypeCast:
		if m.Location < 0 { // a cast that is written as one knows where
			return m.Arg.GetParamRef()
		}
	case *pg_query.FuncCall:
		if l := names(m.Funcname); m.Funcformat == pg_query.CoercionForm_COERCE_SQL_SYNTAX && len(m.Args) > 0 && l[len(l)-1] == "extract" {
			return m.Args[0].GetParamRef()
		}
	case *pg_query.DefElem: // the password of CREATE ROLE
		return m.Arg.GetParamRef()
	case *pg_query.VariableSetStmt:
		for _, a := range m.Args {
			if p := a.GetParamRef(); p != nil {
				return p
			}
		}
	}
	return nil
}

// trailingJunk refuses a parameter that runs on into an identifier.
func trailingJunk(text string, p *pg_query.ParamRef) error {
	rest := text[p.Location:]
	if !strings.HasPrefix(rest, "$") {
		return nil
	}
	digits := 1
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	end := digits
	for end < len(rest) && identByte(rest[end]) && (end > digits || rest[end] != '$') {
		end++
	}
	if digits == 1 || end == digits {
		return nil
	}
	return pgerr.New(pgerrcode.SyntaxError, "trailing junk after parameter at or near \"%s\"", rest[:end]).At(int(p.Location))
}
