package ec2backend

import (
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// store keeps the streams of a statement or a transaction.
type store struct {
	of      string
	mu      sync.Mutex
	streams map[question]*stream
	order   []question            // as they were put
	earlier map[question]*earlier // of a snapshot: what was read before
	budget  *budget
}

// keptInStatement bounds the bytes that a statement keeps for its further
// scans; what they want beyond is read again.
const keptInStatement = 64 << 20

func newStore(of string, most int64, strict func() error) *store {
	return &store{of: of, streams: map[question]*stream{}, budget: &budget{left: most, strict: strict}}
}

// find gives a reader of what the store has for a question: the same one's
// answer, or a wider one's, up to the whole region's, from which rows are to be chosen.
func (s *store) find(q question, need columnSet) (r *reader, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	usable := func(q question) *reader {
		t := s.streams[q]
		if t == nil || !t.need.holds(need) {
			return nil
		}
		return t.begin(s.of)
	}
	if r := usable(q); r != nil {
		return r, false
	}
	q.filters = ""
	if t := s.streams[q]; t != nil && t.early {
		t.mu.Lock()
		done := t.done
		t.mu.Unlock()
		if !done {
			return nil, false // its reader may not want it all
		}
	}
	return usable(q), true
}

// findWider gives a reader of what a statement's store has for a question that lets more through:
// one whose filters are among the question's, with its values among theirs.
func (s *store) findWider(q question, need columnSet, filters []types.Filter) *reader {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := q.filters
	for have, t := range s.streams {
		q.filters = have.filters
		if have != q || have.filters == text || len(t.filters) == 0 || !t.need.holds(need) || !within(filters, t.filters) {
			continue
		}
		t.mu.Lock()
		waits := t.early && !t.done // its reader may not want it all
		t.mu.Unlock()
		if waits {
			continue
		}
		if r := t.begin(s.of); r != nil {
			return r
		}
	}
	return nil
}

// within tells whether all that passes some filters passes others.
func within(filters, others []types.Filter) bool {
	for _, o := range others {
		i := slices.IndexFunc(filters, func(f types.Filter) bool { return aws.ToString(f.Name) == aws.ToString(o.Name) })
		if i < 0 {
			return false
		}
		for _, v := range filters[i].Values {
			if !slices.Contains(o.Values, v) && !slices.Contains(o.Values, "*") {
				return false
			}
		}
	}
	return true
}

func (s *store) put(q question, t *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[q] == nil && s.of == fromSnapshot {
		if s.earlier == nil {
			s.earlier = map[question]*earlier{}
		}
		s.earlier[q] = s.before(q.c)
		s.order = append(s.order, q)
	}
	s.streams[q] = t
}

// had gives what a snapshot had of a region when a question was asked first.
func (s *store) had(q question) *earlier {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.earlier[q]
}
