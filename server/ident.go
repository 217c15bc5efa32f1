package server

import (
	"errors"
	"strings"
)

// Ident is a parsed pg_ident.conf: maps from names of operating system users
// and certificates to roles. It is immutable.
type Ident struct {
	lines []identLine
}

// identLine is a line of pg_ident.conf (IdentLine).
type identLine struct {
	file   string
	line   int
	usemap string
	system pattern
	role   pattern
}

// LoadIdent reads pg_ident.conf. The error lists all bad lines.
func LoadIdent(path string) (*Ident, error) {
	lines, errs, err := identLines(path, readAuthFile)
	if err != nil {
		return nil, err
	}
	joined := make([]error, 0, len(errs))
	for _, e := range errs {
		if e != nil {
			joined = append(joined, e)
		}
	}
	return &Ident{lines}, errors.Join(joined...)
}

// identLines reads lines, each with its error or nil.
func identLines(path string, open func(string) ([]byte, error)) ([]identLine, []*HBAError, error) {
	r := authReader{open: open}
	if err := r.read(path, 0); err != nil {
		return nil, nil, err
	}
	lines, errs := make([]identLine, len(r.lines)), make([]*HBAError, len(r.lines))
	for i, l := range r.lines {
		lines[i] = identLine{file: l.file, line: l.line}
		e := (*HBAError)(nil)
		if l.err != nil {
			e = &HBAError{Msg: l.err.Error()}
		} else {
			e = lines[i].parse(l.fields)
		}
		if e != nil {
			e.File, e.Line = l.file, l.line
			errs[i] = e
		}
	}
	return lines, errs, nil
}

// parse reads a line's fields (parse_ident_line).
func (l *identLine) parse(fields [][]token) *HBAError {
	if len(fields) < 3 {
		return badHBA("missing entry at end of line")
	}
	for _, f := range fields[:3] {
		if len(f) > 1 {
			return badHBA("multiple values in ident field")
		}
	}
	l.usemap = fields[0][0].text
	for i, into := range []*pattern{&l.system, &l.role} {
		p, e := patterns(fields[i+1])
		if e != nil {
			return e
		}
		*into = p[0]
	}
	return nil
}

// allows tells whether a system user may be a role (check_usermap). Without a
// map the names must be equal.
func (id *Ident) allows(usermap, system, role string, roles roleSet) bool {
	if usermap == "" {
		return system == role
	}
	if id == nil {
		return false
	}
	for _, l := range id.lines {
		if l.usemap == usermap && l.fits(system, role, roles) {
			return true
		}
	}
	return false
}

// fits mirrors check_ident_usermap: of a regular expression, \1 in the role
// stands for what its first group matched.
func (l identLine) fits(system, role string, roles roleSet) bool {
	want := l.role
	if l.system.re == nil {
		if l.system.text != system {
			return false
		}
	} else {
		m := l.system.re.FindStringSubmatch(system)
		if m == nil {
			return false
		}
		if before, after, ok := strings.Cut(want.text, `\1`); ok && want.re == nil {
			if len(m) < 2 { // there is no group to put in
				return false
			}
			// What a client's name puts in must not become a keyword.
			want = pattern{token: token{text: before + m[1] + after, quoted: true}}
		}
	}
	return want.role(role, roles)
}
