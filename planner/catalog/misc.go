package catalog

import (
	"iter"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// constant is a routine whose answer is always the same.
func constant(d adt.Datum) adt.Func {
	return adt.Func{Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) { return d, nil }}
}

func errNoRelation(oid OID) error { return pgerr.Internal("could not open relation with OID %d", oid) }

// plpgsqlComment is the comment of the only extension: PostgreSQL's language,
// which \dL lists and nothing here can run.
const plpgsqlComment = "PL/pgSQL procedural language"

// oneRecord is a set-returning routine of one row, of its OUT parameters.
func oneRecord(values ...adt.Datum) adt.Func {
	return adt.Func{Set: func(c *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			yield(&adt.Record{Desc: c.Desc, Values: values}, nil)
		}
	}}
}

// none is a set-returning routine without rows.
var none = adt.Func{Set: func(*adt.Call, []adt.Datum) iter.Seq2[adt.Datum, error] {
	return func(func(adt.Datum, error) bool) {}
}}

// miscFuncs are the other questions about catalog objects.
func (c *Catalog) miscFuncs() adt.Funcs {
	return adt.Funcs{
		"format_type": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if a[0] == nil {
				return nil, nil
			}
			typmod, given := a[1].(int32)
			if !given {
				typmod = -1
			}
			if err := c.checkTypmodOut(a[0].(OID), typmod); err != nil {
				return nil, err
			}
			return c.formatType(a[0].(OID), typmod, given, path(call)), nil
		}},
		"pg_collation_for": {Call: func(call *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if len(call.Args) > 0 {
				if t := c.types[call.Args[0]]; t != nil && t.Collation == 0 && t.OID != 705 {
					return nil, pgerr.New(pgerrcode.DatatypeMismatch, "collations are not supported by type %s",
						c.formatType(t.OID, -1, false, path(call)))
				}
			}
			s, ok := c.regcollationOut(call.Collation, path(call))
			return orNull(s, ok)
		}},
		"pg_collation_actual_version": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if c.collations[a[0].(OID)] == nil {
				return nil, pgerr.New(pgerrcode.UndefinedObject, "collation with OID %d does not exist", a[0])
			}
			return nil, nil // those of libc that there are have none
		}},
		"pg_database_collation_actual_version": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if _, ok, _ := c.privilegeObject("database", a[0], nil); !ok {
				return nil, pgerr.New(pgerrcode.UndefinedObject, "database with OID %d does not exist", a[0])
			}
			return nil, nil // C has no version
		}},
		"pg_relation_is_updatable": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			return c.updatableEvents(a[0].(OID), nil), nil
		}},
		"pg_column_is_updatable": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			n := a[1].(int16)
			const both = updateEvent | deleteEvent
			return n > 0 && c.updatableEvents(a[0].(OID), []int{int(n)})&both == both, nil
		}},
		"pg_relation_is_publishable": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			k, ok := c.classes().byOID[a[0].(OID)]
			if !ok {
				return nil, nil
			}
			return k.kind == 'r' && k.oid >= firstNormalOID, nil
		}},
		"pg_get_replica_identity_index": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			oid := a[0].(OID)
			switch k, ok := c.classes().byOID[oid]; {
			case !ok:
				return nil, errNoRelation(oid)
			case k.kind == 'i':
				return nil, pgerr.New(pgerrcode.WrongObjectType, "cannot open relation \"%s\"", k.name).
					Detailf("This operation is not supported for indexes.")
			}
			if k, ok := c.keys[oid]; ok {
				return k.index, nil
			}
			return nil, nil
		}},
		"pg_partition_ancestors":  none,
		"pg_partition_tree":       none,
		"pg_partition_root":       constant(nil),
		"pg_is_other_temp_schema": constant(false),
		"pg_my_temp_schema":       constant(OID(0)),
		"pg_options_to_table":     {Set: optionsToTable},
		"pg_get_keywords":         {Set: keywordRows},
		"pg_tablespace_location": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if _, ok := c.objectsOf("pg_tablespace").byOID[a[0].(OID)]; !ok && a[0].(OID) != 0 {
				return nil, pgerr.New(pgerrcode.UndefinedFile, `could not stat file "pg_tblspc/%d": No such file or directory`, a[0])
			}
			return "", nil
		}},
		"pg_ls_tmpdir_1arg": {Set: func(_ *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				if _, ok := c.objectsOf("pg_tablespace").byOID[a[0].(OID)]; !ok {
					yield(nil, pgerr.New(pgerrcode.UndefinedObject, "tablespace with OID %d does not exist", a[0]))
				}
			}
		}},
		"pg_tablespace_databases": {Set: func(_ *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				if a[0] != OID(1663) {
					return
				}
				for _, d := range c.cluster.databases {
					if !yield(d.OID, nil) {
						return
					}
				}
			}
		}},
		"pg_available_extensions":         oneRecord("plpgsql", "1.0", plpgsqlComment),
		"pg_available_extension_versions": oneRecord("plpgsql", "1.0", true, true, false, "pg_catalog", nil, plpgsqlComment),
		"pg_get_catalog_foreign_keys":     {Set: foreignKeyRows},
		"pg_get_publication_tables": {Set: func(_ *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				if names, ok := a[0].(*adt.Array); ok && len(names.Values) > 0 {
					yield(nil, pgerr.New(pgerrcode.UndefinedObject, `publication "%v" does not exist`, names.Values[0]))
				}
			}
		}},
		"pg_sequence_last_value": {Call: func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			k, ok := c.classes().byOID[a[0].(OID)]
			if !ok {
				return nil, errNoRelation(a[0].(OID))
			}
			return nil, pgerr.New(pgerrcode.WrongObjectType, "\"%s\" is not a sequence", k.name)
		}},
		"pg_collation_is_deterministic": constant(true),
	}
}

