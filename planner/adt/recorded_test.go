package adt

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/planner/pgerr"
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

// recValue is a value in a recording.
type recValue struct {
	null bool
	text string
}

func (v recValue) String() string {
	if v.null {
		return "NULL"
	}
	for i := range len(v.text) {
		if v.text[i] < ' ' || v.text[i] == 0x7f {
			return strconv.Quote(v.text)
		}
	}
	return "'" + strings.ReplaceAll(v.text, "'", "''") + "'"
}

type recArg struct {
	typ      string
	variadic bool
	value    recValue
}

// recCall is one line of a recording.
type recCall struct {
	source string // the call's text
	name   string
	args   []recArg
	result string // what follows the call, "" when not recorded
}

// recScanner reads a line's tokens.
type recScanner struct{ s string }

func (p *recScanner) space() { p.s = strings.TrimLeft(p.s, " \t") }

func (p *recScanner) eat(tok string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.s, tok)
	if ok {
		p.s = rest
	}
	return ok
}

func (p *recScanner) value() (recValue, error) {
	p.space()
	switch {
	case p.eat("NULL"):
		return recValue{null: true}, nil
	case strings.HasPrefix(p.s, `"`):
		q, err := strconv.QuotedPrefix(p.s)
		if err != nil {
			return recValue{}, err
		}
		p.s = p.s[len(q):]
		text, err := strconv.Unquote(q)
		return recValue{text: text}, err
	case strings.HasPrefix(p.s, "'"):
		var b strings.Builder
		for i := 1; i < len(p.s); i++ {
			if p.s[i] != '\'' {
				b.WriteByte(p.s[i])
			} else if i+1 < len(p.s) && p.s[i+1] == '\'' {
				b.WriteByte('\'')
				i++
			} else {
				p.s = p.s[i+1:]
				return recValue{text: b.String()}, nil
			}
		}
	}
	return recValue{}, fmt.Errorf("want a value at %q", p.s)
}

func (p *recScanner) typeName() string {
	p.space()
	i := strings.IndexAny(p.s, " \t,)'")
	if i < 0 {
		i = len(p.s)
	}
	name := p.s[:i]
	p.s = p.s[i:]
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		return "_" + elem
	}
	return name
}

func parseRecCall(line string) (recCall, error) {
	c := recCall{}
	i := strings.IndexByte(line, '(')
	if i < 0 {
		return c, fmt.Errorf("no call in %q", line)
	}
	c.name = strings.TrimSpace(line[:i])
	p := &recScanner{line[i+1:]}
	for !p.eat(")") {
		if len(c.args) > 0 && !p.eat(",") {
			return c, fmt.Errorf("want , or ) at %q", p.s)
		}
		a := recArg{typ: p.typeName()}
		if a.typ == "variadic" {
			a.variadic, a.typ = true, p.typeName()
		}
		v, err := p.value()
		if err != nil {
			return c, err
		}
		a.value = v
		c.args = append(c.args, a)
	}
	c.source = line[:len(line)-len(p.s)]
	c.result = strings.TrimSpace(p.s)
	return c, nil
}

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

