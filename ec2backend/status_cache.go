package ec2backend

import (
	"context"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

func (b *Backend) cacheTable() *statusTable {
	return &statusTable{
		columns: []fdw.Column{
			column("account", textOID, "AWS account"),
			column("region", textOID, "AWS region"),
			column("usename", textOID, "Role that the answer is kept for"),
			column("filters", textOID, "Filters that it was asked with; NULL for the whole region"),
			column("rows", int8OID, "Flow logs in it"),
			column("bytes", int8OID, "Memory that it takes"),
			column("read_at", timestamptzOID, "When it was asked for"),
			column("expires", timestamptzOID, "When nobody may use it any more"),
			column("hits", int8OID, "How often it spared a call or more"),
			column("valid", boolOID, "Whether this server has not written to the region since"),
		},
		rows: func(_ context.Context, s *fdw.Session) ([]adt.Row, error) {
			c := b.cache
			c.mu.Lock()
			defer c.mu.Unlock()
			var out []adt.Row
			for _, q := range c.entries.Keys() {
				e, ok := c.entries.Peek(q)
				if !ok || !sees(s, q.identity, q.login) {
					continue
				}
				out = append(out, adt.Row{
					q.c.account.label(), q.c.region, orNull(q.user), orNull(q.filters), int64(e.rows), e.size,
					timestampOf(e.s.sent), timestampOf(e.expires), e.hits, e.s.writes == q.c.writes.Load(),
				})
			}
			return out, nil
		},
	}
}
