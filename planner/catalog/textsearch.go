package catalog

import (
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt/tsearch"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// textSearch gives text search what pg_ts_config, pg_ts_config_map and
// pg_ts_dict say (ts_cache.c).
type textSearch struct {
	c       *Catalog
	load    func() (map[OID]*tsearch.Config, map[OID]lazyDict)
	mu      sync.Mutex
	configs map[OID]*tsearch.Config // with their dictionaries made
}

// lazyDict makes a dictionary when it is first wanted: stop words and stemmers
// take a while to load.
type lazyDict func() (tsearch.Dict, error)

func newTextSearch(c *Catalog) *textSearch {
	t := &textSearch{c: c, configs: map[OID]*tsearch.Config{}}
	t.load = sync.OnceValues(t.read)
	return t
}

// read decodes the rows; the dictionaries of a configuration are filled in by TSConfig.
func (t *textSearch) read() (map[OID]*tsearch.Config, map[OID]lazyDict) {
	templates := map[OID]string{}
	d := load("pg_ts_template")
	oid, name := d.col("oid"), d.col("tmplname")
	d.each(func(r row) { templates[r.oid(oid)] = r.text(name) })

	dicts := map[OID]lazyDict{}
	d = load("pg_ts_dict")
	oid, template, options := d.col("oid"), d.col("dicttemplate"), d.col("dictinitoption")
	d.each(func(r row) {
		kind, text := templates[r.oid(template)], r.text(options)
		if text == null {
			text = ""
		}
		dicts[r.oid(oid)] = sync.OnceValues(func() (tsearch.Dict, error) { return tsearch.NewDict(kind, text) })
	})

	configs := map[OID]*tsearch.Config{}
	d = load("pg_ts_config")
	oid, parser := d.col("oid"), d.col("cfgparser")
	d.each(func(r row) {
		configs[r.oid(oid)] = &tsearch.Config{Parser: r.oid(parser), Dicts: map[int][]tsearch.NamedDict{}}
	})
	d = load("pg_ts_config_map") // in the order of mapseqno
	cfg, token, dict := d.col("mapcfg"), d.col("maptokentype"), d.col("mapdict")
	d.each(func(r row) {
		m, n := configs[r.oid(cfg)].Dicts, int(r.oid(token))
		m[n] = append(m[n], tsearch.NamedDict{OID: r.oid(dict)})
	})
	return configs, dicts
}

// TSConfig implements tsearch.Catalog.
func (t *textSearch) TSConfig(oid OID) (*tsearch.Config, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.configs[oid]; c != nil {
		return c, nil
	}
	configs, _ := t.load()
	c := configs[oid]
	if c == nil {
		return nil, pgerr.Internal("cache lookup failed for text search configuration %d", oid)
	}
	for _, list := range c.Dicts {
		for i := range list {
			var err error
			if list[i].Dict, err = t.TSDict(list[i].OID); err != nil {
				return nil, err
			}
		}
	}
	t.configs[oid] = c
	return c, nil
}

// TSDict implements tsearch.Catalog.
func (t *textSearch) TSDict(oid OID) (tsearch.Dict, error) {
	_, dicts := t.load()
	d := dicts[oid]
	if d == nil {
		return nil, pgerr.Internal("cache lookup failed for text search dictionary %d", oid)
	}
	return d()
}

// TSConfigNamed implements tsearch.Catalog.
func (t *textSearch) TSConfigNamed(name string, path []string) (OID, error) {
	return t.named("pg_ts_config", "configuration", name, path)
}

// TSParser implements tsearch.Catalog.
func (t *textSearch) TSParser(oid OID) error {
	if _, ok := t.c.objectsOf("pg_ts_parser").byOID[oid]; !ok {
		return pgerr.Internal("cache lookup failed for text search parser %d", oid)
	}
	return nil
}

// TSParserNamed implements tsearch.Catalog.
func (t *textSearch) TSParserNamed(name string, path []string) (OID, error) {
	if names, err := splitName(name); err == nil && len(names) == 2 {
		if _, ok := t.c.SchemaByName(names[0]); !ok { // which regconfig's input does not mind
			return 0, pgerr.New(pgerrcode.InvalidSchemaName, `schema "%s" does not exist`, names[0])
		}
	}
	return t.named("pg_ts_parser", "parser", name, path)
}

func (t *textSearch) named(catalog, what, name string, path []string) (OID, error) {
	names, err := splitName(name)
	if err != nil {
		return 0, err
	}
	return t.c.tsIn(catalog, what)(names, name, path)
}

// TextSearchConfig gives the full name of a text search configuration as a
// setting holds it, or an error (check_default_text_search_config).
func (c *Catalog) TextSearchConfig(name string, path []string) (string, error) {
	oid, err := c.textSearch.TSConfigNamed(name, path)
	if err != nil {
		return "", err
	}
	o := c.objectsOf("pg_ts_config").byOID[oid]
	return strings.Join([]string{quoteIdent(o.schema), quoteIdent(o.name)}, "."), nil
}
