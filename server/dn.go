package server

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// distinguishedName prints a certificate's subject as PostgreSQL has it in
// pg_ident.conf and system_user: by OpenSSL's XN_FLAG_RFC2253, the last first.
func distinguishedName(cert *x509.Certificate) string {
	var rdns [][]struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	rest := cert.RawSubject
	var seq asn1.RawValue
	if _, err := asn1.Unmarshal(rest, &seq); err != nil {
		return cert.Subject.String()
	}
	for rest = seq.Bytes; len(rest) > 0; {
		var rdn []struct {
			Type  asn1.ObjectIdentifier
			Value asn1.RawValue
		}
		var err error
		if rest, err = asn1.UnmarshalWithParams(rest, &rdn, "set"); err != nil {
			return cert.Subject.String()
		}
		rdns = append(rdns, rdn)
	}
	var out []string
	for _, rdn := range slices.Backward(rdns) {
		var parts []string
		for _, a := range slices.Backward(rdn) {
			name, known := shortNames[a.Type.String()]
			text, isText := directoryString(a.Value)
			switch {
			case known && isText:
				parts = append(parts, name+"="+escapeDN(text))
			case known:
				parts = append(parts, name+"=#"+strings.ToUpper(hex.EncodeToString(a.Value.FullBytes)))
			default:
				parts = append(parts, a.Type.String()+"=#"+strings.ToUpper(hex.EncodeToString(a.Value.FullBytes)))
			}
		}
		out = append(out, strings.Join(parts, "+"))
	}
	return strings.Join(out, ",")
}

// shortNames are OpenSSL's short names of the attributes that subjects have.
var shortNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description",
	"2.5.4.15": "businessCategory", "2.5.4.16": "postalAddress", "2.5.4.17": "postalCode", "2.5.4.18": "postOfficeBox",
	"2.5.4.20": "telephoneNumber", "2.5.4.41": "name", "2.5.4.42": "GN", "2.5.4.43": "initials", "2.5.4.44": "generationQualifier",
	"2.5.4.45": "x500UniqueIdentifier", "2.5.4.46": "dnQualifier", "2.5.4.65": "pseudonym", "2.5.4.72": "role", "2.5.4.97": "organizationIdentifier",
	"1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName", "0.9.2342.19200300.100.1.1": "UID",
	"0.9.2342.19200300.100.1.3": "mail", "0.9.2342.19200300.100.1.25": "DC",
}

// directoryString decodes a string of any of ASN.1's types.
func directoryString(v asn1.RawValue) (string, bool) {
	if v.Class != asn1.ClassUniversal {
		return "", false
	}
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagNumericString:
		return string(v.Bytes), utf8.Valid(v.Bytes)
	case asn1.TagT61String:
		var out []rune
		for _, b := range v.Bytes {
			out = append(out, rune(b))
		}
		return string(out), true
	case asn1.TagBMPString:
		var units []uint16
		for b := v.Bytes; len(b) >= 2; b = b[2:] {
			units = append(units, uint16(b[0])<<8|uint16(b[1]))
		}
		return string(utf16.Decode(units)), true
	}
	return "", false
}

// escapeDN escapes a value: the characters that have a meaning with a backslash,
// those that are not ASCII byte by byte.
func escapeDN(s string) string {
	var out strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&out, "\\%02X", c)
		case strings.IndexByte(`,+"\<>;`, c) >= 0, i == 0 && (c == '#' || c == ' '), i == len(s)-1 && c == ' ':
			out.WriteByte('\\')
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
