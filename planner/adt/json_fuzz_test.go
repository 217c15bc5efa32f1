package adt

import (
	"testing"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func errDetail(err error) string { return pgerr.From(err).Detail }

// checkFuzzed fails on errors that are not the user's.
func checkFuzzed(t *testing.T, in string, err error) {
	t.Helper()
	if e := pgerr.From(err); e != nil && (len(e.Code) != 5 || e.Code[:2] == "XX") {
		t.Fatalf("%q: %v", in, err)
	}
}

// fuzzType fuzzes a type's input function: what it takes prints as something
// that reads as the same.
func fuzzType(f *testing.F, name string, seeds ...string) {
	w := newRecordedWorld(f)
	env := w.newEnv()
	ty := w.byName[name]
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if checkUTF8([]byte(s)) != nil {
			return // the server never lets such text through
		}
		d, err := ty.InputText(env, s, -1)
		if err != nil {
			checkFuzzed(t, s, err)
			return
		}
		out, err := ty.TextEncoder(env)(nil, d)
		if err != nil {
			t.Fatalf("%q: output: %v", s, err)
		}
		back, err := ty.InputText(env, string(out), -1)
		if err != nil {
			t.Fatalf("%q printed as %q, which fails: %v", s, out, err)
		}
		again, err := ty.TextEncoder(env)(nil, back)
		if err != nil || string(again) != string(out) {
			t.Fatalf("%q printed as %q, then as %q (%v)", s, out, again, err)
		}
	})
}

func FuzzArrayInt4(f *testing.F) {
	fuzzType(f, "_int4", "{1,NULL}", "[0:1]={1,2}", "{{1},{2}}", "{\"1\"}")
}
func FuzzArrayText(f *testing.F) { fuzzType(f, "_text", `{a,"b c",NULL,"\""}`, "{}", "{{a}}") }
func FuzzJSON(f *testing.F)      { fuzzType(f, "json", `{"a":[1,2.5e3,null,"\u00e4"]}`, `[`, `"\ud83d"`) }

func FuzzJSONB(f *testing.F)      { fuzzType(f, "jsonb", `{"a":[1,2.5e3,null,"\u00e4"]}`, `1e-5`, `""`) }
func FuzzByteaIn(f *testing.F)    { fuzzType(f, "bytea", `\x00ff`, `a\\b\001`) }
func FuzzUUIDIn(f *testing.F)     { fuzzType(f, "uuid", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}") }
func FuzzOIDVector(f *testing.F)  { fuzzType(f, "oidvector", "1 2 3") }
func FuzzInt2Vector(f *testing.F) { fuzzType(f, "int2vector", "1 -2 3") }

func FuzzJSONPath(f *testing.F) {
	fuzzType(f, "jsonpath", `$.a[*] ? (@ > 1 && exists(@.b))`, `strict $.**{1 to last}.size()`, `-$.a * 2 + "x"`,
		`$ ? (@ like_regex "^a" flag "i")`, `$[last, 1 to $x]`)
}

func FuzzJSONPathQuery(f *testing.F) {
	c := newTestCall(f)
	f.Add(`$.a[*] ? (@ > 1)`, `{"a":[1,2]}`)
	f.Add(`$.**.keyvalue()`, `{"a":{"b":1}}`)
	f.Fuzz(func(t *testing.T, path, doc string) {
		p, err := parseJSONPath(nil, path)
		if err != nil {
			return
		}
		j, err := ParseJSONB(doc)
		if err != nil {
			return
		}
		for _, err := range jsonPathQuery(c, []Datum{j, p, JSONBObject(nil, nil), false}, true) {
			if err != nil {
				checkFuzzed(t, path, err)
			}
		}
	})
}

func FuzzRecordIn(f *testing.F) {
	c := newTestCall(f)
	desc := &RowDesc{Type: RecordOID, Fields: []Field{{Name: "a", Type: Int4OID, Typmod: -1}, {Name: "b", Type: TextOID, Typmod: -1}}}
	f.Add(`(1,"a b")`)
	f.Fuzz(func(t *testing.T, s string) {
		if checkUTF8([]byte(s)) != nil {
			return
		}
		r, err := parseRecord(c, desc, s)
		if err != nil {
			checkFuzzed(t, s, err)
			return
		}
		out, err := recordOut(c, nil, r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseRecord(c, desc, string(out))
		if err != nil {
			t.Fatalf("%q printed as %q, which fails: %v", s, out, err)
		}
		if eq, err := equalRecords(c, r, back); !eq || err != nil {
			t.Fatalf("%q printed as %q, which differs (%v)", s, out, err)
		}
	})
}

func FuzzRegex(f *testing.F) {
	for _, s := range []string{`a*?(b|c)\1`, `[[:alpha:]_-]+`, `\m\w+\M`, `(?i)x{1,3}$`, `***=a.c`, `(?<!a)b`} {
		f.Add(s, "aabbcc")
	}
	f.Fuzz(func(t *testing.T, p, s string) {
		re, err := CompileRegex(p, reFlags{})
		if err != nil {
			checkFuzzed(t, p, err)
			return
		}
		m, err := re.Find(t.Context(), s, 0)
		checkFuzzed(t, p, err)
		if m != nil && len(m) != 2*(re.groups+1) {
			t.Fatalf("%q: %d groups, match %v", p, re.groups, m)
		}
	})
}

func FuzzLike(f *testing.F) {
	f.Add("abc", `a%\_`)
	f.Fuzz(func(t *testing.T, s, p string) {
		_, err := like(&Call{}, s, p)
		checkFuzzed(t, p, err)
		_, err = similarEscape(&Call{}, p, `\`)
		checkFuzzed(t, p, err)
	})
}
