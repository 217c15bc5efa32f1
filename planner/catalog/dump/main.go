// Command dump writes the built-in rows of a real PostgreSQL 16's catalogs to
// the data files that package catalog embeds, one a catalog, in COPY's text
// format below a line of column names.
//
// It reads only the rows that initdb makes: oids below 16384, in the order in which the tables
// hold them, since aggregates of clients' queries that name no order show it. What differs from one fresh cluster to the next (transaction
// ids) is made constant, so that a new dump of the same release
// changes nothing. Expressions (pg_node_tree) are written as the SQL text that
// pg_get_expr gives, which is what our catalog holds in such columns.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// limit is FirstNormalObjectId: user objects start here.
const limit = "16384"

// collations tells which collations there are: those that need no library.
const collations = "collname IN ('default', 'C', 'POSIX', 'ucs_basic', 'unicode', 'C.UTF-8', 'C.utf8')"

func main() {
	log.SetFlags(0)
	out := flag.String("out", "data", "directory to write to")
	dsn := flag.String("dsn", os.Getenv("PGDSN"), "the PostgreSQL 16 to read, as superuser (or PGDSN)")
	flag.Parse()
	if err := run(context.Background(), *dsn, *out); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, dsn, out string) error {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if v := conn.ParameterStatus("server_version"); !strings.HasPrefix(v, "16") {
		return fmt.Errorf("need PostgreSQL 16, this is %s", v)
	}
	if _, err := conn.Exec(ctx, "SET search_path = pg_catalog; SET client_encoding = UTF8; SET timezone = UTC; SET extra_float_digits = 1").ReadAll(); err != nil {
		return err
	}
	for _, c := range catalogs {
		if err := dumpCatalog(ctx, conn, c, out); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for _, q := range extras {
		if err := writeFile(ctx, conn, q.header, q.query, filepath.Join(out, q.name+".tsv")); err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return nil
}

// dumpCatalog writes one catalog's rows with all its columns in order.
func dumpCatalog(ctx context.Context, conn *pgconn.PgConn, c catalog, out string) error {
	res, err := conn.Exec(ctx, fmt.Sprintf(`SELECT attname, atttypid::regtype FROM pg_attribute
		WHERE attrelid = '%s'::regclass AND attnum > 0 ORDER BY attnum`, c.name)).ReadAll()
	if err != nil {
		return err
	}
	var names, exprs []string
	for _, row := range res[0].Rows {
		name, typ := string(row[0]), string(row[1])
		names = append(names, name)
		switch {
		case c.columns[name] != "":
			exprs = append(exprs, c.columns[name])
		case strings.HasPrefix(typ, "reg"):
			exprs = append(exprs, name+"::oid")
		default:
			exprs = append(exprs, name)
		}
	}
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s", strings.Join(exprs, ", "), c.name, c.where, c.order)
	return writeFile(ctx, conn, names, query, filepath.Join(out, c.name+".tsv"))
}

func writeFile(ctx context.Context, conn *pgconn.PgConn, header []string, query, path string) error {
	var b bytes.Buffer
	b.WriteString(strings.Join(header, "\t") + "\n")
	if _, err := conn.CopyTo(ctx, &b, "COPY ("+query+") TO STDOUT"); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// catalog tells how to dump one.
type catalog struct {
	name, where, order string
	columns            map[string]string // expressions instead of the plain column
}

// byOID is a catalog whose rows have oids.
func byOID(name string, columns map[string]string) catalog {
	return catalog{name, "oid < " + limit, "ctid", columns}
}

var catalogs = sorted([]catalog{
	{"pg_aggregate", "aggfnoid::oid < " + limit, "ctid", nil},
	byOID("pg_am", nil),
	byOID("pg_amop", nil),
	byOID("pg_amproc", nil),
	{"pg_attribute", "attrelid < " + limit + " AND attnum > 0", "attrelid, attnum", map[string]string{"attstattarget": "-1"}},
	{"pg_auth_members", "oid < " + limit, "oid", nil},
	byOID("pg_authid", map[string]string{"rolpassword": "NULL", "rolname": "CASE WHEN oid = 10 THEN 'postgres' ELSE rolname END"}),
	byOID("pg_cast", nil),
	byOID("pg_class", map[string]string{
		"relfrozenxid": "CASE WHEN relfrozenxid = '0' THEN 0 ELSE 722 END",
		"relminmxid":   "CASE WHEN relminmxid = '0' THEN 0 ELSE 1 END",
		"relpartbound": "pg_get_expr(relpartbound, oid)",
	}),
	{
		"pg_collation", "oid < " + limit + " AND " + collations,
		"ctid",
		map[string]string{"collversion": "NULL"},
	},
	byOID("pg_constraint", map[string]string{
		"conbin":    "CASE WHEN conbin IS NOT NULL THEN substring(pg_get_constraintdef(oid) from '^CHECK \\((.*)\\)') END",
		"conpfeqop": "conpfeqop::oid[]",
	}),
	byOID("pg_conversion", nil),
	{"pg_depend", "objid < " + limit + " AND refobjid < " + limit, "classid, objid, objsubid, refclassid, refobjid, refobjsubid", nil},
	{"pg_description", "objoid < " + limit + " AND NOT (classoid = 'pg_collation'::regclass AND objoid NOT IN (SELECT oid FROM pg_collation WHERE " + collations + "))", "ctid", nil},
	byOID("pg_extension", nil),
	{"pg_index", "indexrelid < " + limit, "indexrelid", map[string]string{
		"indexprs": "pg_get_expr(indexprs, indrelid)", "indpred": "pg_get_expr(indpred, indrelid)",
	}},
	{"pg_init_privs", "objoid < " + limit, "classoid, objoid, objsubid", nil},
	byOID("pg_language", nil),
	byOID("pg_namespace", nil),
	byOID("pg_opclass", nil),
	byOID("pg_operator", nil),
	byOID("pg_opfamily", nil),
	byOID("pg_proc", map[string]string{
		"proargdefaults": "pg_get_expr(proargdefaults, 0)",
		"prosqlbody":     "CASE WHEN prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(oid) END",
	}),
	{"pg_range", "rngtypid < " + limit, "ctid", nil},
	byOID("pg_rewrite", map[string]string{"ev_qual": "'<>'", "ev_action": "'<>'"}),
	{"pg_shdescription", "classoid <> 'pg_database'::regclass OR objoid IN (1, 4, 5)", "ctid", nil}, // of the databases of initdb
	byOID("pg_tablespace", nil),
	byOID("pg_ts_config", nil),
	{"pg_ts_config_map", "mapcfg < " + limit, "mapcfg, maptokentype, mapseqno", nil},
	byOID("pg_ts_dict", nil),
	byOID("pg_ts_parser", nil),
	byOID("pg_ts_template", nil),
	byOID("pg_type", map[string]string{"typdefaultbin": "pg_get_expr(typdefaultbin, 0)"}),
})

func sorted(cs []catalog) []catalog {
	sort.Slice(cs, func(i, j int) bool { return cs[i].name < cs[j].name })
	return cs
}

// extras are the tables of information_schema, and facts that are no catalog's
// rows but functions of them.
var extras = []struct {
	name   string
	header []string
	query  string
}{
	{
		"proc_defaults",
		[]string{"oid", "argument", "default"},
		`SELECT p.oid, n, pg_get_function_arg_default(p.oid, n) FROM pg_proc p, generate_series(1, p.pronargs) n
		 WHERE p.oid < ` + limit + ` AND pronargdefaults > 0 AND pg_get_function_arg_default(p.oid, n) IS NOT NULL ORDER BY 1, 2`,
	},
	{
		"constraint_pretty",
		[]string{"oid", "definition"},
		`SELECT oid, pg_get_constraintdef(oid, true) FROM pg_constraint WHERE oid < ` + limit + ` AND contype = 'c' ORDER BY oid`,
	},
	{
		"view_definitions",
		[]string{"oid", "definition", "pretty"},
		`SELECT oid, pg_get_viewdef(oid), pg_get_viewdef(oid, true) FROM pg_class WHERE oid < ` + limit + ` AND relkind = 'v' ORDER BY oid`,
	},
	{
		"relation_sizes",
		[]string{"oid", "main", "fsm", "vm"},
		`SELECT oid, pg_relation_size(oid), pg_relation_size(oid, 'fsm'), pg_relation_size(oid, 'vm') FROM pg_class
		 WHERE oid < ` + limit + ` AND pg_relation_size(oid) > 0 ORDER BY oid`,
	},
	{
		"catalog_foreign_keys",
		[]string{"fktable", "fkcols", "pktable", "pkcols", "is_array", "is_opt"},
		`SELECT fktable::oid, fkcols, pktable::oid, pkcols, is_array, is_opt FROM pg_get_catalog_foreign_keys()`,
	},
	{
		"sql_features",
		[]string{"feature_id", "feature_name", "sub_feature_id", "sub_feature_name", "is_supported", "is_verified_by", "comments"},
		`SELECT * FROM information_schema.sql_features ORDER BY feature_id, sub_feature_id`,
	},
	{
		"sql_implementation_info",
		[]string{"implementation_info_id", "implementation_info_name", "integer_value", "character_value", "comments"},
		`SELECT * FROM information_schema.sql_implementation_info ORDER BY implementation_info_id`,
	},
	{
		"sql_parts",
		[]string{"feature_id", "feature_name", "is_supported", "is_verified_by", "comments"},
		`SELECT * FROM information_schema.sql_parts ORDER BY feature_id`,
	},
	{
		"sql_sizing",
		[]string{"sizing_id", "sizing_name", "supported_value", "comments"},
		`SELECT * FROM information_schema.sql_sizing ORDER BY sizing_id`,
	},
	{
		"keywords",
		[]string{"word", "catcode", "barelabel", "catdesc", "baredesc"},
		`SELECT * FROM pg_get_keywords() ORDER BY 1`,
	},
}
