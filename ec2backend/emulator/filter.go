package emulator

import (
	"strings"
	"unicode/utf8"
)

// The limits of filters in one request.
const (
	maxFilters      = 50
	maxFilterValues = 200
	maxFilterLength = 255
)

// filter is one Filter.N: any value may match.
type filter struct {
	name, key string // key is that of tag:KEY
	values    []pattern
}

// pattern is a filter value with its wildcards. A value without any is kept
// plain.
type pattern struct {
	plain string
	wild  []patternPart
}

// patternPart is one step of a pattern: a literal, or * or ?.
type patternPart struct {
	lit  string
	kind byte // 0 literal, '*', '?'
}

// parsePattern reads a filter value: * is any run of characters, ? none or one
// of them, \ takes the next character as itself.
func parsePattern(s string) pattern {
	if !strings.ContainsAny(s, `*?\`) {
		return pattern{plain: s}
	}
	var p pattern
	var lit strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			lit.WriteByte(s[i])
		case c == '*' || c == '?':
			if lit.Len() > 0 {
				p.wild = append(p.wild, patternPart{lit: lit.String()})
				lit.Reset()
			}
			p.wild = append(p.wild, patternPart{kind: c})
		default:
			lit.WriteByte(c)
		}
	}
	if len(p.wild) == 0 {
		return pattern{plain: lit.String()}
	}
	if lit.Len() > 0 {
		p.wild = append(p.wild, patternPart{lit: lit.String()})
	}
	return p
}

func (p pattern) match(s string) bool {
	if p.wild == nil {
		return p.plain == s
	}
	return matchParts(p.wild, s, map[[2]int]bool{})
}

// Match tells whether a filter value matches a text.
func Match(value, text string) bool { return parsePattern(value).match(text) }

// matchParts tries every split, each once: failed holds those that have been tried, by
// what was left of both.
func matchParts(parts []patternPart, s string, failed map[[2]int]bool) (matches bool) {
	key := [2]int{len(parts), len(s)}
	if failed[key] {
		return false
	}
	defer func() { failed[key] = !matches }()
	for len(parts) > 0 {
		switch p := parts[0]; p.kind {
		case 0:
			if !strings.HasPrefix(s, p.lit) {
				return false
			}
			s = s[len(p.lit):]
		case '?':
			if matchParts(parts[1:], s, failed) {
				return true
			}
			if s == "" {
				return false
			}
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		case '*':
			for len(parts) > 0 && parts[0].kind == '*' {
				parts = parts[1:]
			}
			if len(parts) == 0 {
				return true
			}
			for i := 0; i <= len(s); i++ {
				if matchParts(parts, s[i:], failed) {
					return true
				}
			}
			return false
		}
		parts = parts[1:]
	}
	return s == ""
}

// readFilters reads Filter.N of DescribeFlowLogs.
func readFilters(p *params) ([]filter, error) {
	var out []filter
	var err error
	values := 0
	p.each("Filter", func(prefix string) {
		name := p.get(prefix + "Name")
		vals := p.list(prefix + "Value")
		if err != nil {
			return
		}
		f := filter{name: name}
		switch {
		case name == "":
			err = bad("MissingParameter", "The request must contain the parameter Filter.Name")
			return
		case strings.HasPrefix(name, "tag:"):
			f.name, f.key = "tag", name[len("tag:"):]
		case !knownFilters[name]:
			err = bad("InvalidParameterValue", "The filter '"+name+"' is invalid")
			return
		}
		if len(vals) == 0 {
			err = bad("InvalidParameterValue", "The filter '"+name+"' needs at least one value")
			return
		}
		if utf8.RuneCountInString(name) > maxFilterLength {
			err = bad("InvalidParameterValue", "The filter name is too long")
			return
		}
		for _, v := range vals {
			if utf8.RuneCountInString(v) > maxFilterLength {
				err = bad("InvalidParameterValue", "A value of the filter '"+name+"' is too long")
				return
			}
			if v == "" && f.name != "tag" {
				err = bad("InvalidParameterValue", "A value of the filter '"+name+"' is empty")
				return
			}
			f.values = append(f.values, parsePattern(v))
		}
		values += len(vals)
		out = append(out, f)
	})
	if err != nil {
		return nil, err
	}
	if len(out) > maxFilters || values > maxFilterValues {
		return nil, bad("FilterLimitExceeded", "The maximum number of filters or filter values has been exceeded.")
	}
	return out, nil
}

var knownFilters = map[string]bool{
	"deliver-log-status": true, "log-destination-type": true, "flow-log-id": true, "log-group-name": true,
	"resource-id": true, "traffic-type": true, "tag-key": true,
}

func (f *filter) match(l *FlowLog) bool {
	switch f.name {
	case "deliver-log-status":
		return f.any(l.DeliverStatus)
	case "log-destination-type":
		return f.any(l.DestinationType)
	case "flow-log-id":
		return f.any(l.ID)
	case "log-group-name":
		return f.any(l.LogGroupName)
	case "resource-id":
		return f.any(l.ResourceID)
	case "traffic-type":
		return f.any(l.TrafficType)
	case "tag-key":
		for _, t := range l.Tags {
			for _, v := range f.values {
				if v.match(t.Key) {
					return true
				}
			}
		}
		return false
	default:
		for _, t := range l.Tags {
			if t.Key == f.key {
				for _, v := range f.values {
					if v.match(t.Value) {
						return true
					}
				}
			}
		}
		return false
	}
}

// any tells whether a value matches a field; a field that is not there never
// does.
func (f *filter) any(s string) bool {
	if s == "" {
		return false
	}
	for _, v := range f.values {
		if v.match(s) {
			return true
		}
	}
	return false
}
