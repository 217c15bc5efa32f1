package adt

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// recordAll asks PostgreSQL for the results of all lines, and for the catalog
// rows that replaying needs.
func recordAll(t *testing.T, files []string) {
	conn, err := pgconn.Connect(t.Context(), os.Getenv("FLOWGRES_PG_DSN"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	r := &recorder{t: t, conn: conn}
	r.dumpCatalog()
	r.readCatalog()
	for _, file := range files {
		if strings.Contains(file, *recordOnly) {
			r.record(file)
		}
	}
}

// recorder records from a PostgreSQL.
type recorder struct {
	t       *testing.T
	conn    *pgconn.PgConn
	types   map[uint32]string
	byRecv  map[string]string // the type that a receive function reads
	recvOID map[string]uint32
	procs   map[string][]recProc // by prosrc
}

// recProc is a routine: its name and the names of its arguments' types.
type recProc struct{ name, args string }

// query gives the rows of the last statement.
func (r *recorder) query(sql string) [][][]byte {
	rs, err := r.conn.Exec(r.t.Context(), sql).ReadAll()
	if err != nil {
		r.t.Fatal(err)
	}
	return rs[len(rs)-1].Rows
}

// dump writes the rows of a query to a file of testdata.
func (r *recorder) dump(name, sql string) {
	var b bytes.Buffer
	for _, row := range r.query(sql) {
		for i, v := range row {
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
		r.t.Fatal(err)
	}
}

// dumpCatalog writes the rows that replaying needs.
func (r *recorder) dumpCatalog() {
	const support = `coalesce((select p.prosrc from pg_opclass oc join pg_amproc ap on amprocfamily = oc.opcfamily
		and amproclefttype = oc.opcintype and amprocrighttype = oc.opcintype and amprocnum = 1 join pg_proc p on p.oid = amproc
		where opcdefault and opcmethod = %d and (opcintype = t.oid or opcintype = 'anyarray'::regtype and t.typsubscript = 'array_subscript_handler'::regproc)
		order by opcintype = t.oid desc limit 1), '-')`
	src := func(col string) string {
		return "coalesce((select prosrc from pg_proc p where p.oid = t." + col + "), '-')"
	}
	r.dump("types.tsv", `select t.oid, typname, typlen, typbyval, typtype, typcategory, typispreferred, typdelim, typelem, typarray, typcollation,
		coalesce(nullif(typsubscript::oid, 0)::regproc::text, '-'), `+src("typinput")+`, `+src("typoutput")+`, `+src("typreceive")+`, `+src("typsend")+`, `+
		src("typmodin")+`, `+src("typmodout")+`, `+fmt.Sprintf(support, 403)+`, `+fmt.Sprintf(support, 405)+`
		from pg_type t where typnamespace = 'pg_catalog'::regnamespace and typrelid = 0
		and coalesce((select typrelid from pg_type e where e.oid = t.typelem), 0) = 0 order by t.oid`)
	r.dump("ranges.tsv", "select rngtypid, rngsubtype, rngmultitypid from pg_range order by 1")
	r.dump("procs.tsv", `select prosrc, bool_and(proisstrict) from pg_proc where prolang = 12 and prosrc <> 'aggregate_dummy' group by 1
		union all select 'sql:' || proname || '/' || coalesce((select string_agg(typname, ',' order by n)
		from unnest(proargtypes) with ordinality a(o, n) join pg_type on oid = o), ''), proisstrict
		from pg_proc where prolang = 14 and pronamespace = 'pg_catalog'::regnamespace order by 1`)
	ty := func(col string) string { return "(select typname from pg_type where oid = " + col + ")" }
	fn := func(col string) string { return "coalesce((select prosrc from pg_proc where oid = " + col + "), '-')" }
	r.dump("aggs.tsv", `select proname || '(' || coalesce((select string_agg(typname, ',' order by n)
		from unnest(proargtypes) with ordinality a(o, n) join pg_type on oid = o), '') || ')', `+fn("aggtransfn")+`, `+fn("aggfinalfn")+`, `+
		fn("aggmtransfn")+`, `+fn("aggminvtransfn")+`, `+fn("aggmfinalfn")+`, `+ty("aggtranstype")+`, coalesce(`+ty("aggmtranstype")+`, '-'),
		agginitval, aggminitval, `+ty("prorettype")+` from pg_aggregate join pg_proc p on p.oid = aggfnoid
		where aggkind = 'n' order by 1`)
}

// readCatalog reads what recording needs.
func (r *recorder) readCatalog() {
	r.types, r.byRecv, r.recvOID, r.procs = map[uint32]string{}, map[string]string{}, map[string]uint32{}, map[string][]recProc{}
	for _, row := range r.query("select oid, typname, typreceive::text from pg_type where typnamespace = 'pg_catalog'::regnamespace order by oid desc") {
		oid, err := strconv.ParseUint(string(row[0]), 10, 32)
		if err != nil {
			r.t.Fatal(err)
		}
		r.types[uint32(oid)] = string(row[1])
		r.byRecv[string(row[2])] = string(row[1])
		r.recvOID[string(row[2])] = uint32(oid)
	}
	for _, row := range r.query(`select prosrc, proname, (select string_agg(typname, ',' order by n)
		from unnest(proargtypes) with ordinality a(o, n) join pg_type on oid = o) from pg_proc where prolang = 12`) {
		r.procs[string(row[0])] = append(r.procs[string(row[0])], recProc{string(row[1]), string(row[2])})
	}
}

// record records the lines of a file anew.
func (r *recorder) record(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		r.t.Fatal(err)
	}
	r.query("discard all")
	r.query("set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set extra_float_digits = 1; set lc_monetary = 'C'; set bytea_output = 'hex'")
	var out bytes.Buffer
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "set "):
			r.query(line)
		default:
			c, err := parseRecCall(line)
			if err != nil {
				r.t.Fatalf("%s:%d: %v", file, n, err)
			}
			res, err := r.call(c)
			if err != nil {
				r.t.Fatalf("%s:%d: %s: %v", file, n, line, err)
			}
			line = c.source + " " + res
		}
		out.WriteString(line + "\n")
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// call has PostgreSQL make a call.
func (r *recorder) call(c recCall) (string, error) {
	if len(c.args) == 1 && c.args[0].typ == "internal" {
		return r.receive(c)
	}
	var args []string
	for _, a := range c.args {
		args = append(args, recLiteral(a))
	}
	if strings.HasPrefix(c.name, "@") {
		sql := recAggregate(c.name, args)
		return r.answer(sql, strings.HasPrefix(c.name, "@@"))
	}
	name, err := r.resolve(c)
	if err != nil {
		return "", err
	}
	set := r.query("select bool_or(proretset) from pg_proc where proname = '" + name + "'")
	return r.answer(`select pg_catalog."`+name+`"(`+strings.Join(args, ", ")+`)`, string(set[0][0]) == "t")
}

// receive has a receive function read bytes, as a parameter in binary form.
func (r *recorder) receive(c recCall) (string, error) {
	b, err := parseHex(c.args[0].value.text)
	if err != nil {
		return "", err
	}
	sql := `select $1::pg_catalog."` + r.byRecv[c.name] + `"`
	res := r.conn.ExecParams(r.t.Context(), sql, [][]byte{b}, []uint32{r.recvOID[c.name]}, []int16{1}, []int16{0}).Read()
	s, err := formatPG(r.types, false, res)
	return strings.TrimSuffix(s, " in bind parameter 1"), err
}

// resolve gives the name of the routine whose body a call names: the one with the
// arguments given, else any.
func (r *recorder) resolve(c recCall) (string, error) {
	if key, ok := strings.CutPrefix(c.name, "sql:"); ok {
		name, _, _ := strings.Cut(key, "/")
		return name, nil
	}
	list := r.procs[c.name]
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

// answer runs a statement and formats what it gives.
func (r *recorder) answer(sql string, setof bool) (string, error) {
	sd, err := r.conn.Prepare(r.t.Context(), "", sql, nil)
	if err != nil {
		var e *pgconn.PgError
		if !errors.As(err, &e) {
			return "", err
		}
		return formatPG(r.types, setof, &pgconn.Result{Err: e})
	}
	res := r.conn.ExecParams(r.t.Context(), sql, nil, nil, nil, nil).Read()
	res.FieldDescriptions = sd.Fields // Read has none when there is no row
	return formatPG(r.types, setof, res)
}

// recAggregate is a query for @aggregate(arrays), each array a column of arguments, or
// for @@aggregate, its values over frames of two rows.
func recAggregate(name string, arrays []string) string {
	var cols []string
	for i := range arrays {
		cols = append(cols, "c"+strconv.Itoa(i))
	}
	over := ""
	if strings.HasPrefix(name, "@@") {
		over = " over (order by n rows 1 preceding)"
	}
	list := strings.Join(cols, ", ")
	return fmt.Sprintf(`select pg_catalog."%s"(%s)%s from unnest(%s) with ordinality u(%s, n)`,
		strings.TrimLeft(name, "@"), list, over, strings.Join(arrays, ", "), list)
}

// recLiteral writes an argument in SQL.
func recLiteral(a recArg) string {
	v := "NULL"
	if !a.value.null {
		v = recQuote(a.value.text)
	}
	v += `::pg_catalog."` + a.typ + `"`
	if a.variadic {
		v = "VARIADIC " + v
	}
	return v
}

// recQuote quotes a string whatever standard_conforming_strings is.
func recQuote(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return " E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
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
