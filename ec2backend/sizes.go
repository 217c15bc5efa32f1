package ec2backend

import (
	"sync"
)

// sizes remembers how many flow logs regions had when last read whole.
type sizes struct {
	mu   sync.Mutex
	rows map[string]int
}

func (z *sizes) set(c *client, n int) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.rows[c.key()] = n
}

func (z *sizes) get(c *client) (n int, ok bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	n, ok = z.rows[c.key()]
	return n, ok
}

// typical is the mean of what is known, or a guess.
func (z *sizes) typical() float64 {
	z.mu.Lock()
	defer z.mu.Unlock()
	if len(z.rows) == 0 {
		return 200
	}
	sum := 0
	for _, n := range z.rows {
		sum += n
	}
	return max(1, float64(sum)/float64(len(z.rows)))
}
