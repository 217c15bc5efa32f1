package catalog

import (
	"bytes"
	"cmp"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// aclChars are the letters of the privilege bits, lowest first (acl.h).
const aclChars = "arwdDxtXUCTcsA"

// privileges are the names of the privilege bits, lowest first.
var privileges = []string{
	"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER",
	"EXECUTE", "USAGE", "CREATE", "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM",
}

// builtinRoles are the roles that initdb makes, by name.
var builtinRoles = sync.OnceValue(func() map[string]OID {
	out := map[string]OID{}
	load("pg_authid").each(func(r row) { out[r.text(1)] = r.oid(0) })
	return out
})

// parseACL reads an aclitem of the data files, which name only built-in roles.
func parseACL(s string) adt.Datum {
	a, err := aclItem(s, func(name string) (OID, bool) { oid, ok := builtinRoles()[name]; return oid, ok })
	if err != nil {
		return nil
	}
	return a
}

// aclItem reads grantee=privileges/grantor (aclparse).
func aclItem(s string, role func(string) (OID, bool)) (*adt.ACLItem, error) {
	a := &adt.ACLItem{}
	name, rest, err := aclName(s)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(rest, "=") {
		if name != "group" && name != "user" {
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `unrecognized key word: "%s"`, name).
				Hintf(`ACL key word must be "group" or "user".`)
		}
		if name, rest, err = aclName(rest); err != nil {
			return nil, err
		}
		if name == "" {
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "missing name").
				Hintf(`A name must follow the "group" or "user" key word.`)
		}
	}
	if !strings.HasPrefix(rest, "=") {
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `missing "=" sign`)
	}
	var last uint64
	for rest = rest[1:]; rest != ""; rest = rest[1:] {
		b := rest[0]
		if b == '*' {
			a.Privs |= last << 32
			continue
		}
		i := strings.IndexByte(aclChars, b)
		if i < 0 {
			if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
				return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `invalid mode character: must be one of "%s"`, aclChars)
			}
			break
		}
		last = 1 << i
		a.Privs |= last
	}
	if name != "" {
		oid, ok := role(name)
		if !ok {
			return nil, pgerr.New(pgerrcode.UndefinedObject, `role "%s" does not exist`, name)
		}
		a.Grantee = oid
	}
	a.Grantor = 10
	if strings.HasPrefix(rest, "/") {
		if name, rest, err = aclName(rest[1:]); err != nil {
			return nil, err
		}
		if name == "" {
			return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, `a name must follow the "/" sign`)
		}
		oid, ok := role(name)
		if !ok {
			return nil, pgerr.New(pgerrcode.UndefinedObject, `role "%s" does not exist`, name)
		}
		a.Grantor = oid
	}
	if strings.TrimSpace(rest) != "" {
		return nil, pgerr.New(pgerrcode.InvalidTextRepresentation, "extra garbage at the end of the ACL specification")
	}
	return a, nil
}

// aclName takes a role name, perhaps quoted, off the front (getid).
func aclName(s string) (name, rest string, err error) {
	s = strings.TrimLeft(s, " \t\n\r\v\f")
	var b strings.Builder
	quoted := false
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			if i+1 < len(s) && s[i+1] == '"' {
				b.WriteByte('"')
				i++
				continue
			}
			quoted = !quoted
			continue
		}
		word := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
		if !quoted && !word {
			break
		}
		b.WriteByte(c)
	}
	if b.Len() > 63 {
		return "", "", pgerr.New(pgerrcode.NameTooLong, "identifier too long").
			Detailf("Identifier must be less than %d characters.", 64)
	}
	return b.String(), strings.TrimLeft(s[i:], " \t\n\r\v\f"), nil
}

// appendACL writes an aclitem (aclitemout).
func (c *Catalog) appendACL(dst []byte, a *adt.ACLItem) []byte {
	if a.Grantee != 0 {
		dst = append(dst, aclRoleName(c.roleName(a.Grantee))...)
	}
	dst = append(dst, '=')
	for i := range len(aclChars) {
		if a.Privs&(1<<i) != 0 {
			dst = append(dst, aclChars[i])
		}
		if a.Privs&(1<<(i+32)) != 0 {
			dst = append(dst, '*')
		}
	}
	dst = append(dst, '/')
	return append(dst, aclRoleName(c.roleName(a.Grantor))...)
}

// aclRoleName quotes a name as putid does: unless it is all letters, digits
// and underscores.
func aclRoleName(s string) string {
	for i := 0; i < len(s); i++ {
		b := s[i]
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_') {
			return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
	}
	return s
}

// noLonger is what PostgreSQL kept of a function it dropped.
func noLonger(name string) adt.Func {
	return adt.Func{Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "%s is no longer supported", name)
	}}
}

