package ec2backend

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// left is what a journal says is open.
func (j *journal) left(t *testing.T) string {
	t.Helper()
	var all [][]line
	for _, id := range j.order {
		all = append(all, j.open[id].lines)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// writeJournal has two transactions open and one that has ended between.
func writeJournal(t *testing.T, path string) {
	t.Helper()
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	place := journalPlace{Account: "111122223333", Region: "eu-west-1", ForUser: "app"}
	a, b, c := j.begin(nil), j.begin(nil), j.begin(nil)
	for i, l := range []line{
		{Op: "create", journalPlace: place, Token: "t1", Input: &ec2.CreateFlowLogsInput{ResourceIds: []string{"vpc-1"}}},
		{Op: "made", Token: "t1", IDs: []string{"fl-1"}},
		{Op: "create", journalPlace: place, Token: "t2", Input: &ec2.CreateFlowLogsInput{ResourceIds: []string{"vpc-2"}}},
		{Op: "end"},
		{Op: "decide", N: 1, Deletes: []journalDelete{{place, "fl-9", "vpc-9"}}, Tags: []journalTags{{journalDelete{place, "fl-8", "vpc-8"}, nil, [][2]string{{"k", "v\n\"x"}}}}},
		{Op: "why", N: 1, Why: `,"sum":"00000000"}`},
	} {
		if err := []*intents{a, a, b, b, c, c}[i].write(l, false); err != nil {
			t.Fatal(err)
		}
	}
}

// TestJournalDamage changes each byte of a journal, and ends it after each: what is
// read is what was written, or its beginning, or the server does not start.
func TestJournalDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "j")
	writeJournal(t, path)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(text []byte) (string, bool) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		j := &journal{path: path, file: f, open: map[string]*intents{}}
		defer j.close()
		if err := j.load(); err != nil {
			if pgerr.From(err).Code != pgerrcode.DataCorrupted {
				t.Error(err)
			}
			return "", false
		}
		return j.left(t), true
	}
	want, ok := read(good)
	if !ok {
		t.Fatal("it cannot be read")
	}
	refused := 0
	for i := range good {
		for _, b := range []byte{good[i] ^ 1, good[i] ^ 0x80, '\n', '"', ' ', 0, '}'} {
			if b == good[i] {
				continue
			}
			bad := append([]byte(nil), good...)
			bad[i] = b
			got, ok := read(bad)
			if !ok {
				refused++
			} else if got != want {
				t.Fatalf("byte %d, %q for %q: %s\nwant %s", i, b, good[i], got, want)
			}
		}
	}
	t.Logf("%d bytes, %d changes refused", len(good), refused)

	// A crash leaves a beginning.
	seen := ""
	for n := range len(good) + 1 {
		got, ok := read(good[:n])
		if !ok {
			t.Fatalf("the first %d bytes: refused", n)
		}
		if n > 0 && good[n-1] == '\n' {
			seen = got
		} else if n > 0 && n < len(good) && good[n] != '\n' && got != seen && seen != "" {
			t.Fatalf("the first %d bytes: %s, want %s", n, got, seen)
		}
	}
}

// TestJournalFullDisk goes on where the last whole line ended when one could be
// written in part only.
func TestJournalFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j, err := openJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	x := j.begin(nil)
	if err := x.write(line{Op: "create", Token: "t1"}, true); err != nil {
		t.Fatal(err)
	}
	// What a write that fails midway leaves where it cannot be cut off.
	if _, err := j.file.WriteAt([]byte(`{"tx":"`), j.size); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := x.write(line{Op: "made", Token: "t1", IDs: []string{fmt.Sprint("fl-", i)}}, true); err != nil {
			t.Fatal(err)
		}
	}
	want := j.left(t)
	j.close()
	if j, err = openJournal(path); err != nil {
		t.Fatal(err)
	}
	defer j.close()
	if got := j.left(t); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
