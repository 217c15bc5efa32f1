package ec2backend

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// undoCreates deletes what a write made, on a budget of its own, which begins when it is
// its turn or ctx ends; it gives what could not be deleted, which is then in doubt.
func (b *Backend) undoCreates(ctx context.Context, j *intents, made []createdLog) (left []createdLog) {
	if len(made) == 0 {
		return nil
	}
	if tctx, err := made[len(made)-1].c.inTurn(ctx, "DeleteFlowLogs"); err == nil {
		ctx = tctx
	}
	uctx, cancel := b.toItsEnd(ctx)
	defer cancel()
	left, err := b.removeCreates(uctx, made)
	var gone []string
	for _, m := range made {
		if !slices.Contains(left, m) {
			gone = append(gone, m.id)
		}
	}
	j.undone(gone)
	for _, m := range left {
		j.doubt(m.c, "", nil, []string{m.id}, "it could not be deleted again: "+err.Message)
	}
	return left
}

// removeCreates deletes flow logs, the newest first; it gives what could not
// be deleted, and why.
func (b *Backend) removeCreates(ctx context.Context, made []createdLog) (left []createdLog, why *pgerr.Error) {
	per := map[*client][]createdLog{}
	var order []*client
	for _, m := range slices.Backward(made) {
		if per[m.c] == nil {
			order = append(order, m.c)
		}
		per[m.c] = append(per[m.c], m)
	}
	for _, c := range order {
		for part := range slices.Chunk(per[c], deleteChunk) {
			ids := make([]string, len(part))
			for i, m := range part {
				ids[i] = m.id
			}
			gone := map[string]bool{}
			deleted, err := b.deletePart(ctx, c, ids, gone, true)
			// What was made a moment ago need not be found everywhere yet. It would
			// appear later, with nobody to know of it.
			for try := 0; err == nil && len(gone) > 0 && try < tryAgain; try++ {
				if pause(ctx, min(200*time.Millisecond<<try, b.cfg.MaxBackoff)) != nil {
					break
				}
				unseen := slices.Sorted(maps.Keys(gone))
				clear(gone)
				var d []string
				d, err = b.deletePart(ctx, c, unseen, gone, true)
				deleted = append(deleted, d...)
			}
			b.recent.deleted(c, append(goneOf(ids, gone), deleted...))
			if err == nil {
				continue
			}
			why = err
			for _, m := range part {
				if !slices.Contains(deleted, m.id) && !gone[m.id] {
					left = append(left, m)
				}
			}
		}
	}
	return left, why
}
