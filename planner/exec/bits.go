package exec

import "math/bits"

// bitmap is a set of small numbers. What it holds of memory it accounts for.
type bitmap struct {
	x     *state
	words []uint64
	ranks []int32 // of bits before each eight words; kept by append alone
	n     int     // numbers appended
}

func (b *bitmap) has(i int) bool {
	return i>>6 < len(b.words) && b.words[i>>6]&(1<<(i&63)) != 0
}

// set puts a number in.
func (b *bitmap) set(i int) error {
	for i>>6 >= len(b.words) {
		b.words = append(b.words, 0)
		if err := b.x.hold(8); err != nil {
			return err
		}
	}
	b.words[i>>6] |= 1 << (i & 63)
	return nil
}

// append tells of the next number whether it is in the set.
func (b *bitmap) append(in bool) error {
	if b.n&511 == 0 {
		rank := int32(0)
		if k := len(b.ranks); k > 0 {
			rank = b.ranks[k-1]
			for _, w := range b.words[(k-1)*8:] {
				rank += int32(bits.OnesCount64(w))
			}
		}
		b.ranks = append(b.ranks, rank)
		if err := b.x.hold(4); err != nil {
			return err
		}
	}
	if b.n&63 == 0 {
		b.words = append(b.words, 0)
		if err := b.x.hold(8); err != nil {
			return err
		}
	}
	if in {
		b.words[b.n>>6] |= 1 << (b.n & 63)
	}
	b.n++
	return nil
}

// rank counts the numbers of the set up to one; the set was made by append.
func (b *bitmap) rank(i int) int {
	n := int(b.ranks[i>>9])
	for w := i >> 9 << 3; w < i>>6; w++ {
		n += bits.OnesCount64(b.words[w])
	}
	return n + bits.OnesCount64(b.words[i>>6]<<(63-i&63))
}

// nth gives the set's k'th number, from 0 on, n if it has no such; the set was
// made by append.
func (b *bitmap) nth(k int) int {
	lo, hi := 0, len(b.ranks) // the last block before which there are at most k
	for lo+1 < hi {
		if mid := (lo + hi) / 2; int(b.ranks[mid]) <= k {
			lo = mid
		} else {
			hi = mid
		}
	}
	if len(b.ranks) == 0 {
		return b.n
	}
	k -= int(b.ranks[lo])
	for w := lo << 3; w < len(b.words); w++ {
		word := b.words[w]
		if c := bits.OnesCount64(word); k >= c {
			k -= c
			continue
		}
		for range k {
			word &= word - 1
		}
		return w<<6 + bits.TrailingZeros64(word)
	}
	return b.n
}

// reset empties the set.
func (b *bitmap) reset() {
	if b.x != nil {
		b.x.release(int64(8*len(b.words) + 4*len(b.ranks)))
	}
	b.words, b.ranks, b.n = b.words[:0], b.ranks[:0], 0
}
