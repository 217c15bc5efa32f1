package catalog

import (
	"fmt"
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// FormatType gives a type's SQL name with its modifier, as format_type does; a
// typmod of -1 means none is given.
func (c *Catalog) FormatType(oid OID, typmod int32) string {
	return c.formatType(oid, typmod, false, nil)
}

// formatType is format_type_extended. given tells that the caller knows a
// typmod, even if it is -1; types not visible along a path get their schema.
func (c *Catalog) formatType(oid OID, typmod int32, given bool, path []string) string {
	if oid == 0 {
		return "-"
	}
	t := c.types[oid]
	if t == nil {
		return "???"
	}
	array := ""
	if e := c.types[t.Elem]; t.IsArray && e != nil && t.OID != 22 && t.OID != 30 { // int2vector, oidvector: of plain storage
		array, t = "[]", e
	}
	with := typmod >= 0
	name := ""
	switch t.OID {
	case adt.BitOID:
		switch {
		case with:
			name = c.withTypmod("bit", t, typmod)
		case given:
			name = `"bit"` // bit with no typmod is not bit(1)
		default:
			name = "bit"
		}
	case adt.BoolOID:
		name = "boolean"
	case adt.BpcharOID:
		switch {
		case with:
			name = c.withTypmod("character", t, typmod)
		case given:
			name = "bpchar"
		default:
			name = "character"
		}
	case adt.Float4OID:
		name = "real"
	case adt.Float8OID:
		name = "double precision"
	case adt.Int4OID:
		name = "integer"
	case adt.Int2OID:
		name = "smallint"
	case adt.Int8OID:
		name = "bigint"
	case adt.NumericOID:
		name = c.withTypmod("numeric", t, typmod)
	case adt.IntervalOID:
		name = c.withTypmod("interval", t, typmod)
	case adt.TimeOID:
		name = timeName("time", "without", typmod)
	case adt.TimetzOID:
		name = timeName("time", "with", typmod)
	case adt.TimestampOID:
		name = timeName("timestamp", "without", typmod)
	case adt.TimestamptzOID:
		name = timeName("timestamp", "with", typmod)
	case adt.VarbitOID:
		name = c.withTypmod("bit varying", t, typmod)
	case adt.VarcharOID:
		name = c.withTypmod("character varying", t, typmod)
	default:
		name = quoteIdent(t.Name)
		if !c.typeVisible(t, path) {
			name = quoteIdent(t.Schema) + "." + name
		}
		name = c.withTypmod(name, t, typmod)
	}
	return name + array
}

// typeVisible tells whether the unqualified name finds the type; without a
// path that of the server's default search_path counts.
func (c *Catalog) typeVisible(t *adt.Type, path []string) bool {
	if path == nil {
		return t.Schema != "information_schema" && t.Schema != "pg_toast"
	}
	return c.TypeByName("", t.Name, path) == t
}

// timeName writes the time types, whose typmod stands inside their name.
func timeName(name, zone string, typmod int32) string {
	if typmod >= 0 {
		return fmt.Sprintf("%s(%d) %s time zone", name, typmod, zone)
	}
	return name + " " + zone + " time zone"
}

// withTypmod is printTypmod: the type's own typmod output, else the number.
func (c *Catalog) withTypmod(name string, t *adt.Type, typmod int32) string {
	if typmod < 0 {
		return name
	}
	s, err := typmodOut(t, typmod)
	if err != nil {
		return name
	}
	return name + s
}

// typmodOut runs a type's typmod output function, else writes the number.
func typmodOut(t *adt.Type, typmod int32) (string, error) {
	if t.TypmodOut == nil || t.TypmodOut.Call == nil {
		return fmt.Sprintf("(%d)", typmod), nil
	}
	d, err := t.TypmodOut.Call(&adt.Call{Name: t.Name, Args: []OID{23}, Result: adt.CStringOID, Typmod: -1}, []adt.Datum{typmod})
	if err != nil {
		return "", err
	}
	s, _ := d.(string)
	return s, nil
}

// checkTypmodOut tells why a typmod cannot be written.
func (c *Catalog) checkTypmodOut(oid OID, typmod int32) error {
	t := c.types[oid]
	if t != nil && t.IsArray {
		t = c.types[t.Elem]
	}
	if t == nil || typmod < 0 {
		return nil
	}
	_, err := typmodOut(t, typmod)
	return err
}

// quoteIdent is quote_identifier: quotes where the name would not be read back
// as it is.
func quoteIdent(s string) string {
	safe := s != "" && (s[0] >= 'a' && s[0] <= 'z' || s[0] == '_')
	for i := 0; i < len(s) && safe; i++ {
		b := s[i]
		safe = b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_'
	}
	if safe && !keywords()[s] {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