// nodeTreeFuncs are the output of pg_node_tree, which holds SQL text here, and
// the refusals of it and the other types that only the catalogs fill
// (pseudotypes.c, mcv.c).
func nodeTreeFuncs() adt.Funcs {
	out := adt.Funcs{
		"pg_node_tree_out":  adt.Out(func(_ *adt.Call, dst []byte, s string) ([]byte, error) { return append(dst, s...), nil }),
		"pg_node_tree_send": adt.Send(func(_ *adt.Call, dst []byte, s string) ([]byte, error) { return append(dst, s...), nil }),
	}
	for _, typ := range []string{"pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list"} {
		refuse := adt.Func{Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) {
			return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot accept a value of type %s", typ)
		}}
		out[typ+"_in"], out[typ+"_recv"] = refuse, refuse
	}
	out["gtsvectorin"] = adt.Func{Call: func(*adt.Call, []adt.Datum) (adt.Datum, error) {
		return nil, pgerr.New(pgerrcode.FeatureNotSupported, "cannot accept a value of type %s", "gtsvector")
	}}
	return out
}

// optionsToTable splits name=value items (deflist_to_tuplestore).
func optionsToTable(call *adt.Call, args []adt.Datum) iter.Seq2[adt.Datum, error] {
	desc := outDesc(call, adt.Field{Name: "option_name", Type: adt.TextOID, Typmod: -1}, adt.Field{Name: "option_value", Type: adt.TextOID, Typmod: -1})
	return func(yield func(adt.Datum, error) bool) {
		for _, v := range args[0].(*adt.Array).Values {
			s, ok := v.(string)
			if !ok {
				yield(nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "null array element not allowed in this context"))
				return
			}
			name, value, has := strings.Cut(s, "=")
			row := adt.Row{name, nil}
			if has {
				row[1] = value
			}
			if !yield(&adt.Record{Desc: desc, Values: row}, nil) {
				return
			}
		}
	}
}

func keywordRows(call *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
	desc := outDesc(call, adt.Field{Name: "word", Type: adt.TextOID, Typmod: -1}, adt.Field{Name: "catcode", Type: adt.CharOID, Typmod: -1},
		adt.Field{Name: "barelabel", Type: adt.BoolOID, Typmod: -1}, adt.Field{Name: "catdesc", Type: adt.TextOID, Typmod: -1},
		adt.Field{Name: "baredesc", Type: adt.TextOID, Typmod: -1})
	return func(yield func(adt.Datum, error) bool) {
		d := load("keywords")
		for i := 0; i+5 <= len(d.cells); i += 5 {
			r := row{d.cells[i : i+5]}
			if !yield(&adt.Record{Desc: desc, Values: adt.Row{r.text(0), adt.Char(r.char(1)), r.bool(2), r.text(3), r.text(4)}}, nil) {
				return
			}
		}
	}
}
