package catalog

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// statBodies gives the cumulative statistics functions their answers: zero for
// counters, NULL for times, since we count nothing.
func (c *Catalog) statBodies() {
	zero := map[OID]*adt.Func{}
	for typ, d := range map[OID]adt.Datum{20: int64(0), 23: int32(0), 701: float64(0), 1184: nil} {
		f := constant(d)
		zero[typ] = &f
	}
	null := constant(nil)
	for _, p := range c.procs {
		if p.Body != nil || p.RetSet || !strings.HasPrefix(p.Name, "pg_stat_get_") || p.Name == "pg_stat_get_snapshot_timestamp" {
			continue
		}
		if strings.HasPrefix(p.Name, "pg_stat_get_backend_") {
			p.Body = &null
		} else if f := zero[p.RetType]; f != nil {
			p.Body = f
		}
	}
}
