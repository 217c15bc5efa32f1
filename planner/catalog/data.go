package catalog

import (
	"embed"
	"strings"
)

//go:embed data/*.tsv
var files embed.FS

// null is how COPY's text format writes NULL.
const null = `\N`

// rows are the data of one catalog as dumped: cells in COPY's escaped form,
// row after row.
type rows struct {
	columns []string
	cells   []string
}

// load splits an embedded file. The files are part of the program, so that one
// that is missing is an error of the build.
func load(name string) rows {
	b, err := files.ReadFile("data/" + name + ".tsv")
	if err != nil {
		panic(err)
	}
	head, body, _ := strings.Cut(string(b), "\n")
	r := rows{columns: strings.Split(head, "\t")}
	r.cells = make([]string, 0, len(r.columns)*strings.Count(body, "\n"))
	start := 0
	for i := 0; i < len(body); i++ {
		if c := body[i]; c == '\t' || c == '\n' {
			r.cells = append(r.cells, body[start:i])
			start = i + 1
		}
	}
	return r
}

// each calls f for every row.
func (r rows) each(f func(row row)) {
	n := len(r.columns)
	for i := 0; i+n <= len(r.cells); i += n {
		f(row{r.cells[i : i+n]})
	}
}

// col gives the position of a column; the names are ours, so that a wrong one
// is a mistake of the program.
func (r rows) col(name string) int {
	for i, c := range r.columns {
		if c == name {
			return i
		}
	}
	panic("no column " + name)
}

// row is one row of a data file.
type row struct{ cells []string }

func (r row) oid(i int) OID   { return OID(r.int(i)) }
func (r row) bool(i int) bool { return r.cells[i] == "t" }

func (r row) char(i int) byte {
	if r.cells[i] == "" {
		return 0
	}
	return r.cells[i][0]
}

func (r row) int(i int) int { return atoi(r.cells[i]) }

func (r row) isNull(i int) bool { return r.cells[i] == null }

// text gives a cell unescaped; NULL is "".
func (r row) text(i int) string { return unescape(r.cells[i]) }

// textPtr gives a cell unescaped, nil for NULL.
func (r row) textPtr(i int) *string {
	if r.isNull(i) {
		return nil
	}
	s := unescape(r.cells[i])
	return &s
}

// oids parses an oidvector ("1 2") or an oid array ("{1,2}").
func (r row) oids(i int) []OID {
	s := r.cells[i]
	if s == "" || s == null {
		return nil
	}
	s = strings.Trim(s, "{}")
	out := make([]OID, 0, strings.Count(s, " ")+strings.Count(s, ",")+1)
	for s != "" {
		n := strings.IndexAny(s, " ,")
		if n < 0 {
			n = len(s)
		}
		out = append(out, OID(atoi(s[:n])))
		s = s[min(n+1, len(s)):]
	}
	return out
}

// texts parses an array of text or "char" of one dimension without NULLs.
func (r row) texts(i int) []string {
	s := r.text(i)
	if s == "" || s == null || r.isNull(i) {
		return nil
	}
	var out []string
	s = s[1 : len(s)-1]
	for s != "" {
		var item string
		item, s = arrayItem(s)
		out = append(out, item)
	}
	return out
}

// arrayItem takes the first item off the inside of an array literal.
func arrayItem(s string) (item, rest string) {
	if s[0] != '"' {
		item, rest, _ = strings.Cut(s, ",")
		return item, rest
	}
	var b strings.Builder
	i := 1
	for ; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), strings.TrimPrefix(s[i+1:], ",")
}

// unescape undoes the backslash escapes of COPY's text format.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	if s == null {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\\' && i+1 < len(s) {
			i++
			switch c = s[i]; c {
			case 'b':
				c = '\b'
			case 'f':
				c = '\f'
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'v':
				c = '\v'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// atoi parses the integers of the data files.
func atoi(s string) int {
	neg := s != "" && s[0] == '-'
	if neg {
		s = s[1:]
	}
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	if neg {
		return -n
	}
	return n
}