// run makes a call and writes its result as a recording does.
func (w *recordedWorld) run(env *Env, c recCall) (out string) {
	defer func() {
		if r := recover(); r != nil {
			out = fmt.Sprintf("panic: %v", r)
		}
	}()
	if strings.HasPrefix(c.name, "@") {
		return w.runAgg(env, c)
	}
	f, ok := w.funcs[c.name]
	if !ok {
		return "no such routine"
	}
	_, want, _ := strings.Cut(c.result, "= ")
	setof := strings.HasPrefix(want, "setof ")
	resultName := (&recScanner{strings.TrimPrefix(want, "setof ")}).typeName()
	result := w.byName[resultName]
	call := &Call{Env: env, Name: c.name, Typmod: -1}
	if result != nil {
		call.Result = result.OID
	}
	args := make([]Datum, len(c.args))
	for i, a := range c.args {
		if a.typ == "internal" {
			b, err := parseHex(a.value.text)
			if err != nil {
				return err.Error()
			}
			ty := w.recv[c.name]
			d, err := ty.ReceiveBinary(env, b, -1)
			return formatRec(env, ty, d, err)
		}
		ty := w.byName[a.typ]
		if ty == nil {
			return "no type " + a.typ
		}
		call.Args = append(call.Args, ty.OID)
		call.Variadic = call.Variadic || a.variadic
		if ty.Collation != 0 {
			call.Collation = ty.Collation
		}
		if a.value.null {
			if w.strict[c.name] {
				return "= " + resultName + " NULL"
			}
			continue
		}
		d, err := ty.InputText(env, a.value.text, -1)
		if a.typ == "cstring" {
			d, err = a.value.text, nil
		}
		if err != nil {
			return formatRecError(err)
		}
		args[i] = d
	}
	if setof || f.Call == nil && f.Set != nil {
		var b strings.Builder
		b.WriteString("= setof " + resultName)
		for d, err := range f.Set(call, args) {
			if err != nil {
				return formatRecError(err)
			}
			v, err := textOf(env, result, d)
			if err != nil {
				return formatRecError(err)
			}
			b.WriteString(" " + v.String())
		}
		return b.String()
	}
	if f.Call == nil {
		return "not a function"
	}
	d, err := f.Call(call, args)
	if err == nil && strings.HasSuffix(c.name, "send") && len(c.args) == 1 && d != nil {
		ty := w.byName[c.args[0].typ]
		back, err := ty.ReceiveBinary(env, d.([]byte), -1)
		if err != nil {
			return "receive: " + formatRecError(err)
		}
		a, _ := textOf(env, ty, args[0])
		if b, _ := textOf(env, ty, back); a != b {
			return fmt.Sprintf("receive gave %s for %s", b, a)
		}
	}
	if result == nil {
		if err == nil {
			return "result type unknown"
		}
		return formatRecError(err)
	}
	return formatRec(env, result, d, err)
}

func (w *recordedWorld) runAgg(env *Env, c recCall) string {
	name := strings.TrimLeft(c.name, "@")
	moving := strings.HasPrefix(c.name, "@@")
	var types []string
	var columns [][]Datum
	call := &Call{Env: env, Name: name, Typmod: -1, Agg: true, Args: []OID{0}}
	for _, a := range c.args {
		ty := w.byName[a.typ]
		d, err := ty.InputText(env, a.value.text, -1)
		if err != nil {
			return formatRecError(err)
		}
		types = append(types, w.byOID[ty.Elem].Name)
		call.Args = append(call.Args, ty.Elem)
		if col := w.byOID[ty.Elem].Collation; col != 0 {
			call.Collation = col
		}
		columns = append(columns, d.(*Array).Values)
	}
	agg, ok := w.aggs[name+"("+strings.Join(types, ",")+")"]
	if !ok {
		agg, ok = w.aggs[name+"("+strings.TrimSuffix(strings.Repeat("any,", len(types)), ",")+")"]
	}
	for _, poly := range []string{"anyelement", "anynonarray"} {
		if !ok {
			agg, ok = w.aggs[name+"("+poly+")"]
		}
	}
	if !ok {
		return "no such aggregate"
	}
	transType := w.byName[agg.transType]
	trans, final, init := agg.trans, agg.final, agg.init
	if moving && agg.mtrans != "-" {
		trans, final, init, transType = agg.mtrans, agg.mfinal, agg.minit, w.byName[agg.mtransType]
	}
	call.Args[0] = transType.OID
	result := w.byName[agg.result]
	call.Result = result.OID
	step := func(fn string, state Datum, row int) (Datum, error) {
		args := []Datum{state}
		for _, col := range columns {
			if col[row] == nil && w.strict[fn] {
				return state, nil
			}
			args = append(args, col[row])
		}
		if state == nil && w.strict[fn] {
			return args[1], nil
		}
		return w.funcs[fn].Call(call, args)
	}
	start := func() (Datum, error) {
		if init.null {
			return nil, nil
		}
		return transType.InputText(env, init.text, -1)
	}
	finish := func(state Datum) (recValue, error) {
		if final != "-" {
			if state == nil && w.strict[final] {
				return recValue{null: true}, nil
			}
			var err error
			if state, err = w.funcs[final].Call(call, []Datum{state}); err != nil {
				return recValue{}, err
			}
		}
		return textOf(env, result, state)
	}
	state, err := start()
	if err != nil {
		return formatRecError(err)
	}
	out := "= setof " + result.Name
	for row := range columns[0] {
		if moving && row >= 2 {
			restart := agg.mtrans == "-"
			if !restart {
				if state, err = step(agg.minv, state, row-2); err != nil {
					return formatRecError(err)
				}
				restart = state == nil
			}
			if restart {
				if state, err = start(); err != nil {
					return formatRecError(err)
				}
				if state, err = step(trans, state, row-1); err != nil {
					return formatRecError(err)
				}
			}
		}
		if state, err = step(trans, state, row); err != nil {
			return formatRecError(err)
		}
		if moving {
			v, err := finish(state)
			if err != nil {
				return formatRecError(err)
			}
			out += " " + v.String()
		}
	}
	if moving {
		return out
	}
	v, err := finish(state)
	if err != nil {
		return formatRecError(err)
	}
	return "= " + result.Name + " " + v.String()
}

