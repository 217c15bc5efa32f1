package ec2backend

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	smithytime "github.com/aws/smithy-go/time"

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

	accountID adt.Datum
	rows      []adt.Row // ready, not handed on
	arena     []adt.Datum
	flushed   time.Time
	read      int             // rows of the page that was read
	sent      []string        // ids of the page that were handed on
	before    map[string]bool // ids of the page before…
	first     string          // …and the first of them
	skip      map[string]bool // those that attempts which broke off handed on; never changed, but replaced
	next      string
	request   string // id of the reply
	tags      []tag
	raw       []byte
	last      [numColumns]lastValue // of each text column
	lastTags  []tag                 // of the row before, by place
	shape     []element             // of the row before
}

// lastValue is a column's value in the row before: often this row's too.
type lastValue struct {
	text  string
	datum adt.Datum
}

// Rows are handed on when a batch is full, and ahead of a read that may wait
// when there are some.
const (
	batchRows  = 256
	earlyRows  = 16
	earlyAfter = 20 * time.Millisecond
)

var (
	intervalShort = adt.Datum(int32(60))
	intervalLong  = adt.Datum(int32(600))
)

// begin starts a page, of which page may have to read several replies. Flow logs of
// the page before come again when others were made in between.
func (d *pageDecoder) begin() {
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
	d.rows = nil
	if len(d.sent) > 0 {
		skip := make(map[string]bool, len(d.skip)+len(d.sent))
		maps.Copy(skip, d.skip)
		for _, id := range d.sent {
			skip[id] = true
		}
		d.sent, d.skip = d.sent[:0], skip
	}
	if d.x == nil {
		d.x = newXMLScanner(r)
	} else {
		d.x.reset(r)
	}
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
			err = d.set()
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

func (d *pageDecoder) set() error {
	for {
		name, err := d.x.child()
		switch {
		case err != nil:
			return err
		case name == nil:
			return nil
		case !fold(name, "item"):
			err = d.x.skip()
		default:
			err = d.item()
		}
		if err != nil {
			return err
		}
	}
}

// newRow takes a row from the arena.
func (d *pageDecoder) newRow() adt.Row {
	if len(d.arena) < numColumns {
		d.arena = make([]adt.Datum, numColumns*64)
	}
	row := d.arena[:numColumns:numColumns]
	d.arena = d.arena[numColumns:]
	return row
}

// item reads one flow log.
func (d *pageDecoder) item() error {
	row := d.newRow()
	var opts *destinationOptions
	var fields []tagField
	d.tags = d.tags[:0]
	for k := 0; ; k++ {
		if k < len(d.shape) { // flow logs have their elements in the same order
			if e := &d.shape[k]; e.leaf() {
				if v, ok := d.x.leaf(e.open, e.end); ok {
					if err := d.store(row, e.field, v); err != nil {
						return err
					}
					continue
				}
			}
		}
		name, err := d.x.child()
		if err != nil {
			return err
		}
		if name == nil {
			break
		}
		f := fieldOf(name)
		d.learn(k, name, f)
		switch f {
		case fieldOther:
			err = d.x.skip()
		case colTagSet:
			err = d.tagSet()
		case colDestinationOptions:
			opts, err = d.options(opts)
		case colTagFieldSpecifications:
			fields, err = d.tagFields(fields)
		default:
			var v []byte
			if v, err = d.x.value(); err == nil {
				err = d.store(row, f, v)
			}
		}
		if err != nil {
			return err
		}
	}
	return d.finish(row, opts, fields)
}

// element is an element of a flow log, as they follow each other.
type element struct {
	open, end string // its tags, without attributes
	field     int
}

// leaf tells of elements with a text for a column.
func (e *element) leaf() bool {
	switch e.field {
	case fieldOther, colTagSet, colDestinationOptions, colTagFieldSpecifications:
		return false
	}
	return true
}

// learn notes what the k-th element of a flow log is.
func (d *pageDecoder) learn(k int, name []byte, field int) {
	if k < len(d.shape) {
		if e := &d.shape[k]; e.field == field && len(e.open) == len(name)+2 && e.open[1:1+len(name)] == string(name) {
			return
		}
	}
	e := element{open: "<" + string(name) + ">", end: "</" + string(name) + ">", field: field}
	switch {
	case k < len(d.shape):
		d.shape[k] = e
	case k == len(d.shape) && k < numColumns:
		d.shape = append(d.shape, e)
	}
}

// store puts an element's text into its column.
func (d *pageDecoder) store(row adt.Row, f int, v []byte) (err error) {
	switch f {
	case colCreationTime, colMaxAggregationInterval:
		row[f], err = scalar(f, v)
	default:
		d.text(row, f, v)
	}
	return err
}

// scalar reads the two columns that are no text.
func scalar(f int, v []byte) (adt.Datum, error) {
	if f == colCreationTime {
		if t, ok := parseTimestamp(v); ok {
			return t, nil
		}
		t, err := smithytime.ParseDateTime(string(v))
		if err != nil {
			return nil, err
		}
		return timestampOf(t), nil
	}
	switch string(v) {
	case "60":
		return intervalShort, nil
	case "600":
		return intervalLong, nil
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return nil, err
	}
	return int32(n), nil //nolint:gosec // as the SDK narrows it
}

// text stores a text column. An empty enum is no value.
func (d *pageDecoder) text(row adt.Row, f int, v []byte) {
	if !d.need[f] {
		return
	}
	switch f {
	case colFlowLogID, colResourceID:
		row[f] = string(v)
	case colLogDestinationType, colTrafficType:
		if len(v) == 0 {
			row[f] = nil
			return
		}
		fallthrough
	default:
		if l := &d.last[f]; l.datum == nil || l.text != string(v) {
			l.datum = d.in.shared(v)
			l.text = l.datum.(string) //nolint:errcheck // plain keys hold strings
		}
		row[f] = d.last[f].datum
	}
}

// finish adds what is derived and puts the row among the ready ones.
func (d *pageDecoder) finish(row adt.Row, opts *destinationOptions, fields []tagField) error {
	d.read++
	if d.drop != nil {
		if id, _ := row[colFlowLogID].(string); d.drop[id] {
			return nil
		}
	}
	if d.skip != nil || d.before != nil {
		id, _ := row[colFlowLogID].(string)
		if d.skip[id] || d.again(id) {
			return nil
		}
	}
	if d.need[colAccountID] {
		if d.accountID == nil {
			id, err := d.account()
			if err != nil {
				return &permanent{err}
			}
			d.accountID = id
		}
		row[colAccountID] = d.accountID
	}
	row[colRegion] = d.region
	if id, ok := row[colResourceID].(string); ok {
		row[colResourceType] = typeDatum(id)
	}
	if opts != nil && d.need[colDestinationOptions] {
		row[colDestinationOptions] = d.optionsDatum(opts)
	}
	if fields != nil && d.need[colTagFieldSpecifications] {
		row[colTagFieldSpecifications] = d.in.json.tagFields(fields)
	}
	if len(d.tags) > 0 && (d.need[colTagSet] || d.need[colTags]) {
		d.tagDatums(row)
	}
	if d.saw != nil && !d.saw(row) {
		return nil
	}
	d.rows = append(d.rows, row)
	if len(d.rows) >= batchRows {
		d.flush()
	}
	return nil
}

// again tells whether a flow log of the page was in the one before. A page that begins
// as that one did is none that moved: its endpoint has such ids.
func (d *pageDecoder) again(id string) bool {
	if d.read == 1 && id == d.first {
		clear(d.before)
	}
	return d.before[id]
}

// typeDatums are the Datums of the resource types, made once.
var typeDatums = func() map[string]adt.Datum {
	m := map[string]adt.Datum{"": nil}
	for _, p := range resourcePrefixes {
		m[p.typ] = p.typ
	}
	return m
}()

func typeDatum(id string) adt.Datum { return typeDatums[resourceTypeOf(id)] }

// optionsDatum shares the few values there are.
func (d *pageDecoder) optionsDatum(o *destinationOptions) adt.Datum {
	flag := func(b *bool) byte {
		switch {
		case b == nil:
			return '-'
		case *b:
			return 't'
		default:
			return 'f'
		}
	}
	key := append(append(append(d.raw[:0], "\x00options"...), flag(o.hive), flag(o.perHour)), o.fileFormat...)
	d.raw = key
	if v, ok := d.in.texts[string(key)]; ok {
		return v
	}
	v := d.in.json.options(o)
	if len(d.in.texts) < maxShared {
		d.in.texts[string(key)] = v
	}
	return v
}

// tagDatums sets the two tag columns, sharing sets that come again.
func (d *pageDecoder) tagDatums(row adt.Row) {
	key := d.raw[:0]
	for _, t := range d.tags {
		key = append(append(key, t.key...), 0)
		key = append(append(key, t.value...), 0)
	}
	d.raw = key
	v, ok := d.in.tags[string(key)]
	if !ok || d.need[colTagSet] && v.set == nil || d.need[colTags] && v.object == nil {
		if d.need[colTagSet] {
			v.set = d.in.json.tagSet(d.tags)
		}
		if d.need[colTags] {
			v.object = d.in.json.tags(d.tags)
		}
		if len(d.in.tags) < maxShared {
			d.in.tags[string(key)] = v
		}
	}
	row[colTagSet], row[colTags] = v.set, v.object
}

// tagSet reads the tags.
func (d *pageDecoder) tagSet() error {
	if !d.need[colTagSet] && !d.need[colTags] {
		return d.x.skip()
	}
	return d.list(func() error {
		var t, last tag
		if n := len(d.tags); n < len(d.lastTags) {
			last = d.lastTags[n]
		}
		if key, value, ok := d.x.pair("<key>", "</key>", "<value>", "</value>", "</item>"); ok {
			d.addTag(tag{d.like(last.key, key), d.like(last.value, value)})
			return nil
		}
		for {
			name, err := d.x.child()
			if err != nil {
				return err
			}
			if name == nil {
				d.addTag(t)
				return nil
			}
			switch {
			case fold(name, "key"):
				t.key, err = d.textLike(last.key)
			case fold(name, "value"):
				t.value, err = d.textLike(last.value)
			default:
				err = d.x.skip()
			}
			if err != nil {
				return err
			}
		}
	})
}

// addTag adds a tag to the row's.
func (d *pageDecoder) addTag(t tag) {
	if n := len(d.tags); n < len(d.lastTags) {
		d.lastTags[n] = t
	} else {
		d.lastTags = append(d.lastTags, t)
	}
	d.tags = append(d.tags, t)
}

// list reads the items of a list.
func (d *pageDecoder) list(item func() error) error {
	for {
		name, err := d.x.child()
		switch {
		case err != nil:
			return err
		case name == nil:
			return nil
		case fold(name, "item"):
			err = item()
		default:
			err = d.x.skip()
		}
		if err != nil {
			return err
		}
	}
}

// sharedText reads a value that likely comes again.
func (d *pageDecoder) sharedText() (string, error) {
	v, err := d.x.value()
	if err != nil {
		return "", err
	}
	return d.in.shared(v).(string), nil //nolint:errcheck // plain keys hold strings
}

// textLike reads a value that is likely a known one.
func (d *pageDecoder) textLike(known string) (string, error) {
	v, err := d.x.value()
	if err != nil {
		return "", err
	}
	return d.like(known, v), nil
}

// like gives a text that is likely a known one.
func (d *pageDecoder) like(known string, v []byte) string {
	if string(v) == known {
		return known
	}
	return d.in.shared(v).(string) //nolint:errcheck // plain keys hold strings
}

func (d *pageDecoder) options(o *destinationOptions) (*destinationOptions, error) {
	if o == nil {
		o = &destinationOptions{}
	}
	for {
		name, err := d.x.child()
		if err != nil || name == nil {
			return o, err
		}
		switch {
		case fold(name, "fileFormat"):
			o.fileFormat, err = d.sharedText()
		case fold(name, "hiveCompatiblePartitions"):
			o.hive, err = d.boolean()
		case fold(name, "perHourPartition"):
			o.perHour, err = d.boolean()
		default:
			err = d.x.skip()
		}
		if err != nil {
			return o, err
		}
	}
}

var boolTrue, boolFalse = true, false

func (d *pageDecoder) boolean() (*bool, error) {
	v, err := d.x.value()
	if err != nil {
		return nil, err
	}
	b, err := strconv.ParseBool(string(v))
	if err != nil {
		return nil, err
	}
	if b {
		return &boolTrue, nil
	}
	return &boolFalse, nil
}

func (d *pageDecoder) tagFields(fields []tagField) ([]tagField, error) {
	err := d.list(func() error {
		var f tagField
		for {
			name, err := d.x.child()
			if err != nil {
				return err
			}
			if name == nil {
				fields = append(fields, f)
				return nil
			}
			switch {
			case fold(name, "resourceType"):
				f.resourceType, err = d.sharedText()
			case fold(name, "tagKeySet"):
				err = d.list(func() error {
					k, err := d.sharedText()
					f.keys = append(f.keys, k)
					return err
				})
			default:
				err = d.x.skip()
			}
			if err != nil {
				return err
			}
		}
	})
	return fields, err
}

// fold compares an element's name as the SDK does, without regard to case.
func fold(name []byte, want string) bool {
	return string(name) == want || bytes.EqualFold(name, []byte(want))
}

// fieldOther is an element that is no column.
const fieldOther = -1

// fieldOf gives the column of an element. Names come as documented; in another
// case they are taken as the SDK takes them.
func fieldOf(name []byte) int {
	if f := fieldNamed(string(name)); f != fieldOther {
		return f
	}
	for _, n := range fieldNames {
		if bytes.EqualFold(name, []byte(n)) {
			return fieldNamed(n)
		}
	}
	return fieldOther
}

// fieldNames are the elements of a flow log.
var fieldNames = []string{
	"creationTime", "deliverCrossAccountRole", "deliverLogsErrorMessage", "deliverLogsPermissionArn", "deliverLogsStatus",
	"destinationOptions", "flowLogId", "flowLogStatus", "logDestination", "logDestinationType", "logFormat", "logGroupName",
	"maxAggregationInterval", "resourceId", "tagFieldSpecificationSet", "tagSet", "trafficType",
}

// fieldNamed gives the column of an element by its exact name.
func fieldNamed(name string) int {
	switch name {
	case "creationTime":
		return colCreationTime
	case "deliverCrossAccountRole":
		return colDeliverCrossAccountRole
	case "deliverLogsErrorMessage":
		return colDeliverLogsErrorMessage
	case "deliverLogsPermissionArn":
		return colDeliverLogsPermissionArn
	case "deliverLogsStatus":
		return colDeliverLogsStatus
	case "destinationOptions":
		return colDestinationOptions
	case "flowLogId":
		return colFlowLogID
	case "flowLogStatus":
		return colFlowLogStatus
	case "logDestination":
		return colLogDestination
	case "logDestinationType":
		return colLogDestinationType
	case "logFormat":
		return colLogFormat
	case "logGroupName":
		return colLogGroupName
	case "maxAggregationInterval":
		return colMaxAggregationInterval
	case "resourceId":
		return colResourceID
	case "tagFieldSpecificationSet":
		return colTagFieldSpecifications
	case "tagSet":
		return colTagSet
	case "trafficType":
		return colTrafficType
	default:
		return fieldOther
	}
}
