package catalog

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/adt/tsearch"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// firstNormalOID is the first oid that is not initdb's (FirstNormalObjectId).
const firstNormalOID = 16384

// Catalog is what queries can name in a database. It is immutable once built, but for
// the hooks of SetRows and what its Cluster holds.
type Catalog struct {
	schemas     map[string]OID
	schemaNames map[OID]string

	types     map[OID]*adt.Type
	typeAt    []*adt.Type // by oid: PostgreSQL's own, which executing statements look up often
	typeNames map[qname]*adt.Type

	bodies    map[string]*adt.Func // by prosrc
	procs     map[OID]*Proc
	procNames map[string][]*Proc
	ownProcs  []*Proc

	operators     map[OID]*Operator
	operatorNames map[string][]*Operator

	casts      map[[2]OID]*Cast
	aggregates map[OID]*Aggregate
	collations map[OID]*Collation

	members      map[OID][]OpFamilyMember
	strategies   map[familyKey]OID       // pg_amop
	supports     map[familyKey]OID       // pg_amproc
	btreeClasses map[string]OID          // families of btree's operator classes, by name
	opclasses    map[OID]map[OID]opclass // default ones, by access method and input type
	ranges       map[OID]rangeType
	multiranges  map[OID]OID // to their range type

	relations     map[OID]*Relation
	relationNames map[qname]*Relation
	foldedNames   map[qname][]*Relation // by lower-case name
	plainNames    map[string]*Relation  // those that are found without their schema
	attributes    map[OID][]attribute   // pg_attribute, by attrelid
	keys          map[OID]key           // primary keys of our tables, by relation
	rules         map[OID]OID           // pg_rewrite rows of our views, by relation

	lazy
	cluster  *Cluster
	database Database

	viewColumns atomic.Pointer[func(*Relation) ViewColumns]
	updatable   atomic.Pointer[func(*Relation) UpdatableView]
	layouts     func() map[OID]layout
	procData    func() map[OID]procData

	checkedDomains func() map[OID]bool

	textSearch *textSearch

	oids allocator
}

// key names a primary key's constraint and index.
type key struct {
	name              string
	index, constraint OID
}

// qname is a name in a schema.
type qname struct{ schema, name string }

// familyKey finds a member of an operator family: a strategy of pg_amop or a
// support number of pg_amproc.
type familyKey struct {
	family, left, right OID
	number              int
}

// opclass is a default operator class.
type opclass struct {
	oid, family, input OID
}

// rangeType is a pg_range row.
type rangeType struct {
	subtype, multirange, collation, subopc OID
}

// Open builds the catalog of a database over PostgreSQL's rows and the given relations.
// funcs are the bodies of routines by prosrc; those of the catalog itself are added.
func (s *Cluster) Open(database string, funcs adt.Funcs, rels []fdw.Relation) (*Catalog, error) {
	d, ok := s.Database(database)
	if !ok {
		return nil, pgerr.New(pgerrcode.InvalidCatalogName, "database \"%s\" does not exist", database)
	}
	c := &Catalog{
		cluster:     s,
		database:    d,
		schemas:     map[string]OID{},
		schemaNames: map[OID]string{},
		keys:        map[OID]key{},
		rules:       map[OID]OID{},
	}
	c.classes = sync.OnceValue(c.loadClasses)
	c.checkedDomains = sync.OnceValue(loadCheckedDomains)
	c.procData = sync.OnceValue(c.loadProcData)
	c.layouts = sync.OnceValue(c.loadLayouts)
	c.textSearch = newTextSearch(c)
	all := maps.Clone(funcs)
	if all == nil {
		all = adt.Funcs{}
	}
	maps.Copy(all, tsearch.Funcs(c.textSearch))
	maps.Copy(all, c.Funcs())
	c.bodies = make(map[string]*adt.Func, len(all))
	for name, f := range all {
		c.bodies[name] = &f
	}
	c.loadNamespaces(rels)
	c.loadProcs()
	c.loadOwnProcs(rels)
	c.loadTypes()
	c.resolveSQLBodies()
	c.statBodies()
	c.closeProcs()
	c.loadOperators()
	c.loadFamilies()
	c.loadCasts()
	c.loadAggregates()
	c.loadCollations()
	c.loadAttributes()
	c.loadRelations()
	if err := c.addRelations(rels); err != nil {
		return nil, err
	}
	c.attachTables()
	c.shareRows()
	c.describeTypes()
	c.compareTypes()
	return c, nil
}

func (c *Catalog) loadNamespaces(rels []fdw.Relation) {
	d := load("pg_namespace")
	oid, name := d.col("oid"), d.col("nspname")
	d.each(func(r row) { c.addSchema(r.text(name), r.oid(oid)) })
	for _, r := range rels {
		if _, ok := c.schemas[r.Schema]; !ok {
			c.addSchema(r.Schema, c.oids.take("schema", r.Schema))
		}
	}
}

func (c *Catalog) addSchema(name string, oid OID) {
	c.schemas[name] = oid
	c.schemaNames[oid] = name
}

// SchemaByName gives the oid of a schema.
func (c *Catalog) SchemaByName(name string) (OID, bool) {
	oid, ok := c.schemas[name]
	return oid, ok
}

// body gives the body of a routine by the oid of its pg_proc row, nil when
// there is none.
func (c *Catalog) body(proc OID) *adt.Func {
	if p := c.procs[proc]; p != nil {
		return p.Body
	}
	return nil
}

// allocator gives our own objects oids that depend on nothing but their kind
// and name, so that clients may keep them from one run of the server to the next.
type allocator struct{ used map[OID]string }

// take gives the oid of an object. Two names that meet are told apart by
// hashing on; the chance is one in a million for fifty objects.
func (a *allocator) take(kind, name string) OID {
	if a.used == nil {
		a.used = map[OID]string{}
	}
	key := kind + "\x00" + name
	h := uint32(2166136261)
	for i := 0; ; i++ {
		for _, b := range []byte(key) {
			h = (h ^ uint32(b)) * 16777619
		}
		oid := firstNormalOID + h%(1<<31-firstNormalOID)
		if was, ok := a.used[oid]; !ok || was == key {
			a.used[oid] = key
			return oid
		}
	}
}

// fold is the form under which names that differ in case alone are equal.
func fold(name string) string { return strings.ToLower(name) }
