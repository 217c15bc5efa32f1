package exec

import (
	"encoding/binary"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// packedSorter sorts rows by keys of numbers and strings. It holds rows as
// bytes, keys first, in the form that they have in a temporary file: they take
// little memory, and reading one back is put off until it is put out.
type packedSorter struct {
	x     *state
	cols  []sortCol // slots over whole rows
	order []int     // the columns of a packed row
	codec *codec
	row   adt.Row // read back

	items []packedItem
	texts []string // packed rows; the last is what chunk holds
	chunk *strings.Builder
	buf   []byte
	size  int64

	runs  *runs // nil: all rows are in memory
	ticks int
}

// packedItem is a packed row's number (see sortItem) and place: text, then
// offset, in 32 bits each; the first bit tells that the first key is NULL.
type packedItem struct {
	abbr  uint64
	place uint64
}

const (
	packedFirst = 1 << 11 // bytes of the first chunk; each is twice as large as the last,
	packedChunk = 1 << 18 // up to this
	packedNull  = 1 << 63
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
	return p
}

func (p *packedSorter) add(row adt.Row) error {
	b := append(p.buf[:0], 0, 0, 0, 0)
	for _, c := range p.order {
		b = p.codec.append(b, row[c])
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	p.buf = b
	if p.chunk == nil || p.chunk.Len()+len(b) > p.chunk.Cap() {
		p.seal()
		p.chunk = &strings.Builder{}
		size := min(packedChunk, packedFirst<<min(len(p.texts), 16))
		p.chunk.Grow(max(size, len(b)))
		p.texts = append(p.texts, "")
	}
	it := packedItem{place: uint64(len(p.texts)-1)<<32 | uint64(p.chunk.Len())}
	p.chunk.Write(b)
	if d := row[p.cols[0].slot]; d == nil {
		it.place |= packedNull
	} else {
		it.abbr = p.cols[0].abbr(d)
	}
	p.items = append(p.items, it)
	size := int64(len(b) + 24)
	p.size += size
	if err := p.x.hold(size); err != nil {
		return err
	}
	if p.size > p.x.workMem {
		return p.flush()
	}
	return nil
}

func (p *packedSorter) seal() {
	if p.chunk != nil {
		p.texts[len(p.texts)-1] = p.chunk.String()
	}
}

// packed gives an item's row without its length.
func (p *packedSorter) packed(it *packedItem) string {
	text, at := p.texts[it.place&^packedNull>>32], int(uint32(it.place))
	n := int(text[at]) | int(text[at+1])<<8 | int(text[at+2])<<16 | int(text[at+3])<<24
	return text[at+4 : at+4+n]
}

func (p *packedSorter) compare(a, b *packedItem) int {
	if p.ticks++; p.ticks&4095 == 0 && p.x.cmpErr == nil {
		p.x.cmpErr = p.x.canceled()
	}
	if a.abbr != b.abbr && (a.place|b.place)&packedNull == 0 {
		if (a.abbr < b.abbr) != p.cols[0].desc {
			return -1
		}
		return 1
	}
	if len(p.cols) == 1 && p.cols[0].exact && (a.place|b.place)&packedNull == 0 {
		return 0
	}
	return p.compareKeys(p.packed(a), p.packed(b))
}

// compareKeys compares the keys of two packed rows.
func (p *packedSorter) compareKeys(a, b string) int {
	for i := range p.cols {
		k := &p.cols[i]
		if a[0] == tagNull || b[0] == tagNull {
			if a[0] != b[0] {
				if (a[0] == tagNull) == k.nullsFirst {
					return -1
				}
				return 1
			}
			a, b = a[1:], b[1:]
			continue
		}
		m, used := uvarint(a[1:])
		a = a[1+used:]
		n, used := uvarint(b[1:])
		b = b[1+used:]
		c := 0
		if k.exact { // a number; unzigzag keeps no order, so undo it
			x, y := int64(m>>1)^-int64(m&1), int64(n>>1)^-int64(n&1)
			switch {
			case x < y:
				c = -1
			case x > y:
				c = 1
			}
		} else {
			c = strings.Compare(a[:m], b[:n])
			a, b = a[m:], b[n:]
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

func uvarint(s string) (n uint64, used int) {
	for shift := 0; used < len(s); shift += 7 {
		b := s[used]
		used++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	return n, used
}

// unpack reads a row back; it is good until the next.
func (p *packedSorter) unpack(text string) (adt.Row, error) {
	d := decoder{c: p.codec}
	d.Text = text
	for _, c := range p.order {
		p.row[c] = d.datum()
	}
	if d.Err != nil {
		return nil, errDamaged
	}
	return p.row, nil
}

func (p *packedSorter) sort() error {
	p.seal()
	sortRows(p.items, p.compare)
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
		if err := w.addText(p.packed(&p.items[i])); err != nil {
			return err
		}
	}
	p.forget()
	return w.end()
}

// forget lets go of the rows held.
func (p *packedSorter) forget() {
	p.x.release(p.size)
	p.items, p.texts, p.chunk, p.size = p.items[:0], nil, nil, 0
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
	p.items = nil
	return p.runs.final()
}

func (p *packedSorter) close() {
	p.forget()
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
			p.runs.each(skip, func(r *run) (adt.Row, error) { return p.unpack(r.text) })(yield)
			return
		}
		for i := int(min(skip, int64(len(p.items)))); i < len(p.items); i++ {
			row, err := p.unpack(p.packed(&p.items[i]))
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// loadRun is runKeys'.
func (p *packedSorter) loadRun(r *run) error {
	r.text = string(r.row) // what is read back is made of parts of it
	if r.item.null = r.row[0] == tagNull; r.item.null {
		return nil
	}
	if p.cols[0].exact {
		v, _ := binary.Varint(r.row[1:])
		r.item.abbr = uint64(v) ^ 1<<63
		return nil
	}
	n, used := binary.Uvarint(r.row[1:])
	var b [8]byte
	copy(b[:], r.row[1+used:1+used+int(n)])
	r.item.abbr = binary.BigEndian.Uint64(b[:])
	return nil
}

// compareRuns is runKeys'.
func (p *packedSorter) compareRuns(a, b *run) int {
	if a.item.abbr != b.item.abbr && !a.item.null && !b.item.null {
		if (a.item.abbr < b.item.abbr) != p.cols[0].desc {
			return -1
		}
		return 1
	}
	return p.compareKeys(a.text, b.text)
}
