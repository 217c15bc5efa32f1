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
