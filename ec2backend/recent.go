package ec2backend

import (
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
)

// recent remembers this server's own writes for a while, because
// DescribeFlowLogs is eventually consistent: a scan drops rows that were
// deleted, and adds created ones that the API does not show yet.
type recent struct {
	mu      sync.Mutex
	gone    map[string]time.Time
	own     map[string]time.Time             // made by statements that succeeded
	pending map[string]map[string]pendingRow // by the clients' keys
}

// pendingRow is a created flow log that no reply has shown.
type pendingRow struct {
	row   adt.Row
	until time.Time
}

const rememberFor = 30 * time.Second

func newRecent() *recent {
	return &recent{gone: map[string]time.Time{}, own: map[string]time.Time{}, pending: map[string]map[string]pendingRow{}}
}

// deleted notes ids that are deleted.
func (r *recent) deleted(c *client, ids []string) {
	if len(ids) == 0 {
		return
	}
	defer c.writes.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for id, until := range r.gone {
		if now.After(until) {
			delete(r.gone, id)
		}
	}
	for _, id := range ids {
		r.gone[id] = now.Add(rememberFor)
		for _, m := range r.pending {
			delete(m, id)
		}
	}
}

// await notes a created flow log that was not seen yet.
func (r *recent) await(c *client, id string, row adt.Row) {
	defer c.writes.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending[c.key()] == nil {
		r.pending[c.key()] = map[string]pendingRow{}
	}
	r.pending[c.key()][id] = pendingRow{row, time.Now().Add(rememberFor)}
}

// made notes the flow logs of a statement that succeeded.
func (r *recent) made(list []createdLog) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for id, until := range r.own {
		if now.After(until) {
			delete(r.own, id)
		}
	}
	for _, m := range list {
		r.own[m.id] = now.Add(rememberFor)
	}
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

// awaited gives the rows of a region that replies may lack, nil when there are
// none.
func (r *recent) awaited(c *client) map[string]adt.Row {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out map[string]adt.Row
	now := time.Now()
	for id, p := range r.pending[c.key()] {
		if now.After(p.until) {
			delete(r.pending[c.key()], id)
			continue
		}
		if out == nil {
			out = map[string]adt.Row{}
		}
		out[id] = p.row
	}
	return out
}

// seen notes that replies show a flow log.
func (r *recent) seen(c *client, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.pending[c.key()], id)
}
