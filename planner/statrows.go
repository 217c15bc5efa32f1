package planner

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
)

// sslRows gives pg_stat_ssl. Client certificates are not told.
func (e *Engine) sslRows() []adt.Row {
	var out []adt.Row
	for _, s := range e.all() {
		row := adt.Row{s.o.PID, s.o.TLS, nil, nil, nil, nil, nil, nil}
		if s.o.TLS {
			bits := int32(256)
			if strings.Contains(s.o.TLSCipher, "AES128") || strings.Contains(s.o.TLSCipher, "AES_128") {
				bits = 128
			}
			row[2], row[3], row[4] = orNull(s.o.TLSVersion), orNull(s.o.TLSCipher), bits
		}
		out = append(out, row)
	}
	return out
}

// gssRows gives pg_stat_gssapi: nobody comes by GSSAPI.
func (e *Engine) gssRows() []adt.Row {
	var out []adt.Row
	for _, s := range e.all() {
		out = append(out, adt.Row{s.o.PID, false, nil, false, false})
	}
	return out
}

// slruRows gives pg_stat_slru.
func (e *Engine) slruRows() []adt.Row {
	var out []adt.Row
	for _, name := range []string{"CommitTs", "MultiXactMember", "MultiXactOffset", "Notify", "Serial", "Subtrans", "Xact", "other"} {
		row := adt.Row{name}
		for range 7 {
			row = append(row, int64(0))
		}
		out = append(out, append(row, timestamp(e.started)))
	}
	return out
}

// ioKinds are the kinds of backend of pg_stat_io with the contexts in which
// each does I/O; temp: the kind has temporary tables.
var ioKinds = []struct {
	backend, contexts string
	temp              bool
}{
	{"autovacuum launcher", "bulkread normal", false},
	{"autovacuum worker", "bulkread normal vacuum", false},
	{"client backend", "bulkread bulkwrite normal vacuum", true},
	{"background worker", "bulkread bulkwrite normal vacuum", true},
	{"background writer", "normal", false},
	{"checkpointer", "normal", false},
	{"standalone backend", "bulkread bulkwrite normal vacuum", false},
	{"startup", "bulkread bulkwrite normal vacuum", false},
	{"walsender", "bulkread bulkwrite normal vacuum", true},
}

// ioRows gives pg_stat_io: zero where a kind of backend could do such I/O and
// NULL where it cannot.
func (e *Engine) ioRows() []adt.Row {
	var out []adt.Row
	row := func(backend, object, context string) {
		count := func(can bool) adt.Datum {
			if can {
				return int64(0)
			}
			return nil
		}
		timing := func(can bool) adt.Datum {
			if can {
				return float64(0)
			}
			return nil
		}
		writer := backend == "background writer" || backend == "checkpointer"
		temp, ring := object == "temp relation", context != "normal"
		extends := !writer && context != "bulkread" && backend != "autovacuum launcher"
		out = append(out, adt.Row{
			backend, object, context, count(!writer), timing(!writer), int64(0), float64(0), count(!temp), timing(!temp),
			count(extends), timing(extends), int64(8192), count(!writer), count(!writer), count(ring),
			count(!temp && !ring), timing(!temp && !ring), timestamp(e.started),
		})
	}
	for _, k := range ioKinds {
		for _, context := range strings.Fields(k.contexts) {
			row(k.backend, "relation", context)
		}
		if k.temp {
			row(k.backend, "temp relation", "normal")
		}
	}
	return out
}
