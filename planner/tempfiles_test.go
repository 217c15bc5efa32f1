package planner_test

import (
	"context"
	"testing"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/guc"
)

// A session's temporary files stay within temp_file_limit, are logged and counted,
// and go with what they were for, however that ends.
func TestTempFiles(t *testing.T) {
	settings, err := guc.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"temp_file_limit": "300kB", "log_temp_files": "0", "work_mem": "64kB"} {
		if err := settings.SetServer(name, value, guc.File); err != nil {
			t.Fatal(err)
		}
	}
	logged := 0
	e, err := planner.New(planner.Config{Settings: settings, Log: func(string, ...any) { logged++ }})
	if err != nil {
		t.Fatal(err)
	}
	var panics []string
	c := newEngineClient(t, newTypeNames(t), e, &panics)
	for _, test := range []struct {
		sql, code string
		open      bool // files are open after it
	}{
		{`select count(*) from (select g from generate_series(1, 9000) g order by g desc offset 1) s`, "", false},
		{`select count(*) from (select g, repeat('x', 100) from generate_series(1, 9000) g order by 2, g desc offset 1) s`, "53400", false},
		{`select 1 / (g - 4000) from generate_series(1, 9000) g order by -g`, "22012", false},
		{`begin; declare c scroll cursor for select g from generate_series(1, 9000) g; move 8000 in c`, "", true},
		{`fetch absolute 20 c`, "", true},
		{`close c`, "", false},
		{`declare c cursor for select g from generate_series(1, 9000) g order by g desc; fetch c`, "", true},
		{`rollback`, "", false},
		{`begin; declare c cursor with hold for select g from generate_series(1, 9000) g; commit`, "", true},
		{`select 1`, "", true},
		{`close all`, "", false},
		{`begin; declare c cursor with hold for select repeat('x', 100) from generate_series(1, 9000) g; commit`, "53400", false},
		{`begin; declare c cursor with hold for select g from generate_series(1, 9000) g; commit`, "", true},
	} {
		out := c.run(context.Background(), test.sql, nil)
		code := ""
		if e := out[len(out)-1].err; e != nil {
			code = e.code
		}
		if code != test.code {
			t.Errorf("%s: %q, not %q", test.sql, code, test.code)
		}
		if n := c.s.OpenFiles(); n > 0 != test.open {
			t.Errorf("%s leaves %d files", test.sql, n)
		}
	}
	out := c.run(context.Background(), `select temp_files, temp_bytes > 100000 from pg_stat_database where datname = 'aws'`, nil)
	if rows := out[0].rows; len(rows) != 1 || *rows[0][0] == "0" || *rows[0][1] != "t" {
		t.Errorf("pg_stat_database: %v", out)
	}
	c.s.Close()
	if n := c.s.OpenFiles(); n > 0 || logged == 0 {
		t.Errorf("%d files are left, %d were logged", n, logged)
	}
	for _, p := range panics {
		t.Error(p)
	}
}
