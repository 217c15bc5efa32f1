package exec

import (
	"encoding/binary"
	"strings"
	"unsafe"

	"github.com/flowgres/flowgres/planner/adt"
)

// packedSorter sorts rows by keys of numbers and strings. It holds rows as
// bytes, keys first, in the form that they have in a temporary file: they take
// little memory, and reading one back is put off until it is put out. Rows of
// nothing but one number are held as their items alone.
type packedSorter struct {
	x     *state
	cols  []sortCol // slots over whole rows
	order []int     // the columns of a packed row
	bare  bool      // an item's number tells the row
	codec *codec
	row   adt.Row // read back

	items  []sortItem[packedPlace]
	chunks [][]byte // packed rows, each after its length
	used   int      // chunks that hold rows: of these the last takes more
	buf    []byte
	sum    byte // of bytes touched
	size   int64

	runs  *runs // nil: all rows are in memory
	ticks int
}

// packedPlace is where a packed row is: chunk, then offset, in 32 bits each.
type packedPlace uint64

const (
	packedFirst = 1 << 8  // bytes of the first chunk; each is twice as large as the last,
	packedChunk = 1 << 18 // up to this
	packedHead  = 4       // bytes of a row's length
)

// packs tells whether rows can be sorted packed.
func packs(cols []sortCol) bool {
	for i := range cols {
		if cols[i].abbr == nil {
			return false
		}
	}
	return len(cols) > 0
}

func newPackedSorter(x *state, cols []sortCol, live []bool, width int) *packedSorter {
	p := &packedSorter{x: x, cols: cols, codec: newCodec(nil), row: make(adt.Row, width)}
	key := make([]bool, width)
	for i := range cols {
		p.order = append(p.order, cols[i].slot) // a column may be a key twice
		key[cols[i].slot] = true
	}
	for i := range width {
		if !key[i] && (i >= len(live) || live[i]) {
			p.order = append(p.order, i)
		}
	}
	p.bare = len(p.order) == 1 && cols[0].value != nil
	return p
}

func (p *packedSorter) add(row adt.Row) error {
	it := sortItem[packedPlace]{key: p.cols[0].number(row[p.cols[0].slot])}
	size := int64(24)
	if !p.bare || !p.cols[0].decided(it.key) {
		var n int
		it.row, n = p.pack(row)
		size += int64(n)
	}
	p.items = append(p.items, it)
	p.size += size
	if err := p.x.hold(size); err != nil {
		return err
	}
	if p.size > p.x.workMem {
		return p.flush()
	}
	return nil
}

// pack puts a row into a chunk.
func (p *packedSorter) pack(row adt.Row) (at packedPlace, size int) {
	var free []byte // of the last chunk
	if p.used > 0 {
		c := p.chunks[p.used-1]
		free = c[len(c):]
	}
	b := append(free, 0, 0, 0, 0) //nolint:gocritic // fills the chunk, or moves on
	for _, c := range p.order {
		if s, ok := row[c].(string); ok {
			b = appendString(b, s)
		} else {
			b = p.codec.append(b, row[c])
		}
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-packedHead))
	if len(b) > cap(free) {
		if p.used++; p.used > len(p.chunks) {
			p.chunks = append(p.chunks, nil)
		}
		if c := &p.chunks[p.used-1]; cap(*c) < len(b) {
			*c = make([]byte, 0, max(min(packedChunk, packedFirst<<min(p.used-1, 10)), len(b)))
		}
		p.chunks[p.used-1] = append(p.chunks[p.used-1][:0], b...)
		return packedPlace(p.used-1) << 32, len(b)
	}
	c := &p.chunks[p.used-1]
	at = packedPlace(p.used-1)<<32 | packedPlace(len(*c))
	*c = (*c)[:len(*c)+len(b)]
	return at, len(b)
}

// packed gives an item's row with its length. It is part of a chunk, which no other
// row takes the place of while it may be read: those of runs alone are filled again.
func (p *packedSorter) packed(it *sortItem[packedPlace]) string {
	chunk := p.chunks[it.row>>32][uint32(it.row):]
	n := packedHead + binary.LittleEndian.Uint32(chunk)
	return unsafe.String(unsafe.SliceData(chunk), n)
}

// touch reads a byte of each of the next rows, as toucher does.
func (p *packedSorter) touch(i int) {
	if p.bare {
		return
	}
	sum := p.sum
	for _, it := range p.items[i:min(i+touched, len(p.items))] {
		sum += p.chunks[it.row>>32][uint32(it.row)]
	}
	p.sum = sum
}

// tie compares rows whose first keys have the same number.
func (p *packedSorter) tie(a, b *sortItem[packedPlace]) int {
	if len(p.cols) == 1 && p.cols[0].decided(a.key) {
		return 0
	}
	if p.ticks++; p.ticks&127 == 0 && p.x.cmpErr == nil {
		p.x.cmpErr = p.x.canceled()
	}
	return p.compareKeys(p.packed(a)[packedHead:], p.packed(b)[packedHead:])
}

