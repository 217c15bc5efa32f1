package catalog

import (
	"iter"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// closeProcs keeps the routines that have an access list of their own, which are those
// that show or change what is the whole server's, to who is on it (ExecInitFunc).
func (c *Catalog) closeProcs() {
	d := load("pg_proc")
	oid, acl := d.col("oid"), d.col("proacl")
	d.each(func(r row) {
		p := c.procs[r.oid(oid)]
		if r.text(acl) == "" || p.Body == nil {
			return
		}
		closed, open := *p.Body, *p.Body
		if open.Call != nil {
			closed.Call = func(call *adt.Call, args []adt.Datum) (adt.Datum, error) {
				if err := c.mayExecute(call, p); err != nil {
					return nil, err
				}
				return open.Call(call, args)
			}
		}
		if open.Set != nil {
			closed.Set = func(call *adt.Call, args []adt.Datum) iter.Seq2[adt.Datum, error] {
				if err := c.mayExecute(call, p); err != nil {
					return func(yield func(adt.Datum, error) bool) { yield(nil, err) }
				}
				return open.Set(call, args)
			}
		}
		p.Body = &closed
	})
}

func (c *Catalog) mayExecute(call *adt.Call, p *Proc) error {
	if !c.granted(c.callerRole(call), "function", p.OID, 0, []string{"EXECUTE"}) {
		return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for function %s", p.Name)
	}
	return nil
}

// publicReads tells whether an access list, as pg_class has it, lets everybody read.
func publicReads(acl string) bool {
	return slices.ContainsFunc(strings.Split(strings.Trim(acl, "{}"), ","), func(item string) bool {
		privileges, of := strings.CutPrefix(item, "=")
		privileges, _, _ = strings.Cut(privileges, "/")
		return of && strings.Contains(privileges, "r")
	})
}

// MayRead refuses a relation to a role that may read no column of it (ExecCheckPermissions).
func (c *Catalog) MayRead(user string, relation OID) error {
	rel := c.relations[relation]
	if rel == nil || !rel.Closed || c.granted(c.sessionRole(user), "any_column", relation, 0, []string{"SELECT"}) {
		return nil
	}
	kind := "table"
	if rel.Kind == 'v' {
		kind = "view"
	}
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for %s %s", kind, rel.Name)
}
