package client

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

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
