package client

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

// progress shows on a terminal how many rows have come.
type progress struct {
	on    bool
	rows  int
	began time.Time
	shown time.Time
}

func newProgress() *progress {
	return &progress{on: term.IsTerminal(int(os.Stderr.Fd())) && !term.IsTerminal(int(os.Stdout.Fd())), began: time.Now()}
}

func (p *progress) row() {
	p.rows++
	if !p.on || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(os.Stderr, "\r%d rows, %.1f s\x1b[K", p.rows, time.Since(p.began).Seconds())
}

func (p *progress) clear() {
	if p.on && !p.shown.IsZero() {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
