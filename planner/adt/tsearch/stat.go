package tsearch

import (
	"cmp"
	"iter"
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

func querier(c *adt.Call) (adt.Querier, error) {
	q, ok := c.Env.Session.(adt.Querier)
	if !ok {
		return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
	}
	return q, nil
}

// lexemeCount is what ts_stat tells of a lexeme.
type lexemeCount struct {
	lexeme   string
	docs, at int32
}

// statistics runs a query that gives tsvectors and counts their lexemes, with
// some weights only (ts_stat_sql).
func statistics(c *adt.Call, text, weights string) ([]lexemeCount, error) {
	q, err := querier(c)
	if err != nil {
		return nil, err
	}
	desc, rows, err := q.Query(text)
	if err != nil {
		return nil, err
	}
	if len(desc.Fields) != 1 || desc.Fields[0].Type != adt.TSVectorOID {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "ts_stat query must return one tsvector column")
	}
	mask := 0
	for i := range len(weights) {
		if w, ok := adt.TSWeight(adt.Char(weights[i])); ok && weights[i] >= 'A' {
			mask |= 1 << w
		}
	}
	counts := map[string]*lexemeCount{}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		v, ok := row[0].(*adt.TSVector)
		if !ok {
			continue
		}
		for _, l := range v.Lexemes {
			n := int32(0)
			for _, p := range l.Pos {
				if mask == 0 || mask>>p.Weight&1 == 1 {
					n++
				}
			}
			if mask == 0 {
				n = max(n, 1)
			}
			if n == 0 {
				continue
			}
			s := counts[l.Word]
			if s == nil {
				s = &lexemeCount{lexeme: l.Word}
				counts[l.Word] = s
			}
			s.docs++
			s.at += n
		}
	}
	var out []lexemeCount
	for _, s := range counts {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b lexemeCount) int { return cmp.Compare(a.lexeme, b.lexeme) })
	return out, nil
}

func tsStat(c *adt.Call, args []adt.Datum) iter.Seq2[adt.Datum, error] {
	weights := ""
	if len(args) > 1 {
		weights = args[1].(string)
	}
	return func(yield func(adt.Datum, error) bool) {
		list, err := statistics(c, args[0].(string), weights)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, s := range list {
			if !yield(&adt.Record{Desc: c.Desc, Values: adt.Row{s.lexeme, s.docs, s.at}}, nil) {
				return
			}
		}
	}
}

// rewriteByQuery is ts_rewrite of a query and a query that gives substitutions.
func rewriteByQuery(c *adt.Call, q *adt.TSQuery, text string) (*adt.TSQuery, error) {
	if q.Root == nil {
		return q, nil
	}
	run, err := querier(c)
	if err != nil {
		return nil, err
	}
	desc, rows, err := run.Query(text)
	if err != nil {
		return nil, err
	}
	if len(desc.Fields) != 2 || desc.Fields[0].Type != adt.TSQueryOID || desc.Fields[1].Type != adt.TSQueryOID {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "ts_rewrite query must return two tsquery columns")
	}
	r := newRewriter(c.Env, q)
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		what, ok := row[0].(*adt.TSQuery)
		by, also := row[1].(*adt.TSQuery)
		if !ok || !also || what.Root == nil {
			continue
		}
		if r.apply(what, by) {
			break
		}
		r.normalize(r.t)
	}
	return r.query()
}

// debug gives the rows of ts_debug.
func (cfg *Config) debug(c *adt.Call, text string) iter.Seq2[adt.Datum, error] {
	return func(yield func(adt.Datum, error) bool) {
		p := NewParser(c.Env, text)
		for {
			t, ok := p.Next()
			if !ok {
				if err := p.Err(); err != nil {
					yield(nil, err)
				}
				return
			}
			name := TokenTypes[t.Type]
			var oids []adt.Datum
			var dict, lexemes adt.Datum
			for _, d := range cfg.Dicts[t.Type] {
				oids = append(oids, d.OID)
				if list, known := d.Lexize(t.Text); known && lexemes == nil {
					dict, lexemes = d.OID, textArray(list)
				}
			}
			if dict == nil && len(oids) > 0 {
				dict = oids[0]
			}
			row := adt.Row{name[0], name[1], t.Text, adt.NewArray(adt.RegDictionaryOID, oids), dict, lexemes}
			if !yield(&adt.Record{Desc: c.Desc, Values: row}, nil) {
				return
			}
		}
	}
}

func textArray(list []string) *adt.Array {
	values := make([]adt.Datum, len(list))
	for i, s := range list {
		values[i] = s
	}
	return adt.NewArray(adt.TextOID, values)
}
