package adt

import (
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// hashElement runs the hash that PostgreSQL's type cache would find, as far as
// it has one here.
func hashElement(c *Call, elem OID) (func(d Datum) uint32, error) {
	f, err := hashFunction(c, elem)
	if err != nil {
		return nil, err
	}
	return func(d Datum) uint32 {
		if v, err := f.Call(c, []Datum{d}); err == nil {
			return uint32(v.(int32))
		}
		return 0
	}, nil
}

func hashArray(c *Call, a *Array) (int32, error) {
	hash, err := hashElement(c, a.Elem)
	if err != nil {
		return 0, err
	}
	result, work := uint32(1), c.work()
	for _, v := range a.Values {
		if err := work.done(30); err != nil {
			return 0, err
		}
		h := uint32(0)
		if v != nil {
			h = hash(v)
		}
		result = result<<5 - result + h
	}
	return int32(result), nil
}

func hashArrayExtended(c *Call, a *Array, seed int64) (int64, error) {
	f, err := hashFunctionExtended(c, a.Elem)
	if err != nil {
		return 0, err
	}
	result, work := uint64(1), c.work()
	for _, v := range a.Values {
		if err := work.done(50); err != nil {
			return 0, err
		}
		h := uint64(0)
		if v != nil {
			d, err := f.Call(c, []Datum{v, seed})
			if err != nil {
				return 0, err
			}
			h = uint64(d.(int64))
		}
		result = result<<5 - result + h
	}
	return int64(result), nil
}

// hashName names the hash support function of a type's default operator class.
func hashName(t *Type) string {
	switch t.Name {
	case "text", "varchar":
		return "hashtext"
	case "bpchar", "name", "char", "oid", "int2", "int4", "int8", "float4", "float8", "enum", "inet", "macaddr", "macaddr8", "tid":
		return "hash" + t.Name
	case "bool":
		return "hashchar"
	case "bytea":
		return "hashvarlena"
	case "uuid":
		return "uuid_hash"
	case "numeric":
		return "hash_numeric"
	case "jsonb":
		return "jsonb_hash"
	case "timestamp", "timestamptz":
		return "timestamp_hash"
	case "date":
		return "hashint4"
	case "time", "timetz", "interval", "pg_lsn":
		return t.Name + "_hash"
	}
	switch t.Kind {
	case 'e':
		return "hashenum"
	case 'r':
		return "hash_range"
	case 'm':
		return "hash_multirange"
	}
	if strings.HasPrefix(t.Name, "reg") {
		return "hashoid"
	}
	return ""
}

func hashFunction(c *Call, oid OID) (Func, error) { return findHash(c, oid, "") }

func hashFunctionExtended(c *Call, oid OID) (Func, error) { return findHash(c, oid, "extended") }

func findHash(c *Call, oid OID, suffix string) (Func, error) {
	t, err := typeOf(c, oid)
	if err != nil {
		return Func{}, err
	}
	if t.IsArray {
		return pick(suffix == "", Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(hashArray(c, a[0].(*Array))) }},
			Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(hashArrayExtended(c, a[0].(*Array), a[1].(int64))) }}), nil
	}
	if t.Base != 0 {
		return findHash(c, t.Base, suffix)
	}
	name := hashName(t)
	if suffix != "" && strings.Contains(name, "_") {
		suffix = "_" + suffix
	}
	if f, ok := hashTable()[name+suffix]; ok && name != "" {
		return f, nil
	}
	return Func{}, pgerr.New(pgerrcode.UndefinedFunction,
		"could not identify %s function for type %s", pick(suffix == "", "a hash", "an extended hash"), typeName(c.Env, t))
}

var hashes struct {
	once  sync.Once
	funcs Funcs
}

// hashTable gives the hash support functions by name.
func hashTable() Funcs {
	hashes.once.Do(func() { hashes.funcs = Builtins() })
	return hashes.funcs
}
