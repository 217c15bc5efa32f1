package catalog

import "github.com/flowgres/flowgres/planner/adt"

// Access methods.
const (
	BtreeAM OID = 403
	HashAM  OID = 405
)

func (c *Catalog) loadFamilies() {
	c.members = map[OID][]OpFamilyMember{}
	c.strategies = map[familyKey]OID{}
	c.supports = map[familyKey]OID{}
	c.opclasses = map[OID]map[OID]opclass{}

	d := load("pg_amop")
	var (
		family, left, right = d.col("amopfamily"), d.col("amoplefttype"), d.col("amoprighttype")
		strategy, purpose   = d.col("amopstrategy"), d.col("amoppurpose")
		op, method          = d.col("amopopr"), d.col("amopmethod")
	)
	d.each(func(r row) {
		m := OpFamilyMember{r.oid(family), r.oid(left), r.oid(right), r.int(strategy), r.oid(op), r.oid(method)}
		if r.char(purpose) != 's' {
			return
		}
		c.strategies[familyKey{m.Family, m.Left, m.Right, m.Strategy}] = m.Operator
		if m.Method == BtreeAM || m.Method == HashAM {
			c.members[m.Operator] = append(c.members[m.Operator], m)
		}
	})

	d = load("pg_amproc")
	family, left, right = d.col("amprocfamily"), d.col("amproclefttype"), d.col("amprocrighttype")
	num, proc := d.col("amprocnum"), d.col("amproc")
	d.each(func(r row) {
		c.supports[familyKey{r.oid(family), r.oid(left), r.oid(right), r.int(num)}] = r.oid(proc)
	})

	d = load("pg_opclass")
	oid, method, input, def := d.col("oid"), d.col("opcmethod"), d.col("opcintype"), d.col("opcdefault")
	family = d.col("opcfamily")
	name := d.col("opcname")
	c.btreeClasses = map[string]OID{}
	d.each(func(r row) {
		if r.oid(method) == BtreeAM {
			c.btreeClasses[r.text(name)] = r.oid(family)
		}
		if r.bool(def) {
			m := r.oid(method)
			if c.opclasses[m] == nil {
				c.opclasses[m] = map[OID]opclass{}
			}
			c.opclasses[m][r.oid(input)] = opclass{r.oid(oid), r.oid(family), r.oid(input)}
		}
	})
}

// OpFamilyMembers tells which btree and hash families hold an operator.
func (c *Catalog) OpFamilyMembers(op OID) []OpFamilyMember { return c.members[op] }

// OpFamilyOperator gives the operator of a family for two types and a
// strategy, 0 when there is none (get_opfamily_member).
func (c *Catalog) OpFamilyOperator(family, left, right OID, strategy int) OID {
	return c.strategies[familyKey{family, left, right, strategy}]
}

// SupportProc gives a family's support function, 0 when there is none
// (get_opfamily_proc).
func (c *Catalog) SupportProc(family, left, right OID, n int) OID {
	return c.supports[familyKey{family, left, right, n}]
}

// BtreeClass gives the family of a btree operator class by its name.
func (c *Catalog) BtreeClass(name string) (family OID, ok bool) {
	family, ok = c.btreeClasses[name]
	return family, ok
}

// DefaultOpClass gives the family and input type of the default operator class
// of an access method for a type: the one for the type itself, else the only
// one, preferred types first, that the type is binary-coercible to
// (GetDefaultOpClass). 0 when there is none.
func (c *Catalog) DefaultOpClass(method, typ OID) (family, inputType OID) {
	o := c.defaultClass(method, typ)
	return o.family, o.input
}

func (c *Catalog) defaultClass(method, typ OID) opclass {
	typ = c.BaseType(typ)
	t := c.types[typ]
	if t == nil {
		return opclass{}
	}
	classes := c.opclasses[method]
	if o, ok := classes[typ]; ok {
		return o
	}
	// What the loop below would find for most types there are.
	switch {
	case t.Kind == 'c':
		return classes[adt.RecordOID]
	case t.IsArray:
		return classes[adt.AnyArrayOID]
	}
	var preferred, compatible []opclass
	for _, o := range classes {
		if !c.IsBinaryCoercible(typ, o.input) {
			continue
		}
		if in := c.types[o.input]; in.Category == t.Category && in.Preferred {
			preferred = append(preferred, o)
		} else {
			compatible = append(compatible, o)
		}
	}
	if len(preferred) == 1 {
		return preferred[0]
	}
	if len(compatible) == 1 {
		return compatible[0]
	}
	return opclass{}
}

// IsBinaryCoercible tells whether values of source are values of target as
// they stand (IsBinaryCoercible).
func (c *Catalog) IsBinaryCoercible(source, target OID) bool {
	if source == target || target == adt.AnyOID || target == adt.AnyElementOID || target == adt.AnyCompatibleOID {
		return true
	}
	source = c.BaseType(source)
	if source == target {
		return true
	}
	s := c.types[source]
	if s == nil {
		return false
	}
	switch target {
	case adt.AnyArrayOID, adt.AnyCompatibleArrayOID:
		if s.IsArray {
			return true
		}
	case adt.AnyNonArrayOID, adt.AnyCompatibleNonArrayOID:
		if !s.IsArray {
			return true
		}
	case adt.AnyEnumOID:
		if s.Kind == 'e' {
			return true
		}
	case adt.AnyRangeOID, adt.AnyCompatibleRangeOID:
		if s.Kind == 'r' {
			return true
		}
	case adt.AnyMultirangeOID, adt.AnyCompatibleMultirangeOID:
		if s.Kind == 'm' {
			return true
		}
	case adt.RecordOID:
		if s.Kind == 'c' {
			return true
		}
	case adt.RecordArrayOID:
		if e := c.types[s.Elem]; s.IsArray && e != nil && e.Kind == 'c' {
			return true
		}
	}
	k := c.CastBetween(source, target)
	return k != nil && k.Method == 'b' && k.Context == 'i'
}
