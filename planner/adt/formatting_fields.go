package adt

import (
	"strconv"
	"strings"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func (r *dateReader) field(n formatNode, i, extra int) error {
	num := func(dest *int, width int) error {
		_, err := r.number(dest, width, i)
		return err
	}
	word := func(dest *int, words []string, value func(int) int) error {
		v, err := r.word(words, n)
		if err != nil {
			return err
		}
		return r.set(dest, value(v), n)
	}
	same := func(v int) int { return v }
	next := func(v int) int { return v + 1 }
	switch n.key {
	case "A.M.", "P.M.":
		r.clock12 = true
		return word(&r.pm, ampmLong, same)
	case "AM", "PM":
		r.clock12 = true
		return word(&r.pm, ampmWords, same)
	case "A.D.", "B.C.":
		return word(&r.bc, eraLong, same)
	case "AD", "BC":
		return word(&r.bc, eraWords, same)
	case "HH", "HH12":
		r.clock12 = true
		return num(&r.hh, 2)
	case "HH24":
		return num(&r.hh, 2)
	case "MI":
		return num(&r.mi, 2)
	case "SS":
		return num(&r.ss, 2)
	case "SSSS", "SSSSS":
		return num(&r.ssss, len(n.key))
	case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		dest, width, full := &r.us, 6, 6
		if n.key == "MS" {
			dest, width, full = &r.ms, 3, 3
		} else if n.key != "US" {
			r.ff = int(n.key[2] - '0')
			width = r.ff
		}
		used, err := r.number(dest, width, i)
		for ; used < full; used++ {
			*dest *= 10
		}
		return err
	case "TZ", "OF":
		return pgerr.Unsupported("formatting field \"%s\" is only supported in to_char", n.patternName())
	case "TZH":
		r.tzSign = 1
		if c := r.s; c != "" && (c[0] == '+' || c[0] == '-' || c[0] == ' ') {
			if c[0] == '-' {
				r.tzSign = -1
			}
			r.s = r.s[1:]
		} else if at := len(r.all) - len(r.s); extra > 0 && at > 0 && r.all[at-1] == '-' {
			r.tzSign = -1
		}
		return num(&r.tzh, 2)
	case "TZM":
		if r.tzSign == 0 {
			r.tzSign = 1
		}
		return num(&r.tzm, 2)
	case "MONTH":
		return word(&r.mm, fullMonths[:], next)
	case "MON":
		return word(&r.mm, monthNames[:], next)
	case "MM":
		return num(&r.mm, 2)
	case "DAY", "DY":
		words := fullDays[:]
		if n.key == "DY" {
			words = dayNames[:]
		}
		err := word(&r.d, words, same)
		r.d++
		return err
	case "DDD", "IDDD":
		return num(&r.ddd, 3)
	case "DD":
		return num(&r.dd, 2)
	case "D":
		return num(&r.d, 1)
	case "ID":
		err := num(&r.d, 1)
		if r.d++; r.d > 7 {
			r.d = 1
		}
		return err
	case "WW", "IW":
		return num(&r.ww, 2)
	case "Q":
		return num(nil, 1)
	case "CC":
		return num(&r.cc, 2)
	case "Y,YYY":
		return r.commaYear(n)
	case "YYYY", "IYYY":
		r.yearSize = 4
		return num(&r.year, 4)
	case "YYY", "IYY", "YY", "IY", "Y", "I":
		r.yearSize = len(n.key)
		used, err := r.number(&r.year, len(n.key), i)
		if err == nil && used < 4 {
			r.year = completeYear(r.year)
		}
		return err
	case "RM":
		return word(&r.mm, romanMonths[:], func(v int) int { return 12 - v })
	case "W":
		return num(&r.w, 1)
	case "J":
		return num(&r.j, 1)
	}
	return nil
}

// commaYear reads 1,999.
func (r *dateReader) commaYear(n formatNode) error {
	bad := func() error { return badDateTime("invalid input string for \"Y,YYY\"") }
	thousands, rest, ok := strtoint(r.s)
	if !ok || rest == r.s || !strings.HasPrefix(rest, ",") {
		return bad()
	}
	rest = rest[1:]
	k := 0
	for k < len(rest) && k < 3 && isDigit(rest[k]) {
		k++
	}
	years, err := strconv.Atoi(rest[:k])
	if err != nil {
		return bad()
	}
	r.s = rest[k:]
	r.yearSize = 4
	return r.set(&r.year, thousands*1000+years, n)
}

// completeYear puts years of up to three digits near 2020.
func completeYear(y int) int {
	switch {
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	case y < 1000:
		return y + 1000
	}
	return y
}