func parseHex(s string) ([]byte, error) {
	s = strings.TrimPrefix(s, `\x`)
	b := make([]byte, len(s)/2)
	for i := range b {
		v, err := strconv.ParseUint(s[2*i:2*i+2], 16, 8)
		if err != nil {
			return nil, err
		}
		b[i] = byte(v)
	}
	return b, nil
}

func textOf(env *Env, ty *Type, d Datum) (recValue, error) {
	if d == nil {
		return recValue{null: true}, nil
	}
	if ty.Name == "cstring" {
		return recValue{text: d.(string)}, nil
	}
	b, err := ty.TextEncoder(env)(nil, d)
	return recValue{text: string(b)}, err
}

func formatRec(env *Env, ty *Type, d Datum, err error) string {
	if err != nil {
		return formatRecError(err)
	}
	v, err := textOf(env, ty, d)
	if err != nil {
		return formatRecError(err)
	}
	return "= " + ty.Name + " " + v.String()
}

func formatRecError(err error) string {
	e := pgerr.From(err)
	return formatRecFields(e.Code, e.Message, e.Detail, e.Hint)
}

func formatRecFields(code, message, detail, hint string) string {
	s := "! " + code + " " + message
	if detail != "" {
		s += " | DETAIL: " + detail
	}
	if hint != "" {
		s += " | HINT: " + hint
	}
	return strings.ReplaceAll(s, "\n", `\n`)
}

