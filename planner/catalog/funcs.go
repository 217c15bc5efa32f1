package catalog

import (
	"maps"

	"github.com/flowgres/flowgres/planner/adt"
)

// Funcs are the routines that answer from the catalog, by prosrc or, for
// SQL-language ones, by signature.
func (c *Catalog) Funcs() adt.Funcs {
	all := adt.Funcs{}
	for _, f := range []adt.Funcs{
		c.aclFuncs(), c.regFuncs(), c.functionFuncs(), c.ruleFuncs(), c.privilegeFuncs(), c.visibleFuncs(),
		c.miscFuncs(), nodeTreeFuncs(), c.sizeFuncs(), c.fileFuncs(), c.descriptionFuncs(), encodingFuncs(), c.indexFuncs(), c.describeFuncs(), c.identityFuncs(), c.schemaFuncs(), c.extensionFuncs(),
	} {
		maps.Copy(all, f)
	}
	return all
}
