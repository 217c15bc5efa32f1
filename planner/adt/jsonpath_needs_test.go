package adt

import (
	"slices"
	"testing"
)

// TestPathNeeds holds what Needs says of paths against what they find in objects of
// texts: nothing in one that lacks a key, or has it with another text.
func TestPathNeeds(t *testing.T) {
	env := &Env{}
	values := []string{"prod", "dev", ""}
	var objects []*JSONB
	for _, a := range append(values, "-") {
		for _, b := range append(values, "-") {
			var keys []string
			var vals []*JSONB
			for i, v := range []string{a, b} {
				if v != "-" {
					keys, vals = append(keys, string(rune('a'+i))), append(vals, &JSONB{Kind: JSONString, Str: v})
				}
			}
			objects = append(objects, JSONBObject(keys, vals))
		}
	}
	needing := 0
	for _, text := range []string{
		`$`, `$.a`, `$.a.b`, `$.*`, `$.a ? (@ == "prod")`, `$.a ? ("prod" == @)`, `$.a ? (@ != "prod")`, `$.a ? (@ == "prod") ? (@ == "dev")`, `$ ? (@.a == "prod")`,
		`$ ? (@.a == "prod").b`, `$ ? (@.a == "prod" && @.b == "dev")`, `$ ? (@.a == "prod" || @.b == "dev")`, `$ ? (@.a == "prod" || @.a starts with "d")`,
		`$ ? (!(@.a == "prod"))`, `$ ? ((@.a == "prod") is unknown)`, `$ ? (exists (@.a))`, `$ ? (exists (@.a ? (@ == "dev")))`, `$ ? (@.a like_regex "^p")`, `$ ? (@.a == @.b)`,
		`$ ? ($.a == "prod")`, `$ ? (@.a == "prod") ? (@.b == "dev").a`, `$.a == "prod"`, `"prod" == $.a`, `$.a == $.b`, `$.a != "x"`, `exists ($.a)`, `!($.a == "prod")`,
		`$.a == "prod" && $.b == "dev"`, `$.a == "prod" || $.b == "dev"`, `($.a == "prod").type()`, `$.a.size()`, `$.keyvalue().key`, `$.a[0]`, `$[*].a`, `$.**.a`, `strict $.a`,
		`strict $.a == "prod"`, `$.a + 1`, `-$.a`, `$.a ? (@ == "prod" || @ == "dev")`, `$ ? (@.a ? (@ == "prod") == "prod")`, `$.a.b ? (@ == "prod")`, `$ ? (@.a.type() == "string")`, `$.a > "m"`, `$.a == null`,
	} {
		p, err := ParseJSONPath(env, text)
		if err != nil {
			t.Fatal(text, err)
		}
		for _, match := range []bool{false, true} {
			needs := p.Needs(match)
			if len(needs) > 0 {
				needing++
			}
			for _, o := range objects {
				call := &Call{Env: env}
				var found Datum
				if match {
					found, err = jsonPathMatch(call, []Datum{o, p}, false)
				} else {
					found, err = jsonPathExists(call, []Datum{o, p}, false)
				}
				if err != nil || found != Datum(true) {
					continue
				}
				for _, n := range needs {
					i := slices.Index(o.Keys, n.Key)
					if i < 0 || n.Value != nil && o.Vals[i].Str != *n.Value {
						t.Errorf("%s (match %t) is said to need %+v, but holds for %v", text, match, n, o)
					}
				}
			}
		}
	}
	if needing < 25 {
		t.Errorf("only %d paths need something", needing)
	}
}
