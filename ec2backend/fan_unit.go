package ec2backend

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgres/flowgres/planner/adt"
)

// unit is one stream of pages.
type unit struct {
	c       *client
	o       *opened // the scan, as far as it is about c
	filters []types.Filter
	n       int // of the region's calls
	slots   chan struct{}

	q      question
	r      *reader // of its pages
	choose bool    // from pages that answer a wider question

	lacking map[string]bool // created by the transaction, and in no page so far
	over    bool            // it has run to its end; under the fan's lock

	earlier *earlier        // what the transaction had read of the region before these pages
	met     map[string]bool // of it, by id
	refused error           // a row that does not go with it
}

func (f *fan) pages(u *unit) error {
	for _, id := range u.o.view.made[u.c] {
		if f.keeps {
			u.lacks(id)
		}
	}
	pass := f.chooser(u)
	had, empty := int64(0), barren{most: f.s.emptyPages()}
	emit := func(rows []adt.Row) {
		if rows = pass(rows); len(rows) > 0 {
			had += int64(len(rows))
			f.push(batch{u: u, rows: rows})
		}
	}
	for {
		select {
		case u.slots <- struct{}{}:
		case <-f.enough:
			return nil
		case <-f.ctx.Done():
			return f.ctx.Err()
		}
		select {
		case <-f.enough:
			return nil
		default:
		}
		of := u.r.of
		asked, more, err := u.r.page(f.ctx, func() int32 { return f.pageSize(u) }, emit)
		if err == nil {
			err = u.refused
		}
		if err == nil && more {
			err = empty.page(u.c, u.r.pageRows())
		}
		if err != nil {
			return err
		}
		if asked {
			f.s.stats.page(u.r.pageRows())
			f.who.Activity.Page(u.r.pageRows())
		} else {
			f.s.stats.reuse(of)
			f.s.t.b.reused.add(of)
		}
		if !more {
			if err := f.add(u); err != nil {
				return err
			}
		}
		f.push(batch{u: u, last: true})
		if !more || f.s.each > 0 && had >= f.s.each {
			return nil
		}
	}
}

// chooser gives what holds a unit's rows against what their pages were not
// asked for: what the transaction did, conditions without room in the call, and
// all of them where the pages answer a wider question.
func (f *fan) chooser(u *unit) func([]adt.Row) []adt.Row {
	view, checks := u.o.view, u.o.checks
	if u.choose {
		checks = u.o.all(u.n)
	}
	if len(view.deleted) == 0 && len(view.tags) == 0 && len(checks) == 0 && u.lacking == nil && u.earlier == nil {
		return func(rows []adt.Row) []adt.Row { return rows }
	}
	readsTags := slices.ContainsFunc(checks, func(k check) bool { return k.c.col == colTags })
	var m *jsonMaker
	return func(rows []adt.Row) []adt.Row {
		var out []adt.Row
		for _, row := range rows {
			id, _ := row[colFlowLogID].(string)
			delete(u.lacking, id)
			if view.deleted[id] {
				continue
			}
			if row = f.settled(u, row); row == nil {
				continue
			}
			var tags []tag
			if now, ok := view.tags[id]; ok {
				if m == nil {
					m = &jsonMaker{}
				}
				row, tags = slices.Clone(row), now
				row[colTagSet], row[colTags] = m.tagColumns(tags)
			} else if readsTags {
				tags, _ = readTagObject(row[colTags]) // made by ourselves
			}
			if keep(checks, row, tags) {
				out = append(out, row)
			}
		}
		return out
	}
}

// settled gives a row of a page as the transaction's snapshot has it, nil when
// it is not there or does not belong to the unit then.
func (f *fan) settled(u *unit, row adt.Row) adt.Row {
	id, _ := row[colFlowLogID].(string)
	if u.earlier == nil || slices.Contains(u.o.view.made[u.c], id) {
		return row
	}
	row, err := u.earlier.settle(row)
	if err != nil && u.refused == nil {
		u.refused = err
	}
	if _, ok := u.earlier.rows[id]; ok {
		if u.met == nil {
			u.met = map[string]bool{}
		}
		u.met[id] = true
		if !matchFilters(u.r.s.filters, row) {
			return nil
		}
	}
	return row
}

// add hands on the flow logs that the replies of a unit lacked: created ones
// that they did not show yet or are too old for, and what the transaction has
// read before.
func (f *fan) add(u *unit) error {
	var rows []adt.Row
	for id, row := range u.r.s.extra() {
		delete(u.lacking, id)
		if row = f.settled(u, row); row != nil {
			rows = append(rows, row)
		}
	}
	if u.refused != nil {
		return u.refused
	}
	if u.earlier != nil { // what was read before and is gone, or is another now
		for id, row := range u.earlier.rows {
			if !u.met[id] && matchFilters(u.r.s.filters, row) {
				rows = append(rows, row)
			}
		}
	}
	if x, ok := f.s.req.Tx.(*tx); ok && len(u.lacking) > 0 {
		own, err := x.ownRows(f.ctx, u.c, slices.Collect(maps.Keys(u.lacking)))
		if err != nil {
			return err
		}
		rows = append(rows, own...)
	}
	m := &jsonMaker{}
	var out []adt.Row
	for _, row := range rows {
		id, _ := row[colFlowLogID].(string)
		tags, _ := readTagObject(row[colTags]) // made by ourselves
		if now, ok := u.o.view.tags[id]; ok {
			tags = now
			row = slices.Clone(row)
			row[colTagSet], row[colTags] = m.tagColumns(tags)
		}
		if !u.o.view.deleted[id] && u.o.wants(u.n, row, tags) {
			out = append(out, row)
		}
	}
	if len(out) > 0 {
		f.push(batch{u: u, rows: out})
	}
	return nil
}

// lacks notes a flow log of the transaction's own, until it is seen.
func (u *unit) lacks(id string) {
	if u.lacking == nil {
		u.lacking = map[string]bool{}
	}
	u.lacking[id] = true
}

// pageSize is the next page's MaxResults: no more than a limit still wants, unless
// others read of the page, and never below what the API allows.
func (f *fan) pageSize(u *unit) int32 {
	n := int64(f.s.t.b.cfg.PageSize)
	switch {
	case u.o.loose || f.keeps:
	case f.s.req.Shared:
		if f.s.req.Most > 0 && (f.s.limit > 0 || f.s.each > 0) {
			n = min(n, f.s.req.Most)
		}
	default:
		if f.s.limit > 0 {
			n = min(n, f.s.limit-f.taken.Load())
		}
		if f.s.each > 0 {
			n = min(n, f.s.each)
		}
	}
	return int32(max(n, minPageSize)) //nolint:gosec // at most 1000
}
