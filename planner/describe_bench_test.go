package planner_test

import (
	"fmt"
	"testing"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
)

// describeColumns is what psql's \d sends for a table's columns.
const describeColumns = `SELECT a.attname,
  pg_catalog.format_type(a.atttypid, a.atttypmod),
  (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true)
   FROM pg_catalog.pg_attrdef d
   WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef),
  a.attnotnull,
  (SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type t
   WHERE c.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS attcollation,
  a.attidentity,
  a.attgenerated
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = '%d' AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum`

// BenchmarkDescribe parses, analyses and plans psql's \d query: the same text
// over and over, which the caches serve, and ever new texts, which they cannot.
func BenchmarkDescribe(b *testing.B) {
	var panics []string
	s := newEngineClient(b, newTypeNames(b), newEngine(b, &panics, newFixture(b)), &panics).s
	prepare := func(b *testing.B, text string) {
		if err := s.Parse(b.Context(), "", text, nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Bind(b.Context(), "", "", planner.Values{}, nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Sync(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			prepare(b, fmt.Sprintf(describeColumns, adt.OID(1259)))
		}
	})
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			prepare(b, fmt.Sprintf(describeColumns, i))
		}
	})
}
