package config_test

import (
	"strings"
	"testing"

	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/config"
)

// TestPasswords tells verifiers, passwords and what was cut off a verifier apart.
func TestPasswords(t *testing.T) {
	made, err := server.NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]string{
		made:                          "",
		"secret":                      "",
		made[:len(made)-9]:            "looks like a verifier",
		"SCRAM-SHA-256$4096:…":        "looks like a verifier",
		"scram-sha-256$ is no prefix": "",
	} {
		c := config.New()
		c.Roles = map[string]config.Role{"app": {Password: password}}
		roles, err := c.ServerRoles()
		switch {
		case want == "" && (err != nil || !server.IsVerifier(roles["app"].Verifier)):
			t.Errorf("%s: %v", password, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), password)):
			t.Errorf("%s: %v", password, err)
		}
	}
}

// TestErrors tells where a file is wrong: by the line, never with what may be a
// password.
func TestErrors(t *testing.T) {
	t.Setenv("SET_ONE", "30s")
	for text, want := range map[string]string{
		"":                              "",
		"# nothing\n":                   "",
		"statement_timeout: ${SET_ONE}": "",
		"roles: {a: {settings: {statement_timeout: '${SET_ONE}'}}}": "",
		"text":                                                              "line 1: settings are wanted, as name: value",
		"listen: x\naws:\n  regionss: all\n":                                `line 3: unknown setting "aws.regionss"; did you mean aws.regions?`,
		"listen: x\nlog_connections: maybe\n":                               `line 2: log_connections: parameter "log_connections" requires a Boolean value`,
		"listen: x\nroles:\n  a:\n    acces: read-only\n":                   `roles: line 4: unknown key "acces"`,
		"roles:\n  a: {}\n  b: {password: [secret]}\n":                      "roles: line 3: cannot unmarshal !!seq into string",
		"roles:\n  a:\n    connection_limit: secret\n":                      "roles: line 3: cannot unmarshal !!str a value into int",
		"aws:\n  accounts:\n    - {profile: x}\n    - {role: x}\n":          `accounts: line 4: unknown key "role"`,
		"roles:\n  a: {password: '${NOT_SET}'}\n":                           "environment variables are not set: NOT_SET (line 2)",
		"roles: {a: {settings: {statement_timeou: 30s}}}":                   `role a: settings: unrecognized configuration parameter "statement_timeou"`,
		"roles: {a: {settings: {statement_timeout: 30x}}}":                  `role a: settings: invalid value for parameter "statement_timeout": "30x"`,
		"roles: {a: {member_of: [b]}, b: {member_of: [c]}, c: {}}":          "",
		"roles: {a: {member_of: [a]}}":                                      `role a: member_of: role "a" is a member of role "a"`,
		"roles: {a: {member_of: [pg_monitor, pg_signal_backend]}}":          "",
		"roles: {pg_monitor: {login: false}, a: {member_of: [pg_monitor]}}": "",
		"roles: {pg_monitor: {}}":                                           `role name "pg_monitor" is reserved`,
		"roles: {pg_x: {login: no}}":                                        `role name "pg_x" is reserved`,
		"roles: {public: {}}":                                               `role name "public" is reserved`,
		"roles: {none: {}}":                                                 `role name "none" is reserved`,
		"roles: {'': {}}":                                                   `role name "" is reserved`,
		"roles: {a: {regions: ['eu-*', 'us-east-?']}}":                      "",
		"roles: {a: {regions: ['eu_%']}}":                                   `role a: regions must be names or patterns of them, not "eu_%"`,
		"roles: {a: {regions: ['']}}":                                       `role a: regions must be names or patterns of them, not ""`,
		"roles: {a: {accounts: ['1*']}}":                                    `role a: accounts must be names, not "1*"`,
		"roles: {postgres: {}}":                                             "",
		"roles: {a: {settings: {max_connections: 3}}}":                      `role a: settings: parameter "max_connections" cannot be changed`,
	} {
		c := config.New()
		err := c.Read([]byte(text))
		if err == nil {
			_, err = c.EngineRoles()
		}
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
