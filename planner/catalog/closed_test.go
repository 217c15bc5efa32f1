package catalog

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
)

// TestClosedRelations compares with testdata/closed.txt: each table and view of
// pg_catalog and information_schema, and whether a role that nobody gave anything may
// read and change it, and read any column. It reads what it may, and a superuser reads
// all.
func TestClosedRelations(t *testing.T) {
	const file = "testdata/closed.txt"
	if *record {
		recordClosed(t, file)
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCluster().Open(DatabaseName, adt.Builtins(), nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Cluster().SetRoles([]Role{{Name: "app"}, {Name: "audit", ReadOnly: true}, {Name: "root", Super: true}}, false)
	anybody := open(t) // has no roles: every name may have sessions
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		name, _, _ := strings.Cut(line, " ")
		schema, relation, _ := strings.Cut(name, ".")
		rel, _ := c.RelationByName(schema, relation, nil)
		if rel == nil {
			t.Errorf("no relation %s", name)
			continue
		}
		for _, role := range []string{"app", "audit"} {
			has := func(function, privilege string) any {
				return call(t, c, role, function, []OID{26, 25}, rel.OID, privilege)
			}
			got := fmt.Sprintf("%s %v %v %v", name, has("has_table_privilege", "SELECT"), has("has_table_privilege", "INSERT, UPDATE, DELETE, TRUNCATE"), has("has_any_column_privilege", "SELECT"))
			if got != line {
				t.Errorf("%s: %s, PostgreSQL: %s", role, got, line)
			}
			if err := c.MayRead(role, rel.OID); (err == nil) != strings.HasSuffix(line, "true") {
				t.Errorf("%s: %s: %v", role, line, err)
			}
		}
		if err := c.MayRead("root", rel.OID); err != nil {
			t.Error(err)
		}
		if err := c.MayRead("gone", rel.OID); (err == nil) != strings.HasSuffix(line, "true") { // a reload took the role
			t.Errorf("gone: %s: %v", line, err)
		}
		if err := anybody.MayRead("gone", rel.OID); err != nil {
			t.Error(err)
		}
	}
}

func recordClosed(t *testing.T, file string) {
	res, err := referee(t).Exec(context.Background(), `SELECT nspname || '.' || relname,
		has_table_privilege('pg_checkpoint', c.oid, 'SELECT')::text,
		has_table_privilege('pg_checkpoint', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')::text,
		has_any_column_privilege('pg_checkpoint', c.oid, 'SELECT')::text
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind IN ('r', 'v') AND nspname IN ('pg_catalog', 'information_schema') AND c.oid < 16384 ORDER BY 1`).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range res[0].Rows {
		fmt.Fprintf(&b, "%s %s %s %s\n", r[0], r[1], r[2], r[3])
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOwnerIsNobody makes the owner of everything a role like others: its name, and being
// in it, give nothing.
func TestOwnerIsNobody(t *testing.T) {
	for _, super := range []bool{false, true} {
		c := open(t)
		c.Cluster().SetRoles([]Role{{Name: "postgres", Super: super}, {Name: "app", MemberOf: []string{"postgres"}}}, false)
		for _, role := range []string{"postgres", "app"} {
			if err := c.MayRead(role, 1260); (err == nil) != super { // pg_authid
				t.Errorf("postgres is a superuser: %v; %s: %v", super, role, err)
			}
			for _, p := range c.ProcsByName("pg_catalog", "pg_reload_conf", nil) {
				err := c.mayExecute(&adt.Call{Env: &adt.Env{Types: c, User: role}}, p)
				if (err == nil) != super {
					t.Errorf("postgres is a superuser: %v; %s: %v", super, role, err)
				}
			}
			if c.Cluster().OwnsDatabases(role) != super {
				t.Errorf("postgres is a superuser: %v; %s owns databases otherwise", super, role)
			}
			if got := call(t, c, role, "pg_has_role", []OID{19, 25}, "postgres", "MEMBER"); got != true {
				t.Errorf("%s is not in postgres", role)
			}
		}
	}
}
