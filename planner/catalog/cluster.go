package catalog

import (
	"slices"
	"sync/atomic"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// Database is a pg_database row.
type Database struct {
	OID      OID
	Name     string
	Template bool // datistemplate
	Connects bool // datallowconn
}

// DatabaseName is the database that has this server's relations.
const DatabaseName = "aws"

// Cluster is what the databases of a server share (PostgreSQL's shared catalogs):
// which databases there are, those of initdb and ours, and the roles.
type Cluster struct {
	databases []Database
	roles     atomic.Pointer[roles]
}

// NewCluster makes a cluster without roles of its own.
func NewCluster() *Cluster {
	var oids allocator
	s := &Cluster{databases: []Database{
		{OID: 5, Name: "postgres", Connects: true},
		{OID: 1, Name: "template1", Template: true, Connects: true},
		{OID: 4, Name: "template0", Template: true},
		{OID: oids.take("database", DatabaseName), Name: DatabaseName, Connects: true},
	}}
	s.roles.Store(builtinRoleSet())
	return s
}

// Databases gives the databases in the order of pg_database.
func (s *Cluster) Databases() []Database { return slices.Clone(s.databases) }

// Database finds a database by name.
func (s *Cluster) Database(name string) (Database, bool) {
	return s.find(func(d Database) bool { return d.Name == name })
}

// databaseByOID finds a database by its oid.
func (s *Cluster) databaseByOID(oid OID) (Database, bool) {
	return s.find(func(d Database) bool { return d.OID == oid })
}

func (s *Cluster) find(is func(Database) bool) (Database, bool) {
	i := slices.IndexFunc(s.databases, is)
	if i < 0 {
		return Database{}, false
	}
	return s.databases[i], true
}

// RoleOID gives a role's oid, 0 when there is no such role.
func (s *Cluster) RoleOID(name string) OID { return s.roles.Load().byName[name] }

// shareRows lets the shared catalogs that change serve what the cluster has now.
func (c *Catalog) shareRows() {
	for name, rows := range map[string]func(*roles) []adt.Row{
		"pg_authid":          func(r *roles) []adt.Row { return r.auth },
		"pg_auth_members":    func(r *roles) []adt.Row { return r.memberships },
		"pg_db_role_setting": func(r *roles) []adt.Row { return r.settings },
	} {
		c.SetRows(name, func(*fdw.Session) []adt.Row { return rows(c.cluster.roles.Load()) })
	}
}

// Cluster gives what the database shares with the server's others.
func (c *Catalog) Cluster() *Cluster { return c.cluster }

// Database gives the database that the catalog is of.
func (c *Catalog) Database() Database { return c.database }

func (c *Catalog) databaseRows() []adt.Row {
	var out []adt.Row
	for _, db := range c.cluster.databases {
		row := values{
			"oid": db.OID, "datname": db.Name, "datdba": bootstrapRole, "encoding": int32(6),
			"datlocprovider": adt.Char('c'), "datistemplate": db.Template, "datallowconn": db.Connects,
			"datconnlimit": int32(-1), "datfrozenxid": freshXID, "datminmxid": OID(1), "dattablespace": OID(1663),
			"datcollate": "C", "datctype": "C.UTF-8",
		}
		if db.Template {
			row["datacl"] = adt.NewArray(adt.ACLItemOID, []adt.Datum{parseACL("=c/postgres"), parseACL("postgres=CTc/postgres")})
		}
		out = append(out, c.sysRow("pg_database", row))
	}
	return out
}
