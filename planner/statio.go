package planner

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// ioContexts are the rows of pg_stat_io: a kind of backend, an object, a context,
// and the operations that it never does: reads, writes, writebacks, extends,
// evictions, r(e)uses, fsyncs (s), hits.
const ioContexts = `autovacuum launcher|relation|bulkread|xs
autovacuum launcher|relation|normal|xe
autovacuum worker|relation|bulkread|xs
autovacuum worker|relation|normal|e
autovacuum worker|relation|vacuum|s
client backend|relation|bulkread|xs
client backend|relation|bulkwrite|s
client backend|relation|normal|e
client backend|relation|vacuum|s
client backend|temp relation|normal|bes
background worker|relation|bulkread|xs
background worker|relation|bulkwrite|s
background worker|relation|normal|e
background worker|relation|vacuum|s
background worker|temp relation|normal|bes
background writer|relation|normal|rxveh
checkpointer|relation|normal|rxveh
standalone backend|relation|bulkread|xs
standalone backend|relation|bulkwrite|s
standalone backend|relation|normal|e
standalone backend|relation|vacuum|s
startup|relation|bulkread|xs
startup|relation|bulkwrite|s
startup|relation|normal|e
startup|relation|vacuum|s
walsender|relation|bulkread|xs
walsender|relation|bulkwrite|s
walsender|relation|normal|e
walsender|relation|vacuum|s
walsender|temp relation|normal|bes`

// ioRows gives pg_stat_io: this server does none of it.
func (e *Engine) ioRows() []adt.Row {
	var out []adt.Row
	for line := range strings.SplitSeq(ioContexts, "\n") {
		f := strings.Split(line, "|")
		row := adt.Row{f[0], f[1], f[2]}
		count := func(op string, timed bool) {
			var n, ms adt.Datum
			if !strings.Contains(f[3], op) {
				n, ms = int64(0), float64(0)
			}
			row = append(row, n)
			if timed {
				row = append(row, ms)
			}
		}
		count("r", true)
		count("w", true)
		count("b", true)
		count("x", true)
		row = append(row, int64(8192))
		count("h", false)
		count("v", false)
		count("e", false)
		count("s", true)
		out = append(out, append(row, timestamp(e.started)))
	}
	return out
}
