package tsearch

import (
	"cmp"
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// noticeLong tells of a word that is passed over.
func noticeLong(c *adt.Call) {
	n := pgerr.New(pgerrcode.ProgramLimitExceeded, "word is too long to be indexed").
		Detailf("Words longer than %d characters are ignored.", adt.TSMaxWord)
	n.Severity = "NOTICE"
	c.Env.Session.Notice(n)
}

// vector makes a tsvector of the words (make_tsvector).
func (w *words) vector() (*adt.TSVector, error) {
	slices.SortStableFunc(w.list, func(a, b word) int {
		return cmp.Or(cmp.Compare(a.lexeme, b.lexeme), cmp.Compare(a.pos, b.pos))
	})
	v := &adt.TSVector{}
	for _, x := range w.list {
		pos := adt.LexemePos{Pos: uint16(x.pos)}
		n := len(v.Lexemes)
		if n == 0 || v.Lexemes[n-1].Word != x.lexeme {
			v.Lexemes = append(v.Lexemes, adt.Lexeme{Word: x.lexeme, Pos: []adt.LexemePos{pos}})
			continue
		}
		l := &v.Lexemes[n-1]
		if last := l.Pos[len(l.Pos)-1].Pos; len(l.Pos) < adt.TSMaxPositions-1 && last != adt.TSMaxPos && last != pos.Pos {
			l.Pos = append(l.Pos, pos)
		}
	}
	if n := v.Bytes(); n > adt.TSMaxBytes {
		return nil, pgerr.New(pgerrcode.ProgramLimitExceeded, "string is too long for tsvector (%d bytes, max %d bytes)", n, adt.TSMaxBytes)
	}
	return v, nil
}

// toVector is to_tsvector of a text.
func toVector(c *adt.Call, cfg *Config, text string) (*adt.TSVector, error) {
	var w words
	if err := w.parse(c, cfg, text); err != nil {
		return nil, err
	}
	return w.vector()
}

// jsonToVector is to_tsvector of parts of a json or jsonb value. Between two
// texts a position is left out, so that no phrase spans them.
func jsonToVector(c *adt.Call, cfg *Config, d adt.Datum, parts adt.JSONParts) (*adt.TSVector, error) {
	var w words
	err := adt.JSONTexts(d, parts, func(text string) error {
		before := len(w.list)
		err := w.parse(c, cfg, text)
		if len(w.list) > before {
			w.pos++
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return w.vector()
}

// jsonParts reads the filter of json_to_tsvector (parse_jsonb_index_flags).
func jsonParts(j *adt.JSONB) (adt.JSONParts, error) {
	const hint = `Possible values are: "string", "numeric", "boolean", "key", and "all".`
	list := j.Vals
	switch j.Kind {
	case adt.JSONArray:
	case adt.JSONObject:
		return 0, pgerr.New(pgerrcode.InvalidParameterValue, "wrong flag type, only arrays and scalars are allowed")
	default:
		list = []*adt.JSONB{j}
	}
	var parts adt.JSONParts
	for _, v := range list {
		if v.Kind == adt.JSONArray || v.Kind == adt.JSONObject {
			return 0, pgerr.New(pgerrcode.InternalError, "unexpected end of flag array")
		}
		if v.Kind != adt.JSONString {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, "flag array element is not a string").Hintf("%s", hint)
		}
		p, ok := map[string]adt.JSONParts{
			"all": adt.JSONKeys | adt.JSONStrings | adt.JSONNumbers | adt.JSONBools,
			"key": adt.JSONKeys, "string": adt.JSONStrings, "numeric": adt.JSONNumbers, "boolean": adt.JSONBools,
		}[adt.LowerText(v.Str)]
		if !ok {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, "wrong flag in flag array: \"%s\"", v.Str).Hintf("%s", hint)
		}
		parts |= p
	}
	return parts, nil
}
