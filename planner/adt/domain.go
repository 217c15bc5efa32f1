package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Domains (domains.c). Values are those of the base type; what a domain allows
// of them is known of the domains that PostgreSQL 16 comes with, all in
// information_schema, for there is no CREATE DOMAIN.

// domainCheck is a CHECK constraint of a domain.
type domainCheck struct {
	name string
	ok   func(d Datum) bool
}

var domainChecks = map[string]domainCheck{
	"cardinal_number": {"cardinal_number_domain_check", func(d Datum) bool { n, ok := d.(int32); return !ok || n >= 0 }},
	"yes_or_no":       {"yes_or_no_check", func(d Datum) bool { s, ok := d.(string); return !ok || s == "YES" || s == "NO" }},
}

// CheckDomain tells what a domain, by its full name in messages, has against a value; nil is null.
func CheckDomain(t *Type, name string, v Datum) error {
	if v == nil {
		if !t.NotNull {
			return nil
		}
		err := pgerr.New(pgerrcode.NotNullViolation, "domain %s does not allow null values", name)
		err.Schema, err.DataType = t.Schema, t.Name
		return err
	}
	if t.Schema != "information_schema" {
		return nil
	}
	k, ok := domainChecks[t.Name]
	if !ok || k.ok(v) {
		return nil
	}
	err := pgerr.New(pgerrcode.CheckViolation, "value for domain %s violates check constraint \"%s\"", name, k.name)
	err.Schema, err.DataType, err.Constraint = t.Schema, t.Name, k.name
	return err
}

// domainFuncs are domain_in and domain_recv: the base type's input, checked.
func domainFuncs() Funcs {
	read := func(input func(c *Call, base *Type, d Datum, typmod int32) (Datum, error)) Func {
		return Raw(func(c *Call, a []Datum) (Datum, error) {
			domain, err := typeOf(c, a[1].(OID))
			if err != nil {
				return nil, err
			}
			base, typmod := domain, int32(-1)
			for base.Base != 0 {
				typmod = base.BaseTypmod
				if base, err = typeOf(c, base.Base); err != nil {
					return nil, err
				}
			}
			var v Datum
			if a[0] != nil {
				if v, err = input(c, base, a[0], typmod); err != nil {
					return nil, err
				}
			}
			return v, CheckDomain(domain, typeNameOf(c, domain.OID), v)
		})
	}
	return Funcs{
		"domain_in": read(func(c *Call, base *Type, d Datum, typmod int32) (Datum, error) {
			return base.InputText(c.Env, d.(string), typmod)
		}),
		"domain_recv": read(func(c *Call, base *Type, d Datum, typmod int32) (Datum, error) {
			return base.ReceiveBinary(c.Env, d.([]byte), typmod)
		}),
	}
}
