// Package client is the other end of the wire: the small psql of `flowgres
// query`, and the probe of `flowgres healthcheck`. It knows nothing of the
// server but its address.
package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrShown ends a command whose failure has been shown already.
var ErrShown = errors.New("failed")

// Run runs statements on the server at dsn and prints their results to w, as
// table, csv or json. An error of the server has been shown on standard error
// when Run returns ErrShown.
func Run(ctx context.Context, dsn, sql, format string, w io.Writer) error {
	p, err := newPrinter(format, w)
	if err != nil {
		return err
	}
	pr := newProgress()
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
	return ErrShown
}
