package config

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/flowgres/flowgres/planner/guc"
)

//go:generate env FLOWGRES_WRITE_SETTINGS=1 go test . -run TestSettingsReference

// Reference gives deploy/settings.md: every setting that an operator
// gives, from the registry.
func Reference() []byte {
	var b bytes.Buffer
	b.WriteString("# Settings\n\nGenerated from the registry by `go generate ./server/config`; do not edit.\n\n" +
		"The configuration file, then the environment, then flags set them, each over the one before; a session's SET and a role's settings come last, " +
		"where the last column says `user`. `sighup` follows a reload, `postmaster` a restart.\n\n" +
		"| File key | Environment | Flag | Default | Meaning | Changed by |\n|---|---|---|---|---|---|\n")
	for _, d := range guc.MustNew().Flags() {
		text := strings.ReplaceAll(strings.TrimSpace(d.Short+" "+d.Extra), "|", "\\|")
		if len(d.Values) > 0 {
			text += " One of: " + strings.Join(d.Values, ", ") + "."
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | `--%s` | %s | %s | %s |\n", d.Key(), d.EnvName(), d.FlagName(), quoted(d.Show(d.Boot)), text, d.Context)
	}
	return b.Bytes()
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", "\\|") + "`"
}
