package catalog

func (c *Catalog) loadOperators() {
	d := load("pg_operator")
	n := len(d.cells) / len(d.columns)
	c.operators = make(map[OID]*Operator, n)
	c.operatorNames = make(map[string][]*Operator, n/4)
	var (
		oid, name, ns, kind = d.col("oid"), d.col("oprname"), d.col("oprnamespace"), d.col("oprkind")
		merge, hash         = d.col("oprcanmerge"), d.col("oprcanhash")
		left, right, result = d.col("oprleft"), d.col("oprright"), d.col("oprresult")
		com, neg, code      = d.col("oprcom"), d.col("oprnegate"), d.col("oprcode")
	)
	all := make([]Operator, 0, n)
	d.each(func(r row) {
		all = append(all, Operator{
			OID: r.oid(oid), Name: r.text(name), Schema: c.schemaNames[r.oid(ns)], Kind: r.char(kind),
			Left: r.oid(left), Right: r.oid(right), Result: r.oid(result),
			Commutator: r.oid(com), Negator: r.oid(neg), Code: r.oid(code),
			CanMerge: r.bool(merge), CanHash: r.bool(hash),
		})
		o := &all[len(all)-1]
		c.operators[o.OID] = o
		c.operatorNames[o.Name] = append(c.operatorNames[o.Name], o)
	})
}

// OperatorByOID gives an operator, or nil.
func (c *Catalog) OperatorByOID(oid OID) *Operator { return c.operators[oid] }

// OperatorsByName gives the operators of a name, prefix and binary, that are
// visible: in the schema, or with schema "" in path order without hidden ones
// (OpernameGetCandidates).
func (c *Catalog) OperatorsByName(schema, name string, path []string) []*Operator {
	all := c.operatorNames[name]
	if len(all) == 0 {
		return nil
	}
	return visible(all, schema, path, func(o *Operator) string { return o.Schema },
		func(a, b *Operator) bool { return a.Left == b.Left && a.Right == b.Right })
}

func (c *Catalog) loadCasts() {
	d := load("pg_cast")
	c.casts = make(map[[2]OID]*Cast, len(d.cells)/len(d.columns))
	var (
		oid, source, target   = d.col("oid"), d.col("castsource"), d.col("casttarget")
		fn, context, castmeth = d.col("castfunc"), d.col("castcontext"), d.col("castmethod")
	)
	d.each(func(r row) {
		k := &Cast{r.oid(oid), r.oid(source), r.oid(target), r.oid(fn), r.char(context), r.char(castmeth)}
		c.casts[[2]OID{k.Source, k.Target}] = k
	})
}

// CastBetween gives the pg_cast row of two types, nil when there is none.
func (c *Catalog) CastBetween(source, target OID) *Cast { return c.casts[[2]OID{source, target}] }

func (c *Catalog) loadAggregates() {
	d := load("pg_aggregate")
	c.aggregates = make(map[OID]*Aggregate, len(d.cells)/len(d.columns))
	var (
		fn, kind, direct      = d.col("aggfnoid"), d.col("aggkind"), d.col("aggnumdirectargs")
		trans, final, combine = d.col("aggtransfn"), d.col("aggfinalfn"), d.col("aggcombinefn")
		mtrans, minv, mfinal  = d.col("aggmtransfn"), d.col("aggminvtransfn"), d.col("aggmfinalfn")
		extra, mextra, modify = d.col("aggfinalextra"), d.col("aggmfinalextra"), d.col("aggfinalmodify")
		sortop, ttype, mttype = d.col("aggsortop"), d.col("aggtranstype"), d.col("aggmtranstype")
		initval, minitval     = d.col("agginitval"), d.col("aggminitval")
	)
	d.each(func(r row) {
		a := &Aggregate{
			Func: r.oid(fn), Kind: r.char(kind), DirectArgs: r.int(direct),
			TransFn: r.oid(trans), FinalFn: r.oid(final), CombineFn: r.oid(combine),
			MTransFn: r.oid(mtrans), MInvTransFn: r.oid(minv), MFinalFn: r.oid(mfinal),
			FinalExtra: r.bool(extra), MFinalExtra: r.bool(mextra), FinalModify: r.char(modify),
			SortOp: r.oid(sortop), TransType: r.oid(ttype), MTransType: r.oid(mttype),
			InitVal: r.textPtr(initval), MInitVal: r.textPtr(minitval),
		}
		c.aggregates[a.Func] = a
	})
}

// AggregateByOID gives the pg_aggregate row of a function, or nil.
func (c *Catalog) AggregateByOID(fn OID) *Aggregate { return c.aggregates[fn] }

func (c *Catalog) loadCollations() {
	d := load("pg_collation")
	c.collations = map[OID]*Collation{}
	oid, name, ns, det := d.col("oid"), d.col("collname"), d.col("collnamespace"), d.col("collisdeterministic")
	d.each(func(r row) {
		c.collations[r.oid(oid)] = &Collation{r.oid(oid), r.text(name), c.schemaNames[r.oid(ns)], r.bool(det)}
	})
}

// CollationByOID gives a collation, or nil.
func (c *Catalog) CollationByOID(oid OID) *Collation { return c.collations[oid] }

// CollationByName gives a collation of a schema or, with schema "", of the path.
func (c *Catalog) CollationByName(schema, name string, path []string) *Collation {
	if schema != "" {
		path = []string{schema}
	}
	for _, s := range path {
		for _, k := range c.collations {
			if k.Schema == s && k.Name == name {
				return k
			}
		}
	}
	return nil
}
