package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// reFlags are the settings of a regular expression.
type reFlags struct {
	literal, extended, basic bool // q, e, b; none: advanced
	icase                    bool
	expanded                 bool
	nlStop                   bool // . and [^…] do not match a newline
	nlAnchor                 bool // ^ and $ match at lines
	global                   bool
}

// parseRegexFlags is parse_re_flags.
func parseRegexFlags(s string) (reFlags, error) {
	var f reFlags
	for i := 0; i < len(s); i++ {
		if s[i] == 'g' {
			f.global = true
			continue
		}
		option := s[i]
		if option == 'e' { // PostgreSQL takes away the bit that ERE has in common with ARE (parse_re_flags)
			option = 'b'
		}
		if !f.set(option) {
			return f, pgerr.New(pgerrcode.InvalidParameterValue, `invalid regular expression option: "%s"`, firstRune(s[i:]))
		}
	}
	return f, nil
}

func (f *reFlags) set(c byte) bool {
	switch c {
	case 'b':
		f.basic, f.extended, f.literal = true, false, false
	case 'c':
		f.icase = false
	case 'e':
		f.extended, f.basic, f.literal = true, false, false
	case 'i':
		f.icase = true
	case 'm', 'n':
		f.nlStop, f.nlAnchor = true, true
	case 'p':
		f.nlStop, f.nlAnchor = true, false
	case 'q':
		f.literal, f.extended, f.basic = true, false, false
	case 's':
		f.nlStop, f.nlAnchor = false, false
	case 't':
		f.expanded = false
	case 'w':
		f.nlStop, f.nlAnchor = false, true
	case 'x':
		f.expanded = true
	default:
		return false
	}
	return true
}
