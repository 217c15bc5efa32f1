package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// relationKinds are the kinds of relation that DROP tells apart, with the
// article that goes with them.
var relationKinds = map[byte][2]string{
	'r': {"table", "a"}, 'p': {"table", "a"}, 'v': {"view", "a"}, 'm': {"materialized view", "a"}, 'i': {"index", "an"}, 'I': {"index", "an"},
	'S': {"sequence", "a"}, 'f': {"foreign table", "a"}, 'c': {"type", "a"},
}

// firstUnpinned is FirstUnpinnedObjectId: what comes before is the system's own.
const firstUnpinned = 12000

// relation looks for a table, view, index or sequence, RemoveRelations.
func (d *dropper) relation(kind pg_query.ObjectType, list []string) (bool, error) {
	if len(list) > 3 {
		return false, pgerr.New(pgerrcode.SyntaxError, "improper relation name (too many dotted names): %s", dottedName(list))
	}
	if len(list) == 3 {
		if list[0] != d.ps.database() {
			return false, pgerr.New(pgerrcode.FeatureNotSupported, "cross-database references are not implemented: \"%s\"", dottedName(list))
		}
		list = list[1:]
	}
	schema, name, err := d.ps.splitName(list)
	if err != nil {
		return false, err
	}
	want := strings.ToLower(objectName(kind))
	oid, is := d.ps.catalog.ClassByName(schema, name, d.ps.path())
	if oid == 0 {
		if gone, err := d.schemaMissing(schema); gone || err != nil {
			return false, err
		}
		code := pgerrcode.UndefinedTable
		if want == "index" || want == "foreign table" {
			code = pgerrcode.UndefinedObject
		}
		return false, d.missing(code, "%s \"%s\" does not exist", want, name)
	}
	if k := relationKinds[is]; k[0] != want {
		article := "a"
		if want == "index" {
			article = "an"
		}
		err := pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not %s %s", name, article, want)
		if k[0] != "" {
			err.Hintf("Use DROP %s to remove %s %s.", strings.ToUpper(k[0]), k[1], k[0])
		}
		return false, err
	}
	if oid < firstUnpinned {
		return false, systemCatalog(name)
	}
	return true, nil
}

// ofRelation looks for a trigger, rule or policy, get_object_address_relobject.
// Here no relation has triggers or policies.
func (d *dropper) ofRelation(kind pg_query.ObjectType, list []string) (bool, error) {
	owner, name := list[:len(list)-1], list[len(list)-1]
	schema, relation, err := d.ps.splitName(owner)
	if err != nil {
		return false, err
	}
	rel, _ := d.ps.catalog.RelationByName(schema, relation, d.ps.path())
	if rel == nil {
		if gone, err := d.schemaMissing(schema); gone || err != nil {
			return false, err
		}
		return false, d.missing(pgerrcode.UndefinedTable, "relation \"%s\" does not exist", dottedName(owner))
	}
	if kind == pg_query.ObjectType_OBJECT_RULE && d.ps.catalog.HasRule(rel.OID, name) {
		return true, nil
	}
	what, of := strings.ToLower(objectName(kind)), "table"
	if kind == pg_query.ObjectType_OBJECT_RULE {
		of = "relation"
	}
	if d.missingOK {
		d.skip(what + " \"" + name + "\" for relation \"" + dottedName(owner) + "\" does not exist")
		return false, nil
	}
	return false, pgerr.New(pgerrcode.UndefinedObject, "%s \"%s\" for %s \"%s\" does not exist", what, name, of, rel.Name)
}
