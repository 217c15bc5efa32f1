package planner

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// resolveTransaction is flowgres.resolve(transaction): it ends a write that is
// listed in flowgres.in_doubt.
func resolveTransaction(s *Session, args []adt.Datum) (adt.Datum, error) {
	if err := s.mayChange("flowgres.resolve()"); err != nil {
		return nil, err
	}
	id := args[0].(string)
	for _, r := range s.e.config.Relations {
		t, ok := r.Table.(fdw.Resolver)
		if !ok {
			continue
		}
		ended, known, err := t.Resolve(s.env.Context, s.fdw, id)
		if err != nil || known {
			return ended, err
		}
	}
	return nil, pgerr.New(pgerrcode.UndefinedObject, "transaction \"%s\" is not in doubt", id).
		Hintf("flowgres.in_doubt lists those that are.")
}
