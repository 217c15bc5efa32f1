package observe

import "testing"

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"alter role x password 'hunter2'":       "alter role x password ********",
		"PASSWORD='a''b' next":                  "PASSWORD=******** next",
		"key AKIAIOSFODNN7EXAMPLE.":             "key AKIAIOSF********.",
		"postgres://app:pw@host/db":             "postgres://app:********@host/db",
		"aws_secret_access_key = wJalrXUtnFEM":  "aws_secret_access_key = ********",
		"SCRAM-SHA-256$4096:c2FsdA==$YQ==:Yg==": "SCRAM-SHA-256$4096:********",
		"select 1":                              "select 1",
	} {
		if got := Redact(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
