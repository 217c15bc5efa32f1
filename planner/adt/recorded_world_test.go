package adt

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// recordedWorld is what replaying needs of pg_type, pg_proc and pg_aggregate.
type recordedWorld struct {
	funcs  Funcs
	byName map[string]*Type
	byOID  map[OID]*Type
	recv   map[string]*Type // by receive function
	strict map[string]bool
	aggs   map[string]recAgg // by name(types)
}

type recAgg struct {
	trans, final, mtrans, minv, mfinal string
	transType, mtransType              string
	init, minit                        recValue
	result                             string
}

func (w *recordedWorld) TypeByOID(oid OID) *Type { return w.byOID[oid] }

func readTSV(t testing.TB, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

func newRecordedWorld(t testing.TB) *recordedWorld {
	w := &recordedWorld{
		funcs: Builtins(), byName: map[string]*Type{}, byOID: map[OID]*Type{}, recv: map[string]*Type{},
		strict: map[string]bool{}, aggs: map[string]recAgg{},
	}
	oid := func(s string) OID {
		n, _ := strconv.ParseUint(s, 10, 32)
		return OID(n)
	}
	body := func(name string) *Func {
		if f, ok := w.funcs[name]; ok {
			return &f
		}
		return nil
	}
	for _, r := range readTSV(t, "types.tsv") {
		length, _ := strconv.Atoi(r[2])
		ty := &Type{
			OID: oid(r[0]), Name: r[1], Schema: "pg_catalog", Len: int16(length), ByVal: r[3] == "t", Kind: r[4][0],
			Category: r[5][0], Preferred: r[6] == "t", Delim: r[7][0], Elem: oid(r[8]), Array: oid(r[9]), Collation: oid(r[10]),
			IsArray: r[11] == "array_subscript_handler" && length == -1, BaseTypmod: -1,
			Subscript: strings.TrimPrefix(r[11], "-"),
			Input:     body(r[12]), Output: body(r[13]), Receive: body(r[14]), Send: body(r[15]),
			TypmodIn: body(r[16]), TypmodOut: body(r[17]),
		}
		if f := body(r[18]); f != nil {
			ty.Compare = f.Compare
		}
		if f := body(r[19]); f != nil {
			ty.Key = f.Key
		}
		w.byName[ty.Name], w.byOID[ty.OID] = ty, ty
		if _, shared := w.recv[r[14]]; !shared {
			w.recv[r[14]] = ty
		}
	}
	for _, r := range readTSV(t, "ranges.tsv") {
		typ, multi := w.byOID[oid(r[0])], w.byOID[oid(r[2])]
		typ.Subtype, typ.Multirange, multi.RangeType = oid(r[1]), multi.OID, typ.OID
	}
	for _, r := range readTSV(t, "procs.tsv") {
		w.strict[r[0]] = r[1] == "t"
	}
	for _, r := range readTSV(t, "aggs.tsv") {
		val := func(s string) recValue { return recValue{null: s == `\N`, text: s} }
		w.aggs[r[0]] = recAgg{r[1], r[2], r[3], r[4], r[5], r[6], r[7], val(r[8]), val(r[9]), r[10]}
	}
	return w
}

// recSession is a Session for tests.
type recSession struct{ settings map[string]string }

func (s recSession) Setting(name string) (string, bool) {
	v, ok := s.settings[strings.ToLower(name)]
	return v, ok
}

func (recSession) Notice(error) {}

func (w *recordedWorld) newEnv() *Env {
	return &Env{
		Context: context.Background(), Types: w, TimeZone: time.UTC, ExtraFloatDigits: 1, LCMonetary: "C",
		Session: recSession{map[string]string{"datestyle": "ISO, MDY", "timezone": "UTC"}}, User: "postgres",
		SearchPath: []string{"pg_catalog", "public"},
	}
}

// set applies a set line.
func (w *recordedWorld) set(env *Env, line string) error {
	name, value, ok := strings.Cut(strings.TrimPrefix(line, "set "), "=")
	p := &recScanner{value}
	v, err := p.value()
	if !ok || err != nil {
		return fmt.Errorf("bad set line: %v", err)
	}
	name = strings.ToLower(strings.TrimSpace(name))
	env.Session.(recSession).settings[name] = v.text
	switch name {
	case "timezone":
		env.TimeZone, err = LoadZone(v.text)
		return err
	case "datestyle":
		env.DateStyle, env.DateOrder = DateISO, OrderMDY
		for _, word := range strings.Split(strings.ToLower(v.text), ",") {
			switch strings.TrimSpace(word) {
			case "sql":
				env.DateStyle = DateSQL
			case "postgres":
				env.DateStyle = DatePostgres
			case "german":
				env.DateStyle = DateGerman
			case "dmy":
				env.DateOrder = OrderDMY
			case "ymd":
				env.DateOrder = OrderYMD
			}
		}
	case "intervalstyle":
		env.IntervalStyle = map[string]IntervalStyle{
			"postgres": IntervalPostgres, "postgres_verbose": IntervalPostgresVerbose,
			"sql_standard": IntervalSQLStandard, "iso_8601": IntervalISO8601,
		}[v.text]
	case "extra_float_digits":
		env.ExtraFloatDigits, err = strconv.Atoi(v.text)
	case "bytea_output":
		env.ByteaEscape = v.text == "escape"
	}
	return err
}
