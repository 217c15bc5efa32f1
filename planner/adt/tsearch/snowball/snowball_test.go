package snowball

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestStems compares stems with those that PostgreSQL 16's ts_lexize gave:
// testdata/stems.tsv has a language, a word and its stem a line.
func TestStems(t *testing.T) {
	text, err := os.ReadFile("testdata/stems.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		s, err := New(f[0])
		if err != nil || s == nil {
			t.Fatalf("%s: %v", f[0], err)
		}
		got := s.Stem(f[1])
		if got == "" {
			got = f[1] // as the dictionary has it
		}
		if got != f[2] {
			t.Errorf("%s: %s: got %s, want %s", f[0], f[1], got, f[2])
		}
	}
}

// TestPrograms compiles every program.
func TestPrograms(t *testing.T) {
	all, err := files.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if name, ok := strings.CutSuffix(f.Name(), ".sbl"); ok {
			if _, err := New(name); err != nil {
				t.Error(err)
			}
		}
	}
	if s, err := New("klingon"); s != nil || err != nil {
		t.Errorf("klingon: %v, %v", s, err)
	}
}

func FuzzStem(f *testing.F) {
	for _, w := range []string{"running", "nationality", "évidemment", "çalışmak", "ый"} {
		f.Add(w)
	}
	all, err := files.ReadDir("data")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, w string) {
		if !utf8.ValidString(w) || len(w) > 1000 {
			t.Skip()
		}
		for _, file := range all {
			if name, ok := strings.CutSuffix(file.Name(), ".sbl"); ok {
				s, err := New(name)
				if err != nil {
					t.Fatal(err)
				}
				s.Stem(w)
			}
		}
	})
}
