package adt

import (
	"bufio"
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRecorded replays testdata/*.rec: calls of routines by prosrc name whose
// results PostgreSQL 16 gave. A line is one of
//
//	# a comment
//	set TimeZone = 'UTC'                         settings, up to the file's end
//	int4pl(int4 '1', int4 '2') = int4 '3'
//	int4div(int4 '1', int4 '0') ! 22012 division by zero
//	generate_series_int4(int4 '1', int4 '2') = setof int4 '1' '2'
//	text_concat_ws(text ',', variadic _text '{a,b}') = text 'a,b'
//	sql:age/timestamp(timestamp '…') = interval '…'
//	int4recv(internal '\x00000001') = int4 '1'   a receive function; internal is hex
//	@sum(_int4 '{1,2}') = int8 '3'               an aggregate by name over unnested arrays
//	@@sum(_int4 '{1,2}') = setof int8 '1' '3'    the same as a moving aggregate, ROWS 1 PRECEDING
//
// Argument and result types are pg_type names. Values are SQL strings, or Go
// strings in double quotes, or NULL. A line without result is recorded by
//
//	FLOWGRES_PG_DSN=… go test ./planner/adt -run Recorded -record
//
// which asks PostgreSQL and writes the results of all lines. A send function's
// result is also read back by the type's receive function.
func TestRecorded(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.rec")
	if *record {
		recordAll(t, files)
	}
	w := newRecordedWorld(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".rec"), func(t *testing.T) { replay(t, w, file) })
	}
}

var (
	record     = flag.Bool("record", false, "record testdata/*.rec from the PostgreSQL at FLOWGRES_PG_DSN")
	recordOnly = flag.String("rec", "", "record only files whose name contains this")
)

func replay(t *testing.T, w *recordedWorld, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	env := w.newEnv()
	fails := 0
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, 1<<24)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.HasPrefix(line, "set ") {
			if err := w.set(env, line); err != nil {
				t.Fatalf("%s:%d: %v", file, n, err)
			}
			continue
		}
		c, err := parseRecCall(line)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, n, err)
		}
		if c.result == "" {
			t.Fatalf("%s:%d: not recorded", file, n)
		}
		want := c.result
		if got := w.run(env, c); got != want {
			if fails++; fails <= 40 {
				t.Errorf("%s:%d: %s\n got %s\nwant %s", file, n, c.source, got, want)
			}
		}
	}
	if fails > 40 {
		t.Errorf("%s: %d failures", file, fails)
	}
}

// TestBuiltinsExist checks that every routine of the registry is one of
// PostgreSQL's.
func TestBuiltinsExist(t *testing.T) {
	w := newRecordedWorld(t)
	for _, name := range slices.Sorted(maps.Keys(w.funcs)) {
		if _, ok := w.strict[name]; !ok {
			t.Errorf("%s is not the prosrc of any routine", name)
		}
	}
}
