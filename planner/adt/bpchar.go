package adt

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// character(n), bpchar: values are blank-padded to n; trailing blanks do not
// count in comparison, length or conversion to other types (varchar.c).

func bpcharFuncs() Funcs {
	return Funcs{
		"bpcharin":        In(func(_ *Call, s string, m int32) (string, error) { return bpcharFit(s, m, false) }),
		"bpcharout":       Out(textOut),
		"bpcharrecv":      Recv(bpcharRecv),
		"bpcharsend":      Send(textSend),
		"bpchartypmodin":  F1(func(a *Array) (int32, error) { return charTypmodIn(a, "char") }),
		"bpchartypmodout": P1(charTypmodOut),
		"bpchar":          F3(bpcharFit),

		"bpchareq": P2(func(a, b string) bool { return bpcharCmp(a, b) == 0 }),
		"bpcharne": P2(func(a, b string) bool { return bpcharCmp(a, b) != 0 }),
		"bpcharlt": P2(func(a, b string) bool { return bpcharCmp(a, b) < 0 }),
		"bpcharle": P2(func(a, b string) bool { return bpcharCmp(a, b) <= 0 }),
		"bpchargt": P2(func(a, b string) bool { return bpcharCmp(a, b) > 0 }),
		"bpcharge": P2(func(a, b string) bool { return bpcharCmp(a, b) >= 0 }),

		"bpchar_pattern_lt": P2(func(a, b string) bool { return bpcharCmp(a, b) < 0 }),
		"bpchar_pattern_le": P2(func(a, b string) bool { return bpcharCmp(a, b) <= 0 }),
		"bpchar_pattern_gt": P2(func(a, b string) bool { return bpcharCmp(a, b) > 0 }),
		"bpchar_pattern_ge": P2(func(a, b string) bool { return bpcharCmp(a, b) >= 0 }),

		"bpchar_larger":  P2(func(a, b string) string { return pick(bpcharCmp(a, b) >= 0, a, b) }),
		"bpchar_smaller": P2(func(a, b string) string { return pick(bpcharCmp(a, b) <= 0, a, b) }),

		"bpcharcmp":            cmpDiff(bpcharCmp, bpcharDiff),
		"btbpchar_pattern_cmp": cmpDiff(bpcharCmp, bpcharDiff),
		"hashbpchar": hashOf(func(s string) int32 { return hashStr(trimBlanks(s)) },
			func(dst []byte, d Datum) []byte { return keyBytes(dst, trimBlanks(d.(string))) }),
		"hashbpcharextended": P2(func(s string, seed int64) int64 { return hashStrExtended(trimBlanks(s), seed) }),

		"bpcharlen":      P1(func(s string) int32 { return runeLen(trimBlanks(s)) }),
		"bpcharoctetlen": P1(func(s string) int32 { return int32(len(s)) }),
		"rtrim1":         P1(trimBlanks),
	}
}

func bpcharRecv(c *Call, b []byte, typmod int32) (string, error) {
	s, err := textRecv(c, b, -1)
	if err != nil {
		return "", err
	}
	return bpcharFit(s, typmod, false)
}

// bpcharFit pads or cuts s to the length of typmod: it cuts silently in an
// explicit cast, else only blanks.
func bpcharFit(s string, typmod int32, explicit bool) (string, error) {
	if typmod < varHeader {
		return s, nil
	}
	n := int(typmod) - varHeader
	have := int(runeLen(s))
	if have <= n {
		if n > maxAlloc-varHeader {
			return "", pgerr.Internal("invalid memory alloc request size %d", n+varHeader)
		}
		if have < n {
			s += strings.Repeat(" ", n-have)
		}
		return s, nil
	}
	cut := byteIndex(s, n)
	if !explicit && !allBlank(s[cut:]) {
		return "", pgerr.New(pgerrcode.StringDataRightTruncationDataException,
			"value too long for type character(%d)", n)
	}
	return s[:cut], nil
}

// trimBlanks drops the trailing blanks, which bpchar ignores.
func trimBlanks(s string) string {
	n := len(s)
	for n > 0 && s[n-1] == ' ' {
		n--
	}
	return s[:n]
}

func bpcharCmp(a, b string) int { return strings.Compare(trimBlanks(a), trimBlanks(b)) }

func bpcharDiff(a, b string) int32 { return byteDiff(trimBlanks(a), trimBlanks(b)) }

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
