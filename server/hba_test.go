package server

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/planner/adt"
)

// ours are rows that PostgreSQL words otherwise, with ours.
var ours = map[string]string{
	// Regular expressions are Go's, and so are the complaints about them.
	`|pg_ident.conf|11||||invalid regular expression "(": parentheses () not balanced`: "|pg_ident.conf|11||||invalid regular expression \"(\": error parsing regexp: missing closing ): `(`",
	`|pg_ident.conf|12||||invalid regular expression "(": parentheses () not balanced`: "|pg_ident.conf|12||||invalid regular expression \"(\": error parsing regexp: missing closing ): `(`",
}

// cell prints a value as psql does.
func cell(t *testing.T, d adt.Datum) string {
	t.Helper()
	a, ok := d.(*adt.Array)
	if !ok {
		if d == nil {
			return ""
		}
		return fmt.Sprint(d)
	}
	parts := make([]string, len(a.Values))
	for i, e := range a.Values {
		parts[i] = e.(string)
		if strings.ContainsAny(parts[i], ` ,"{}\`) {
			parts[i] = `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(parts[i]) + `"`
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func compareRows(t *testing.T, rows []adt.Row, golden string) {
	t.Helper()
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, d := range r {
			cells[i] = strings.ReplaceAll(cell(t, d), "testdata/hba/", "")
		}
		got = append(got, strings.Join(cells, "|"))
	}
	lines := strings.Split(strings.TrimSpace(string(want)), "\n")
	for i := range max(len(got), len(lines)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(lines) {
			w = lines[i]
		}
		if g != w && ours[w] != g {
			t.Errorf("row %d\n got %s\nwant %s", i+1, g, w)
		}
	}
}

// TestHBARows compares the views over both files with PostgreSQL's.
func TestHBARows(t *testing.T) {
	compareRows(t, HBARows("testdata/hba/pg_hba.conf", false), "testdata/hba/rules.txt")
}

func TestIdentRows(t *testing.T) {
	compareRows(t, IdentRows("testdata/hba/pg_ident.conf"), "testdata/hba/maps.txt")
}

// writeFile makes a file in a directory of the test.
func writeFile(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOwnRefusals checks what this server refuses and PostgreSQL does not.
func TestOwnRefusals(t *testing.T) {
	for line, want := range map[string]string{
		"host all all 10.0.0.0/8 trust":                      "trust authentication is only allowed on loopback",
		"host all all all trust":                             "trust authentication is only allowed on loopback",
		"host all all 0.0.0.0/0 password":                    "password authentication is only supported on hostssl connections",
		"hostssl all all all scram-sha-256 clientcert=maybe": `invalid value for clientcert: "maybe"`, "hostssl all all all cert clientname=XX": `invalid value for clientname: "XX"`,
		"host all all all md5":                   `invalid authentication method "md5": not supported by this build`,
		"host all all 127.0.0.0/8 trust":         "",
		"host all all 127.0.0.1/7 trust":         "trust authentication is only allowed on loopback",
		"host all all 127.0.0.1 0.0.0.255 trust": "trust authentication is only allowed on loopback", "host all all ::1 255.0.0.0 trust": "IP address and mask do not match",
		"host all all ::1/127 trust":         "trust authentication is only allowed on loopback",
		"host all all ::1/128 trust":         "",
		"host all all samehost trust":        "",
		"hostssl all all 0.0.0.0/0 password": "",
		"# nothing":                          "contains no entries",
	} {
		_, err := LoadHBA(writeFile(t, "hba", line), false)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := LoadHBA(writeFile(t, "hba", "host all all all trust"), true); err != nil {
		t.Error(err)
	}
	_, err := LoadHBA(writeFile(t, "hba", "\n\nhots all\nhost all all all reject\nlocal\n"), false)
	if err == nil || !strings.Contains(err.Error(), `hba:3: invalid connection type "hots"`) || !strings.Contains(err.Error(), "hba:5: end-of-line before database") {
		t.Error(err)
	}
}

func TestMatch(t *testing.T) {
	roles := roleSet{"app": {}, "ann": {MemberOf: []string{"readers"}}, "readers": {MemberOf: []string{"all_staff"}}, "all_staff": {}, "aws": {}}
	tcp := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 1} }
	unix := &net.UnixAddr{}
	for _, x := range []struct {
		line, user, db string
		addr           net.Addr
		tls, want      bool
	}{
		{"local all all peer", "app", "aws", unix, false, true},
		{"local all all peer", "app", "aws", tcp("127.0.0.1"), false, false},
		{"host all all all reject", "app", "aws", unix, false, false},
		{"host all all 10.0.0.0/8 reject", "app", "aws", tcp("10.255.0.1"), false, true},
		{"host all all 10.0.0.0/8 reject", "app", "aws", tcp("::ffff:10.255.0.1"), false, true},
		{"host all all 10.0.0.7 255.0.0.0 reject", "app", "aws", tcp("10.1.0.1"), true, true},
		{"host all all 10.0.0.0/8 reject", "app", "aws", tcp("11.0.0.1"), false, false},
		{"host all all 0.0.0.0/0 reject", "app", "aws", tcp("2001:db8::1"), false, false},
		{"host all all ::/0 reject", "app", "aws", tcp("2001:db8::1"), false, true},
		{"host all all ::/0 reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{"host all all ::ffff:10.0.0.0/104 reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{"host all all ::ffff:10.0.0.0/8 reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{"host all all 10.0.7.0 255.0.255.0 reject", "app", "aws", tcp("10.9.7.1"), false, true},
		{"host all all 10.0.7.0 255.0.255.0 reject", "app", "aws", tcp("10.9.8.1"), false, false},
		{"host all all fe80::%lo/10 reject", "app", "aws", &net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}, false, true},
		{"hostssl all all all reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{"hostssl all all all reject", "app", "aws", tcp("10.0.0.1"), true, true},
		{"hostnossl all all all reject", "app", "aws", tcp("10.0.0.1"), true, false},
		{"hostgssenc all all all reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{"hostnogssenc all all all reject", "app", "aws", tcp("10.0.0.1"), false, true},
		{"host all +readers all reject", "ann", "aws", tcp("10.0.0.1"), false, true},
		{"host all +all_staff all reject", "ann", "aws", tcp("10.0.0.1"), false, true},
		{"host all +readers all reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{`host all "+readers" all reject`, "ann", "aws", tcp("10.0.0.1"), false, false},
		{"host sameuser all all reject", "aws", "aws", tcp("10.0.0.1"), false, true},
		{"host sameuser all all reject", "app", "aws", tcp("10.0.0.1"), false, false},
		{"host samerole all all reject", "ann", "readers", tcp("10.0.0.1"), false, true},
		{"host replication all all reject", "ann", "replication", tcp("10.0.0.1"), false, false},
		{`host "all" all all reject`, "ann", "aws", tcp("10.0.0.1"), false, false},
		{`host "all" all all reject`, "ann", "all", tcp("10.0.0.1"), false, true},
		{"host /^a.s$ /^an all reject", "ann", "aws", tcp("10.0.0.1"), false, true},
		{"host all all samehost reject", "ann", "aws", tcp("127.0.0.1"), false, true},
		{"host all all samehost reject", "ann", "aws", tcp("192.0.2.1"), false, false},
		{"host all all samenet reject", "ann", "aws", tcp("127.9.9.9"), false, true},
		{"host all all nowhere.invalid reject", "ann", "aws", tcp("192.0.2.1"), false, false},
	} {
		h, err := LoadHBA(writeFile(t, "hba", x.line), true)
		if err != nil {
			t.Errorf("%s: %v", x.line, err)
			continue
		}
		if got := h.match(Peer{x.user, x.db, x.addr, x.tls}, roles) != nil; got != x.want {
			t.Errorf("%s for %s@%s from %v: %v", x.line, x.user, x.db, x.addr, got)
		}
	}
}

func TestIdentMaps(t *testing.T) {
	id, err := LoadIdent(writeFile(t, "ident", strings.Join([]string{
		`m root app`, `m /^(.*)_dev$ \1`, `m /^x(.*)$ svc_\1`, `g all +readers`, `q "all" app`, `k /^(.*)$ \1`,
	}, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	roles := roleSet{"ann": {MemberOf: []string{"readers"}}, "readers": {}}
	for _, x := range []struct {
		usemap, system, role string
		want                 bool
	}{
		{"", "app", "app", true},
		{"", "app", "bob", false},
		{"m", "root", "app", true},
		{"m", "root", "bob", false},
		{"m", "ann_dev", "ann", true},
		{"m", "ann_dev", "bob", false},
		{"m", "xa.b", "svc_a.b", true},
		{"m", "xa.b", "svc_a_b", false},
		{"g", "all", "ann", true},
		{"g", "all", "readers", true},
		{"g", "all", "app", false},
		{"none", "root", "app", false},
		{"k", "all", "app", false},
		{"k", "+readers", "ann", false},
		{"k", "app", "app", true},
	} {
		if got := id.allows(x.usemap, x.system, x.role, roles); got != x.want {
			t.Errorf("%s: %s as %s: %v", x.usemap, x.system, x.role, got)
		}
	}
}

// FuzzHBA reads anything as both files.
func FuzzHBA(f *testing.F) {
	for _, name := range []string{"pg_hba.conf", "pg_ident.conf", "users.list"} {
		text, err := os.ReadFile("testdata/hba/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for _, line := range strings.Split(string(text), "\n") {
			f.Add([]byte(line))
		}
	}
	roles := roleSet{"a": {MemberOf: []string{"b"}}, "b": {MemberOf: []string{"a"}}}
	f.Fuzz(func(t *testing.T, text []byte) {
		open := func(path string) ([]byte, error) {
			if path == "x/pg_hba.conf" {
				return text, nil
			}
			return nil, os.ErrNotExist
		}
		lines, err := hbaLines("x/pg_hba.conf", false, open)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.err == nil && l.rule.addr.host == "" {
				l.rule.fits(Peer{"a", "b", &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1)}, true}, roles)
				l.rule.addr.columns()
			}
		}
		maps, _, err := identLines("x/pg_hba.conf", open)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range maps {
			(&Ident{[]identLine{m}}).allows("m", "a", "b", roles)
		}
	})
}
