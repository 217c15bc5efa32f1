package ec2backend

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/aws/smithy-go"

	"github.com/flowgres/flowgres/planner/adt"
)

// pageDecoder reads replies of DescribeFlowLogs into rows, handing them on
// while the reply still arrives. One serves one scan unit, page after page.
type pageDecoder struct {
	x       *xmlScanner
	in      *interner
	need    columnSet
	emit    func(rows []adt.Row) // takes rows as they are ready
	region  adt.Datum
	account func() (adt.Datum, error) // asked for before the first row, if needed

	drop map[string]bool               // ids of rows that are as good as deleted
	saw  func(row adt.Row) (keep bool) // told of every row, if set; it may change its tags

	accountID  adt.Datum
	rows       []adt.Row // ready, not handed on
	arena      []adt.Datum
	flushed    time.Time
	read       int             // rows of the page that was read
	sent       []string        // ids of the page that were handed on
	before     map[string]bool // ids of the page before…
	first      string          // …and the first of them
	held       []adt.Row       // rows of the page that the one before had, too, as far as it began as that did
	late       []adt.Row       // …and those of the page before
	repeats    bool            // the page begins as the one before did
	copies     bool            // the endpoint gives the same flow logs page after page
	skip       map[string]bool // those that attempts which broke off handed on; never changed, but replaced
	next       string
	request    string // id of the reply
	flow       flowLog
	tags       []*madeTag // room for a flow log's…
	rawTags    []rawTag
	key, value []byte // …and for a tag's
}

// Rows are handed on when a batch is full, and ahead of a read that may wait
// when there are some.
const (
	batchRows  = 256
	earlyRows  = 16
	earlyAfter = 20 * time.Millisecond
)

// begin starts a page, of which page may have to read several replies. Flow logs of
// the page before come again when others were made in between, or when it is given twice.
func (d *pageDecoder) begin() {
	d.late, d.held = d.held, nil
	if len(d.sent) == 0 {
		return
	}
	d.first = d.sent[0]
	if d.before == nil {
		d.before = make(map[string]bool, len(d.sent))
	}
	clear(d.before)
	for _, id := range d.sent {
		d.before[id] = true
	}
	d.sent = d.sent[:0]
}

// page reads one reply. When an earlier one broke off, what it handed on is not
// handed on again, be it in this reply or, as this one may be shorter, in a later
// page's.
func (d *pageDecoder) page(r io.Reader) error {
	d.next, d.request, d.read = "", "", 0
	d.rows, d.held = nil, nil
	if len(d.sent) > 0 {
		skip := make(map[string]bool, len(d.skip)+len(d.sent))
		maps.Copy(skip, d.skip)
		for _, id := range d.sent {
			skip[id] = true
		}
		d.sent, d.skip = d.sent[:0], skip
	}
	d.x = d.in.x
	d.x.reset(r)
	d.flushed = time.Now()
	d.x.wait = func() {
		if n := len(d.rows); n >= earlyRows || n > 0 && time.Since(d.flushed) > earlyAfter {
			d.flush()
		}
	}
	root, err := d.x.child()
	if err == io.EOF {
		// The SDK takes this for a reply without flow logs; a count must not be
		// silently low.
		return errNoXML
	}
	if err != nil {
		return err
	}
	if isError(root) {
		return d.failed()
	}
	if !fold(root, "DescribeFlowLogsResponse") {
		return fmt.Errorf("unexpected element <%s>", root)
	}
	for {
		name, err := d.x.child()
		switch {
		case err != nil:
			return err
		case name == nil:
			d.flush()
			return nil
		case fold(name, "flowLogSet"):
			err = d.items()
		case fold(name, "nextToken"):
			var v []byte
			v, err = d.x.value()
			d.next = string(v)
		case fold(name, "requestId"):
			var v []byte
			v, err = d.x.value()
			d.request = string(v)
		default:
			err = d.x.skip()
		}
		if err != nil {
			return err
		}
	}
}

// failed reads an error that came with a good status.
func (d *pageDecoder) failed() error {
	var e envelope
	if err := e.read(d.x); err != nil {
		return err
	}
	d.request = e.requestID
	if e.code == "" {
		return errors.New("the reply holds no flow logs")
	}
	return &smithy.GenericAPIError{Code: e.code, Message: e.message}
}

// flush hands the ready rows on.
func (d *pageDecoder) flush() {
	for _, row := range d.rows {
		if id, ok := row[colFlowLogID].(string); ok {
			d.sent = append(d.sent, id)
		}
	}
	if len(d.rows) > 0 {
		d.emit(d.rows)
	}
	d.rows = nil
	d.flushed = time.Now()
}
