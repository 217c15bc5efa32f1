package adt

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// XMLValue writes a SQL value as XML content, or unescaped for an attribute
// (map_sql_value_to_xml_value).
func XMLValue(c *Call, v Datum, typ OID, escape bool) (string, error) {
	t := c.Env.Types.TypeByOID(typ)
	for t != nil && t.Base != 0 {
		t = c.Env.Types.TypeByOID(t.Base)
	}
	if t == nil {
		return "", pgerr.Internal("cache lookup failed for type %d", typ)
	}
	if a, ok := v.(*Array); ok && t.IsArray {
		var b strings.Builder
		for _, e := range a.Values {
			if e == nil {
				continue
			}
			s, err := XMLValue(c, e, a.Elem, true)
			if err != nil {
				return "", err
			}
			b.WriteString("<element>" + s + "</element>")
		}
		return b.String(), nil
	}
	infinite := func(what string) error {
		return pgerr.New(pgerrcode.DatetimeFieldOverflow, "%s out of range", what).Detailf("XML does not support infinite %s values.", what)
	}
	var out []byte
	switch v := v.(type) {
	case bool:
		if v {
			return "true", nil
		}
		return "false", nil
	case []byte:
		if set, _ := c.Env.Session.Setting("xmlbinary"); set == "hex" {
			return strings.ToUpper(hex.EncodeToString(v)), nil
		}
		return base64Lines(v), nil
	case Date:
		if !v.finite() {
			return "", infinite("date")
		}
	case Timestamp:
		if !finite(int64(v)) {
			return "", infinite("timestamp")
		}
	case TimestampTZ:
		if !finite(int64(v)) {
			return "", infinite("timestamp")
		}
	}
	env := c.Env
	switch v.(type) {
	case Date, Timestamp, TimestampTZ: // XSD's form is ISO 8601's
		iso := *env
		iso.DateStyle = DateISO
		env = &iso
	}
	out, err := t.TextEncoder(env)(nil, v)
	if err != nil {
		return "", err
	}
	s := string(out)
	switch v.(type) {
	case Timestamp, TimestampTZ:
		s = xsdTimestamp(s)
	}
	if t.OID == XMLOID || !escape {
		return s, nil
	}
	if len(s) < workStep/8 {
		return EscapeXML(s), nil
	}
	var b strings.Builder
	err = escapeByPieces(env, &b, s, func(b *strings.Builder, piece string) { _, _ = xmlEscapes.WriteString(b, piece) })
	return b.String(), err
}

// xsdTimestamp turns the ISO form of a timestamp into XSD's: a T between date
// and time, zones with minutes.
func xsdTimestamp(s string) string {
	s = strings.Replace(s, " ", "T", 1)
	s, era := strings.TrimSuffix(s, " BC"), strings.HasSuffix(s, " BC")
	if i := strings.LastIndexAny(s, "+-"); i > strings.IndexByte(s, 'T') && len(s)-i == 3 {
		s += ":00"
	}
	if era {
		s += " BC"
	}
	return s
}

// base64Lines is base64 in lines of 76 characters, as libxml2 writes it.
func base64Lines(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 72 {
		out.WriteString(s[:72] + "\r\n")
		s = s[72:]
	}
	return out.String() + s
}

// XMLElement is XMLELEMENT: names and values of attributes, and content, nil
// when there is none.
func XMLElement(env *Env, name string, attrs [][2]string, content []string) (string, error) {
	var b strings.Builder
	b.WriteString("<" + name)
	for _, a := range attrs {
		b.WriteString(" " + a[0] + `="`)
		err := escapeByPieces(env, &b, a[1], func(b *strings.Builder, piece string) { escapeXMLAttribute(b, piece, true) })
		if err != nil {
			return "", err
		}
		b.WriteByte('"')
	}
	if content == nil {
		return b.String() + "/>", nil
	}
	return b.String() + ">" + strings.Join(content, "") + "</" + name + ">", nil
}