// recordAll asks PostgreSQL for the results of all lines, and for the catalog
// rows that replaying needs.
func recordAll(t *testing.T, files []string) {
	ctx := t.Context()
	conn, err := pgconn.Connect(ctx, os.Getenv("FLOWGRES_PG_DSN"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	query := func(sql string) [][][]byte {
		rs, err := conn.Exec(ctx, sql).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rs[len(rs)-1].Rows
	}
	dump := func(name, sql string) {
		var b bytes.Buffer
		for _, r := range query(sql) {
			for i, v := range r {
				if i > 0 {
					b.WriteByte('\t')
				}
				if v == nil {
					v = []byte(`\N`)
				}
				b.Write(v)
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile(filepath.Join("testdata", name), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const support = `coalesce((select p.prosrc from pg_opclass oc join pg_amproc ap on amprocfamily = oc.opcfamily
		and amproclefttype = oc.opcintype and amprocrighttype = oc.opcintype and amprocnum = 1 join pg_proc p on p.oid = amproc
		where opcdefault and opcmethod = %d and (opcintype = t.oid or opcintype = 'anyarray'::regtype and t.typsubscript = 'array_subscript_handler'::regproc)
		order by opcintype = t.oid desc limit 1), '-')`
	src := func(col string) string {
		return "coalesce((select prosrc from pg_proc p where p.oid = t." + col + "), '-')"
	}
	dump("types.tsv", `select t.oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, typdelim, typelem, typarray, typcollation,
		coalesce(nullif(typsubscript::oid, 0)::regproc::text, '-'), `+src("typinput")+`, `+src("typoutput")+`, `+src("typreceive")+`, `+src("typsend")+`, `+
		src("typmodin")+`, `+src("typmodout")+`, `+fmt.Sprintf(support, 403)+`, `+fmt.Sprintf(support, 405)+`
		from pg_type t where typnamespace = 'pg_catalog'::regnamespace and typrelid = 0
		and coalesce((select typrelid from pg_type e where e.oid = t.typelem), 0) = 0 order by t.oid`)
	dump("ranges.tsv", "select rngtypid, rngsubtype, rngmultitypid from pg_range order by 1")
	dump("procs.tsv", `select prosrc, bool_and(proisstrict) from pg_proc where prolang = 12 and prosrc <> 'aggregate_dummy' group by 1
		union all select 'sql:' || proname || '/' || coalesce((select string_agg(typname, ',' order by n)
		from unnest(proargtypes) with ordinality a(o, n) join pg_type on oid = o), ''), proisstrict
		from pg_proc where prolang = 14 and pronamespace = 'pg_catalog'::regnamespace order by 1`)
	ty := func(col string) string { return "(select typname from pg_type where oid = " + col + ")" }
	fn := func(col string) string { return "coalesce((select prosrc from pg_proc where oid = " + col + "), '-')" }
	dump("aggs.tsv", `select proname || '(' || coalesce((select string_agg(typname, ',' order by n)
		from unnest(proargtypes) with ordinality a(o, n) join pg_type on oid = o), '') || ')', `+fn("aggtransfn")+`, `+fn("aggfinalfn")+`, `+
		fn("aggmtransfn")+`, `+fn("aggminvtransfn")+`, `+fn("aggmfinalfn")+`, `+ty("aggtranstype")+`, coalesce(`+ty("aggmtranstype")+`, '-'),
		agginitval, aggminitval, `+ty("prorettype")+` from pg_aggregate join pg_proc p on p.oid = aggfnoid
		where aggkind = 'n' order by 1`)

	types := map[uint32]string{}
	byRecv := map[string]string{}
	recvOID := map[string]uint32{}
	for _, r := range query("select oid, typname, typreceive::text from pg_type where typnamespace = 'pg_catalog'::regnamespace order by oid desc") {
		oid, _ := strconv.ParseUint(string(r[0]), 10, 32)
		types[uint32(oid)] = string(r[1])
		byRecv[string(r[2])] = string(r[1])
		recvOID[string(r[2])] = uint32(oid)
	}
	type proc struct{ name, args string }
	procs := map[string][]proc{}
	for _, r := range query(`select prosrc, proname, (select string_agg(typname, ',' order by n)
		from unnest(proargtypes) with ordinality a(o, n) join pg_type on oid = o) from pg_proc where prolang = 12`) {
		procs[string(r[0])] = append(procs[string(r[0])], proc{string(r[1]), string(r[2])})
	}
	resolve := func(c recCall) (string, error) {
		if key, ok := strings.CutPrefix(c.name, "sql:"); ok {
			name, _, _ := strings.Cut(key, "/")
			return name, nil
		}
		list := procs[c.name]
		if len(list) == 0 {
			return "", fmt.Errorf("no routine %s", c.name)
		}
		var given []string
		for _, a := range c.args {
			given = append(given, a.typ)
		}
		for _, p := range list {
			if p.args == strings.Join(given, ",") {
				return p.name, nil
			}
		}
		return list[0].name, nil
	}
	call := func(c recCall) (string, error) {
		quote := func(s string) string {
			if strings.Contains(s, `\`) {
				return " E'" + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), "'", "''") + "'"
			}
			return "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
		literal := func(a recArg) string {
			v := "NULL"
			if !a.value.null {
				v = quote(a.value.text)
			}
			v += `::pg_catalog."` + a.typ + `"`
			if a.variadic {
				v = "VARIADIC " + v
			}
			return v
		}
		if len(c.args) == 1 && c.args[0].typ == "internal" {
			b, err := parseHex(c.args[0].value.text)
			if err != nil {
				return "", err
			}
			r := conn.ExecParams(ctx, `select $1::pg_catalog."`+byRecv[c.name]+`"`, [][]byte{b}, []uint32{recvOID[c.name]}, []int16{1}, []int16{0}).Read()
			s, err := formatPG(types, false, r)
			return strings.TrimSuffix(s, " in bind parameter 1"), err
		}
		var args []string
		for _, a := range c.args {
			args = append(args, literal(a))
		}
		var sql string
		setof := false
		switch {
		case strings.HasPrefix(c.name, "@"):
			name := strings.TrimLeft(c.name, "@")
			var cols []string
			for i := range args {
				cols = append(cols, "c"+strconv.Itoa(i))
			}
			over := ""
			if strings.HasPrefix(c.name, "@@") {
				setof, over = true, " over (order by n rows 1 preceding)"
			}
			sql = fmt.Sprintf(`select pg_catalog."%s"(%s)%s from rows from (unnest(%s)) with ordinality u(%s, n)`, name,
				strings.Join(cols, ", "), over, strings.Join(args, "), unnest("), strings.Join(cols, ", "))
			sql = strings.Replace(sql, "from rows from (unnest("+strings.Join(args, "), unnest(")+"))",
				"from unnest("+strings.Join(args, ", ")+")", 1)
		default:
			name, err := resolve(c)
			if err != nil {
				return "", err
			}
			sql = `select pg_catalog."` + name + `"(` + strings.Join(args, ", ") + `)`
			r := query("select bool_or(proretset) from pg_proc where proname = '" + name + "'")
			setof = string(r[0][0]) == "t"
		}
		sd, err := conn.Prepare(ctx, "", sql, nil)
		if err != nil {
			var e *pgconn.PgError
			if !errors.As(err, &e) {
				return "", err
			}
			return formatPG(types, setof, &pgconn.Result{Err: e})
		}
		r := conn.ExecParams(ctx, sql, nil, nil, nil, nil).Read()
		r.FieldDescriptions = sd.Fields // Read has none when there is no row
		return formatPG(types, setof, r)
	}
	for _, file := range files {
		if !strings.Contains(file, *recordOnly) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		query("discard all")
		query("set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set lc_monetary = 'C'; set bytea_output = 'hex'")
		var out bytes.Buffer
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			line = strings.TrimSpace(line)
			switch {
			case line == "" || line[0] == '#':
			case strings.HasPrefix(line, "set "):
				query(line)
			default:
				c, err := parseRecCall(line)
				if err != nil {
					t.Fatalf("%s:%d: %v", file, n, err)
				}
				res, err := call(c)
				if err != nil {
					t.Fatalf("%s:%d: %s: %v", file, n, line, err)
				}
				line = c.source + " " + res
			}
			out.WriteString(line + "\n")
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// formatPG writes what PostgreSQL answered.
func formatPG(types map[uint32]string, setof bool, r *pgconn.Result) (string, error) {
	if r.Err != nil {
		e, ok := r.Err.(*pgconn.PgError)
		if !ok {
			return "", r.Err
		}
		// Our own mistake in a line, not what the routine said.
		if strings.HasPrefix(e.Message, "function ") || strings.HasPrefix(e.Message, "syntax error") && !strings.Contains(e.Message, "jsonpath") && !strings.Contains(e.Message, " in ts") {
			return "", r.Err
		}
		return formatRecFields(e.Code, e.Message, e.Detail, e.Hint), nil
	}
	name := types[r.FieldDescriptions[0].DataTypeOID]
	if setof {
		name = "setof " + name
	}
	s := "= " + name
	for _, row := range r.Rows {
		v := recValue{null: row[0] == nil, text: string(row[0])}
		s += " " + v.String()
	}
	return s, nil
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
