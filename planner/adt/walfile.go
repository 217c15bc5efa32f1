package adt

import (
	"fmt"
	"strconv"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// walSegment is the size of a file of the write-ahead log: initdb's default.
const walSegment = 16 << 20

// walFileFuncs name the files of a write-ahead log (xlogfuncs.c). There is none
// here; its only timeline would be 1.
func walFileFuncs() Funcs {
	return Funcs{
		"pg_walfile_name": P1(walFileName),
		"pg_walfile_name_offset": C1(func(c *Call, at uint64) (*Record, error) {
			return &Record{Desc: c.Desc, Values: Row{walFileName(at), int32(at % walSegment)}}, nil
		}),
		"pg_split_walfile_name": C1(splitWALFile),
	}
}

func walFileName(at uint64) string {
	const perID = 1 << 32 / walSegment
	n := (at - 1) / walSegment // a position at a boundary belongs to the file before it
	return fmt.Sprintf("%08X%08X%08X", 1, n/perID, n%perID)
}

func splitWALFile(c *Call, name string) (*Record, error) {
	bad := func() (*Record, error) {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid WAL file name \"%s\"", name)
	}
	if len(name) != 24 {
		return bad()
	}
	var part [3]uint64
	for i := range part {
		for _, d := range []byte(name[8*i : 8*i+8]) {
			if !isDigit(d) && (d|0x20 < 'a' || d|0x20 > 'f') {
				return bad()
			}
		}
		part[i], _ = strconv.ParseUint(name[8*i:8*i+8], 16, 32)
	}
	n := part[1]*(1<<32/walSegment) + part[2]
	return &Record{Desc: c.Desc, Values: Row{numericUint64(n), int64(part[0])}}, nil
}
