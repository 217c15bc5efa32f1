package tsearch

import (
	"iter"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// funcs makes routines that look up configurations.
type funcs struct {
	cat Catalog
	all adt.Funcs
}

// Funcs are the routines of text search, by prosrc.
func Funcs(cat Catalog) adt.Funcs {
	f := funcs{cat, adt.Funcs{
		"get_current_ts_config": adt.C0(func(c *adt.Call) (OID, error) { return currentConfig(c, cat) }),
		"ts_lexize": adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			d, err := cat.TSDict(a[0].(OID))
			if err != nil {
				return nil, err
			}
			if lexemes, known := d.Lexize(a[1].(string)); known {
				return textArray(lexemes), nil
			}
			return nil, nil
		}),
		"tsquery_rewrite":       adt.C3(rewrite),
		"tsquery_rewrite_query": adt.C2(rewriteByQuery),
		"ts_stat1":              adt.Set(tsStat),
		"ts_stat2":              adt.Set(tsStat),
	}}
	f.parsers()
	f.ranks()
	for name, form := range map[string]struct {
		form adt.TSQueryForm
		join byte
	}{
		"to_tsquery":           {adt.TSQueryStandard, adt.TSPhrase},
		"plainto_tsquery":      {adt.TSQueryPlain, adt.TSAnd},
		"phraseto_tsquery":     {adt.TSQueryPlain, adt.TSPhrase},
		"websearch_to_tsquery": {adt.TSQueryWeb, adt.TSPhrase},
	} {
		f.add(name, func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
			return toQuery(c, cfg, a[0].(string), form.form, form.join)
		})
	}
	f.add("to_tsvector", func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
		return toVector(c, cfg, a[0].(string))
	})
	for _, typ := range []string{"json", "jsonb"} {
		f.add(typ+"_string_to_tsvector", func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
			return jsonToVector(c, cfg, a[0], adt.JSONStrings)
		})
		f.add(typ+"_to_tsvector", func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
			parts, err := jsonParts(a[1].(*adt.JSONB))
			if err != nil {
				return nil, err
			}
			return jsonToVector(c, cfg, a[0], parts)
		})
		f.headline("ts_headline_"+typ, func(c *adt.Call, cfg *Config, d adt.Datum, q *adt.TSQuery, o headlineOptions) (adt.Datum, error) {
			return adt.MapJSONStrings(d, func(s string) (string, error) { return makeHeadline(c, cfg, s, q, o) })
		})
	}
	f.headline("ts_headline", func(c *adt.Call, cfg *Config, d adt.Datum, q *adt.TSQuery, o headlineOptions) (adt.Datum, error) {
		return makeHeadline(c, cfg, d.(string), q, o)
	})
	f.plain("ts_match_tq", func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
		v, err := toVector(c, cfg, a[0].(string))
		return err == nil && v.Match(a[1].(*adt.TSQuery)), err
	})
	f.plain("ts_match_tt", func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
		v, err := toVector(c, cfg, a[0].(string))
		if err != nil {
			return nil, err
		}
		q, err := toQuery(c, cfg, a[1].(string), adt.TSQueryPlain, adt.TSAnd)
		return err == nil && v.Match(q), err
	})
	return f.all
}

// body is a routine with its configuration.
type body func(c *adt.Call, cfg *Config, args []adt.Datum) (adt.Datum, error)

// add adds a routine in two forms: with a configuration as the first argument,
// whose name ends with _byid, and with that of the session.
func (f funcs) add(name string, b body) {
	f.plain(name, b)
	f.all[name+"_byid"] = f.byID(b)
}

func (f funcs) byID(b body) adt.Func {
	return adt.Raw(func(c *adt.Call, a []adt.Datum) (adt.Datum, error) {
		cfg, err := f.cat.TSConfig(a[0].(OID))
		if err != nil {
			return nil, err
		}
		return b(c, cfg, a[1:])
	})
}

// plain adds a routine that works with the session's configuration.
func (f funcs) plain(name string, b body) {
	f.all[name] = adt.Raw(func(c *adt.Call, a []adt.Datum) (adt.Datum, error) {
		oid, err := currentConfig(c, f.cat)
		if err != nil {
			return nil, err
		}
		cfg, err := f.cat.TSConfig(oid)
		if err != nil {
			return nil, err
		}
		return b(c, cfg, a)
	})
}

