package planner

import (
	"iter"
	"slices"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// recordFunc adapts a function that gives one row.
func recordFunc(values func(s *Session, args []adt.Datum) adt.Row) adt.Func {
	return adt.Raw(func(c *adt.Call, args []adt.Datum) (adt.Datum, error) {
		s, ok := c.Env.Session.(*Session)
		if !ok {
			return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
		}
		return &adt.Record{Desc: c.Desc, Values: values(s, args)}, nil
	})
}

// rowsFunc adapts a set-returning function without arguments.
func rowsFunc(get func(s *Session) []adt.Row) adt.Func {
	return adt.Set(func(c *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			s, ok := c.Env.Session.(*Session)
			if !ok {
				return
			}
			for _, r := range get(s) {
				if !yield(&adt.Record{Desc: c.Desc, Values: slices.Clone(r)}, nil) {
					return
				}
			}
		}
	})
}

// rowFuncs adds set-returning functions that give the rows of the views of the
// same content.
func rowFuncs(f adt.Funcs) {
	f["show_all_settings"] = rowsFunc((*Session).settings)
	f["pg_cursor"] = rowsFunc((*Session).cursors)
	f["pg_prepared_statement"] = rowsFunc((*Session).preparedRows)
	f["pg_timezone_names"] = rowsFunc(func(*Session) []adt.Row { return zoneRows() })
	f["pg_timezone_abbrevs"] = rowsFunc((*Session).abbrevRows)
	f["pg_lock_status"] = rowsFunc(func(s *Session) []adt.Row { return s.e.lockRows() })
	f["pg_stat_get_io"] = rowsFunc(func(s *Session) []adt.Row { return s.e.ioRows() })
	f["pg_stat_get_slru"] = rowsFunc(func(s *Session) []adt.Row { return s.e.slruRows() })
	f["pg_stat_get_recovery_prefetch"] = rowsFunc(func(s *Session) []adt.Row { return s.e.prefetchRows() })
	for _, name := range []string{"pg_hba_file_rules", "pg_ident_file_mappings"} {
		f[name] = rowsFunc(func(s *Session) []adt.Row {
			if rows := s.e.config.Rows[name]; rows != nil {
				return rows()
			}
			return nil
		})
	}
	f["pg_config"] = rowsFunc((*Session).configRows)
	f["pg_stat_get_activity"] = adt.Set(func(c *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			s, ok := c.Env.Session.(*Session)
			if !ok {
				return
			}
			for _, other := range s.e.all() {
				if pid, one := a[0].(int32); one && pid != other.o.PID {
					continue
				}
				if !yield(&adt.Record{Desc: c.Desc, Values: other.activityCall(s.fdw)}, nil) {
					return
				}
			}
		}
	})
}

// texts makes a text[] of strings, NULL for none.
func texts(list []string) adt.Datum {
	if len(list) == 0 {
		return nil
	}
	values := make([]adt.Datum, len(list))
	for i, v := range list {
		values[i] = v
	}
	return adt.NewArray(adt.TextOID, values)
}

// settings gives pg_settings.
func (s *Session) settings() []adt.Row {
	var out []adt.Row
	opt := func(p *string) adt.Datum {
		if p == nil {
			return nil
		}
		return *p
	}
	for _, r := range s.settingRows() {
		d := r.Def
		var values adt.Datum
		if d.Kind == guc.Enum {
			values = texts(d.Values)
		}
		out = append(out, adt.Row{
			d.Name, r.Setting, orNull(d.Unit), d.Category, orNull(d.Short), orNull(d.Extra), d.Context.String(), d.Kind.String(),
			r.Source.String(), opt(r.Min), opt(r.Max), values, r.Boot, r.ResetVal, nil, nil, false,
		})
	}
	return out
}
