package catalog

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// defaultPath is the search path where no session tells its own.
var defaultPath = []string{"pg_catalog", "public", "ec2"}

// path is the effective search path of a call.
func path(call *adt.Call) []string {
	if call == nil || call.Env == nil || call.Env.SearchPath == nil {
		return defaultPath
	}
	return call.Env.SearchPath
}

// qualified writes a name with its schema (quote_qualified_identifier); an
// empty schema is left out.
func qualified(schema, name string) string {
	if schema == "" {
		return quoteIdent(name)
	}
	return quoteIdent(schema) + "." + quoteIdent(name)
}

func errNameSyntax() error { return pgerr.New(pgerrcode.InvalidName, "invalid name syntax") }

// splitName reads a possibly qualified and quoted name
// (stringToQualifiedNameList): unquoted parts are folded to lower case.
func splitName(s string) ([]string, error) {
	var out []string
	rest := strings.TrimLeft(s, " \t\n\r\v\f")
	if rest == "" {
		return nil, errNameSyntax()
	}
	for {
		var part string
		if rest != "" && rest[0] == '"' {
			var b strings.Builder
			i := 1
			for {
				if i >= len(rest) {
					return nil, errNameSyntax()
				}
				if rest[i] == '"' {
					if i+1 < len(rest) && rest[i+1] == '"' {
						i++
					} else {
						break
					}
				}
				b.WriteByte(rest[i])
				i++
			}
			part, rest = b.String(), rest[i+1:]
		} else {
			i := strings.IndexAny(rest, ". \t\n\r\v\f")
			if i < 0 {
				i = len(rest)
			}
			if i == 0 {
				return nil, errNameSyntax()
			}
			part, rest = lower(rest[:i]), rest[i:]
		}
		out = append(out, truncate(part))
		rest = strings.TrimLeft(rest, " \t\n\r\v\f")
		if rest == "" || len(out) > 1000 { // which no name has
			return out, nil
		}
		if rest[0] != '.' {
			return nil, errNameSyntax()
		}
		rest = strings.TrimLeft(rest[1:], " \t\n\r\v\f")
	}
}

// lower folds an identifier as downcase_identifier does in UTF-8: ASCII only.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// truncate cuts an identifier to NAMEDATALEN-1 bytes without splitting a character.
func truncate(s string) string {
	if len(s) < 64 {
		return s
	}
	n := 63
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// schemaAndName takes a list of one to three names apart
// (DeconstructQualifiedName); a database must be ours.
func (c *Catalog) schemaAndName(names []string) (schema, name string, err error) {
	switch len(names) {
	case 1:
		return "", names[0], nil
	case 2:
		return names[0], names[1], nil
	case 3:
		if names[0] != c.database.Name {
			return "", "", pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(names, "."))
		}
		return names[1], names[2], nil
	}
	return "", "", pgerr.Throw(pgerr.New(pgerrcode.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(names, ".")))
}

// checkSchema fails for a schema that does not exist (LookupExplicitNamespace).
func (c *Catalog) checkSchema(schema string) error {
	if _, ok := c.schemas[schema]; schema != "" && !ok {
		return pgerr.New(pgerrcode.InvalidSchemaName, `schema "%s" does not exist`, schema)
	}
	return nil
}
