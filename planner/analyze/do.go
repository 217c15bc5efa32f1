package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Do is a DO in PL/pgSQL of which the server knows blocks, RAISE, PERFORM, NULL,
// EXECUTE and SQL statements: what clients use to try notices and errors, and to
// send many statements as one. Everything else is unsupported.
// (libpg_query's own parser of the language is not used: it is C that hostile
// texts have crashed.)
type Do struct {
	plain
	Steps []DoStep
	Place func(offset int) int // turns a place in the body into one in the source; -1: it can't be told
}

// CommandTag is DO.
func (*Do) CommandTag() string { return "DO" }

// DoStep is a statement of a DO.
type DoStep struct {
	Line      int
	At        int    // where in the body its SQL is
	SQL       string // a statement of SQL
	Perform   string // PERFORM: what follows SELECT
	Execute   string // EXECUTE: the expression whose text is run
	Level     string // RAISE: DEBUG, LOG, INFO, NOTICE, WARNING, ERROR
	Condition string // its name or SQLSTATE, "" for none
	Format    string // a string literal, "" for none
	Params    []string
	Options   []DoOption
}

// DoOption is what USING gives a RAISE.
type DoOption struct{ Name, Expr string }

func (u *utilityContext) do(s *pg_query.DoStmt) (Utility, error) {
	body, language := "", "plpgsql"
	for _, a := range s.Args {
		d := a.GetDefElem()
		switch text := d.GetArg().GetString_().GetSval(); d.Defname {
		case "as":
			body = text
		case "language":
			language = text
		}
	}
	switch {
	case body == "":
		return nil, pgerr.New(pgerrcode.SyntaxError, "no inline code specified")
	case language == "sql" || language == "c" || language == "internal":
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "language \"%s\" does not support inline code execution", language)
	case language != "plpgsql":
		return nil, pgerr.New(pgerrcode.UndefinedObject, "language \"%s\" does not exist", language)
	}
	scan, err := pg_query.Scan(body)
	place := u.literal(s)
	if err != nil {
		return nil, Placed(parseError(body, err), 0, place)
	}
	p := doParser{body: body}
	for _, t := range scan.Tokens {
		if t.Token != pg_query.Token_SQL_COMMENT && t.Token != pg_query.Token_C_COMMENT {
			p.tokens = append(p.tokens, t)
		}
	}
	d := &Do{Place: place}
	if ok := p.block(d, 0) && (p.take(";") || true) && p.at == len(p.tokens); !ok && p.err == nil {
		return nil, u.unsupported("PL/pgSQL other than RAISE, PERFORM, EXECUTE, NULL and SQL statements")
	}
	return d, p.err
}

// literal gives what turns an offset in a DO's body into one in the source
// (match_prosrc_to_literal): -1 where the body is quoted with escapes.
func (u *utilityContext) literal(s *pg_query.DoStmt) func(int) int {
	for _, a := range s.Args {
		d := a.GetDefElem()
		if d.Defname != "as" {
			continue
		}
		at, source := int(d.Location), u.raw.Source
		switch {
		case at < 0 || at >= len(source):
		case source[at] == '$':
			begin := at + strings.IndexByte(source[at+1:], '$') + 2
			return func(offset int) int { return begin + offset }
		case source[at] == '\'':
			return func(offset int) int {
				to := at + 1
				for ; offset > 0 && to < len(source); offset-- {
					if strings.HasPrefix(source[to:], "''") {
						to++
					}
					to++
				}
				return to
			}
		}
	}
	return func(int) int { return -1 }
}

// Placed gives an error of a text that begins at an offset of a DO's body its
// place in the source, if place can tell it.
func Placed(err error, begin int, place func(int) int) error {
	e := *pgerr.From(err)
	if e.Position == 0 {
		return err
	}
	e.Position = place(begin+e.Position-1) + 1
	return &e
}

// doParser reads a body's tokens. Its methods tell whether what they read was there.
type doParser struct {
	body   string
	tokens []*pg_query.ScanToken
	at     int
	err    error
}

// word gives a token's text in lower case, "" at the end.
func (p *doParser) word(ahead int) string {
	if p.at+ahead >= len(p.tokens) {
		return ""
	}
	t := p.tokens[p.at+ahead]
	return strings.ToLower(p.body[t.Start:t.End])
}

func (p *doParser) take(word string) bool {
	if p.word(0) != word {
		return false
	}
	p.at++
	return true
}

func (p *doParser) line() int {
	return 1 + strings.Count(p.body[:p.tokens[p.at].Start], "\n")
}

// block reads BEGIN … END.
func (p *doParser) block(d *Do, depth int) bool {
	if depth > 100 || !p.take("begin") {
		return false
	}
	for {
		switch p.word(0) {
		case "":
			return false
		case "end":
			p.at++
			return true
		case "begin":
			if !p.block(d, depth+1) || !p.take(";") {
				return false
			}
		case "null":
			if p.at++; !p.take(";") {
				return false
			}
		case "perform":
			step := DoStep{Line: p.line()}
			p.at++
			step.At = p.offset()
			if step.Perform = p.expr(";"); step.Perform == "" || !p.take(";") {
				return false
			}
			d.Steps = append(d.Steps, step)
		case "execute":
			step := DoStep{Line: p.line()}
			p.at++
			step.At = p.offset()
			if step.Execute = p.expr(";", "into", "using"); step.Execute == "" || !p.take(";") {
				return false
			}
			d.Steps = append(d.Steps, step)
		case "raise":
			step, ok := p.raise()
			if !ok {
				return false
			}
			d.Steps = append(d.Steps, step)
		default:
			step, ok := p.sql()
			if !ok {
				return false
			}
			d.Steps = append(d.Steps, step)
		}
	}
}

