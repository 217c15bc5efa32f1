package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The range of MaxResults.
const (
	minPage = 5
	maxPage = 1000
)

func (e *Emulator) describeFlowLogs(q *request) ([]byte, error) {
	filters, err := readFilters(&q.p)
	if err != nil {
		return nil, err
	}
	ids := q.p.list("FlowLogId")
	if len(ids) > 1000 {
		return nil, bad("InvalidParameterValue", "The maximum number of flow log ids is 1000")
	}
	size, limited, err := q.p.integer("MaxResults")
	if err != nil {
		return nil, err
	}
	token := q.p.get("NextToken")
	dry := q.p.dryRun()
	if err := q.p.check(); err != nil {
		return nil, err
	}
	switch {
	case limited && (size < minPage || size > maxPage):
		return nil, bad("InvalidParameterValue", "Value ( "+strconv.Itoa(size)+" ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.")
	case limited && len(ids) > 0:
		return nil, bad("InvalidParameterCombination", "The parameter FlowLogIds cannot be used with the parameter MaxResults")
	case !limited:
		size = maxPage
	}
	var start uint64
	if token != "" {
		if start, err = e.readToken(q, token); err != nil {
			return nil, err
		}
	}
	if dry != nil {
		return nil, dry
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	s := q.account.find(q.region)
	wanted, err := s.wanted(ids)
	if err != nil {
		return nil, err
	}
	if q.fault != nil && q.fault.PageSize > 0 {
		size = min(size, q.fault.PageSize)
	}
	x := xmlWriter{b: make([]byte, 0, 64<<10)}
	x.begin(q)
	x.raw("<flowLogSet>")
	next := uint64(0)
	if q.fault != nil && q.fault.EmptyPage {
		next = max(start, 1)
	} else {
		next, q.rows = s.page(&x, q.now, start, size, filters, wanted)
	}
	x.raw("</flowLogSet>")
	if q.fault != nil && q.fault.RepeatToken {
		x.element("nextToken", e.fixedToken(q, start))
	} else if next != 0 {
		x.element("nextToken", e.token(q, next, q.now.Add(e.opts.TokenLife), rand.Uint32()))
	}
	return x.end(q), nil
}

// wanted gives the set of FlowLogIds, nil for all.
func (s *store) wanted(ids []string) (map[string]bool, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	out := map[string]bool{}
	var unknown []string
	for _, id := range ids {
		if !validID(id, "fl-") {
			return nil, bad("InvalidFlowLogId.Malformed", "Invalid id: \""+id+"\"")
		}
		if s.byID[id] == nil {
			unknown = append(unknown, id)
		}
		out[id] = true
	}
	if unknown != nil {
		return nil, notFoundIDs(unknown)
	}
	return out, nil
}

func notFoundIDs(ids []string) error {
	return bad("InvalidFlowLogId.NotFound", "These flow log ids in the input list are not found: [TotalCount: "+
		strconv.Itoa(len(ids))+"] "+strings.Join(ids, ", "))
}

// page appends the items of one page that starts at seq start and gives the seq
// of the next one, 0 at the end, and how many they are.
func (s *store) page(x *xmlWriter, now time.Time, start uint64, size int, filters []filter, wanted map[string]bool) (next uint64, n int) {
	visit := func(en *entry) (full bool) {
		if en.visible.After(now) || wanted != nil && !wanted[en.ID] {
			return false
		}
		shown := en.shown(now)
		for i := range filters {
			if !filters[i].match(&shown.FlowLog) {
				return false
			}
		}
		if n == size {
			return true
		}
		n++
		x.b = append(x.b, shown.xml...)
		return false
	}
	for _, en := range s.logs[s.from(start):] {
		if visit(en) {
			return en.seq, n
		}
	}
	return 0, n
}

// token makes an opaque pagination token, good for the account and region. No
// two are the same unless the salt is.
func (e *Emulator) token(q *request, seq uint64, until time.Time, salt uint32) string {
	var b [20 + 12]byte
	binary.BigEndian.PutUint64(b[:], seq)
	binary.BigEndian.PutUint64(b[8:], uint64(until.Unix()))
	binary.BigEndian.PutUint32(b[16:], salt)
	m := hmac.New(sha256.New, e.secret[:])
	m.Write(b[:20])
	m.Write([]byte(q.account.id + q.region))
	copy(b[20:], m.Sum(nil))
	return base64.StdEncoding.EncodeToString(b[:])
}

// fixedToken is the token that a RepeatToken fault answers, whatever comes.
func (e *Emulator) fixedToken(q *request, start uint64) string {
	return e.token(q, max(start, 1), time.Unix(1<<32, 0), 0)
}

func (e *Emulator) readToken(q *request, token string) (uint64, error) {
	invalid := bad("InvalidPaginationToken", "The pagination token is invalid or has expired.")
	b, err := base64.StdEncoding.DecodeString(token)
	if err != nil || len(b) != 32 {
		return 0, invalid
	}
	seq := binary.BigEndian.Uint64(b)
	until := time.Unix(int64(binary.BigEndian.Uint64(b[8:])), 0)
	if e.token(q, seq, until, binary.BigEndian.Uint32(b[16:])) != token || until.Before(q.now) {
		return 0, invalid
	}
	return seq, nil
}
