package observe

import (
	"io"
	"log/slog"
	"os"
	"regexp"

	"golang.org/x/term"

	"github.com/flowgres/flowgres/planner/guc"
)

// NewLog makes the logger that the settings ask for, on standard error. level
// follows log_level at a reload.
func NewLog(r *guc.Registry, level *slog.LevelVar) *slog.Logger {
	SetLevel(r, level)
	return slog.New(NewHandler(os.Stderr, r.Text("log_format"), level))
}

// NewHandler makes a handler whose lines hold no secrets. format is json, text or
// auto: text on a terminal.
func NewHandler(w io.Writer, format string, level slog.Leveler) slog.Handler {
	opt := &slog.HandlerOptions{Level: level, ReplaceAttr: redactAttr}
	if f, ok := w.(*os.File); format == "auto" && (!ok || !term.IsTerminal(int(f.Fd()))) {
		format = "json"
	}
	if format == "json" {
		return slog.NewJSONHandler(w, opt)
	}
	return slog.NewTextHandler(w, opt)
}

// SetLevel gives level the value of log_level.
func SetLevel(r *guc.Registry, level *slog.LevelVar) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(r.Text("log_level"))); err != nil {
		l = slog.LevelInfo
	}
	level.Set(l)
}

// redactAttr keeps secrets out of log lines, whatever put them in.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Redact(a.Value.String()))
	case slog.KindAny:
		if err, ok := a.Value.Any().(error); ok {
			a.Value = slog.StringValue(Redact(err.Error()))
		}
	}
	return a
}

// A secret's name, quoted or not, and a string in one of SQL's quotations.
const (
	secretName = `(?i)(\b\w*(?:password|passwd|passphrase|secret|token|access_?key|private_?key)['"]?`
	quoted     = `e?'(?:[^'\\]|''|\\.)*'|"[^"]*"|\$\w*\$.*?\$\w*\$`
	bare       = `[^\s,;'")&:][^\s,;'")&]*`
)

// secrets are what no log shows: each pattern's first group stays. A bare word
// is a secret after = or :, and in SET after TO, not after a space alone ("password
// authentication failed").
var secrets = []*regexp.Regexp{
	regexp.MustCompile(secretName + `(?:\s*::\s*\w+)?\s*,\s*)(?:` + quoted + `)`), // set_config's
	regexp.MustCompile(secretName + `\s*(?:=|:|\bto\b|\s)\s*)(?:` + quoted + `)`),
	regexp.MustCompile(secretName + `\s*[=:]\s*)(?:` + quoted + `|` + bare + `)`),
	regexp.MustCompile(`(?i)(\bset\s+(?:session\s+|local\s+)?[\w."]*(?:password|passwd|passphrase|secret|token|access_?key|private_?key)"?\s+to\s+)` + bare),
	regexp.MustCompile(`(\b(?:AKIA|ASIA)[A-Z0-9]{4})[A-Z0-9]{12}\b`),
	regexp.MustCompile(`(\bSCRAM-SHA-256\$\d+:)[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+`),
	regexp.MustCompile(`(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+`),
	regexp.MustCompile(`((?:postgres|postgresql|https?)://[^:/@\s]*:)[^@\s]+@`),
}

// urlSecret is the pattern in secrets of a URL's password.
var urlSecret = len(secrets) - 1

// Redact blots out passwords, keys and verifiers.
func Redact(s string) string {
	for i, re := range secrets {
		with := "${1}********"
		if i == urlSecret {
			with += "@"
		}
		s = re.ReplaceAllString(s, with)
	}
	return s
}