// own are the words that begin what is of PL/pgSQL alone, or nothing at all.
var own = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("( << absolute alias all and array assert backward by call case chain close collate column commit constant " +
		"constraint continue current cursor datatype debug declare default detail diagnostics do dump else elseif elsif errcode error exception " +
		"exit fetch first for foreach forward from get hint if import in info into is last log loop message move next no not notice open option " +
		"or prior query relative return reverse rollback row_count rowtype schema scroll slice sqlstate stacked strict table then to type using " +
		"variable_conflict warning when while") {
		m[w] = true
	}
	return m
}()

// sql reads a statement of SQL (make_execsql_stmt). One that gives its rows to
// variables is not known, for there are none.
func (p *doParser) sql() (DoStep, bool) {
	step := DoStep{Line: p.line(), At: p.offset()}
	if next := p.word(1); own[p.word(0)] || next == "=" || next == ":=" || next == "[" || next == "." {
		return step, false
	}
	first := p.at
	step.SQL = p.expr(";")
	for i := first + 2; i < p.at; i++ {
		word := func(i int) string { return strings.ToLower(p.body[p.tokens[i].Start:p.tokens[i].End]) }
		if before := word(i - 1); word(i) == "into" && before != "insert" && before != "merge" {
			return step, false
		}
	}
	return step, step.SQL != "" && p.take(";")
}

// offset gives the place in the body of the next token.
func (p *doParser) offset() int {
	if p.at == len(p.tokens) {
		return len(p.body)
	}
	return int(p.tokens[p.at].Start)
}

// raise reads a RAISE.
func (p *doParser) raise() (DoStep, bool) {
	step := DoStep{Line: p.line(), Level: "ERROR"}
	p.at++
	switch w := p.word(0); w {
	case "debug", "log", "info", "notice", "warning", "exception":
		if step.Level = strings.ToUpper(w); w == "exception" {
			step.Level = "ERROR"
		}
		p.at++
	}
	if p.at < len(p.tokens) {
		switch t := p.tokens[p.at]; {
		case t.Token == pg_query.Token_SCONST:
			step.Format = p.body[t.Start:t.End]
			for p.at++; p.take(","); {
				e := p.expr(",", ";", "using")
				if e == "" {
					return step, false
				}
				step.Params = append(step.Params, e)
			}
		case p.word(0) == "sqlstate":
			if p.at++; p.at == len(p.tokens) || p.tokens[p.at].Token != pg_query.Token_SCONST {
				return step, false
			}
			step.Condition = strings.Trim(p.word(0), "'")
			step.Condition = strings.ToUpper(step.Condition)
			p.at++
		case t.Token == pg_query.Token_IDENT:
			step.Condition = p.word(0)
			p.at++
			if _, ok := conditions[step.Condition]; !ok && p.err == nil {
				p.err = pgerr.New(pgerrcode.UndefinedObject, "unrecognized exception condition \"%s\"", step.Condition)
				p.compiling(step.Line)
			}
		}
	}
	if p.take("using") {
		for {
			name := p.word(0)
			p.at++
			if !doOptions[name] || !p.take("=") && !p.take(":=") {
				return step, false
			}
			e := p.expr(",", ";")
			if e == "" {
				return step, false
			}
			step.Options = append(step.Options, DoOption{strings.ToUpper(name), e})
			if !p.take(",") {
				break
			}
		}
	}
	p.count(step)
	return step, p.take(";")
}

// doOptions are what USING may give.
var doOptions = map[string]bool{
	"errcode": true, "message": true, "detail": true, "hint": true,
	"column": true, "constraint": true, "datatype": true, "table": true, "schema": true,
}

// count checks that a format has a place for each parameter.
func (p *doParser) count(step DoStep) {
	if step.Format == "" || p.err != nil {
		return
	}
	places := strings.Count(strings.ReplaceAll(step.Format, "%%", ""), "%")
	what := "few"
	switch {
	case places == len(step.Params):
		return
	case places < len(step.Params):
		what = "many"
	}
	p.err = pgerr.New(pgerrcode.SyntaxError, "too %s parameters specified for RAISE", what)
	p.compiling(step.Line)
}

func (p *doParser) compiling(line int) {
	e := pgerr.From(p.err)
	e.Where = "compilation of PL/pgSQL function \"inline_code_block\" near line " + itoa(line)
	p.err = e
}

// expr reads up to one of some words outside of parentheses.
func (p *doParser) expr(ends ...string) string {
	first, depth := p.at, 0
	for ; p.at < len(p.tokens); p.at++ {
		switch w := p.word(0); w {
		case "(", "[":
			depth++
			continue
		case ")", "]":
			depth--
			continue
		case ";":
		default:
			if depth > 0 {
				continue
			}
		}
		for _, e := range ends {
			if p.word(0) == e {
				if p.at == first {
					return ""
				}
				return p.body[p.tokens[first].Start:p.tokens[p.at-1].End]
			}
		}
	}
	return ""
}

// SQLState gives the code of a condition's name, or of a SQLSTATE itself.
func SQLState(name string) (code string, ok bool) {
	if code, ok = conditions[name]; ok {
		return code, true
	}
	if len(name) != 5 {
		return "", false
	}
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return "", false
		}
	}
	return name, true
}
