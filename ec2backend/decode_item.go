package ec2backend

import (
	"github.com/flowgres/flowgres/planner/adt"
)

// flowLog is what was read of a flow log that is no plain value.
type flowLog struct {
	tags    []*madeTag
	options *destinationOptions
	fields  []tagField
	had     [numParts]bool   // which of these came at all
	of      [numParts]*known // what they were read from, where that came before
}

// items reads the flow logs.
func (d *pageDecoder) items() error {
	x, s := d.x, &d.in.shape
	for {
		if s.begin != "" && !x.selfClose && x.next(s.begin) {
			if err := x.push(itemName); err != nil {
				return err
			}
		} else {
			at := x.mark()
			name, err := x.child()
			switch {
			case err != nil:
				return err
			case name == nil:
				return nil
			case !fold(name, "item"):
				if err := x.skip(); err != nil {
					return err
				}
				continue
			}
			if raw := x.since(at); spaced(raw, "<item>") {
				s.begin = string(raw)
			}
		}
		if err := d.item(); err != nil {
			return err
		}
	}
}

var itemName = []byte("item")

// item reads one flow log: what comes as in those before it at once, the rest element
// by element.
func (d *pageDecoder) item() error {
	x, s, row := d.x, &d.in.shape, d.newRow()
	d.flow = flowLog{}
	for k, ended := 0, false; ; {
		var err error
		if k, ended, err = d.expected(row, k); err != nil {
			return err
		}
		if ended {
			break
		}
		at := x.mark()
		name, err := x.child()
		if err != nil {
			return err
		}
		if name == nil {
			if raw := x.since(at); spaced(raw, "</item>") {
				s.end = string(raw)
			}
			break
		}
		f := fieldOf(name)
		var e *element
		if raw := x.since(at); spaced(raw, "<"+string(name)+">") {
			e, k = s.learn(k, raw, name, f)
		}
		first, err := d.field(row, f)
		if err != nil {
			return err
		}
		if raw := x.since(at); e != nil && first && raw != nil {
			raw = raw[len(e.open)-len(e.name)-2:]
			slot, hash := d.in.slot(raw)
			d.remember(e, slot, hash, raw)
		}
	}
	return d.finish(row)
}

// field reads the element that was just started; first tells that it is the flow log's
// first part of its kind.
func (d *pageDecoder) field(row adt.Row, f int) (first bool, err error) {
	p := partOf(f)
	if f == fieldOther {
		return false, d.x.skip()
	}
	if p == noPart {
		v, err := d.x.value()
		if err != nil {
			return false, err
		}
		return false, d.store(row, f, v)
	}
	first = !d.flow.had[p]
	d.flow.had[p], d.flow.of[p] = true, nil
	switch p {
	case partTags:
		err = d.tagSet()
	case partOptions:
		err = d.options()
	case partFields:
		err = d.tagFields()
	}
	return first, err
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

// finish adds what is derived and puts the row among the ready ones.
func (d *pageDecoder) finish(row adt.Row) error {
	d.read++
	if d.drop != nil {
		if id, _ := row[colFlowLogID].(string); d.drop[id] {
			return nil
		}
	}
	hold := false
	if d.skip != nil || d.before != nil {
		id, _ := row[colFlowLogID].(string)
		again := d.again(id)
		if hold = again && d.repeats; d.skip[id] || again && !hold {
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
	d.parts(row)
	if d.saw != nil && !d.saw(row) {
		return nil
	}
	if hold {
		d.held = append(d.held, row)
		return nil
	}
	if d.rows == nil {
		d.rows = make([]adt.Row, 0, batchRows/4)
	}
	d.rows = append(d.rows, row)
	if len(d.rows) >= batchRows {
		d.flush()
	}
	return nil
}

// again tells whether a flow log of the page was in the one before. A page that begins as that
// one did is most likely that page given twice; where the next begins so, too, the endpoint has such ids,
// and what was held of this one is given after all.
func (d *pageDecoder) again(id string) bool {
	if d.read == 1 {
		d.repeats = id == d.first && !d.copies
		if d.repeats && d.late != nil {
			d.emit(d.late)
			d.repeats, d.copies, d.late = false, true, nil
		}
	}
	return d.before[id] && !d.copies
}
