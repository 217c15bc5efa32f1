package tsearch

import "github.com/flowgres/flowgres/planner/adt"

// toQuery is to_tsquery and its like: every word of the query goes through the
// configuration; the lexemes of one word are joined by an operator.
func toQuery(c *adt.Call, cfg *Config, text string, form adt.TSQueryForm, join byte) (*adt.TSQuery, error) {
	return adt.ParseTSQuery(c, text, form, func(b *adt.TSQueryBuilder, text string, weights uint8, prefix bool) error {
		return pushMorph(c, cfg, b, text, weights, prefix, join)
	})
}

// pushMorph is pushval_morph. Stop words between lexemes leave their places.
func pushMorph(c *adt.Call, cfg *Config, b *adt.TSQueryBuilder, text string, weights uint8, prefix bool, join byte) error {
	var w words
	if err := w.parse(c, cfg, text); err != nil {
		return err
	}
	if len(w.list) == 0 {
		b.Stop()
		return nil
	}
	pos, places := 0, 0
	for i := 0; i < len(w.list); {
		for ; pos > 0 && pos+1 < w.list[i].pos; pos++ {
			b.Stop()
			if places++; places > 1 {
				if err := b.Operator(join, 1); err != nil {
					return err
				}
			}
		}
		pos = w.list[i].pos
		for first := i; i < len(w.list) && w.list[i].pos == pos; i++ {
			err := b.Value(w.list[i].lexeme, weights, prefix)
			if err == nil && i > first {
				err = b.Operator(adt.TSAnd, 0)
			}
			if err != nil {
				return err
			}
		}
		if places++; places > 1 {
			if err := b.Operator(join, 1); err != nil {
				return err
			}
		}
	}
	return nil
}
