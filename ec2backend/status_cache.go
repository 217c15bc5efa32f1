package ec2backend

import (
	"context"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

func (b *Backend) cacheTable() *statusTable {
	return &statusTable{
		columns: []fdw.Column{
			column("account", adt.TextOID, "AWS account"),
			column("region", adt.TextOID, "AWS region"),
			column("usename", adt.TextOID, "Role that the answer is kept for"),
			column("filters", adt.TextOID, "Filters that it was asked with; NULL for the whole region"),
			column("rows", adt.Int8OID, "Flow logs in it"),
			column("bytes", adt.Int8OID, "Memory that it takes"),
			column("read_at", adt.TimestamptzOID, "When it was asked for"),
			column("expires", adt.TimestamptzOID, "When nobody may use it any more"),
			column("hits", adt.Int8OID, "How often it spared a call or more"),
			column("valid", adt.BoolOID, "Whether this server has not written to the region since"),
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
