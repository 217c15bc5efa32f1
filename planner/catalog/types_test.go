package catalog

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTypes compares with testdata/types.txt, for every built-in type: its oid,
// format_type without and with a typmod, its array type, and whether values
// sort, group and hash.
func TestTypes(t *testing.T) {
	const file = "testdata/types.txt"
	if *record {
		recordTypes(t, file)
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := open(t)
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var oid OID
		fmt.Sscan(line, &oid)
		typ := c.TypeByOID(oid)
		if typ == nil {
			t.Errorf("no type %d", oid)
			continue
		}
		got := fmt.Sprintf("%d|%s|%s|%d", oid, c.FormatType(oid, -1), c.formatType(oid, -1, true, nil), c.ArrayTypeOf(oid))
		if typ.Kind != 'p' {
			lt, eq, _, hash := c.SortOperators(oid)
			got += fmt.Sprintf("|sort %t group %t hash %t", lt != 0, eq != 0, hash)
		}
		if got != line {
			t.Errorf("\n got %s\nwant %s", got, line)
		}
	}
}

func recordTypes(t *testing.T, file string) {
	conn := referee(t)
	ctx := context.Background()
	run := func(sql string) ([][][]byte, error) {
		res, err := conn.Exec(ctx, sql).ReadAll()
		if err != nil {
			return nil, err
		}
		return res[len(res)-1].Rows, nil
	}
	rows, err := run(`SET enable_sort = off; SELECT oid, format_type(oid, NULL), format_type(oid, -1), typarray, typtype,
		quote_ident(typnamespace::regnamespace::text) || '.' || quote_ident(typname)
		FROM pg_type WHERE oid < 16384 ORDER BY oid`)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, r := range rows {
		line := fmt.Sprintf("%s|%s|%s|%s", r[0], r[1], r[2], r[3])
		if string(r[4]) != "p" {
			from := fmt.Sprintf("FROM (SELECT NULL::%s AS x FROM generate_series(1, 10) OFFSET 0) s", r[5])
			_, sortErr := run("EXPLAIN SELECT x " + from + " ORDER BY x")
			plan, groupErr := run("EXPLAIN SELECT x " + from + " GROUP BY x")
			hash := groupErr == nil && slices.ContainsFunc(plan, func(r [][]byte) bool {
				return strings.HasPrefix(string(r[0]), "HashAggregate")
			})
			line += fmt.Sprintf("|sort %t group %t hash %t", sortErr == nil, groupErr == nil, hash)
		}
		out.WriteString(line + "\n")
	}
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
