package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
)

func queryCommand() *cobra.Command {
	var dsn, format string
	var demo bool
	cmd := &cobra.Command{
		Use: "query STATEMENT", Short: "Run statements and print their rows as a table, CSV or JSON", Args: cobra.ExactArgs(1),
		Long: "Run statements on a running server (--dsn), or in this process with the flags of serve, or on the sample fleet (--demo).",
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := newPrinter(format, cmd.OutOrStdout())
			if err != nil {
				return err
			}
			if dsn == "" {
				c, err := loadConfig(cmd)
				if err != nil {
					return err
				}
				if demo {
					d, err := startDemo()
					if err != nil {
						return err
					}
					defer d.stop()
					if err := d.use(c); err != nil {
						return err
					}
				}
				addr, stop, err := inProcess(cmd.Context(), c)
				if err != nil {
					return err
				}
				defer stop()
				dsn = fmt.Sprintf("postgres://flowgres@%s/aws?sslmode=disable", addr)
			}
			return runQuery(cmd.Context(), dsn, args[0], p, newProgress())
		},
	}
	settingFlags(cmd)
	cmd.Flags().StringVar(&dsn, "dsn", "", "server to ask, as a URL or key=value pairs")
	cmd.Flags().StringVar(&format, "format", "table", "table, csv or json")
	cmd.Flags().BoolVar(&demo, "demo", false, "ask the sample fleet")
	return cmd
}

// inProcess serves the configuration on a loopback port for this process's own
// client.
func inProcess(ctx context.Context, c *config) (addr string, stop func(), err error) {
	c.roles = nil
	if err := c.settings.SetServer("hba_file", "", guc.CommandLine); err != nil {
		return "", nil, err
	}
	a, err := newApp(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", nil, err
	}
	srv := a.server
	ln, err := server.Listen("127.0.0.1:0", 0o700)
	if err != nil {
		return "", nil, err
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	return ln.Addr().String(), func() {
		_ = srv.Close()
		<-done
		a.close()
	}, nil
}

// runQuery runs statements and prints their results.
func runQuery(ctx context.Context, dsn, sql string, p printer, pr *progress) error {
	cfg, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return err
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "flowgres query"
	}
	cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		pr.clear()
		fmt.Fprintf(os.Stderr, "%s:  %s\n", n.Severity, n.Message)
	}
	conn, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing)
	}()
	results := conn.Exec(ctx, sql)
	for results.NextResult() {
		r := results.ResultReader()
		fields := r.FieldDescriptions()
		if len(fields) > 0 {
			names := make([]string, len(fields))
			types := make([]uint32, len(fields))
			for i, f := range fields {
				names[i], types[i] = f.Name, f.DataTypeOID
			}
			p.begin(names, types)
		}
		for r.NextRow() {
			pr.row()
			if err := p.row(r.Values()); err != nil {
				return err
			}
		}
		tag, err := r.Close()
		if err != nil {
			break
		}
		pr.clear()
		if err := p.end(tag.String(), len(fields) > 0); err != nil {
			return err
		}
	}
	pr.clear()
	if err := results.Close(); err != nil {
		return queryError(sql, err)
	}
	return nil
}

