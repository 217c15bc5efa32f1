package ec2backend

import (
	"slices"
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
)

// recent remembers this server's own writes for a while, because
// DescribeFlowLogs is eventually consistent: a scan drops rows that were
// deleted, adds created ones that the API does not show yet, and takes tags that it
// changed for those that replies still show.
type recent struct {
	mu      sync.Mutex
	gone    lately
	own     lately                           // made by statements that succeeded
	pending map[string]map[string]pendingRow // by the clients' keys
}

// lately is ids, each with the moment until which it is remembered.
type lately map[string]time.Time

// add remembers ids from now on, and forgets those whose time has passed.
func (l lately) add(ids ...string) {
	now := time.Now()
	for id, until := range l {
		if now.After(until) {
			delete(l, id)
		}
	}
	for _, id := range ids {
		l[id] = now.Add(rememberFor)
	}
}

// pendingRow is a flow log that was created, or whose tags were changed.
type pendingRow struct {
	row   adt.Row
	until time.Time
	olds  [][]tag // the tags before each change
	fresh bool    // created, and in no reply so far
	shown bool    // a reply has shown it as it is; one without it is not to be mended then
}

const rememberFor = 30 * time.Second

func newRecent() *recent {
	return &recent{gone: lately{}, own: lately{}, pending: map[string]map[string]pendingRow{}}
}

// of gives the pending rows of a client's account and region.
func (r *recent) of(c *client) map[string]pendingRow {
	m := r.pending[c.key()]
	if m == nil {
		m = map[string]pendingRow{}
		r.pending[c.key()] = m
	}
	return m
}

// deleted notes ids that are deleted.
func (r *recent) deleted(c *client, ids []string) {
	if len(ids) == 0 {
		return
	}
	defer c.writes.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone.add(ids...)
	for _, m := range r.pending {
		for _, id := range ids {
			delete(m, id)
		}
	}
}

// await notes a created flow log that was not seen yet.
func (r *recent) await(c *client, id string, row adt.Row) {
	defer c.writes.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(c)[id] = pendingRow{row: row, until: time.Now().Add(rememberFor), fresh: true}
}

// retagged notes changes of tags.
func (r *recent) retagged(changes []tagChange, gone map[string]bool) {
	m := &jsonMaker{}
	for _, g := range changes {
		if g.row == nil || gone[g.id] {
			continue // nobody of this process has seen it
		}
		row := slices.Clone(g.row)
		row[colTagSet], row[colTags] = m.tagColumns(g.new)
		r.mu.Lock()
		pending := r.of(g.c)
		was := pending[g.id]
		pending[g.id] = pendingRow{
			row: row, until: time.Now().Add(rememberFor), olds: append(slices.Clip(was.olds), g.old), fresh: was.fresh,
		}
		r.mu.Unlock()
		g.c.writes.Add(1)
	}
}

// stale gives those of a region whose tags replies may show as they were, nil
// when there are none.
func (r *recent) stale(c *client) staleTags {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out staleTags
	now := time.Now()
	for id, p := range r.pending[c.key()] {
		if p.olds != nil && now.Before(p.until) {
			if out == nil {
				out = staleTags{}
			}
			out[id] = p
		}
	}
	return out
}

// staleTags are flow logs whose tags were changed.
type staleTags map[string]pendingRow

// settle gives a row of a reply the tags that it has, if it shows those that it
// had before; what else it shows others have made of it. old tells of the first.
func (s staleTags) settle(row adt.Row) (settled adt.Row, old bool) {
	id, _ := row[colFlowLogID].(string)
	p, ok := s[id]
	if !ok {
		return row, false
	}
	shown, _ := readTags(row[colTagSet], row[colTags]) // made by ourselves
	if !slices.ContainsFunc(p.olds, func(t []tag) bool { return slices.Equal(t, shown) }) {
		return row, false
	}
	row[colTagSet], row[colTags] = p.row[colTagSet], p.row[colTags]
	return row, true
}

// made notes the flow logs of a statement that succeeded.
func (r *recent) made(list []createdLog) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := make([]string, len(list))
	for i, m := range list {
		ids[i] = m.id
	}
	r.own.add(ids...)
}

// isOwn tells whether a flow log was made by a statement that succeeded.
func (r *recent) isOwn(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.own[id]
	return ok
}

// deletedIDs gives the ids that a scan drops, nil when there are none.
func (r *recent) deletedIDs() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.gone) == 0 {
		return nil
	}
	now := time.Now()
	out := map[string]bool{}
	for id, until := range r.gone {
		if now.Before(until) {
			out[id] = true
		}
	}
	return out
}

// awaited gives the rows of a region that replies may lack, nil when there are none:
// those that were created, and where tags are asked for those that have them since lately. Another
// that a reply lacks somebody else has deleted.
func (r *recent) awaited(c *client, byTags bool) map[string]adt.Row {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out map[string]adt.Row
	now := time.Now()
	for id, p := range r.pending[c.key()] {
		if now.After(p.until) {
			delete(r.pending[c.key()], id)
			continue
		}
		if p.shown || !p.fresh && !byTags {
			continue
		}
		if out == nil {
			out = map[string]adt.Row{}
		}
		out[id] = p.row
	}
	return out
}

// seen notes that replies show a flow log as it is.
func (r *recent) seen(c *client, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.pending[c.key()][id]
	switch {
	case !ok:
	case p.olds == nil:
		delete(r.pending[c.key()], id)
	default: // the next reply may show its tags as they were again
		p.fresh, p.shown = false, true
		r.pending[c.key()][id] = p
	}
}
