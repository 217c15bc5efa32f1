package tsearch

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowgres/flowgres/planner/adt"
)

type quiet struct{}

func (quiet) Setting(string) (string, bool) { return "", false }
func (quiet) Notice(error)                  {}

// FuzzTexts parses texts, and makes vectors, queries and headlines of them:
// tokens come in order, and nothing panics. Tokens may overlap where a
// hyphenated word or URL is given whole and in parts.
func FuzzTexts(f *testing.F) {
	for _, s := range []string{
		"foo-bar-2 http://a.b/c?d#e x@y.z 1.2.3e-5 <b a='x\\'>&amp;</b>", "<script>x</script>/a/b.c ../../d ~/e",
		"éa\u0301b 中文 १२", "a@b@c@d.e.f:80/x", "!&|()<->:*\"or -x",
	} {
		f.Add(s)
	}
	english, err := NewDict("snowball", "language = 'english', stopwords = 'english'")
	if err != nil {
		f.Fatal(err)
	}
	cfg := &Config{Dicts: map[int][]NamedDict{}}
	for i := range TokenTypes {
		if i != spaceToken && i != tagToken && i != protocolToken {
			cfg.Dicts[i] = []NamedDict{{Dict: english}}
		}
	}
	c := &adt.Call{Env: &adt.Env{Context: context.Background(), Session: quiet{}}}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) || len(s) > 5000 {
			t.Skip()
		}
		p := NewParser(nil, s)
		rest := s
		for {
			tok, ok := p.Next()
			if !ok {
				break
			}
			if tok.Text == "" && tok.Type == 0 {
				t.Fatalf("empty token in %q", s)
			}
			if i := strings.Index(rest, tok.Text); i >= 0 && tok.Type == spaceToken {
				rest = rest[i:]
			}
		}
		v, err := toVector(c, cfg, s)
		if err != nil {
			t.Skip()
		}
		for _, form := range []adt.TSQueryForm{adt.TSQueryStandard, adt.TSQueryPlain, adt.TSQueryWeb} {
			q, err := toQuery(c, cfg, s, form, adt.TSPhrase)
			if err != nil {
				continue
			}
			v.Match(q)
			if _, err := rank(nil, &defaultWeights, v, q, 63); err != nil {
				t.Fatal(err)
			}
			if _, err := rankCover(nil, &defaultWeights, v, q, 63); err != nil {
				t.Fatal(err)
			}
			for _, fragments := range []int{0, 3} {
				o := headlineOptions{minWords: 2, maxWords: 5, shortWord: 3, fragments: fragments}
				if _, err := makeHeadline(c, cfg, s, q, o); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := rewrite(c, q, q, &adt.TSQuery{Root: &adt.TSNode{Word: "x"}}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
