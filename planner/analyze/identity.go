package analyze

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/flowgres/flowgres/planner/nodes"
)

// identity is what a statement is but for its constants, worked out when it is
// first asked for.
type identity struct {
	raw     *RawStmt // nil: it is part of another statement
	jumbled atomic.Pointer[nodes.Jumbled]
}

// QueryID is the number by which pg_stat_statements and pg_stat_activity know
// statements that differ in constants alone. It is the same in all copies of a
// server.
func (a *Analyzed) QueryID() int64 { return a.jumble().ID }

func (a *Analyzed) jumble() *nodes.Jumbled {
	if j := a.identity.jumbled.Load(); j != nil {
		return j
	}
	var j nodes.Jumbled
	if a.Query != nil {
		j = nodes.Jumble(a.Query)
	} else if a.identity.raw != nil {
		j = a.jumbleCommand()
	}
	a.identity.jumbled.Store(&j)
	return &j
}

// jumbleCommand numbers a command by its words. Strings of all kinds count as
// its constants, though PostgreSQL 16 keeps them, for they may be secrets; so do
// the constants of the query that it holds.
func (a *Analyzed) jumbleCommand() (j nodes.Jumbled) {
	if q := checkedQuery(a); q != nil {
		j = nodes.Jumble(q)
	}
	raw := a.identity.raw
	own := stringPlaces(raw.Node.ProtoReflect(), nil)
	tokens, err := tokensOf(raw.Text)
	if err != nil {
		return nodes.Jumbled{}
	}
	for _, t := range tokens {
		switch t.kind {
		case pg_query.Token_SCONST, pg_query.Token_USCONST, pg_query.Token_BCONST, pg_query.Token_XCONST:
			own = append(own, raw.Location+t.start)
		}
	}
	j.Places = append(j.Places, own...)
	slices.Sort(j.Places)
	j.Places = slices.Compact(j.Places)
	h := fnv.New64a()
	places := j.Places
	for _, t := range tokens {
		word := raw.Text[t.start:t.end]
		var constant bool
		if constant, places = standsAt(places, raw.Location+t.start); constant {
			word = "?"
		} else if !strings.HasPrefix(word, "\"") {
			word = strings.ToLower(word)
		}
		_, _ = h.Write([]byte(word + "\x00"))
	}
	if j.ID = int64(h.Sum64()); j.ID == 0 { //nolint:gosec // its bits, as PostgreSQL shows them
		j.ID = 1
	}
	return j
}

// stringPlaces finds the string constants of a parse tree, quoted or not.
func stringPlaces(m protoreflect.Message, out []int) []int {
	if c, ok := m.Interface().(*pg_query.A_Const); ok {
		if c.GetSval() != nil && c.Location >= 0 {
			out = append(out, int(c.Location))
		}
		return out
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				out = stringPlaces(v.List().Get(i).Message(), out)
			}
		default:
			out = stringPlaces(v.Message(), out)
		}
		return true
	})
	return out
}

// word is a token of a text.
type word struct {
	kind       pg_query.Token
	start, end int
}

// tokensOf gives a text's tokens without its comments. A token ends where the
// blanks before the next begin.
func tokensOf(text string) ([]word, error) {
	scan, err := pg_query.Scan(text)
	if err != nil {
		return nil, err
	}
	var out []word
	for i, t := range scan.Tokens {
		end := len(text)
		if i+1 < len(scan.Tokens) {
			end = int(scan.Tokens[i+1].Start)
		}
		start := int(t.Start)
		if t.Token != pg_query.Token_SQL_COMMENT && t.Token != pg_query.Token_C_COMMENT && start < end {
			out = append(out, word{t.Token, start, start + len(strings.TrimRight(text[start:end], " \t\r\n\f\v"))})
		}
	}
	return out, nil
}

// standsAt tells whether the first of places, when those before it are passed, is
// at, and gives the rest.
func standsAt(places []int, at int) (bool, []int) {
	for len(places) > 0 && places[0] < at {
		places = places[1:]
	}
	if len(places) > 0 && places[0] == at {
		return true, places[1:]
	}
	return false, places
}

// Normalized gives the statement's text with its constants as parameters
// (generate_normalized_query).
func (a *Analyzed) Normalized() string {
	raw := a.identity.raw
	if raw == nil {
		return ""
	}
	text := strings.TrimRight(raw.Text, " \t\r\n\f\v")
	j := a.jumble()
	if len(j.Places) == 0 {
		return text
	}
	tokens, err := tokensOf(text)
	if err != nil {
		return a.CommandTag() // never a text whose constants might be secret
	}
	var out strings.Builder
	done, next, places := 0, j.Params, j.Places
	for i, t := range tokens {
		var constant bool
		if constant, places = standsAt(places, raw.Location+t.start); !constant {
			continue
		}
		end := t.end
		if t.kind == pg_query.Token_ASCII_45 && i+1 < len(tokens) { // a number's minus
			end = tokens[i+1].end
		}
		next++
		out.WriteString(text[done:t.start])
		out.WriteString("$" + strconv.Itoa(next))
		done = end
	}
	out.WriteString(text[done:])
	return out.String()
}
