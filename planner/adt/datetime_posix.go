package adt

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines without a zone database
)

// posixZone makes a zone of a POSIX TZ specification, nil when it is none. It
// hands the rules to package time as the footer of an empty zone file.
func posixZone(spec string) *time.Location {
	std, offset, rest, ok := posixName(spec)
	if !ok {
		return nil
	}
	// The names are handed on between < and >: package time takes unquoted ones
	// only of three letters, PostgreSQL any and none.
	var footer string
	if std != "" || rest != "" {
		footer = "<" + std + ">" + posixOffsetText(offset)
	}
	if rest != "" {
		dst, rest, west, ok := posixDST(rest, offset)
		if !ok {
			return nil
		}
		if rest == "" {
			rest = ",M3.2.0,M11.1.0"
		}
		footer += "<" + dst + ">" + posixOffsetText(west) + rest
	}
	loc, err := time.LoadLocationFromTZData(spec, zoneFile(std, -offset, footer))
	if err != nil {
		return nil
	}
	return loc
}

func posixOffsetText(secs int) string {
	sign := ""
	if secs < 0 {
		sign, secs = "-", -secs
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, secs/3600, secs/60%60, secs%60)
}

// posixName reads a zone name and, for the standard zone, its offset west in
// seconds.
func posixName(s string) (name string, west int, rest string, ok bool) {
	name, rest, ok = posixAbbrev(s)
	if !ok {
		return "", 0, "", false
	}
	west, rest, ok = posixOffset(rest)
	return name, west, rest, ok
}

func posixAbbrev(s string) (name, rest string, ok bool) {
	if strings.HasPrefix(s, "<") {
		return strings.Cut(s[1:], ">")
	}
	i := 0
	for i < len(s) && !isDigit(s[i]) && s[i] != ',' && s[i] != '-' && s[i] != '+' && s[i] != 0 {
		i++
	}
	return s[:i], s[i:], true
}

func posixOffset(s string) (secs int, rest string, ok bool) {
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	part := func(limit int) (int, bool) {
		i := 0
		for i < len(s) && isDigit(s[i]) && i < 4 {
			i++
		}
		v, err := strconv.Atoi(s[:i])
		s = s[i:]
		return v, err == nil && v <= limit
	}
	h, ok := part(24*7 - 1)
	if !ok {
		return 0, s, false
	}
	secs = h * 3600
	for _, unit := range []int{60, 1} {
		if !strings.HasPrefix(s, ":") {
			break
		}
		s = s[1:]
		v, ok := part(60)
		if !ok {
			return 0, s, false
		}
		secs += v * unit
	}
	return sign * secs, s, true
}

// posixDST reads the part of the summer time, which is an hour ahead unless it
// says otherwise.
func posixDST(s string, std int) (name, rest string, west int, ok bool) {
	name, rest, ok = posixAbbrev(s)
	if !ok || name == "" {
		return "", "", 0, false
	}
	west = std - 3600
	if rest != "" && rest[0] != ',' {
		if west, rest, ok = posixOffset(rest); !ok {
			return "", "", 0, false
		}
	}
	return name, rest, west, rest == "" || rest[0] == ','
}

// zoneFile makes a zone file (RFC 8536) with one type and a footer.
func zoneFile(abbrev string, east int, footer string) []byte {
	block := func(b []byte, version byte) []byte {
		b = append(b, 'T', 'Z', 'i', 'f', version)
		b = append(b, make([]byte, 15)...)
		for _, n := range []int{0, 0, 0, 0, 1, len(abbrev) + 1} { // isut, isstd, leap, time, type, char
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		b = binary.BigEndian.AppendUint32(b, uint32(int32(east)))
		b = append(b, 0, 0)
		b = append(b, abbrev...)
		return append(b, 0)
	}
	b := block(block(nil, '2'), '2')
	return append(append(append(b, '\n'), footer...), '\n')
}

// fixedZone is a zone of a constant offset east in seconds, named as PostgreSQL
// names those it makes of numbers.
func fixedZone(east int) *time.Location {
	if east == 0 {
		return time.FixedZone("<+00>-00", 0)
	}
	return time.FixedZone("<"+zoneOffsetText(east)+">"+zoneOffsetText(-east), east)
}

func zoneOffsetText(east int) string {
	sign, abs := "+", east
	if east < 0 {
		sign, abs = "-", -east
	}
	two := func(n int) string { return strconv.Itoa(n/10) + strconv.Itoa(n%10) }
	s := sign + two(abs/3600)
	if abs%3600 != 0 {
		s += ":" + two(abs/60%60)
		if abs%60 != 0 {
			s += ":" + two(abs%60)
		}
	}
	return s
}
