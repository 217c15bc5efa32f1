//go:build ignore

// Gen writes data/pg_settings.tsv from a running PostgreSQL 16 (go generate
// takes its DSN from FLOWGRES_PG):
//
//	go run gen.go postgres://user@host/db
//
// Only what the server's build fixes is taken; current values are not.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

const query = `
select name, coalesce(unit, ''), category, short_desc, coalesce(extra_desc, ''), context, vartype,
       coalesce(min_val, ''), coalesce(max_val, ''), coalesce(array_to_string(enumvals, '|'), ''),
       coalesce(boot_val, ''), array_to_string(pg_settings_get_flags(name), '|')
from pg_settings order by lower(name)`

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: gen DSN")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		log.Fatal(err)
	}
	var b strings.Builder
	escape := strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n")
	b.WriteString("name\tunit\tcategory\tshort_desc\textra_desc\tcontext\tvartype\tmin_val\tmax_val\tenumvals\tboot_val\tflags\n")
	for rows.Next() {
		values := make([]string, 12)
		dest := make([]any, len(values))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			log.Fatal(err)
		}
		for i := range values {
			values[i] = escape.Replace(values[i])
		}
		fmt.Fprintln(&b, strings.Join(values, "\t"))
	}
	if err := rows.Err(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("data/pg_settings.tsv", []byte(b.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}
