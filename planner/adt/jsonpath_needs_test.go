package adt

import (
	"slices"
	"strings"
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
		`$.a ? (@ == "prod" || @ == "dev" || @ == "")`, `$.a ? (@ starts with "p")`, `$.a starts with "p"`, `$ ? (@.a starts with "d" && @.b == "")`, `$.a ? (@ == "prod" && @ starts with "p")`,
		`$.a ? (@ starts with "p" || @ == "dev")`, `$.a == "prod" || $.a == "dev"`, `$ ? (@.a == "prod" || @.a != "x")`,
	} {
		p, err := parseJSONPath(env, text)
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
					if i < 0 || n.Values != nil && !slices.Contains(n.Values, o.Vals[i].Str) || !strings.HasPrefix(o.Vals[i].Str, n.Prefix) {
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

// TestPathPairNeeds does the same for PairNeeds and lists of pairs.
func TestPathPairNeeds(t *testing.T) {
	env := &Env{}
	values := []string{"prod", "dev", "-"}
	var lists []*JSONB
	for _, a := range values {
		for _, b := range values {
			var pairs []*JSONB
			for i, v := range []string{a, b} {
				if v != "-" {
					pairs = append(pairs, JSONBObject([]string{"key", "value"}, []*JSONB{JSONBString(string(rune('a' + i))), JSONBString(v)}))
				}
			}
			lists = append(lists, JSONBArray(pairs...))
		}
	}
	needing := 0
	for _, text := range []string{
		`$`, `$[*]`, `$[*] ? (@.key == "a")`, `$ ? (@.key == "a")`, `$[*] ? (@.key == "a" && @.value == "prod")`, `$[*] ? ("prod" == @.value && "a" == @.key).value`,
		`$[*] ? (@.key == "a" && (@.value == "prod" || @.value == "dev"))`, `$[*] ? (@.key == "a" || @.key == "b")`, `$[*] ? (@.key == "a" || @.value == "dev")`,
		`$[*] ? (@.key == "a" && @.value == "prod" || @.key == "b" && @.value == "dev")`, `$[*] ? ((@.key == "a" || @.key == "b") && @.value == "prod")`,
		`$[*] ? (!(@.key == "a"))`, `$[*] ? (@.key != "a")`, `$[*].key ? (@ == "a")`, `$[*].value ? (@ == "prod")`, `$[*].key`, `$[*].key == "a"`, `$.key == "b"`, `$[0].key == "a"`,
		`exists ($[*] ? (@.key == "a" && @.value == "dev"))`, `!exists ($[*] ? (@.key == "a"))`, `$[*] ? (@.value == "prod")`, `$[*] ? (@.key == "a") ? (@.value == "prod")`,
		`$[*] ? ($.key == "a")`, `$[*] ? (@.key == "a" && @.value != "dev")`, `strict $[*] ? (@.key == "a")`, `$[*] ? (@.key starts with "a")`, `$[*].key ? (@ == "a" || @ == "b")`,
		`$.size()`, `$[*] ? ((@.key == "a") is unknown)`, `$[*] ? (@.key.type() == "a")`, `$[last] ? (@.key == "a")`,
	} {
		p, err := parseJSONPath(env, text)
		if err != nil {
			t.Fatal(text, err)
		}
		for _, match := range []bool{false, true} {
			needs := p.PairNeeds(match)
			if len(needs) > 0 {
				needing++
			}
			for _, list := range lists {
				call, find := &Call{Env: env}, jsonPathExists
				if match {
					find = jsonPathMatch
				}
				if found, err := find(call, []Datum{list, p}, false); err != nil || found != Datum(true) || len(needs) == 0 {
					continue
				}
				if !slices.ContainsFunc(list.Vals, func(pair *JSONB) bool {
					return slices.ContainsFunc(needs, func(n Need) bool {
						return pair.Vals[0].Str == n.Key && (n.Values == nil || slices.Contains(n.Values, pair.Vals[1].Str))
					})
				}) {
					t.Errorf("%s (match %t) is said to need one of %+v, but holds for %v", text, match, needs, list)
				}
			}
		}
	}
	if needing < 12 {
		t.Errorf("only %d paths need something", needing)
	}
}
