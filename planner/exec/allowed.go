package exec

import (
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// allowed refuses rows to write in accounts and regions that the role may not
// use. Where it is restricted a row must say which it means: the table's own
// choice might be another.
func (m *modifier) allowed(rows []adt.Row) error {
	s := m.x.run.Session
	if s == nil {
		return nil
	}
	for i, c := range m.n.Relation.Table.Columns() {
		values := s.Allowed(c.Name)
		if len(values) == 0 {
			continue
		}
		for _, row := range rows {
			v, given := row[i].(string)
			if given && slices.ContainsFunc(values, func(allowed string) bool { return fdw.Fits(allowed, v) }) {
				continue
			}
			e := pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied for table %s", m.n.Relation.Name)
			if !given {
				return e.Detailf("The role may write some values of column \"%s\" only.", c.Name).Hintf("Give the column a value.")
			}
			return e.Detailf("The role may not write \"%s\" in column \"%s\".", v, c.Name)
		}
	}
	return nil
}