// queryError shows an error of the server as psql does, with the place in the
// statement.
func queryError(sql string, err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	w := bufio.NewWriter(os.Stderr)
	fmt.Fprintf(w, "%s:  %s\n", e.Severity, e.Message)
	if e.Position > 0 {
		chars := []rune(sql)
		pos := min(int(e.Position)-1, len(chars))
		start := pos
		for start > 0 && chars[start-1] != '\n' {
			start--
		}
		end := pos
		for end < len(chars) && chars[end] != '\n' {
			end++
		}
		fmt.Fprintf(w, "LINE %d: %s\n", strings.Count(string(chars[:start]), "\n")+1, string(chars[start:end]))
		fmt.Fprintf(w, "%s^\n", strings.Repeat(" ", pos-start+8))
	}
	if e.Detail != "" {
		fmt.Fprintf(w, "DETAIL:  %s\n", e.Detail)
	}
	if e.Hint != "" {
		fmt.Fprintf(w, "HINT:  %s\n", e.Hint)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return errReported
}

// progress shows on a terminal how many rows have come.
type progress struct {
	on    bool
	rows  int
	began time.Time
	shown time.Time
}

func newProgress() *progress {
	return &progress{on: term.IsTerminal(int(os.Stderr.Fd())) && !term.IsTerminal(int(os.Stdout.Fd())), began: time.Now()}
}

func (p *progress) row() {
	p.rows++
	if !p.on || time.Since(p.shown) < 100*time.Millisecond {
		return
	}
	p.shown = time.Now()
	fmt.Fprintf(os.Stderr, "\r%d rows, %.1f s\x1b[K", p.rows, time.Since(p.began).Seconds())
}

func (p *progress) clear() {
	if p.on && !p.shown.IsZero() {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}

// printer writes results in one format.
type printer interface {
	begin(names []string, types []uint32)
	row(values [][]byte) error
	end(tag string, rows bool) error
}

func newPrinter(format string, w io.Writer) (printer, error) {
	switch format {
	case "table":
		return &tablePrinter{w: w}, nil
	case "csv":
		return &csvPrinter{w: csv.NewWriter(w)}, nil
	case "json":
		return &jsonPrinter{w: bufio.NewWriter(w)}, nil
	}
	return nil, fmt.Errorf("unknown format %q: table, csv or json", format)
}

// tablePrinter aligns columns as psql does.
type tablePrinter struct {
	w     io.Writer
	names []string
	right []bool
	rows  [][]string
}

func (p *tablePrinter) begin(names []string, types []uint32) {
	p.names, p.rows, p.right = names, nil, make([]bool, len(names))
	for i, t := range types {
		switch t {
		case 20, 21, 23, 26, 700, 701, 790, 1700: // numbers stand right
			p.right[i] = true
		}
	}
}

func (p *tablePrinter) row(values [][]byte) error {
	r := make([]string, len(values))
	for i, v := range values {
		r[i] = string(v)
	}
	p.rows = append(p.rows, r)
	return nil
}

func (p *tablePrinter) end(tag string, rows bool) error {
	w := bufio.NewWriter(p.w)
	if !rows {
		fmt.Fprintln(w, tag)
		return w.Flush()
	}
	widths := make([]int, len(p.names))
	lines := func(s string) []string { return strings.Split(s, "\n") }
	for i, n := range p.names {
		widths[i] = utf8.RuneCountInString(n)
		for _, r := range p.rows {
			for _, l := range lines(r[i]) {
				widths[i] = max(widths[i], utf8.RuneCountInString(l))
			}
		}
	}
	for i, n := range p.names {
		if i > 0 {
			fmt.Fprint(w, "|")
		}
		left := (widths[i] - utf8.RuneCountInString(n)) / 2
		fmt.Fprintf(w, " %s%s%s ", strings.Repeat(" ", left), n, strings.Repeat(" ", widths[i]-left-utf8.RuneCountInString(n)))
	}
	fmt.Fprintln(w)
	for i := range p.names {
		if i > 0 {
			fmt.Fprint(w, "+")
		}
		fmt.Fprint(w, strings.Repeat("-", widths[i]+2))
	}
	fmt.Fprintln(w)
	for _, r := range p.rows {
		height := 1
		for _, v := range r {
			height = max(height, strings.Count(v, "\n")+1)
		}
		for l := range height {
			for i, v := range r {
				if i > 0 {
					fmt.Fprint(w, "|")
				}
				text, more := "", " "
				if ls := lines(v); l < len(ls) {
					text = ls[l]
					if l < len(ls)-1 {
						more = "+"
					}
				}
				pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
				if p.right[i] {
					text = pad + text
				} else if i < len(r)-1 || more == "+" {
					text += pad
				}
				if i == len(r)-1 && more == " " {
					more = ""
				}
				fmt.Fprintf(w, " %s%s", text, more)
			}
			fmt.Fprintln(w)
		}
	}
	plural := "s"
	if len(p.rows) == 1 {
		plural = ""
	}
	fmt.Fprintf(w, "(%d row%s)\n\n", len(p.rows), plural)
	return w.Flush()
}

// csvPrinter writes a header and records.
type csvPrinter struct {
	w *csv.Writer
}

func (p *csvPrinter) begin(names []string, _ []uint32) { _ = p.w.Write(names) }

func (p *csvPrinter) row(values [][]byte) error {
	r := make([]string, len(values))
	for i, v := range values {
		r[i] = string(v)
	}
	return p.w.Write(r)
}

func (p *csvPrinter) end(string, bool) error {
	p.w.Flush()
	return p.w.Error()
}

// jsonPrinter writes an array of objects a result.
type jsonPrinter struct {
	w     *bufio.Writer
	names []string
	types []uint32
	n     int
}

func (p *jsonPrinter) begin(names []string, types []uint32) {
	p.names, p.types, p.n = names, types, 0
	fmt.Fprint(p.w, "[")
}

func (p *jsonPrinter) row(values [][]byte) error {
	if p.n++; p.n > 1 {
		fmt.Fprint(p.w, ",")
	}
	fmt.Fprint(p.w, "\n  {")
	for i, v := range values {
		if i > 0 {
			fmt.Fprint(p.w, ", ")
		}
		name, err := json.Marshal(p.names[i])
		if err != nil {
			return err
		}
		text, err := jsonValue(v, p.types[i])
		if err != nil {
			return err
		}
		fmt.Fprintf(p.w, "%s: %s", name, text)
	}
	_, err := fmt.Fprint(p.w, "}")
	return err
}

func (p *jsonPrinter) end(_ string, rows bool) error {
	if rows {
		if p.n > 0 {
			fmt.Fprintln(p.w)
		}
		fmt.Fprintln(p.w, "]")
	}
	return p.w.Flush()
}

// jsonValue turns a value's text into JSON by its type.
func jsonValue(v []byte, typ uint32) ([]byte, error) {
	switch {
	case v == nil:
		return []byte("null"), nil
	case typ == 114 || typ == 3802:
		return v, nil
	case typ == 16:
		return []byte(map[string]string{"t": "true"}[string(v)] + map[string]string{"f": "false"}[string(v)]), nil
	case typ == 20 || typ == 21 || typ == 23 || typ == 26 || typ == 700 || typ == 701 || typ == 1700:
		if json.Valid(v) {
			return v, nil
		}
	}
	return json.Marshal(string(v))
}
