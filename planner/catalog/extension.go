package catalog

import (
	"iter"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// validators are the languages' checks of their routines, by prosrc with the validator's
// oid and its language's.
var validators = map[string][2]OID{
	"fmgr_internal_validator": {2246, 12},
	"fmgr_c_validator":        {2247, 13},
	"fmgr_sql_validator":      {2248, 14},
	"plpgsql_validator":       {13482, 13483},
}

// extensionFuncs are what CREATE FUNCTION and CREATE EXTENSION call, for who calls it
// otherwise.
func (c *Catalog) extensionFuncs() adt.Funcs {
	f := adt.Funcs{
		"pg_extension_update_paths": {Set: func(_ *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				if err := c.extensionName(a[0].(string)); err != nil {
					yield(nil, err)
				}
			}
		}},
		"pg_extension_config_dump": {Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "%s can only be called from an SQL script executed by CREATE EXTENSION", "pg_extension_config_dump()")
		}},
		"unique_key_recheck": {Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) {
			return nil, pgerr.New(pgerrcode.TriggerProtocolViolated, "function \"%s\" was not called by trigger manager", "unique_key_recheck")
		}},
	}
	for name, ids := range validators {
		f[name] = adt.Func{Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			return adt.Void{}, c.validate(ids[0], ids[1], a[0].(OID))
		}}
	}
	return f
}

// validate is CheckFunctionValidatorAccess. There are no routines but PostgreSQL's and
// this server's own, all of which are valid.
func (c *Catalog) validate(validator, language, proc OID) error {
	p := c.procs[proc]
	if p == nil {
		return pgerr.New(pgerrcode.UndefinedFunction, "function with OID %d does not exist", proc)
	}
	if p.Language == language {
		return nil
	}
	var own OID
	for _, ids := range validators {
		if ids[1] == p.Language {
			own = ids[0]
		}
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "language validation function %d called for language %d instead of %d", validator, p.Language, own)
}

// extensionName is check_valid_extension_name, and the search for the control file of an
// extension that is not here.
func (c *Catalog) extensionName(name string) error {
	invalid := func(detail string) error {
		return pgerr.New(pgerrcode.InvalidParameterValue, "invalid extension name: \"%s\"", name).Detailf("%s", detail)
	}
	switch {
	case name == "":
		return invalid("Extension names must not be empty.")
	case strings.Contains(name, "--"):
		return invalid("Extension names must not contain \"--\".")
	case name[0] == '-' || name[len(name)-1] == '-':
		return invalid("Extension names must not begin or end with \"-\".")
	case strings.Contains(name, "/"):
		return invalid("Extension names must not contain directory separator characters.")
	case !c.HasObject("extension", "", name, nil):
		return pgerr.New(pgerrcode.FeatureNotSupported, "extension \"%s\" is not available", name).
			Hintf("The extension must first be installed on the system where PostgreSQL is running.")
	}
	return nil
}
