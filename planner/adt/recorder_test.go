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
