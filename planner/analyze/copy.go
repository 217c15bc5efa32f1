package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// CopyFormat is the format of COPY.
type CopyFormat uint8

// The formats of COPY.
const (
	CopyText CopyFormat = iota
	CopyCSV
	CopyBinary
)

// Copy is COPY … TO STDOUT.
type Copy struct {
	plain
	Query      *nodes.Query
	Format     CopyFormat
	Delimiter  byte
	Null       string
	Header     bool
	Quote      byte
	Escape     byte
	ForceQuote []bool // one a column
	Encoding   string // "": the client's
}

// CommandTag is COPY; the session adds the count.
func (*Copy) CommandTag() string { return "COPY" }

// copyOptions are the options of COPY as given.
type copyOptions struct {
	from                              bool
	format                            string
	delimiter, null, defaults         *string
	quote, escape                     *string
	header, freeze                    bool
	encoding                          string
	forceQuote, forceNotNull          []string
	forceNull                         []string
	forceQuoteAll, notNullSet, setNul bool
}

func (u *utilityContext) copyTo(s *pg_query.CopyStmt) (Utility, error) {
	if err := u.copiesFiles(s); err != nil {
		return nil, err
	}
	switch {
	case s.IsFrom:
		return nil, u.refuseCopyFrom(s)
	case s.IsProgram:
		return nil, u.unsupported("COPY TO PROGRAM")
	case s.Filename != "":
		return nil, u.unsupported("COPY TO a file")
	}
	c := &Copy{}
	var err error
	inner := *u
	inner.params = &Params{Fixed: true} // analysed when it is run, and without parameters
	if s.Relation != nil {
		if c.Query, err = inner.copyTarget(s); err != nil {
			return nil, err
		}
	}
	o, err := readCopyOptions(s.Options, false)
	if err != nil {
		return nil, err
	}
	if err := o.apply(c); err != nil {
		return nil, err
	}
	if c.Query == nil {
		if c.Query, err = inner.copyTarget(s); err != nil {
			return nil, err
		}
	}
	return c, o.quoteColumns(c, inner.copyRelation(s))
}

