package adt

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// fuzzTypes feeds the text and binary input of types: what is accepted must
// come back from both of its forms, what is not must be an error with a code.
func fuzzTypes(f *testing.F, names []string, seeds ...string) {
	w := newRecordedWorld(f)
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		env := w.newEnv()
		for _, name := range names {
			ty := w.byName[name]
			check := func(d Datum, err error) {
				if err != nil {
					if e := pgerr.From(err); len(e.Code) != 5 {
						t.Fatalf("%s %q: error without code: %v", name, s, err)
					}
					return
				}
				text, err := ty.TextEncoder(env)(nil, d)
				if err != nil {
					t.Fatalf("%s %q: output: %v", name, s, err)
				}
				again, err := ty.InputText(env, string(text), -1)
				if err != nil {
					t.Fatalf("%s %q: %q does not read back: %v", name, s, text, err)
				}
				bin, err := ty.BinaryEncoder(env)(nil, again)
				if err != nil {
					t.Fatalf("%s %q: send: %v", name, s, err)
				}
				back, err := ty.ReceiveBinary(env, bin, -1)
				if err != nil {
					t.Fatalf("%s %q: receive: %v", name, s, err)
				}
				if text2, err := ty.TextEncoder(env)(nil, back); err != nil || string(text2) != string(text) {
					t.Fatalf("%s %q: %q became %q (%v)", name, s, text, text2, err)
				}
			}
			if utf8.ValidString(s) && !strings.Contains(s, "\x00") { // the wire lets no other text through
				check(ty.InputText(env, s, -1))
			}
			if _, err := ty.ReceiveBinary(env, []byte(s), -1); err != nil && len(pgerr.From(err).Code) != 5 {
				t.Fatalf("%s %q: error without code: %v", name, s, err)
			}
		}
	})
}

func FuzzNetwork(f *testing.F) {
	fuzzTypes(f, []string{"inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "pg_lsn", "tid", "pg_snapshot"},
		"10.1.2.3/8", "0x0a", "::ffff:1.2.3.4/96", "fe80::1", "08:00:2b:01:02:03", "08002b0102030405", "b101", "x1f", "0/0", "(1,2)", "10:20:11,12",
		"\x02\x20\x00\x04\x0a\x01\x02\x03", "\x00\x00\x00\x03\xa0")
}

func FuzzRange(f *testing.F) {
	fuzzTypes(f, []string{"int4range", "numrange", "daterange", "tstzrange", "int8multirange", "tsmultirange"},
		"[1,5)", "(,)", "empty", `["2024-01-01 10:00","infinity"]`, "{[1,2),[3,4)}", `{["1\"",2]}`, "[1.50,2.5]",
		"\x02\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00\x04\x00\x00\x00\x05")
}

func FuzzTextSearch(f *testing.F) {
	fuzzTypes(f, []string{"tsvector", "tsquery"},
		"a:1A,2 'b c'", "a & !b | (c <2> d:*AB)", `'it''s\\'`, "a <-> b", "!!a", "\x00\x00\x00\x01\x01\x00\x00a\x00", "\x00\x00\x00\x01a\x00\x00\x01\x00\x03")
}

func FuzzGeo(f *testing.F) {
	fuzzTypes(f, []string{"point", "lseg", "line", "box", "path", "polygon", "circle", "_box"},
		"(1,2)", "[(1,2),(3,4)]", "{1,2,3}", "((0,0),(1,1),(2,0))", "<(1,2),3>", "1,2,3,4", "(nan,-inf),(1e308,5e-324)", "{(1,2),(3,4);(0,0),(1,1)}",
		"\x01\x00\x00\x00\x01\x3f\xf0\x00\x00\x00\x00\x00\x00\x3f\xf0\x00\x00\x00\x00\x00\x00")
}

func FuzzXML(f *testing.F) {
	for _, s := range []string{"<a b='1'>x<!--c--><?p q?><![CDATA[y]]></a>", "<?xml version='1.0'?><a xmlns:p='u:v'><p:b/></a>", "<!DOCTYPE a [<!ENTITY e 'v'>]><a>&e;</a>", " <a/> t", "<a"} {
		f.Add(s, "//b[1]/@*|count(/a)")
		f.Add(s, "string(//text()[last()])")
	}
	f.Fuzz(func(t *testing.T, s, path string) {
		for _, document := range []bool{false, true} {
			out, err := XMLSerialize(nil, s, document, true)
			if err != nil {
				continue
			}
			if _, err := readXML(nil, out, document, true); err != nil {
				t.Fatalf("%q became %q: %v", s, out, err)
			}
		}
		if _, err := xpath3(&Call{}, path, s, nil); err != nil && len(pgerr.From(err).Code) != 5 {
			t.Fatalf("%q %q: error without code: %v", s, path, err)
		}
	})
}
