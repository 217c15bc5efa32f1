package observe

import (
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"alter role x password 'hunter2'":                      "alter role x password ********",
		"PASSWORD='a''b' next":                                 "PASSWORD=******** next",
		"key AKIAIOSFODNN7EXAMPLE.":                            "key AKIAIOSF********.",
		"postgres://app:pw@host/db":                            "postgres://app:********@host/db",
		"aws_secret_access_key = wJalrXUtnFEM":                 "aws_secret_access_key = ********",
		"SCRAM-SHA-256$4096:c2FsdA==$YQ==:Yg==":                "SCRAM-SHA-256$4096:********",
		"alter role x password e'a\\'b' login":                 "alter role x password ******** login",
		"alter role x password $$hunter2$$":                    "alter role x password ********",
		`"password": "hunter2"`:                                `"password": ********`,
		"SELECT set_config('my.secret', 'hunter2', false)":     "SELECT set_config('my.secret', ********, false)",
		"set_config('a.token'::text, $q$hunter2$q$, true)":     "set_config('a.token'::text, ********, true)",
		"SET LOCAL my.secret TO hunter2":                       "SET LOCAL my.secret TO ********",
		"aws_session_token=hunter2&x":                          "aws_session_token=********&x",
		"{'client_secret': 'hunter2'}":                         "{'client_secret': ********}",
		"select 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 1": "select '********', 1",
		"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY":             "********",
		"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0": "Bearer eyJ********",
		"x IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQDabc= y":  "x IQoJb3JpZ2lu******** y",
		"set x.token to 'hunter2'":                             "set x.token to ********",

		`password authentication failed for user "x"`: `password authentication failed for user "x"`,
		"set password_encryption to md5":              "set password_encryption to md5",
		"secret agents to come, 'x'":                  "secret agents to come, 'x'",
		"the token has expired":                       "the token has expired",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4":    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4", // a digest
		"SELECT aVeryLongColumnNameThatHasFortyLetters00_x, aVeryLongColumnNameThatHasFortyLettersOfIts": "SELECT aVeryLongColumnNameThatHasFortyLetters00_x, aVeryLongColumnNameThatHasFortyLettersOfIts",
		"arn:aws:s3:::bucket/AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026":                            "arn:aws:s3:::bucket/AWSLogs/111122223333/vpcflowlogs/eu-west-1/2026",
		"select 1": "select 1",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// BenchmarkRedact reads a long statement, without and with what may be a secret.
func BenchmarkRedact(b *testing.B) {
	plain := "select " + strings.Repeat("case when true then ", 30_000) + "1" + strings.Repeat(" end", 30_000)
	for name, s := range map[string]string{
		"plain": plain, "secret": plain + " password 'hunter2'",
		"names": strings.Repeat("secret= ", 80_000), "urls": strings.Repeat("http://a:", 80_000), "long": strings.Repeat("secret", 80_000),
		"keys": strings.Repeat("AKIA", 150_000), "quotes": strings.Repeat("secret='", 80_000), "sets": strings.Repeat("set secret to ", 50_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			for b.Loop() {
				Redact(s)
			}
		})
	}
}
