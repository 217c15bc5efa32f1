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
			tracks := []string{"top", "none"}
			conns := make([]*wireConn, len(tracks))
			for i, track := range tracks {
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
				conns[i] = c
			}
			taken := make(turns, len(tracks))
			for b.Loop() {
				for i, c := range conns {
					taken[i] = append(taken[i], burst(b, []*wireConn{c}, protocol.each(sql), 4000))
				}
			}
			b.ReportMetric(0, "ns/op")
			for i, track := range tracks {
				b.ReportMetric(taken.median(i, sample.wallTime), track+"-us")
				b.ReportMetric(taken.median(i, sample.cpuTime), track+"-cpu-us")
			}
			b.ReportMetric(taken.ratio(sample.cpuTime), "cpu-ratio")
		})
	}
}