// copiesFiles refuses a role the server's files and programs that it may not have (DoCopy).
func (u *utilityContext) copiesFiles(s *pg_query.CopyStmt) error {
	role, what := "pg_write_server_files", "COPY to a file"
	switch {
	case s.Filename == "":
		return nil
	case s.IsProgram:
		role, what = "pg_execute_server_program", "COPY to or from an external program"
	case s.IsFrom:
		role, what = "pg_read_server_files", "COPY from a file"
	}
	if u.catalog.Cluster().HasRole(u.env.User, role) {
		return nil
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to %s", what).
		Detailf("Only roles with privileges of the \"%s\" role may %s.", role, what).
		Hintf("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.")
}

// refuseCopyFrom refuses COPY FROM; what is wrong with its table, columns and options it says
// first (DoCopy, BeginCopyFrom, CopyFrom).
func (u *utilityContext) refuseCopyFrom(s *pg_query.CopyStmt) error {
	rel, _, err := u.copiedTable(s)
	if err != nil {
		return err
	}
	o, err := readCopyOptions(s.Options, true)
	if err != nil {
		return err
	}
	if err := o.apply(&Copy{}); err != nil {
		return err
	}
	if rel.Kind == 'v' {
		return pgerr.New(pgerrcode.WrongObjectType, "cannot copy to view \"%s\"", rel.Name).
			Hintf("To enable copying to a view, provide an INSTEAD OF INSERT trigger.")
	}
	return u.unsupported("COPY FROM")
}

// copiedTable finds the table of COPY and the columns that it names, CopyGetAttnums.
func (u *utilityContext) copiedTable(s *pg_query.CopyStmt) (*catalog.Relation, []string, error) {
	rel, err := u.state().openTable(s.Relation)
	if err != nil {
		if _, _, err := findClass(u.catalog, s.Relation, u.env.SearchPath); err != nil {
			return nil, nil, err
		}
		e := *pgerr.From(err)
		e.Position = 0
		return nil, nil, &e
	}
	columns := names(s.Attlist)
	for i, c := range columns {
		n := columnIndex(rel, c)
		if n < 0 {
			return nil, nil, pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", c, rel.Name)
		}
		for _, o := range columns[:i] {
			if columnIndex(rel, o) == n {
				return nil, nil, pgerr.New(pgerrcode.DuplicateColumn, "column \"%s\" specified more than once", c)
			}
		}
	}
	return rel, columns, nil
}

// readCopyOptions collects the options; each may be given once. from: of COPY FROM.
func readCopyOptions(list []*pg_query.Node, from bool) (*copyOptions, error) {
	o := &copyOptions{from: from}
	seen := map[string]bool{}
	for _, n := range list {
		d := n.GetDefElem()
		loc := int(d.Location)
		if seen[d.Defname] {
			return nil, pgerr.New(pgerrcode.SyntaxError, "conflicting or redundant options").At(loc)
		}
		seen[d.Defname] = true
		if err := o.read(d, loc); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *copyOptions) read(d *pg_query.DefElem, loc int) (err error) {
	text := func(to **string) error {
		s, err := defString(d)
		*to = &s
		return err
	}
	columns := func(to *[]string) error {
		l := d.GetArg().GetList()
		if l == nil {
			return pgerr.New(pgerrcode.InvalidParameterValue, "argument to option \"%s\" must be a list of column names", d.Defname).At(loc)
		}
		*to = names(l.Items)
		return nil
	}
	switch d.Defname {
	case "format":
		if o.format, err = defString(d); err != nil {
			return err
		}
		if o.format != "text" && o.format != "csv" && o.format != "binary" {
			return pgerr.New(pgerrcode.InvalidParameterValue, "COPY format \"%s\" not recognized", o.format).At(loc)
		}
	case "freeze":
		o.freeze, err = defBool(d)
	case "delimiter":
		err = text(&o.delimiter)
	case "null":
		err = text(&o.null)
	case "default":
		err = text(&o.defaults)
	case "header":
		if o.header, err = defBool(d); err != nil {
			if s, serr := defString(d); serr == nil && strings.EqualFold(s, "match") {
				if o.from {
					return nil
				}
				return pgerr.New(pgerrcode.FeatureNotSupported, "cannot use \"%s\" with HEADER in COPY TO", s)
			}
			return pgerr.New(pgerrcode.SyntaxError, "%s requires a Boolean value or \"match\"", d.Defname)
		}
	case "quote":
		err = text(&o.quote)
	case "escape":
		err = text(&o.escape)
	case "force_quote":
		if d.GetArg().GetAStar() != nil {
			o.forceQuoteAll = true
			return nil
		}
		err = columns(&o.forceQuote)
	case "force_not_null":
		o.notNullSet = true
		err = columns(&o.forceNotNull)
	case "force_null":
		o.setNul = true
		err = columns(&o.forceNull)
	case "encoding":
		if o.encoding, err = defString(d); err == nil && !knownEncoding(o.encoding) {
			err = pgerr.New(pgerrcode.InvalidParameterValue, "argument to option \"%s\" must be a valid encoding name", d.Defname).At(loc)
		}
	default:
		err = pgerr.New(pgerrcode.SyntaxError, "option \"%s\" not recognized", d.Defname).At(loc)
	}
	return err
}

// apply checks the options against each other and fills in defaults,
// ProcessCopyOptions.
func (o *copyOptions) apply(c *Copy) error {
	unsupported := func(msg string) error { return pgerr.New(pgerrcode.FeatureNotSupported, "%s", msg) }
	invalid := func(format string, args ...any) error {
		return pgerr.New(pgerrcode.InvalidParameterValue, format, args...)
	}
	csv := o.format == "csv"
	delimiter, null, quote := "\t", `\N`, `"`
	if csv {
		c.Format, delimiter, null = CopyCSV, ",", ""
	}
	if o.format == "binary" {
		c.Format = CopyBinary
		switch {
		case o.delimiter != nil:
			return pgerr.New(pgerrcode.SyntaxError, "cannot specify DELIMITER in BINARY mode")
		case o.null != nil:
			return pgerr.New(pgerrcode.SyntaxError, "cannot specify NULL in BINARY mode")
		case o.defaults != nil:
			return pgerr.New(pgerrcode.SyntaxError, "cannot specify DEFAULT in BINARY mode")
		}
	}
	given := func(to *string, from *string) {
		if from != nil {
			*to = *from
		}
	}
	given(&delimiter, o.delimiter)
	given(&null, o.null)
	given(&quote, o.quote)
	escape := quote
	given(&escape, o.escape)
	switch {
	case len(delimiter) != 1:
		return unsupported("COPY delimiter must be a single one-byte character")
	case strings.ContainsAny(delimiter, "\r\n"):
		return invalid("COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(null, "\r\n"):
		return invalid("COPY null representation cannot use newline or carriage return")
	case o.defaults != nil && strings.ContainsAny(*o.defaults, "\r\n"):
		return invalid("COPY default representation cannot use newline or carriage return")
	case !csv && strings.Contains("\\.abcdefghijklmnopqrstuvwxyz0123456789", delimiter):
		return invalid("COPY delimiter cannot be \"%s\"", delimiter)
	case o.format == "binary" && o.header:
		return unsupported("cannot specify HEADER in BINARY mode")
	case !csv && o.quote != nil:
		return unsupported("COPY quote available only in CSV mode")
	case csv && len(quote) != 1:
		return unsupported("COPY quote must be a single one-byte character")
	case csv && delimiter == quote:
		return invalid("COPY delimiter and quote must be different")
	case !csv && o.escape != nil:
		return unsupported("COPY escape available only in CSV mode")
	case csv && len(escape) != 1:
		return unsupported("COPY escape must be a single one-byte character")
	case !csv && (o.forceQuote != nil || o.forceQuoteAll):
		return unsupported("COPY force quote available only in CSV mode")
	case !csv && o.notNullSet:
		return unsupported("COPY force not null available only in CSV mode")
	case o.from && (o.forceQuote != nil || o.forceQuoteAll):
		return unsupported("COPY force quote only available using COPY TO")
	case o.notNullSet && !o.from:
		return unsupported("COPY force not null only available using COPY FROM")
	case !csv && o.setNul:
		return unsupported("COPY force null available only in CSV mode")
	case o.setNul && !o.from:
		return unsupported("COPY force null only available using COPY FROM")
	case strings.Contains(null, delimiter):
		return unsupported("COPY delimiter must not appear in the NULL specification")
	case csv && strings.Contains(null, quote):
		return unsupported("CSV quote character must not appear in the NULL specification")
	case o.defaults != nil && !o.from:
		return unsupported("COPY DEFAULT only available using COPY FROM")
	}
	c.Delimiter, c.Null, c.Header, c.Encoding = delimiter[0], null, o.header, o.encoding
	c.Quote, c.Escape = quote[0], escape[0]
	return nil
}

// quoteColumns resolves FORCE_QUOTE over the columns that are copied.
func (o *copyOptions) quoteColumns(c *Copy, rel *catalog.Relation) error {
	var out []string
	list := c.Query.TargetList
	if c.Query.Command != nodes.CmdSelect {
		list = c.Query.Returning
	}
	for _, t := range list {
		if !t.Resjunk {
			out = append(out, t.Name)
		}
	}
	c.ForceQuote = make([]bool, len(out))
	for i := range c.ForceQuote {
		c.ForceQuote[i] = o.forceQuoteAll
	}
	for i, name := range o.forceQuote {
		n, _ := findName(out, name)
		switch {
		case n >= 0:
		case rel == nil:
			return pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" does not exist", name)
		case columnIndex(rel, name) < 0:
			return pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, rel.Name)
		default:
			return pgerr.New(pgerrcode.InvalidColumnReference, "FORCE_QUOTE column \"%s\" not referenced by COPY", name)
		}
		for _, p := range o.forceQuote[:i] {
			if p == name {
				return pgerr.New(pgerrcode.DuplicateColumn, "column \"%s\" specified more than once", name)
			}
		}
		c.ForceQuote[n] = true
	}
	return nil
}

// copyRelation is the table that is copied, nil for a query.
func (u *utilityContext) copyRelation(s *pg_query.CopyStmt) *catalog.Relation {
	if s.Relation == nil {
		return nil
	}
	rel, _ := u.state().openTable(s.Relation) // copyTarget has found it
	return rel
}

// knownEncoding tells whether PostgreSQL has an encoding of that name; case and
// punctuation do not matter (pg_char_to_encoding).
func knownEncoding(name string) bool {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return strings.Contains(encodingNames, " "+b.String()+" ") && b.Len() > 0
}

const encodingNames = " abc alt big5 euccn eucjis2004 eucjp euckr euctw gb18030 gbk iso88591 iso885910 iso885913 iso885914 iso885915 iso885916 " +
	"iso88592 iso88593 iso88594 iso88595 iso88596 iso88597 iso88598 iso88599 johab koi8 koi8r koi8u latin1 latin10 latin2 latin3 latin4 " +
	"latin5 latin6 latin7 latin8 latin9 mskanji muleinternal shiftjis shiftjis2004 sjis sqlascii tcvn tcvn5712 uhc unicode utf8 vscii win " +
	"win1250 win1251 win1252 win1253 win1254 win1255 win1256 win1257 win1258 win866 win874 win932 win936 win949 win950 windows1250 " +
	"windows1251 windows1252 windows1253 windows1254 windows1255 windows1256 windows1257 windows1258 windows866 windows874 windows932 " +
	"windows936 windows949 windows950 "