func (c *Catalog) aclFuncs() adt.Funcs {
	return adt.Funcs{
		"aclitemin": adt.In(func(_ *adt.Call, s string, _ int32) (*adt.ACLItem, error) {
			return aclItem(s, c.roleByName)
		}),
		"aclitemout": adt.Out(func(_ *adt.Call, dst []byte, a *adt.ACLItem) ([]byte, error) {
			return c.appendACL(dst, a), nil
		}),
		"aclitem_eq": adt.P2(func(a, b *adt.ACLItem) bool { return *a == *b }),
		"aclinsert":  noLonger("aclinsert"),
		"aclremove":  noLonger("aclremove"),
		"hash_aclitem_extended": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			i := a[0].(*adt.ACLItem)
			sum := uint32(i.Privs) + i.Grantee + i.Grantor
			if seed := a[1].(int64); seed != 0 {
				return int64(adt.HashUint32Extended(sum, uint64(seed))), nil
			}
			return int64(sum), nil
		}},
		"hash_aclitem": {
			Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
				i := a[0].(*adt.ACLItem)
				return int32(uint32(i.Privs) + i.Grantee + i.Grantor), nil
			},
			Key: func(dst []byte, d adt.Datum) []byte {
				i := d.(*adt.ACLItem)
				for _, n := range []uint64{uint64(i.Grantee), uint64(i.Grantor), i.Privs} {
					for shift := 0; shift < 64; shift += 8 {
						dst = append(dst, byte(n>>shift))
					}
				}
				return dst
			},
		},
		"aclcontains": adt.F2(func(acl *adt.Array, item *adt.ACLItem) (bool, error) {
			items, err := aclItems(acl)
			return slices.ContainsFunc(items, func(a *adt.ACLItem) bool {
				return a.Grantee == item.Grantee && a.Grantor == item.Grantor && item.Privs&^a.Privs == 0
			}), err
		}),
		"makeaclitem": adt.F4(func(grantee, grantor OID, priv string, option bool) (*adt.ACLItem, error) {
			bits, err := privilegeBits(priv)
			if err != nil {
				return nil, err
			}
			if option {
				bits |= bits << 32
			}
			return &adt.ACLItem{Grantee: grantee, Grantor: grantor, Privs: bits}, nil
		}),
		"acldefault_sql": adt.F2(func(kind adt.Char, owner OID) (*adt.Array, error) { return aclDefault(kind, owner) }),
		"aclexplode":     {Set: aclExplode},
	}
}

// privilegeBits reads a comma-separated list of privilege names
// (convert_any_priv_string).
func privilegeBits(list string) (uint64, error) {
	var bits uint64
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		found := false
		for i, p := range privileges {
			if strings.EqualFold(name, p) || p == "TEMPORARY" && strings.EqualFold(name, "TEMP") {
				bits |= 1 << i
				found = true
			}
		}
		if !found {
			return 0, pgerr.New(pgerrcode.InvalidParameterValue, `unrecognized privilege type: "%s"`, name)
		}
	}
	return bits, nil
}

// aclDefault gives the privileges an object has when its ACL is NULL
// (acldefault).
func aclDefault(kind adt.Char, owner OID) (*adt.Array, error) {
	var world, own uint64
	mask := func(letters string) (m uint64) {
		for _, b := range letters {
			m |= 1 << strings.IndexRune(aclChars, b)
		}
		return m
	}
	switch kind {
	case 'c':
	case 'r':
		own = mask("arwdDxt")
	case 's':
		own = mask("rwU")
	case 'd':
		world, own = mask("Tc"), mask("CTc")
	case 'f':
		world, own = mask("X"), mask("X")
	case 'l', 'T':
		world, own = mask("U"), mask("U")
	case 'L':
		own = mask("rw")
	case 'n':
		own = mask("UC")
	case 'p':
		own = mask("sA")
	case 't':
		own = mask("C")
	case 'F', 'S':
		own = mask("U")
	default:
		return nil, pgerr.Internal("unrecognized object type abbreviation: %s", bytes.TrimRight([]byte{byte(kind)}, "\x00"))
	}
	var items []adt.Datum
	if world != 0 {
		items = append(items, &adt.ACLItem{Grantor: owner, Privs: world})
	}
	if own != 0 {
		items = append(items, &adt.ACLItem{Grantee: owner, Grantor: owner, Privs: own})
	}
	// Even without items this is a list, of one dimension (allocacl).
	return &adt.Array{Elem: 1033, Dims: []adt.ArrayDim{{Len: int32(len(items)), Lower: 1}}, Values: items}, nil
}

// aclItems takes an ACL's items, which must be a plain list (check_acl).
func aclItems(acl *adt.Array) ([]*adt.ACLItem, error) {
	if len(acl.Dims) != 1 {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "ACL arrays must be one-dimensional")
	}
	out := make([]*adt.ACLItem, len(acl.Values))
	for i, v := range acl.Values {
		a, ok := v.(*adt.ACLItem)
		if !ok {
			return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "ACL arrays must not contain null values")
		}
		out[i] = a
	}
	return out, nil
}

// aclExplode gives a row for each privilege of each item.
func aclExplode(c *adt.Call, args []adt.Datum) iter.Seq2[adt.Datum, error] {
	desc := outDesc(c, adt.Field{Name: "grantor", Type: adt.OIDOID, Typmod: -1}, adt.Field{Name: "grantee", Type: adt.OIDOID, Typmod: -1},
		adt.Field{Name: "privilege_type", Type: adt.TextOID, Typmod: -1}, adt.Field{Name: "is_grantable", Type: adt.BoolOID, Typmod: -1})
	return func(yield func(adt.Datum, error) bool) {
		items, err := aclItems(args[0].(*adt.Array))
		if err != nil {
			yield(nil, err)
			return
		}
		for _, a := range items {
			for i, p := range privileges {
				if a.Privs&(1<<i) == 0 {
					continue
				}
				if !yield(&adt.Record{Desc: desc, Values: adt.Row{a.Grantor, a.Grantee, p, a.Privs&(1<<(i+32)) != 0}}, nil) {
					return
				}
			}
		}
	}
}

// outDesc is the row type of a set-returning function's OUT parameters: the
// one that the caller expects, else their own.
func outDesc(c *adt.Call, fields ...adt.Field) *adt.RowDesc {
	return cmp.Or(c.Desc, &adt.RowDesc{Type: adt.RecordOID, Fields: fields})
}
