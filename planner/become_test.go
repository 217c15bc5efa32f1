package planner_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/guc"
)

// whoTable has one row: whom a backend is told that it works for.
type whoTable struct{}

func (whoTable) Columns() []fdw.Column {
	return []fdw.Column{{Name: "who", Type: 25, Typmod: -1}, {Name: "region", Type: 25, Typmod: -1}}
}

func (whoTable) Plan(r fdw.Request) (fdw.Scan, error) {
	return fdw.Scan{
		Served: make([]fdw.Served, len(r.Quals)),
		Open: func(context.Context, [][]adt.Datum) iter.Seq2[[]adt.Row, error] {
			return func(yield func([]adt.Row, error) bool) {
				s := r.Session
				who := fmt.Sprintf("%s/%s as %q super %v", s.User, s.Login, s.Identity, s.Superuser)
				yield([]adt.Row{{who, "eu-west-1"}, {who, "us-east-1"}}, nil)
			}
		},
	}, nil
}

func (whoTable) Insert(_ context.Context, _ fdw.WriteRequest, rows []adt.Row, _ [][]bool, _ bool) ([]adt.Row, error) {
	return rows, nil
}

// TestBecome follows SET ROLE and SET SESSION AUTHORIZATION to the backend: the
// identity, the regions and the right to write are those of the role in force.
func TestBecome(t *testing.T) {
	roles := map[string]planner.Role{
		"ann":   {MemberOf: []string{"team"}, Identity: "ann", Regions: []string{"us-east-1"}},
		"team":  {MemberOf: []string{"audit"}, Identity: "team", NoLogin: true},
		"audit": {ReadOnly: true, Regions: []string{"eu-west-1"}},
		"root":  {Superuser: true},
		"eu":    {Regions: []string{"eu-*"}},
		"watch": {MemberOf: []string{"pg_monitor", "pg_signal_backend"}},
	}
	e, err := planner.New(planner.Config{
		Settings: guc.MustNew(), Roles: roles,
		Rows:      map[string]func() []adt.Row{"pg_hba_file_rules": func() []adt.Row { return nil }},
		Relations: []fdw.Relation{{Schema: "ec2", Name: "who", Table: whoTable{}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	names := newTypeNames(t)
	open := func(user string, pid int32) func(sql, want string) {
		c := &engineClient{names: names}
		s, err := e.NewSession(t.Context(), planner.SessionOptions{User: user, Database: "aws", PID: pid})
		if err != nil {
			t.Fatal(err)
		}
		c.s = s
		t.Cleanup(s.Close)
		return func(sql, want string) {
			t.Helper()
			got := ""
			out := c.run(t.Context(), sql, nil)
			switch a := out[len(out)-1]; {
			case a.err != nil:
				got = a.err.code + " " + a.err.message
			case len(a.rows) > 0:
				got = fmt.Sprint(len(a.rows)) + " " + *a.rows[0][0]
			default:
				got = a.tag
			}
			if got != want {
				t.Errorf("%s: %s\n got %s\nwant %s", user, sql, got, want)
			}
		}
	}
	ann := open("ann", 1)
	const q = "select who, region from ec2.who"
	ann(q, `1 ann/ann as "ann" super false`)
	ann("insert into ec2.who (who, region) values ('x', 'us-east-1')", "INSERT 0 1")
	ann("set role team", "SET")
	ann(q, `2 team/ann as "team" super false`)
	ann("set role audit", "SET")
	ann(q, `1 audit/ann as "" super false`)
	ann("insert into ec2.who (who, region) values ('x', 'eu-west-1')", `42501 role "audit" may only read`)
	ann("explain (analyze, costs off) insert into ec2.who (who, region) values ('x', 'eu-west-1')", `42501 role "audit" may only read`)
	ann("copy (insert into ec2.who (who, region) values ('x', 'eu-west-1') returning who) to stdout", `42501 role "audit" may only read`)
	ann("copy (with w as (insert into ec2.who (who, region) values ('x', 'eu-west-1') returning who) select * from w) to stdout", `42501 role "audit" may only read`)
	ann("select lo_truncate(1, 1)", `42501 role "audit" may only read`)
	ann("prepare w as insert into ec2.who (who, region) values ('x', 'eu-west-1')", "PREPARE")
	ann("explain (analyze, costs off) execute w", `42501 role "audit" may only read`)
	ann("deallocate w", "DEALLOCATE")
	for _, f := range []string{"pg_reload_conf()", "pg_stat_reset()", "pg_ls_dir('.')", "pg_read_file('x')"} {
		ann("select "+f, "42501 permission denied for function "+f[:strings.Index(f, "(")])
	}
	ann("select count(*) from pg_hba_file_rules", "42501 permission denied for view pg_hba_file_rules")
	ann("show audit_log", `42501 permission denied to examine "audit_log"`)
	ann("select current_setting('endpoint_url', true)", `42501 permission denied to examine "endpoint_url"`)
	ann("select count(*) from pg_settings where name in ('audit_log', 'endpoint_url', 'hba_file', 'work_mem')", "1 1")
	ann("select current_user || session_user", "1 auditann")
	ann("reset role", "RESET")
	ann(q, `1 ann/ann as "ann" super false`)
	ann("set role root", `42501 permission denied to set role "root"`)
	ann("set role nobody", `22023 role "nobody" does not exist`)
	ann("set session authorization team", `42501 permission denied to set session authorization "team"`)
	ann("begin; set local role team", "SET")
	ann(q, `2 team/ann as "team" super false`)
	ann("rollback", "ROLLBACK")
	ann(q, `1 ann/ann as "ann" super false`)

	root := open("root", 2)
	root(q, `2 root/root as "" super true`)
	root("show is_superuser", "1 on")
	root("select pg_reload_conf()", "1 t")
	root("select count(*) from pg_hba_file_rules", "1 0")
	root("show audit_log", "1 ")
	root("select count(*) from pg_settings where name in ('audit_log', 'endpoint_url', 'hba_file', 'work_mem')", "1 4")
	root("set session authorization ann", "SET")
	root("show audit_log", `42501 permission denied to examine "audit_log"`)
	root(q, `1 ann/root as "ann" super false`)
	root("show is_superuser", "1 off")
	root("set role audit", "SET")
	root("set role root", `42501 permission denied to set role "root"`)
	root("set session authorization default", "SET")
	root("reset role", "RESET")
	root(q, `2 root/root as "" super true`)

	// Signals go to one's own sessions, those of roles that one is in, and with
	// pg_signal_backend to others', but to superusers' from superusers alone.
	denied := func(what string) string { return "42501 permission denied to " + what }
	watch := open("watch", 3)
	watch("select pg_cancel_backend(1)", "1 t")
	watch("select pg_cancel_backend(2)", denied("cancel query"))
	watch("select pg_terminate_backend(2)", denied("terminate process"))
	watch("select query is null or query like '%insufficient%' from pg_stat_activity where pid = 2", "1 f") // pg_monitor is in pg_read_all_stats
	watch("show audit_log", "1 ")
	ann("select pg_cancel_backend(3)", denied("cancel query"))
	ann("select pg_cancel_backend(1)", "1 t")
	root("set role ann", "SET")
	root("select pg_cancel_backend(2)", denied("cancel query"))
	root("select pg_cancel_backend(3)", denied("cancel query"))
	root("reset role", "RESET")
	root("select pg_cancel_backend(3)", "1 t")
	root("select pid from pg_stat_ssl order by pid", "3 1")
	ann("select pid from pg_stat_ssl order by pid", "1 1")
	ann("select pid from pg_stat_gssapi order by pid", "1 1")

	// What only a role with an attribute or PostgreSQL's own role may do is refused
	// others before it is looked at; for the owner it is not supported, or done already.
	ann("create role ann", denied("create role"))
	ann("drop role if exists nobody", denied("drop role"))
	ann("copy nothere to '/x'", denied("COPY to a file"))
	ann("copy nothere from '/x'", denied("COPY from a file"))
	ann("copy nothere from program 'x'", denied("COPY to or from an external program"))
	ann("create schema if not exists public", "0A000 CREATE SCHEMA is not supported")
	ann("create extension if not exists plpgsql", "CREATE EXTENSION")
	root("create role ann", `42710 role "ann" already exists`)
	root("drop role if exists nobody", "DROP ROLE")
	root("copy pg_class to '/x'", "0A000 COPY TO a file is not supported")
	root("create schema if not exists public", "CREATE SCHEMA")
	root("create table if not exists ec2.who (a int)", "CREATE TABLE")

	eu := open("eu", 4)
	eu(q, `1 eu/eu as "" super false`)
	eu("select region from ec2.who", "1 eu-west-1")
	eu("insert into ec2.who (who, region) values ('x', 'eu-north-1')", "INSERT 0 1")
	eu("insert into ec2.who (who, region) values ('x', 'us-east-1')", "42501 permission denied for table who")

	// A reload tells running sessions.
	ann("set role team", "SET")
	e.SetRoles(map[string]planner.Role{"ann": {Identity: "new"}})
	ann(q, `2 team/ann as "team" super false`)
	ann("insert into ec2.who (who) values ('x')", `42501 role "team" may only read`)
	ann("reset role", "RESET")
	ann(q, `2 ann/ann as "new" super false`)

	// Who is gone may do what everybody may.
	for _, f := range []string{"pg_reload_conf()", "pg_stat_reset()", "pg_ls_dir('.')", "pg_read_file('x')"} {
		watch("select "+f, "42501 permission denied for function "+f[:strings.Index(f, "(")])
	}
	watch("select count(*) from pg_authid", "42501 permission denied for table pg_authid")
	watch("select pg_cancel_backend(1)", denied("cancel query"))
	watch("show audit_log", `42501 permission denied to examine "audit_log"`)
	watch("select 1", "1 1")
}
