package ec2backend

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// open implements fdw.Scan.Open.
func (s *flowLogScan) open(ctx context.Context, args [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
	return func(yield func([]adt.Row, error) bool) {
		o := s.bind(args)
		if o.never {
			return
		}
		f := &fan{s: s, who: whoIs(s.req.Session), o: o, args: args, wake: make(chan struct{}, 1), enough: make(chan struct{}), partial: s.setting("flowgres.on_error") == "partial"}
		f.later = fdw.PlacesOf(ctx)
		f.ctx, f.cancel = context.WithCancel(withWho(context.WithValue(ctx, statsKey{}, s.stats), f.who))
		defer s.t.b.running.add(f)()
		defer f.leave()
		defer f.wg.Wait()
		defer f.cancel()
		if err := f.resolve(); err != nil {
			yield(nil, err)
			return
		}
		f.consume(yield)
		if s.early && s.req.Shared && f.ctx.Err() == nil {
			// Other scans of the statement want the page that is coming in.
			close(f.enough)
			f.wg.Wait()
		}
	}
}

func (s *flowLogScan) setting(name string) string {
	if s.req.Session == nil || s.req.Session.Setting == nil {
		return ""
	}
	return s.req.Session.Setting(name)
}

func (s *flowLogScan) warn(err error) {
	if s.req.Session != nil && s.req.Session.Warn != nil {
		s.req.Session.Warn(err)
	}
}

// resolve finds the accounts and regions, and makes the units.
func (f *fan) resolve() error {
	accounts := f.s.id.accounts
	regions := make([][]string, len(accounts))
	errs := make([]error, len(accounts))
	none := make([]bool, len(accounts))
	each := func(i int) {
		a := accounts[i]
		if f.o.asks(colAccountID) || placesBy(f.s.req.Places, colAccountID) || placesBy(f.later, colAccountID) || f.s.ordersBy(colAccountID) {
			id, err := a.accountID(f.ctx)
			if err != nil {
				errs[i] = err
				return
			}
			if !f.o.allows(colAccountID, id) {
				return
			}
		}
		list, err := a.regionNames(f.ctx)
		if err != nil {
			errs[i] = err
			return
		}
		none[i] = len(list) == 0
		for _, r := range list {
			if f.o.allows(colRegion, r) && mayBeAt(f.s.req.Places, a, r) {
				regions[i] = append(regions[i], r)
			}
		}
	}
	var wg sync.WaitGroup
	for i := range accounts {
		if i == len(accounts)-1 {
			each(i)
			break
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			each(i)
		}()
	}
	wg.Wait()
	var units []*unit
	for i, a := range accounts {
		if errs[i] != nil {
			if err := f.failed(a, "", errs[i]); err != nil {
				return err
			}
			continue
		}
		if none[i] {
			f.s.warn(a.noRegions())
		}
		for _, r := range regions[i] {
			if !mayBeAt(f.later, a, r) {
				continue
			}
			o := f.s.at(f.o, f.args, a, r)
			if o.never {
				continue
			}
			first, calls := o.callsFor(a.client(r), f.s.req.Shared)
			for i, filters := range calls {
				n := pagesAhead
				if f.s.early {
					n = 1
				}
				units = append(units, &unit{c: a.client(r), o: o, filters: filters, n: first + i, slots: make(chan struct{}, n)})
			}
		}
	}
	slices.SortStableFunc(units, f.s.compare)
	snapshot, statement := f.stores()
	f.keeps = snapshot != nil || !f.s.req.Fresh && durationSetting(f.s.setting("flowgres.cache_ttl")) > 0
	for _, u := range units {
		f.source(u, snapshot, statement)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.units = units
	return nil
}

// leave ends the units' readers.
func (f *fan) leave() {
	for _, u := range f.units {
		first := u.r.s
		u.r.end()
		f.s.t.b.flights.left(u.q, first)
	}
}

// failed deals with a failure by flowgres.on_error: it gives the error that
// ends the statement, or warns and gives nil.
func (f *fan) failed(a *account, region string, err error) error {
	e := pgerr.From(err)
	if !f.partial || f.ctx.Err() != nil {
		return e
	}
	f.s.t.b.calls.failed(passedOver{time.Now(), a.label(), region, f.who, e})
	w := *e
	w.Severity = "WARNING"
	f.s.warn(&w)
	return nil
}

// compare puts units in the order that rows are wanted in.
func (s *flowLogScan) compare(a, b *unit) int {
	for _, o := range s.order {
		x, y := a.c.region, b.c.region
		if o.Column == colAccountID {
			x, y = a.c.account.knownID(), b.c.account.knownID()
		}
		if n := strings.Compare(x, y); n != 0 {
			if o.Desc {
				return -n
			}
			return n
		}
	}
	return 0
}
