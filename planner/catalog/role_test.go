package catalog

import (
	"context"
	"slices"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// call runs a routine by name with arguments of their Go types' SQL types.
func call(t *testing.T, c *Catalog, user, name string, types []OID, args ...adt.Datum) adt.Datum {
	t.Helper()
	for _, p := range c.ProcsByName("pg_catalog", name, nil) {
		if slices.Equal(p.ArgTypes, types) {
			d, err := p.Body.Call(&adt.Call{Env: &adt.Env{Types: c, User: user}, Name: name, Args: types}, args)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
	}
	t.Fatalf("no function %s", name)
	return nil
}

func scanAll(t *testing.T, c *Catalog, relation string) []adt.Row {
	t.Helper()
	rel, _ := c.RelationByName("pg_catalog", relation, nil)
	scan, err := rel.Table.Plan(fdw.Request{Session: &fdw.Session{User: "app"}})
	if err != nil {
		t.Fatal(err)
	}
	var out []adt.Row
	for rows, err := range scan.Open(context.Background(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows...)
	}
	return out
}

func TestRoles(t *testing.T) {
	c := open(t)
	before := len(scanAll(t, c, "pg_authid"))
	c.Cluster().SetRoles([]Role{
		{Name: "app", Login: true, ConnLimit: -1, MemberOf: []string{"pg_read_all_data"}, Settings: []string{"statement_timeout=30s"}},
		{Name: "postgres", Login: true, Super: true, ConnLimit: -1},
	}, false)
	if n := len(scanAll(t, c, "pg_authid")); n != before+1 {
		t.Errorf("%d roles, want %d", n, before+1)
	}
	app := c.Cluster().RoleOID("app")
	if app < 16384 || c.Cluster().RoleOID("postgres") != 10 || c.Cluster().RoleOID("nobody") != 0 {
		t.Errorf("app is %d, postgres %d", app, c.Cluster().RoleOID("postgres"))
	}
	if n := len(scanAll(t, c, "pg_db_role_setting")); n != 1 {
		t.Errorf("%d settings of roles", n)
	}
	types := []OID{19, 25}
	for role, want := range map[string]bool{"pg_read_all_data": true, "pg_monitor": false, "app": true} {
		if got := call(t, c, "app", "pg_has_role", types, role, "MEMBER"); got != want {
			t.Errorf("app in %s: %v", role, got)
		}
	}
	if got := call(t, c, "postgres", "pg_has_role", types, "pg_monitor", "USAGE"); got != true {
		t.Error("a superuser has not every role")
	}
	if got := call(t, c, "app", "pg_get_userbyid", []OID{26}, app); got != "app" {
		t.Errorf("pg_get_userbyid: %v", got)
	}
}

func TestPrivileges(t *testing.T) {
	c, err := NewCluster().Open(DatabaseName, adt.Builtins(), []fdw.Relation{logs, status})
	if err != nil {
		t.Fatal(err)
	}
	c.Cluster().SetRoles([]Role{{Name: "app"}, {Name: "audit", ReadOnly: true}, {Name: "root", Super: true}}, false)
	for _, k := range []struct {
		role, function string
		types          []OID
		args           []adt.Datum
		want           bool
	}{
		{"app", "has_table_privilege", []OID{25, 25}, []adt.Datum{"scratch.logs", "insert"}, true},
		{"audit", "has_table_privilege", []OID{25, 25}, []adt.Datum{"scratch.logs", "insert"}, false},
		{"audit", "has_table_privilege", []OID{25, 25}, []adt.Datum{"scratch.logs", "insert, select"}, true},
		{"audit", "has_schema_privilege", []OID{25, 25}, []adt.Datum{"scratch", "usage"}, true},
		{"root", "has_schema_privilege", []OID{25, 25}, []adt.Datum{"scratch", "create"}, true},
	} {
		if got := call(t, c, k.role, k.function, k.types, k.args...); got != k.want {
			t.Errorf("%s of %s %v: %v", k.function, k.role, k.args, got)
		}
	}
}

func TestSetRows(t *testing.T) {
	c := open(t)
	if c.SetRows("no_such_relation", nil) || c.SetRows("pg_tables", nil) {
		t.Error("a hook where none can be")
	}
	ok := c.SetRows("pg_cursors", func(s *fdw.Session) []adt.Row {
		return []adt.Row{{s.User, "", false, false, false, nil}}
	})
	if rows := scanAll(t, c, "pg_cursors"); !ok || len(rows) != 1 || rows[0][0] != "app" {
		t.Errorf("rows of the hook: %v", rows)
	}
}

// TestStableOIDs: oids of our objects depend on nothing but their names.
func TestStableOIDs(t *testing.T) {
	a, err := NewCluster().Open(DatabaseName, adt.Builtins(), []fdw.Relation{logs, status})
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewCluster().Open(DatabaseName, adt.Builtins(), []fdw.Relation{
		status, {Schema: "other", Name: "x", Table: logs.Table, PrimaryKey: []int{0}}, logs,
	})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := a.RelationByName("scratch", "logs", nil)
	if r.OID != 85105088 {
		t.Errorf("scratch.logs has become %d", r.OID)
	}
	for _, catalog := range []string{"pg_class", "pg_type", "pg_namespace", "pg_constraint", "pg_database"} {
		have := map[OID]bool{}
		for _, row := range b.ownRows(catalog) {
			have[row[0].(OID)] = true
		}
		for _, row := range a.ownRows(catalog) {
			if !have[row[0].(OID)] {
				t.Errorf("%s: %v has another oid", catalog, row[1])
			}
		}
	}
}

func TestRelationByName(t *testing.T) {
	upper := logs
	upper.Name = "LOGS"
	c, err := NewCluster().Open(DatabaseName, adt.Builtins(), []fdw.Relation{logs, upper, status})
	if err != nil {
		t.Fatal(err)
	}
	path := []string{"pg_catalog", "scratch"}
	for _, k := range []struct {
		schema, name string
		found        string
		ambiguous    bool
	}{
		{"", "logs", "logs", false},
		{"", "LOGS", "LOGS", false},
		{"", "Logs", "", true},
		{"", "STATUS", "status", false},
		{"scratch", "Status", "status", false},
		{"", "pg_CLASS", "", false},
		{"", "nope", "", false},
		{"nope", "status", "", false},
		{"INFORMATION_SCHEMA", "TABLES", "", false},
		{"information_schema", "TABLES", "", false},
	} {
		r, ambiguous := c.RelationByName(k.schema, k.name, path)
		found := ""
		if r != nil {
			found = r.Name
		}
		if found != k.found || ambiguous != k.ambiguous {
			t.Errorf("%s.%s: %q ambiguous %t", k.schema, k.name, found, ambiguous)
		}
	}
	if typ := c.TypeByName("", "_logs", path); typ == nil || !typ.IsArray || c.TypeRelation(typ.Elem).Name != "logs" {
		t.Error("no array type of logs")
	}
}
