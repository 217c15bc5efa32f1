package analyze

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// nameLen is the longest identifier, in bytes (NAMEDATALEN-1).
const nameLen = 63

// Truncated gives the notices for identifiers that the parser cut off
// (truncate_identifier). pg_query keeps them to itself, so the text is scanned again, if it
// has anything long enough.
func Truncated(text string) []*pgerr.Error {
	if !longRun(text) {
		return nil
	}
	scan, err := pg_query.Scan(text)
	if err != nil {
		return nil // the parser has said why
	}
	var out []*pgerr.Error
	for _, t := range scan.Tokens {
		if t.Token != pg_query.Token_IDENT {
			continue
		}
		name := text[t.Start:t.End]
		if q, ok := strings.CutPrefix(name, `"`); ok {
			name = strings.ReplaceAll(strings.TrimSuffix(q, `"`), `""`, `"`)
		} else {
			name = strings.ToLower(name)
		}
		if _, n := TruncateName(name); n != nil {
			out = append(out, n)
		}
	}
	return out
}

// TruncateName cuts a name at PostgreSQL's length, with a notice when it was
// longer.
func TruncateName(name string) (string, *pgerr.Error) {
	if len(name) <= nameLen {
		return name, nil
	}
	end := nameLen
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	n := pgerr.New(pgerrcode.NameTooLong, "identifier \"%s\" will be truncated to \"%s\"", name, name[:end])
	n.Severity = "NOTICE"
	return name[:end], n
}

// longRun tells whether a text may hold an identifier that is too long.
func longRun(text string) bool {
	if len(text) <= nameLen {
		return false
	}
	run, quoted := 0, false
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '"':
			quoted = !quoted
			run = 0
		case quoted, c >= 0x80, c == '_', c == '$', c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z':
			if run++; run > nameLen {
				return true
			}
		default:
			run = 0
		}
	}
	return false
}
