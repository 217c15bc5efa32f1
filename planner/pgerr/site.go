package pgerr

import (
	"cmp"
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"sync"
)

// Site is where PostgreSQL 16 reports an error: what a client shows as its
// location. Line is 0 where no site is known.
type Site struct {
	File    string
	Line    int32
	Routine string
}

// sitesText holds a line for each key of Keys that PostgreSQL was seen to
// report: its three fields, then file, line and routine.
//
//go:embed sites.tsv
var sitesText string

var sites = sync.OnceValue(func() map[string]Site {
	known := map[string]Site{}
	for line := range strings.Lines(sitesText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		n, err := strconv.ParseInt(f[len(f)-2], 10, 32)
		if err != nil {
			panic("sites.tsv: " + line)
		}
		known[strings.Join(f[:3], "\t")] = Site{File: f[3], Line: int32(n), Routine: f[5]}
	}
	return known
})

// Site tells where PostgreSQL reports this error.
func (e *Error) Site() Site {
	for _, k := range e.Keys() {
		if s, ok := sites()[k]; ok {
			return s
		}
	}
	return Site{Routine: e.Routine}
}

// Keys are what an error's site is found by, the most telling first: its
// message said within a routine, its message, the format of that, and the
// routine that reports. What messages quote and count is left out.
func (e *Error) Keys() []string {
	text := e.Code + "\t%s\t" + blank(e.Message)
	var keys []string
	if in := cmp.Or(e.in, e.Routine); in != "" {
		keys = append(keys, strings.Replace(text, "%s", in, 1))
	}
	keys = append(keys, strings.Replace(text, "%s", "", 1))
	if strings.Trim(e.format, "%s") != "" {
		keys = append(keys, e.Code+"\tformat\t"+oneLine.Replace(e.format))
	}
	if e.Routine != "" {
		keys = append(keys, "\troutine\t"+e.Routine)
	}
	return keys
}

var oneLine = strings.NewReplacer("\t", " ", "\n", " ")

// blank takes out of a message what stands in double quotes, and digits.
func blank(s string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s) && b.Len() < 200; i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
			b.WriteByte('"')
		case quoted:
		case '0' <= c && c <= '9':
			if t := b.String(); !strings.HasSuffix(t, "#") {
				b.WriteByte('#')
			}
		case c == '\t' || c == '\n':
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// By names the PostgreSQL routine that reports e, where other routines report
// the same, and returns e.
func (e *Error) By(routine string) *Error {
	e.Routine = routine
	return e
}

// In says that err, which may be nil, was made by the body of a routine,
// unless one that it called has said so.
func In(err error, routine string) error {
	if err == nil {
		return nil
	}
	return in(err, routine)
}

func in(err error, routine string) error {
	var e *Error
	if !errors.As(err, &e) || e.in != "" {
		return err
	}
	c := *e
	c.in = routine
	return &c
}
