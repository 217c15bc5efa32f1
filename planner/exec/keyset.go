package exec

import (
	"encoding/binary"
	"hash/maphash"
	"sort"

	"github.com/flowgres/flowgres/planner/adt"
)

// keySet is a set of keys' bytes: in memory while they fit into what a hash table
// may take, else in the order of their hashes in a temporary file, of which every so
// many hashes are held.
type keySet struct {
	x      *state
	mem    keyIndex[struct{}]
	size   int64
	seed   maphash.Seed
	sorter *packedSorter
	file   *tempFile
	fences []keyFence
	block  []byte // of the file
}

// keyFence is where a block of the file begins, and the first hash there.
type keyFence struct {
	hash uint64
	at   int64
}

const keyBlock = 2 << 10

func newKeySet(x *state) *keySet { return &keySet{x: x} }

func (s *keySet) hash(key []byte) uint64 { return maphash.Bytes(s.seed, key) >> 1 }

func (s *keySet) add(key []byte) error {
	if s.sorter != nil {
		return s.sorter.add(adt.Row{int64(s.hash(key)), string(key)})
	}
	at, hash := s.mem.find(bytesKey(key).text)
	if at >= 0 {
		return nil
	}
	s.mem.add(bytesKey(key), hash, struct{}{})
	size := int64(keySize + len(key))
	s.size += size
	if err := s.x.hold(size); err != nil || s.size <= s.x.hashMem {
		return err
	}
	s.seed = maphash.MakeSeed()
	s.sorter = newPackedSorter(s.x, []sortCol{intCol(adt.Int8OID)}, nil, 2)
	for _, e := range s.mem.entries {
		if err := s.sorter.add(adt.Row{int64(s.hash([]byte(e.key))), e.key}); err != nil {
			return err
		}
	}
	s.x.release(s.size)
	s.mem, s.size = keyIndex[struct{}]{}, 0
	return nil
}

// done ends the adding of keys.
func (s *keySet) done() (err error) {
	if s.sorter == nil {
		return nil
	}
	if err := s.sorter.done(); err != nil {
		return err
	}
	if s.file, err = newTempFile(s.x, newCodec(nil)); err != nil {
		return err
	}
	var buf []byte
	flush := func() error {
		_, err := s.file.write(buf)
		buf = buf[:0]
		return err
	}
	for row, err := range s.sorter.each(0) {
		if err != nil {
			return err
		}
		h, key := uint64(row[0].(int64)), row[1].(string)
		if at := s.file.size + int64(len(buf)); len(s.fences) == 0 || at-s.fences[len(s.fences)-1].at >= keyBlock {
			s.fences = append(s.fences, keyFence{h, at})
			s.size += 16
			if err := s.x.hold(16); err != nil {
				return err
			}
		}
		buf = binary.BigEndian.AppendUint64(buf, h)
		buf = append(binary.AppendUvarint(buf, uint64(len(key))), key...)
		if len(buf) >= fileBuffer/4 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	s.sorter.close()
	return flush()
}

func (s *keySet) has(key []byte) (bool, error) {
	if s.file == nil {
		at, _ := s.mem.find(bytesKey(key).text)
		return at >= 0, nil
	}
	h := s.hash(key)
	// The hash may also be at the end of the block before the first that begins with it.
	for i := max(sort.Search(len(s.fences), func(i int) bool { return s.fences[i].hash >= h })-1, 0); i < len(s.fences); i++ {
		if s.fences[i].hash > h {
			break
		}
		from, to := s.fences[i].at, s.file.size
		if i+1 < len(s.fences) {
			to = s.fences[i+1].at
		}
		if n := int(to - from); cap(s.block) < n {
			s.block = make([]byte, n)
		}
		b := s.block[:to-from]
		if _, err := (watchedFile{s.file}).ReadAt(b, from); err != nil {
			return false, errSpill(err)
		}
		for len(b) > 8 {
			have := binary.BigEndian.Uint64(b)
			n, used := binary.Uvarint(b[8:])
			b = b[8+used:]
			if have > h {
				return false, nil
			}
			if have == h && string(b[:n]) == string(key) {
				return true, nil
			}
			b = b[n:]
		}
	}
	return false, nil
}

// close lets go of all keys.
func (s *keySet) close() {
	s.x.release(s.size)
	s.mem, s.fences, s.size = keyIndex[struct{}]{}, nil, 0
	if s.sorter != nil {
		s.sorter.close()
	}
	if s.file != nil {
		s.file.close()
	}
}
