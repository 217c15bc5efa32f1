package adt

import "testing"

// The expected texts were recorded from PostgreSQL 16 over
// create type t as (a int4, b text, c bool).
func TestRecordText(t *testing.T) {
	c := newTestCall(t)
	desc := &RowDesc{Type: RecordOID, Fields: []Field{
		{Name: "a", Type: Int4OID, Typmod: -1},
		{Name: "x", Dropped: true},
		{Name: "b", Type: TextOID, Typmod: -1},
		{Name: "c", Type: 16, Typmod: -1},
	}}
	for _, tt := range []struct{ in, want string }{
		{`(1,b,t)`, `(1,b,t)`},
		{` ( 1 ,"a b",f) `, `(1,"a b",f)`},
		{`(,,)`, `(,,)`},
		{`(1,"",)`, `(1,"",)`},
		{`(1,"a""b\\c",)`, `(1,"a""b\\c",)`},
		{`(1,a\,b,)`, `(1,"a,b",)`},
		{`(1,b)`, `malformed record literal: "(1,b)" (SQLSTATE 22P02) Too few columns.`},
		{`(1,b,t,x)`, `malformed record literal: "(1,b,t,x)" (SQLSTATE 22P02) Too many columns.`},
		{`1,b,t`, `malformed record literal: "1,b,t" (SQLSTATE 22P02) Missing left parenthesis.`},
		{`(1,b,t)x`, `malformed record literal: "(1,b,t)x" (SQLSTATE 22P02) Junk after right parenthesis.`},
		{`(1,"b`, `malformed record literal: "(1,"b" (SQLSTATE 22P02) Unexpected end of input.`},
	} {
		r, err := parseRecord(c, desc, tt.in)
		got := ""
		if err != nil {
			got = err.Error() + " " + errDetail(err)
		} else {
			b, err := recordOut(c, nil, r)
			if err != nil {
				t.Fatal(err)
			}
			got = string(b)
			sent, err := recordSend(c, nil, r)
			if err != nil {
				t.Fatal(err)
			}
			back, err := recordRecv(&Call{Env: c.Env, Desc: desc}, []Datum{sent})
			if err != nil {
				t.Fatal(err)
			}
			if eq, err := equalRecords(c, r, back.(*Record)); !eq || err != nil {
				t.Errorf("%s: binary form gave another record (%v)", tt.in, err)
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestPopulateRecord(t *testing.T) {
	c := newTestCall(t)
	c.Desc = &RowDesc{Type: RecordOID, Fields: []Field{
		{Name: "a", Type: Int4OID, Typmod: -1},
		{Name: "b", Type: TextOID, Typmod: -1},
		{Name: "c", Type: Int4ArrayOID, Typmod: -1},
		{Name: "j", Type: JSONBOID, Typmod: -1},
	}}
	for _, tt := range []struct{ in, want string }{
		{`{"a":1,"b":"x","c":[1,2],"j":{"k":1}}`, `(1,x,"{1,2}","{""k"": 1}")`},
		{`{"a":"5","b":[1, 2],"c":"{3,4}","j":"s"}`, `(5,"[1, 2]","{3,4}","""s""")`},
		{`{}`, `(,,,)`},
		{`{"c":[[1,2],[3,4]]}`, `(,,"{{1,2},{3,4}}",)`},
		{`{"c":5}`, `expected JSON array (SQLSTATE 22P02)`},
		{`[1]`, `cannot call populate_composite on an array (SQLSTATE 22023)`},
	} {
		d, err := populateRecord(c, "json_to_record", nil, tt.in)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			b, err := recordOut(c, nil, d.(*Record))
			if err != nil {
				t.Fatal(err)
			}
			got = string(b)
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}
