package analyze

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Assignment gives a setting a value.
type Assignment struct{ Name, Value string }

// SetKind is what a VariableSet does.
type SetKind uint8

// The kinds of VariableSet.
const (
	SetValue    SetKind = iota // SET name = Args
	SetDefault                 // SET name TO DEFAULT
	SetCurrent                 // SET name FROM CURRENT
	SetMany                    // SET TRANSACTION, SET SESSION CHARACTERISTICS: Many
	SetSnapshot                // SET TRANSACTION SNAPSHOT Args
	Reset                      // RESET name
	ResetAll                   // RESET ALL
)

// VariableSet is SET or RESET in all its forms: those with a syntax of their own
// (TIME ZONE, ROLE, SESSION AUTHORIZATION, NAMES, SCHEMA) name the setting that
// they stand for.
type VariableSet struct {
	plain
	Kind  SetKind
	Name  string
	Args  []SetArg
	Many  []Assignment // settings in order: transaction_isolation, default_transaction_read_only, …
	Local bool
}

// SetArg is one value of a SET list.
type SetArg struct {
	Text   string
	String bool // a string or name, to be quoted in settings that are lists of names
}

// CommandTag is SET or RESET.
func (s *VariableSet) CommandTag() string {
	if s.Kind == Reset || s.Kind == ResetAll {
		return "RESET"
	}
	return "SET"
}

// Value joins the values into the setting's text, flatten_set_variable_args. list
// tells that the setting takes a list, quote that its items are names.
func (s *VariableSet) Value(list, quote bool) (string, error) {
	if len(s.Args) > 1 && !list {
		return "", pgerr.New(pgerrcode.InvalidParameterValue, "SET %s takes only one argument", s.Name)
	}
	parts := make([]string, len(s.Args))
	for i, a := range s.Args {
		parts[i] = a.Text
		if quote && a.String {
			parts[i] = quoteIdentifier(a.Text)
		}
	}
	return strings.Join(parts, ", "), nil
}

// quoteIdentifier is quote_identifier: what is not plainly lower case, or is a
// keyword, is quoted.
func quoteIdentifier(s string) string {
	safe := s != ""
	for i, r := range s {
		if !(r >= 'a' && r <= 'z' || r == '_' || i > 0 && r >= '0' && r <= '9') {
			safe = false
		}
	}
	if safe && !isKeyword(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// isKeyword tells whether the scanner takes a word for a keyword that is not
// unreserved.
func isKeyword(s string) bool {
	r, err := pg_query.Scan(s)
	return err == nil && len(r.Tokens) == 1 && r.Tokens[0].KeywordKind > pg_query.KeywordKind_UNRESERVED_KEYWORD
}

func (u *utilityContext) variableSet(s *pg_query.VariableSetStmt) (Utility, error) {
	v := &VariableSet{Name: s.Name, Local: s.IsLocal}
	switch s.Kind {
	case pg_query.VariableSetKind_VAR_SET_DEFAULT:
		v.Kind = SetDefault
	case pg_query.VariableSetKind_VAR_SET_CURRENT:
		v.Kind = SetCurrent
	case pg_query.VariableSetKind_VAR_RESET:
		v.Kind = Reset
	case pg_query.VariableSetKind_VAR_RESET_ALL:
		v.Kind = ResetAll
	case pg_query.VariableSetKind_VAR_SET_MULTI:
		return v, u.setMany(v, s)
	default:
		for _, n := range s.Args {
			a, err := u.setArg(s.Name, n)
			if err != nil {
				return nil, err
			}
			v.Args = append(v.Args, a)
		}
	}
	return v, nil
}

func (u *utilityContext) setMany(v *VariableSet, s *pg_query.VariableSetStmt) error {
	v.Kind = SetMany
	switch s.Name {
	case "TRANSACTION":
		v.Many = transactionModes(s.Args, "")
	case "SESSION CHARACTERISTICS":
		v.Many = transactionModes(s.Args, "default_")
	case "TRANSACTION SNAPSHOT":
		v.Kind = SetSnapshot
		for _, n := range s.Args {
			v.Args = append(v.Args, SetArg{Text: n.GetAConst().GetSval().GetSval(), String: true})
		}
	default:
		return pgerr.Internal("unexpected SET MULTI element: %s", s.Name)
	}
	return nil
}

// setArg gives the text of one value. An interval (SET TIME ZONE INTERVAL '…')
// comes in its own syntax.
func (u *utilityContext) setArg(name string, n *pg_query.Node) (SetArg, error) {
	c := n.GetAConst()
	var cast *pg_query.TypeName
	if t := n.GetTypeCast(); t != nil {
		cast, c = t.TypeName, t.Arg.GetAConst()
	}
	if c == nil {
		return SetArg{}, pgerr.Internal("unexpected value of SET %s", name)
	}
	switch v := c.Val.(type) {
	case *pg_query.A_Const_Ival:
		return SetArg{Text: strconv.Itoa(int(v.Ival.GetIval()))}, nil
	case *pg_query.A_Const_Fval:
		return SetArg{Text: v.Fval.GetFval()}, nil
	case *pg_query.A_Const_Boolval:
		return SetArg{Text: strconv.FormatBool(v.Boolval.GetBoolval())}, nil
	case *pg_query.A_Const_Sval:
		if cast == nil {
			return SetArg{Text: v.Sval.GetSval(), String: true}, nil
		}
		text, err := u.intervalText(cast, v.Sval.GetSval())
		return SetArg{Text: "INTERVAL '" + text + "'"}, err
	}
	return SetArg{}, pgerr.Internal("unexpected value of SET %s", name)
}

// intervalText runs a string through interval's input and output.
func (u *utilityContext) intervalText(tn *pg_query.TypeName, s string) (string, error) {
	ps := u.state()
	t, typmod, err := ps.typeOf(tn)
	if err != nil {
		return "", err
	}
	d, err := t.InputText(u.env, s, typmod)
	if err != nil {
		return "", err
	}
	b, err := t.TextEncoder(u.env)(nil, d)
	return string(b), err
}

// VariableShow is SHOW. Of one setting the result is a text column of the
// setting's own name.
type VariableShow struct {
	Name string
	All  bool
}

// CommandTag is SHOW.
func (*VariableShow) CommandTag() string { return "SHOW" }

// ReturnsRows is true.
func (*VariableShow) ReturnsRows() bool { return true }

// Columns describes SHOW ALL, and SHOW under the name as written.
func (v *VariableShow) Columns() []Column {
	if v.All {
		return []Column{textColumn("name"), textColumn("setting"), textColumn("description")}
	}
	return []Column{textColumn(v.Name)}
}

func textColumn(name string) Column {
	return Column{Name: name, Type: adt.TextOID, Typmod: -1, Collation: adt.DefaultCollationOID}
}
