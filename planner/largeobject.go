package planner

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// The flags that large objects are opened with (libpq-fs.h).
const (
	invWrite = 0x00020000
	invRead  = 0x00040000
)

// largeObjectFuncs are the routines of large objects (be-fsstubs.c). None can be
// made here, so that none is there to open and no descriptor is valid: drivers
// that look for one are told as by a PostgreSQL without any.
func largeObjectFuncs() adt.Funcs {
	f := adt.Funcs{
		"be_lo_open": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			flags := a[1].(int32)
			if flags&invWrite != 0 {
				if err := s.mayChange("lo_open(INV_WRITE)"); err != nil {
					return nil, err
				}
			}
			if flags&(invRead|invWrite) == 0 {
				return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid flags for opening a large object: %d", flags)
			}
			return nil, noLargeObject(a[0])
		}),
		"be_lo_unlink": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if err := s.mayChange("lo_unlink()"); err != nil {
				return nil, err
			}
			if !s.now.Superuser {
				return nil, pgerr.New(pgerrcode.UndefinedObject, "large object metadata with OID %d does not exist", a[0])
			}
			return nil, noLargeObject(a[0])
		}),
		"be_lo_get_fragment": adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
			if a[2].(int32) < 0 {
				return nil, pgerr.New(pgerrcode.InvalidParameterValue, "requested length cannot be negative")
			}
			return nil, noLargeObject(a[0])
		}),
		"be_lo_put": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if err := s.mayChange("lo_put()"); err != nil {
				return nil, err
			}
			return nil, noLargeObject(a[0])
		}),
	}
	for _, name := range []string{"get", "export"} {
		f["be_lo_"+name] = adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) { return nil, noLargeObject(a[0]) })
	}
	for _, name := range []string{"lo_close", "lo_lseek", "lo_lseek64", "lo_tell", "lo_tell64", "loread"} {
		f["be_"+name] = adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) { return nil, noDescriptor(a[0]) })
	}
	for _, name := range []string{"lowrite", "lo_truncate", "lo_truncate64"} {
		f["be_"+name] = withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if err := s.mayChange(name + "()"); err != nil {
				return nil, err
			}
			return nil, noDescriptor(a[0])
		})
	}
	return f
}

func noLargeObject(oid adt.Datum) error {
	return pgerr.New(pgerrcode.UndefinedObject, "large object %d does not exist", oid)
}

func noDescriptor(fd adt.Datum) error {
	return pgerr.New(pgerrcode.UndefinedObject, "invalid large-object descriptor: %d", fd)
}