// compareKeys compares the keys of two packed rows.
func (p *packedSorter) compareKeys(a, b string) int {
	x, y := decoder{c: p.codec}, decoder{c: p.codec}
	x.Text, y.Text = a, b
	for i := range p.cols {
		k := &p.cols[i]
		tag := x.Byte()
		if other := y.Byte(); tag == tagNull || other == tagNull {
			if tag != other {
				if (tag == tagNull) == k.nullsFirst {
					return -1
				}
				return 1
			}
			continue
		}
		c := 0
		if k.value != nil {
			v, w := x.number(tag), y.number(tag)
			switch {
			case v < w:
				c = -1
			case v > w:
				c = 1
			}
		} else {
			c = strings.Compare(x.Take(x.Uvarint()), y.Take(y.Uvarint()))
		}
		if c != 0 {
			if k.desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// unpack reads a row back.
func (p *packedSorter) unpack(row adt.Row, text string) error {
	d := decoder{c: p.codec}
	d.Text = text
	for _, c := range p.order {
		row[c] = d.datum()
	}
	if d.Err != nil {
		return errDamaged
	}
	return nil
}

// read reads an item's row back.
func (p *packedSorter) read(row adt.Row, it *sortItem[packedPlace]) error {
	if p.bare && p.cols[0].decided(it.key) {
		row[p.order[0]] = p.cols[0].restore(it.key)
		return nil
	}
	return p.unpack(row, p.packed(it)[packedHead:])
}

func (p *packedSorter) bytes() int64  { return p.size }
func (p *packedSorter) spilled() bool { return p.runs != nil }
func (p *packedSorter) len() int      { return len(p.items) }

func (p *packedSorter) at(i int) (adt.Row, error) {
	row := make(adt.Row, len(p.row))
	return row, p.read(row, &p.items[i])
}

func (p *packedSorter) sort() error {
	sortRows(p.items, p.tie, p.x.stopped)
	return p.x.takeCmpErr()
}

// flush writes the rows held as a sorted run.
func (p *packedSorter) flush() error {
	if err := p.sort(); err != nil {
		return err
	}
	if p.runs == nil {
		p.runs = &runs{x: p.x, codec: p.codec, keys: p}
	}
	w, err := p.runs.begin(0)
	if err != nil {
		return err
	}
	for i := range p.items {
		if i%touched == 0 {
			p.touch(i)
		}
		it := &p.items[i]
		if p.bare && p.cols[0].decided(it.key) {
			p.buf = p.codec.append(p.buf[:0], p.cols[0].restore(it.key))
			err = w.add(p.buf)
		} else {
			err = w.addWhole(p.packed(it))
		}
		if err != nil {
			return err
		}
	}
	p.forget()
	return w.end()
}

// forget lets go of the rows held, whose chunks are filled again.
func (p *packedSorter) forget() {
	p.x.release(p.size)
	for i := range p.chunks {
		p.chunks[i] = p.chunks[i][:0]
	}
	p.items, p.used, p.size = p.items[:0], 0, 0
}

func (p *packedSorter) done() error {
	if p.runs == nil {
		return p.sort()
	}
	if len(p.items) > 0 {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.items, p.chunks = nil, nil
	return p.runs.final()
}

func (p *packedSorter) close() {
	p.forget()
	p.items, p.chunks = nil, nil
	if p.runs != nil {
		p.runs.close()
		p.runs = nil
	}
}

func (p *packedSorter) describe(st *NodeStats) {
	st.SortMethod, st.SpaceKB, st.OnDisk = "quicksort", (p.size+1023)/1024, false
	if p.runs != nil {
		st.SortMethod, st.SpaceKB, st.OnDisk = "external merge", (p.runs.most+1023)/1024, true
	}
}

// each gives the sorted rows but for the first ones; each is good until the next.
func (p *packedSorter) each(skip int64) rows {
	return func(yield func(adt.Row, error) bool) {
		if p.runs != nil {
			p.runs.each(skip, func(r *run) (adt.Row, error) { return p.row, p.unpack(p.row, string(r.row)) })(yield)
			return
		}
		for i := int(min(skip, int64(len(p.items)))); i < len(p.items); i++ {
			if i%touched == 0 {
				p.touch(i)
			}
			err := p.read(p.row, &p.items[i])
			if !yield(p.row, err) || err != nil {
				return
			}
		}
	}
}

// loadRun is runKeys'.
func (p *packedSorter) loadRun(r *run) error {
	r.text = unsafe.String(unsafe.SliceData(r.row), len(r.row))
	d := decoder{c: p.codec}
	d.Text = r.text
	k := &p.cols[0]
	switch tag := d.Byte(); {
	case tag == tagNull:
		r.item.key = k.number(nil)
	case k.value != nil:
		r.item.key = k.directed(signed(d.number(tag)))
	default:
		r.item.key = k.directed(prefix(d.Take(d.Uvarint())))
	}
	if d.Err != nil {
		return errDamaged
	}
	return nil
}

// compareRuns is runKeys'.
func (p *packedSorter) compareRuns(a, b *run) int {
	switch {
	case a.item.key < b.item.key:
		return -1
	case a.item.key > b.item.key:
		return 1
	}
	return p.compareKeys(a.text, b.text)
}
