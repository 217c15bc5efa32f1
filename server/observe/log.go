package observe

import (
	"io"
	"log/slog"
	"os"

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
