package catalog

// ClassByName finds what the name of a relation or index means, and its kind.
func (c *Catalog) ClassByName(schema, name string, path []string) (oid OID, kind byte) {
	oid, _ = c.classByName(schema, name, path)
	return oid, c.classes().byOID[oid].kind
}

// HasClass tells whether a schema has a relation or index of exactly that name.
func (c *Catalog) HasClass(schema, name string) bool {
	_, ok := c.classes().byName[qname{schema, name}]
	return ok
}

// HasObject tells whether there is an object of a kind that has no look-up of
// its own, under the kind's name in commands. There are no others than those of
// the catalogs here: of servers, say, none.
func (c *Catalog) HasObject(kind, schema, name string, path []string) bool {
	for _, s := range simpleClasses {
		if s[1] != kind {
			continue
		}
		if objectKinds[s[0]][1] == "" {
			path, schema = []string{""}, ""
		}
		_, ok := c.objectsOf(s[0]).named(schema, name, path)
		return ok
	}
	return false
}

// HasOperatorClass tells whether an access method has an operator class, or a
// family if family is set, of that name.
func (c *Catalog) HasOperatorClass(method, schema, name string, family bool, path []string) bool {
	am, _ := c.objectsOf("pg_am").named("", method, []string{""})
	in := "pg_opclass"
	if family {
		in = "pg_opfamily"
	}
	if schema != "" {
		path = []string{schema}
	}
	for _, s := range path {
		for _, o := range c.objectsOf(in).list {
			if o.schema == s && o.name == name && o.extra == am.oid {
				return true
			}
		}
	}
	return false
}

// HasRule tells whether a relation has a rule of that name.
func (c *Catalog) HasRule(relation OID, name string) bool {
	if r := c.relations[relation]; r != nil && r.Kind == 'v' && name == "_RETURN" {
		return true
	}
	for _, o := range c.objectsOf("pg_rewrite").list {
		if o.extra == relation && o.name == name {
			return true
		}
	}
	return false
}
