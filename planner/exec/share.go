package exec

import (
	"iter"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/plan"
)

// maxShared bounds the bytes of pages that wait for a further reader, which may
// be a quarter of what the query may hold, too; what is read beyond is fetched anew by the next one.
const maxShared = 64 << 20

// sharedScan is one opening of a remote scan whose pages all readers in the
// statement share: the first to need a page has it fetched. Pages hang in a
// list, so those that every reader has passed are gone once no new one may come.
type sharedScan struct {
	head *sharedPage // before the first page
	next func() ([]adt.Row, error, bool)
	stop func()
	most int64 // it ends after so many rows, 0: at its end
	done bool
	err  error
	size int64
}

type sharedPage struct {
	rows []adt.Row
	next *sharedPage
}

// open opens a scan, or joins an opening of the same.
func (x *state) open(n *plan.Scan, args [][]adt.Datum, places *fdw.Places, st *NodeStats) iter.Seq2[[]adt.Row, error] {
	direct := func() iter.Seq2[[]adt.Row, error] {
		if st != nil {
			st.RemoteScans++
		}
		ctx := x.ctx
		if places != nil {
			ctx = fdw.WithPlaces(ctx, places)
		}
		return n.Fdw.Open(ctx, args)
	}
	if !n.Shared || places != nil {
		return direct()
	}
	key, ok := n.Key(args)
	if !ok {
		return direct()
	}
	most := int64(0)
	if n.Fdw.Limited {
		most = n.Request.Limit
	}
	var s *sharedScan
	for _, have := range x.shared[key] {
		if have.most == 0 || most > 0 && most <= have.most {
			s = have
		}
	}
	if s == nil {
		s = &sharedScan{head: &sharedPage{}, most: most}
		s.next, s.stop = iter.Pull2(direct())
		x.closers = append(x.closers, s.stop)
		if x.shared == nil {
			x.shared = map[string][]*sharedScan{}
		}
		x.shared[key] = append(x.shared[key], s)
	}
	return func(yield func([]adt.Row, error) bool) {
		for at := s.head; ; {
			if at.next == nil {
				if err := x.fetch(key, s, at); err != nil {
					yield(nil, err)
					return
				}
				if at.next == nil {
					return
				}
			}
			at = at.next
			if !yield(at.rows, nil) {
				return
			}
		}
	}
}

// fetch gets the page after the last one.
func (x *state) fetch(key string, s *sharedScan, last *sharedPage) error {
	if s.done {
		return s.err
	}
	page, err, ok := s.next()
	if err != nil || !ok {
		s.done, s.err = true, err
		return err
	}
	last.next = &sharedPage{rows: page}
	size := int64(0)
	for _, r := range page {
		size += rowSize(r)
	}
	s.size += size
	x.sharing += size
	most := int64(maxShared)
	if lim := x.run.MemLimit; lim > 0 {
		most = min(most, lim/4)
	}
	if x.sharing > most {
		for k, list := range x.shared {
			for _, o := range list {
				x.release(o.size)
			}
			delete(x.shared, k)
		}
		x.sharing = 0
		return nil
	}
	if _, kept := x.shared[key]; !kept {
		x.sharing -= size
		return nil
	}
	return x.hold(size)
}
