package server

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// start is how a connection may begin: requests for encryption, which are
// refused, and a startup message or a cancel request, right or wrong.
func (g *talk) start() []string {
	script := []string{"dial"}
	for g.chance(30) {
		script = append(script, "raw 00000008 "+g.pick("04d2162f", "04d21630"), "byte")
	}
	body := g.startup()
	if g.chance(15) {
		body = g.damage(body)
	}
	n := len(body) + 4
	if g.chance(5) {
		n += g.IntN(9) - 4
	}
	script = append(script, fmt.Sprintf("raw %08x %s", max(n, 0), hex.EncodeToString(body)))
	if g.chance(30) {
		script = append(script, `Query "show work_mem"`)
	}
	if g.chance(30) {
		script = append(script, `Query "select current_user, current_setting('application_name'), current_setting('DateStyle'), current_setting('client_encoding')"`)
	}
	return script
}

func (g *talk) startup() []byte {
	version := g.pick("\x00\x03\x00\x00", "\x00\x03\x00\x00", "\x00\x03\x00\x00", "\x00\x03\x00\x00", "\x00\x03\x00\x02", "\x00\x03\x00\x63", "\x00\x02\x00\x00", "\x00\x04\x00\x00", "\x04\xd2\x16\x2e", "\x00\x00\x00\x00")
	if version == "\x04\xd2\x16\x2e" {
		return []byte(version + g.pick("\x00\x00\x00\x01\x00\x00\x00\x02", "\x00\x00\x00\x01", ""))
	}
	b := []byte(version)
	add := func(k, v string) { b = append(append(append(append(b, k...), 0), v...), 0) }
	if g.chance(95) {
		add("user", g.pick("postgres", "postgres", "postgres", "postgres", "app", "bob", "", "Postgres"))
	}
	if g.chance(90) {
		add("database", g.pick("aws", "aws", "aws", "aws", "nosuch", "", "AWS", "template1"))
	}
	for g.chance(60) {
		switch g.IntN(9) {
		case 0:
			add("application_name", g.pick("x", "", "é", "a\x01b", strings.Repeat("long", 40)))
		case 1:
			add("client_encoding", g.pick("UTF8", "utf-8", "'utf-8'", "LATIN1", "nosuch", "", "SQL_ASCII", "\"UTF8\""))
		case 2:
			add(g.pick("DateStyle", "datestyle", "DATESTYLE"), g.pick("ISO", "German, DMY", "nosuch", "ISO, MDY", "iso,ymd", ""))
		case 3:
			add("TimeZone", g.pick("UTC", "Europe/Paris", "nosuch", "+3", "'UTC'", "interval '1 hour'"))
		case 4:
			add("options", g.pick("-c work_mem=2MB", "--work-mem=3MB", "-cwork_mem=64", "-c work_mem", "-c work_mem=x", "-x", "work_mem=2MB", "-c a.b=c", "-c\\ x=1", "-c search_path=a,b -c search_path=c", "-d 3",
				"-e", "-E", "-S 100", "-S x", "--", "-c", "  ", "-c application_name=a\\ b", "-c datestyle=German -c DateStyle=ISO", "-c nosuch=1", "-c session_authorization=app", "-c role=app", "-c max_connections=5", "-f s", "-f x", "-t pa", "-W 0", "-c client_encoding=latin1",
				"-B 100", "-F", "-h x", "-k x", "-l", "-n x", "-N 3", "-O", "-p 1", "-P", "-r x", "-s", "-T", "-v 3", "-C x", "-D x", "-i", "-j", "-b", "-o x", "-Z"))
		case 5:
			add(g.pick("_pq_.x", "_pq_.", "_pq_.long"), g.pick("1", ""))
		case 6:
			add(g.pick("nosuch", "a.b", "work_mem", "search_path", "extra_float_digits", "statement_timeout", "is_superuser", "server_version", "max_connections", "session_authorization", "role", "transaction_isolation", "default_transaction_isolation", "intervalstyle", "", "log_statement", "jit", "bytea_output"),
				g.pick("1", "", "x", "serializable", "2MB", "off", "app", "hex", "iso_8601"))
		case 7:
			add("replication", g.pick("false", "off", "0", "x", ""))
		case 8:
			add(g.pick("user", "database"), g.pick("postgres", "aws"))
		}
	}
	if g.chance(97) {
		b = append(b, 0)
	}
	return b
}
