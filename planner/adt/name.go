package adt

import (
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// name: an identifier of at most 63 bytes, compared bytewise (name.c, and the
// cross-type comparisons of varlena.c).

const nameLen = 64 // NAMEDATALEN

func nameFuncs() Funcs {
	return Funcs{
		"namein":   In(func(_ *Call, s string, _ int32) (string, error) { return clipName(s), nil }),
		"nameout":  Out(textOut),
		"namerecv": Recv(nameRecv),
		"namesend": Send(textSend),

		"nameeq": P2(func(a, b string) bool { return a == b }),
		"namene": P2(func(a, b string) bool { return a != b }),
		"namelt": P2(func(a, b string) bool { return a < b }),
		"namele": P2(func(a, b string) bool { return a <= b }),
		"namegt": P2(func(a, b string) bool { return a > b }),
		"namege": P2(func(a, b string) bool { return a >= b }),

		"nameeqtext": P2(func(a, b string) bool { return a == b }),
		"namenetext": P2(func(a, b string) bool { return a != b }),
		"namelttext": P2(func(a, b string) bool { return a < b }),
		"nameletext": P2(func(a, b string) bool { return a <= b }),
		"namegttext": P2(func(a, b string) bool { return a > b }),
		"namegetext": P2(func(a, b string) bool { return a >= b }),
		"texteqname": P2(func(a, b string) bool { return a == b }),
		"textnename": P2(func(a, b string) bool { return a != b }),
		"textltname": P2(func(a, b string) bool { return a < b }),
		"textlename": P2(func(a, b string) bool { return a <= b }),
		"textgtname": P2(func(a, b string) bool { return a > b }),
		"textgename": P2(func(a, b string) bool { return a >= b }),

		"btnamecmp":        cmpDiff(strings.Compare, nameDiff),
		"btnametextcmp":    cmpDiff(strings.Compare, byteDiff),
		"bttextnamecmp":    cmpDiff(strings.Compare, byteDiff),
		"hashname":         hashOf(hashStr, keyText),
		"hashnameextended": P2(hashStrExtended),

		"name_text":     P1(func(s string) string { return s }),
		"name_bpchar":   P1(func(s string) string { return s }),
		"text_name":     P1(clipName),
		"bpchar_name":   P1(func(s string) string { return trimBlanks(clipName(s)) }),
		"nameconcatoid": P2(nameConcatOID),
	}
}

// nameDiff compares names as strncmp does: their end counts as a NUL byte.
func nameDiff(a, b string) int32 { return byteDiff(a+"\x00", b+"\x00") }

// clipName cuts s to what a name holds, at a character's boundary.
func clipName(s string) string {
	if len(s) < nameLen {
		return s
	}
	n := nameLen - 1
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func nameRecv(c *Call, b []byte, _ int32) (string, error) {
	s, err := textRecv(c, b, -1)
	if err != nil {
		return "", err
	}
	if len(s) >= nameLen {
		return "", pgerr.New(pgerrcode.NameTooLong, "identifier too long").
			Detailf("Identifier must be less than %d characters.", nameLen)
	}
	return s, nil
}

func nameConcatOID(name string, oid OID) string {
	suffix := "_" + itoa(int64(oid))
	if len(name)+len(suffix) >= nameLen {
		n := nameLen - 1 - len(suffix)
		for n > 0 && !utf8.RuneStart(name[n]) {
			n--
		}
		name = name[:n]
	}
	return name + suffix
}
