package analyze

import (
	"context"
	"errors"
	"regexp"
	"runtime"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// RawStmt is one statement as parsed, not analysed.
type RawStmt struct {
	Node          *pg_query.Node
	Text          string // this statement's own text
	Source        string // the whole source: locations in Node count bytes of it
	Location, Len int    // this statement's place in Source
}

// EndsTransaction tells of COMMIT, ROLLBACK and ROLLBACK TO: what may run in a
// failed transaction block (IsTransactionExitStmt).
func (r *RawStmt) EndsTransaction() bool {
	switch r.Node.GetTransactionStmt().GetKind() {
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT, pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK,
		pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO, pg_query.TransactionStmtKind_TRANS_STMT_PREPARE:
		return true
	}
	return false
}

// Parser parses SQL text and keeps parse trees. It is safe for concurrent use.
type Parser struct {
	cache *Cache[[]*RawStmt]
	slots chan struct{} // bounds how many parses burn CPU at once
	long  chan struct{} // the same for long texts, which others must not wait for
	// MaxLength bounds a text, in bytes (54000 beyond).
	MaxLength int
}

// What the parse cache keeps: so many texts, and bytes of trees, none longer than longText. A
// longer one takes the C parser so long that it is waited for apart, as nothing stops
// the parser.
const (
	cachedTexts = 2048
	cachedBytes = 64 << 20
	longText    = 32 << 10
)

// NewParser makes a parser for texts of at most maxLength bytes.
func NewParser(maxLength int) *Parser {
	n := runtime.GOMAXPROCS(0)
	return &Parser{cache: NewCache[[]*RawStmt](cachedTexts, cachedBytes), slots: make(chan struct{}, n), long: make(chan struct{}, max(1, n/2)), MaxLength: maxLength}
}

// Parse gives the statements of a text; none for one of blanks and comments.
// Errors carry PostgreSQL's SQLSTATE and position: 42601 for syntax, 22021 for bad bytes,
// 54000 and 54001 for what is too long or too deep for the C parser. When ctx
// ends so does the wait, and a long text's tree is thrown away once it is made.
func (p *Parser) Parse(ctx context.Context, text string) ([]*RawStmt, error) {
	if stmts, ok := p.cache.Get(text); ok {
		return stmts, nil
	}
	if err := p.guard(text); err != nil {
		return nil, err
	}
	slots := p.slots
	if len(text) > longText {
		slots = p.long
	}
	select {
	case slots <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if len(text) > longText {
		return parseApart(ctx, text, slots)
	}
	out, err := Parse(text)
	<-slots
	if err == nil {
		p.cache.Add(text, text, out)
	}
	return out, err
}

// parseApart parses in a goroutine, which gives the slot back. A panic there is
// the caller's.
func parseApart(ctx context.Context, text string, slots chan struct{}) ([]*RawStmt, error) {
	var out []*RawStmt
	var err error
	var panicked any
	done := make(chan struct{})
	go func() {
		defer func() {
			panicked = recover()
			<-slots
			close(done)
		}()
		out, err = Parse(text)
	}()
	select {
	case <-done:
		if panicked != nil {
			panic(panicked)
		}
		return out, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Parse parses a text that is known to be sound, such as a view's, without a
// guard or a cache.
func Parse(text string) ([]*RawStmt, error) {
	tree, err := pg_query.Parse(text)
	if err != nil && strings.HasPrefix(err.Error(), `syntax error at or near "'`) {
		if plain := withoutComments(text); plain != text {
			tree, err = pg_query.Parse(plain)
		}
	}
	if err != nil {
		err = parseError(text, err)
	}
	if err := prefixJunk(text, err); err != nil {
		return nil, err
	}
	if err := refuseParams(text, tree); err != nil {
		return nil, err
	}
	out := make([]*RawStmt, 0, len(tree.Stmts))
	for _, s := range tree.Stmts {
		loc, n := int(s.StmtLocation), int(s.StmtLen)
		if n == 0 {
			n = len(text) - loc
		}
		own := text[loc : loc+n]
		lead := len(own) - len(strings.TrimLeft(own, " \t\r\n\f\v"))
		out = append(out, &RawStmt{Node: s.Stmt, Text: own[lead:], Source: text, Location: loc + lead, Len: n - lead})
	}
	return out, nil
}

// guard keeps from the C parser what it cuts off, rejects late or dies of.
func (p *Parser) guard(text string) error {
	if p.MaxLength > 0 && len(text) > p.MaxLength {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "query of %d bytes is longer than the limit of %d bytes", len(text), p.MaxLength).
			Hintf("Raise max_query_length.")
	}
	if err := ValidText(text); err != nil {
		return err
	}
	if tooDeep(text) {
		return stackDepth()
	}
	return nil
}

// ValidText checks that a text is UTF-8 without NUL (pg_verify_mbstr).
func ValidText(text string) error {
	for i := 0; i < len(text); {
		if text[i] == 0 {
			return invalidBytes(text[i : i+1])
		}
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && n == 1 {
			return invalidBytes(text[i:min(len(text), i+sequenceLen(text[i]))])
		}
		i += n
	}
	return nil
}

// sequenceLen is the length that a UTF-8 sequence's first byte announces.
func sequenceLen(b byte) int {
	switch {
	case b&0xe0 == 0xc0:
		return 2
	case b&0xf0 == 0xe0:
		return 3
	case b&0xf8 == 0xf0:
		return 4
	}
	return 1
}

func invalidBytes(s string) error {
	hex := make([]string, len(s))
	for i := range s {
		const digits = "0123456789abcdef"
		hex[i] = "0x" + string(digits[s[i]>>4]) + string(digits[s[i]&15])
	}
	return pgerr.New(pgerrcode.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", strings.Join(hex, " "))
}

func stackDepth() *pgerr.Error {
	return pgerr.New(pgerrcode.StatementTooComplex, "stack depth limit exceeded").
		Hintf("Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's stack depth limit is adequate.")
}

// parseError turns an error of pg_query into PostgreSQL's.
func parseError(text string, err error) error {
	var e *parser.Error
	if !errors.As(err, &e) {
		if strings.Contains(err.Error(), "recursion depth") {
			return stackDepth()
		}
		return pgerr.Internal("parser: %v", err)
	}
	if strings.HasPrefix(e.Message, "memory exhausted") {
		return stackDepth()
	}
	out := pgerr.New(parseErrorCode(e), "%s", e.Message)
	out.Routine = e.Funcname
	if e.Cursorpos > 0 {
		at := byteOffset(text, e.Cursorpos-1)
		out.At(at)
		out.Message = numberJunk(out.Message, text[at:])
	}
	switch {
	case strings.HasPrefix(e.Message, "unsafe use of \\'"):
		out.Hintf("Use '' to write quotes in strings. \\' is insecure in client-only encodings.")
	case e.Message == "invalid Unicode escape" && e.Funcname == "str_udeescape":
		out.Hintf("Unicode escapes must be \\XXXX or \\+XXXXXX.")
	case e.Message == "invalid Unicode escape":
		out.Hintf("Unicode escapes must be \\uXXXX or \\UXXXXXXXX.")
	case e.Message == "missing argument":
		out.Hintf("Use NONE to denote the missing argument of a unary operator.")
	case strings.HasPrefix(e.Message, "LIMIT #,#"):
		out.Hintf("Use separate LIMIT and OFFSET clauses.")
	}
	return out
}

// badNumber begins the lexer's complaints about numbers.
var badNumber = regexp.MustCompile(`^(trailing junk after numeric literal|invalid (hexadecimal|octal|binary) integer) at or near "`)

// numberJunk makes the lexer's complaint about a number name all that is wrong with it, as
// PostgreSQL's later minor releases do: the number and the identifier right after it.
func numberJunk(message, rest string) string {
	m := badNumber.FindString(message)
	if m == "" {
		return message
	}
	token := strings.TrimSuffix(message[len(m):], `"`)
	n := min(len(token), len(rest))
	if strings.HasPrefix(m, "invalid") && strings.HasPrefix(rest[n:], "_") {
		n++
	}
	if own := n; n > 0 && identByte(rest[n-1]) {
		for n < len(rest) && identByte(rest[n]) {
			n++
		}
		if n > own {
			m = `trailing junk after numeric literal at or near "`
		}
	}
	return m + rest[:n] + `"`
}

var prefixedNumber = regexp.MustCompile(`0[xXoObB][0-9a-fA-F_]*[0-9A-Za-z_$\x80-\x{10ffff}]`)

// tokens splits a text into tokens, up to what is none.
func tokens(text string) []*pg_query.ScanToken {
	scan, err := pg_query.Scan(text)
	var e *parser.Error
	if errors.As(err, &e) && e.Cursorpos > 0 {
		scan, err = pg_query.Scan(text[:byteOffset(text, e.Cursorpos-1)])
	}
	if err != nil {
		return nil
	}
	return scan.Tokens
}

// prefixJunk complains of a number in base 2, 8 or 16 that goes on with what is
// no digit of it: 0b12, 0x1g. pg_query's older lexer splits such words in two. An error
// that err has found before that stands.
func prefixJunk(text string, err error) error {
	if !prefixedNumber.MatchString(text) {
		return err
	}
	for _, t := range tokens(text) {
		word, end := text[t.Start:t.End], int(t.End)
		if len(word) < 3 || word[0] != '0' || !strings.ContainsRune("xXoObB", rune(word[1])) || end == len(text) || !identByte(text[end]) {
			continue
		}
		if err != nil && pgerr.From(err).Position <= int(t.Start) {
			return err
		}
		for end < len(text) && identByte(text[end]) {
			end++
		}
		return pgerr.New(pgerrcode.SyntaxError, "trailing junk after numeric literal at or near \"%s\"", text[t.Start:end]).At(int(t.Start))
	}
	return err
}

// parseErrorCode gives the SQLSTATE that the parser's error had in C, which
// pg_query drops.
func parseErrorCode(e *parser.Error) string {
	m := e.Message
	switch {
	case e.Funcname == "scanner_yyerror" || e.Funcname == "base_yyerror":
		return pgerrcode.SyntaxError
	case strings.HasPrefix(m, "unsafe use of \\'"):
		return pgerrcode.NonstandardUseOfEscapeCharacter
	case strings.HasPrefix(m, "invalid Unicode escape"), strings.HasPrefix(m, "invalid Unicode surrogate"):
		if m == "invalid Unicode escape" && e.Funcname != "str_udeescape" {
			return pgerrcode.InvalidEscapeSequence
		}
		return pgerrcode.SyntaxError
	case strings.HasPrefix(m, "unsafe use of string constant"), strings.Contains(m, "not supported"),
		strings.Contains(m, "not yet implemented"), strings.HasSuffix(m, "cannot include schema elements"), strings.Contains(m, "not implemented"):
		if strings.HasPrefix(m, "LIMIT #,#") {
			return pgerrcode.SyntaxError
		}
		return pgerrcode.FeatureNotSupported
	case strings.HasSuffix(m, "for hash partition provided more than once"):
		return pgerrcode.DuplicateObject
	case strings.HasSuffix(m, "constraints cannot be marked DEFERRABLE"), strings.HasSuffix(m, "constraints cannot be marked NOT VALID"),
		strings.HasSuffix(m, "constraints cannot be marked NO INHERIT"), m == "current database cannot be changed",
		strings.HasSuffix(m, "is only supported for ON DELETE actions"),
		m == "aggregates cannot have output arguments", strings.HasPrefix(m, "an ordered-set aggregate with a VARIADIC"):
		return pgerrcode.FeatureNotSupported
	case strings.HasPrefix(m, "precision for type float"), strings.HasPrefix(m, "column number must be in range"),
		strings.HasPrefix(m, "unrecognized partitioning strategy"), strings.HasPrefix(m, "unrecognized JSON encoding"):
		return pgerrcode.InvalidParameterValue
	case strings.HasPrefix(m, "invalid byte sequence"):
		return pgerrcode.CharacterNotInRepertoire
	case strings.HasPrefix(m, "frame "), strings.HasPrefix(m, "frame start"), strings.HasPrefix(m, "frame end"):
		return pgerrcode.WindowingError
	}
	return pgerrcode.SyntaxError
}

// byteOffset turns a count of characters into one of bytes.
func byteOffset(text string, chars int) int {
	i := 0
	for ; chars > 0 && i < len(text); chars-- {
		_, n := utf8.DecodeRuneInString(text[i:])
		i += n
	}
	return i
}