// headline adds the forms of ts_headline for one type, with and without options.
func (f funcs) headline(name string, h func(c *adt.Call, cfg *Config, d adt.Datum, q *adt.TSQuery, o headlineOptions) (adt.Datum, error)) {
	b := func(c *adt.Call, cfg *Config, a []adt.Datum) (adt.Datum, error) {
		text := ""
		if len(a) > 2 {
			text = a[2].(string)
		}
		o, err := readHeadlineOptions(c.Env, text)
		if err != nil {
			return nil, err
		}
		return h(c, cfg, a[0], a[1].(*adt.TSQuery), o)
	}
	f.plain(name, b)
	f.plain(name+"_opt", b)
	f.all[name+"_byid"] = f.byID(b)
	f.all[name+"_byid_opt"] = f.byID(b)
}

// currentConfig finds the configuration that default_text_search_config names.
func currentConfig(c *adt.Call, cat Catalog) (OID, error) {
	name, _ := c.Env.Session.Setting("default_text_search_config")
	if name == "" {
		return 0, pgerr.New(pgerrcode.InternalError, "text search configuration isn't set")
	}
	return cat.TSConfigNamed(name, c.Env.SearchPath)
}

func (f funcs) parsers() {
	// parser reads the argument that names or is a parser.
	parser := func(c *adt.Call, a adt.Datum) error {
		if oid, ok := a.(OID); ok {
			return f.cat.TSParser(oid)
		}
		_, err := f.cat.TSParserNamed(a.(string), c.Env.SearchPath)
		return err
	}
	types := adt.Set(func(c *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			if err := parser(c, a[0]); err != nil {
				yield(nil, err)
				return
			}
			for i, t := range TokenTypes {
				if i > 0 && !yield(&adt.Record{Desc: c.Desc, Values: adt.Row{int32(i), t[0], t[1]}}, nil) {
					return
				}
			}
		}
	})
	parse := adt.Set(func(c *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			if err := parser(c, a[0]); err != nil {
				yield(nil, err)
				return
			}
			p := NewParser(c.Env, a[1].(string))
			for {
				t, ok := p.Next()
				if !ok {
					if err := p.Err(); err != nil {
						yield(nil, err)
					}
					return
				}
				if !yield(&adt.Record{Desc: c.Desc, Values: adt.Row{int32(t.Type), t.Text}}, nil) {
					return
				}
			}
		}
	})
	f.all["ts_token_type_byid"], f.all["ts_token_type_byname"] = types, types
	f.all["ts_parse_byid"], f.all["ts_parse_byname"] = parse, parse
	debug := func(config func(c *adt.Call, a []adt.Datum) (OID, error)) adt.Func {
		return adt.Set(func(c *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				oid, err := config(c, a)
				if err != nil {
					yield(nil, err)
					return
				}
				cfg, err := f.cat.TSConfig(oid)
				if err != nil {
					if pgerr.From(err).Code != pgerrcode.InternalError { // ts_debug is a query, which finds no such row
						yield(nil, err)
					}
					return
				}
				cfg.debug(c, a[len(a)-1].(string))(yield)
			}
		})
	}
	f.all["sql:ts_debug/regconfig,text"] = debug(func(_ *adt.Call, a []adt.Datum) (OID, error) { return a[0].(OID), nil })
	f.all["sql:ts_debug/text"] = debug(func(c *adt.Call, _ []adt.Datum) (OID, error) { return currentConfig(c, f.cat) })
}

// ranks adds ts_rank and ts_rank_cd, with and without weights and a method.
func (f funcs) ranks() {
	type ranker func(env *adt.Env, w *[4]float32, v *adt.TSVector, q *adt.TSQuery, method int32) (float32, error)
	for name, r := range map[string]ranker{
		"ts_rank":   rank,
		"ts_rankcd": rankCover,
	} {
		for suffix, weighted := range map[string]bool{"_tt": false, "_ttf": false, "_wtt": true, "_wttf": true} {
			f.all[name+suffix] = adt.Raw(func(c *adt.Call, a []adt.Datum) (adt.Datum, error) {
				w := defaultWeights
				if weighted {
					var err error
					if w, err = rankWeights(a[0].(*adt.Array)); err != nil {
						return nil, err
					}
					a = a[1:]
				}
				method := int32(0)
				if len(a) > 2 {
					method = a[2].(int32)
				}
				return r(c.Env, &w, a[0].(*adt.TSVector), a[1].(*adt.TSQuery), method)
			})
		}
	}
}
