package command

import (
	"fmt"
	"testing"
)

// BenchmarkTracked runs a statement that does nothing, by each protocol, counted in
// pg_stat_statements and, turn by turn, not counted. Run it with -benchtime 20x.
func BenchmarkTracked(b *testing.B) {
	p := startProcess(b)
	p.user = "postgres" // the superuser, where there are no roles
	for _, protocol := range protocols {
		b.Run(protocol.name, func(b *testing.B) {
			const sql = "select 1"
			best := map[string]sample{}
			conns := map[string]*wireConn{}
			for _, track := range []string{"none", "top"} {
				c, err := p.dial(false)
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				if err := c.ask(message('Q', fmt.Sprintf("set pg_stat_statements.track = %s\x00", track))); err != nil {
					b.Fatal(err)
				}
				if protocol.once != nil {
					if err := c.ask(protocol.once(sql)); err != nil {
						b.Fatal(err)
					}
				}
				conns[track], best[track] = c, sample{1 << 62, 1 << 62}
			}
			for b.Loop() {
				for track, c := range conns {
					best[track] = best[track].least(burst(b, []*wireConn{c}, protocol.each(sql), 4000))
				}
			}
			b.ReportMetric(0, "ns/op")
			for track, s := range best {
				b.ReportMetric(float64(s.wall.Nanoseconds())/1000, track+"-us")
				b.ReportMetric(float64(s.cpu.Nanoseconds())/1000, track+"-cpu-us")
			}
			b.ReportMetric(float64(best["top"].cpu)/float64(best["none"].cpu), "cpu-ratio")
		})
	}
}
