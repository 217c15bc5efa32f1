package ec2backend

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// warnSnapshot tells a REPEATABLE READ or SERIALIZABLE transaction, at its first
// read, what its snapshot is.
func warnSnapshot() *pgerr.Error {
	e := pgerr.New(pgerrcode.Warning, "EC2 has no snapshots: the transaction sees each account and region as it was when first read").
		Detailf("Accounts and regions are read at different moments. Writes of others are not locked out; rows that they change cannot be written to by this transaction.")
	e.Severity = "WARNING"
	return e
}

// earlier is what a snapshot holds of a region when a further question is asked
// about it. What the answers have in common has to be the same in both: a flow
// log that was read before stays as it was, and one that an earlier question
// would have brought, had it been there, is not there.
type earlier struct {
	rows     map[string]adt.Row // as they were first read
	readings []reading          // to their end
}

// reading is a question that was answered whole.
type reading struct {
	filters []types.Filter
	mutable bool // a flow log's answer to the filters can change in its life
	at      adt.TimestampTZ
}

// before sums up what a snapshot has of a client's region. The caller holds the
// store's lock.
func (s *store) before(c *client) *earlier {
	var e *earlier
	for _, q := range s.order {
		t := s.streams[q]
		if q.c != c || t == nil {
			continue
		}
		if e == nil {
			e = &earlier{rows: map[string]adt.Row{}}
		}
		e.absorb(t)
	}
	return e
}

// absorb adds what a stream has read.
func (e *earlier) absorb(t *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	take := func(row adt.Row) {
		id, _ := row[colFlowLogID].(string)
		if _, ok := e.rows[id]; !ok && !e.answered(row) {
			e.rows[id] = row
		}
	}
	for p := t.first; p != nil; p = p.after {
		for _, rows := range p.batches {
			for _, row := range rows {
				take(row)
			}
		}
	}
	if !t.done || t.first == nil {
		return
	}
	for _, row := range t.awaited {
		if matchFilters(t.filters, row) {
			take(row)
		}
	}
	r := reading{filters: t.filters, at: timestampOf(t.sent.Add(-clockSlack))}
	for _, f := range t.filters {
		name := aws.ToString(f.Name)
		r.mutable = r.mutable || name == "deliver-log-status" || strings.HasPrefix(name, "tag")
	}
	e.readings = append(e.readings, r)
}

// answered tells whether a question before would have brought a row.
func (e *earlier) answered(row adt.Row) bool {
	for _, r := range e.readings {
		if matchFilters(r.filters, row) {
			return true
		}
	}
	return false
}

// settle gives a row as the snapshot has it, nil when it is not there. What it was
// like cannot be known when it has come to answer an earlier question by a
// change.
func (e *earlier) settle(row adt.Row) (adt.Row, error) {
	id, _ := row[colFlowLogID].(string)
	if old, ok := e.rows[id]; ok {
		return old, nil
	}
	created, dated := row[colCreationTime].(adt.TimestampTZ)
	for _, r := range e.readings {
		if !matchFilters(r.filters, row) {
			continue
		}
		if r.mutable && dated && created < r.at {
			return nil, pgerr.New(pgerrcode.SerializationFailure, "could not serialize access due to concurrent update").
				Detailf("The flow log %s has been changed since the transaction read of its region.", id)
		}
		return nil, nil
	}
	return row, nil
}

// matchFilters tells whether DescribeFlowLogs would give a row for filters.
func matchFilters(filters []types.Filter, row adt.Row) bool {
	for _, f := range filters {
		if !matchFilterOn(f, row) {
			return false
		}
	}
	return true
}

func matchFilterOn(f types.Filter, row adt.Row) bool {
	name := aws.ToString(f.Name)
	anyOf := func(s string) bool {
		for _, v := range f.Values {
			if filterMatch(v, s) {
				return true
			}
		}
		return false
	}
	if key, ok := strings.CutPrefix(name, "tag:"); ok || name == "tag-key" {
		tags, _ := readTagObject(row[colTags]) // made by ourselves
		for _, t := range tags {
			if !ok && anyOf(t.key) || ok && t.key == key && anyOf(t.value) {
				return true
			}
		}
		return false
	}
	for col, n := range filterNames {
		if n == name {
			s, ok := row[col].(string)
			return ok && anyOf(s)
		}
	}
	return false
}

// changedSince tells whether a flow log is another than it was: of its settings
// only these can change.
func changedSince(old, now adt.Row) bool {
	for _, c := range []int{colDeliverLogsStatus, colDeliverLogsErrorMessage, colFlowLogStatus} {
		if old[c] != now[c] {
			return true
		}
	}
	a, _ := readTags(old[colTagSet], old[colTags])
	b, _ := readTags(now[colTagSet], now[colTags])
	return !slices.Equal(a, b)
}
