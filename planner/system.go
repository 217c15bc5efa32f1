package planner

import (
	"iter"
	"math"
	"net"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// inet gives the address and port of one end of a connection; ok is false for
// what is not TCP.
func inet(a net.Addr) (addr adt.Inet, port int32, ok bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return adt.Inet{}, 0, false
	}
	ip := t.AddrPort().Addr()
	if !ip.IsValid() {
		return adt.Inet{}, 0, false
	}
	return adt.NewInet(ip.Unmap().WithZone("")), int32(t.Port), true
}

// systemFuncs are routines that speak of the connection, of transactions, and
// of what a server without storage, replication and backups has none of.
func systemFuncs() adt.Funcs {
	end := func(of func(*Session) net.Addr, port bool) adt.Func {
		return withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			addr, n, ok := inet(of(s))
			switch {
			case !ok:
				return nil, nil
			case port:
				return n, nil
			}
			return addr, nil
		})
	}
	remote := func(s *Session) net.Addr { return s.o.RemoteAddr }
	local := func(s *Session) net.Addr { return s.o.LocalAddr }
	xid := func(get func(s *Session) uint64) adt.Func {
		return adt.Raw(func(c *adt.Call, _ []adt.Datum) (adt.Datum, error) {
			s, ok := c.Env.Session.(*Session)
			if !ok {
				return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
			}
			if x := get(s); x != 0 {
				return adt.XID8(c, x), nil
			}
			return nil, nil
		})
	}
	f := adt.Funcs{
		"inet_client_addr": end(remote, false),
		"inet_client_port": end(remote, true),
		"inet_server_addr": end(local, false),
		"inet_server_port": end(local, true),

		"pg_current_xact_id":             xid((*Session).xid),
		"pg_current_xact_id_if_assigned": xid(func(s *Session) uint64 { return s.tx.xid }),
		"pg_current_snapshot": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			first, next := s.nextXID(), s.nextXID()
			if s.tx.xid != 0 { // the snapshot ends where nothing has been completed, which is at ours if it is the last
				if first = s.tx.xid; next == first+1 {
					next = first
				}
			}
			return &adt.Snapshot{Xmin: first, Xmax: max(first, next)}, nil
		}),
		"pg_xact_status": withSession(xactStatus),
		"mxid_age":       adt.P1(mxidAge),

		"pg_stat_statements_reset": withSession(resetStatements),

		"pg_current_wal_flush_lsn":       constantFunc(uint64(0)),
		"pg_current_wal_insert_lsn":      constantFunc(uint64(0)),
		"pg_stat_get_wal_receiver":       constantFunc(nil),
		"pg_stat_get_snapshot_timestamp": constantFunc(nil),
		"pg_stat_have_stats":             withSession(haveStats),
		"pg_stat_get_backend_idset": adt.Set(func(c *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
			return func(yield func(adt.Datum, error) bool) {
				s, ok := c.Env.Session.(*Session)
				if !ok {
					return
				}
				for i := range s.e.all() {
					if !yield(int32(i+1), nil) {
						return
					}
				}
			}
		}),
	}
	for _, name := range []string{
		"pg_stat_clear_snapshot", "pg_stat_force_next_flush", "pg_stat_reset_single_function_counters", "pg_stat_reset_slru",
	} {
		f[name] = constantFunc(adt.Void{})
	}
	none := adt.Set(func(*adt.Call, []adt.Datum) iter.Seq2[adt.Datum, error] { return func(func(adt.Datum, error) bool) {} })
	for _, name := range []string{
		"pg_prepared_xact", "pg_get_replication_slots", "pg_stat_get_wal_senders", "pg_stat_get_subscription",
		"pg_stat_get_progress_info", "pg_show_replication_origin_status",
	} {
		f[name] = none
	}
	return f
}

// nextXID is the id that the next transaction to need one gets.
func (s *Session) nextXID() uint64 { return firstXID + s.e.xids.Load() + 1 }

// xactStatus is pg_xact_status: nobody aborts here but who says so at once, so
// that an older transaction has committed.
func xactStatus(s *Session, args []adt.Datum) (adt.Datum, error) {
	x, ok := args[0].(uint64)
	if !ok {
		x = uint64(args[0].(int64))
	}
	switch {
	case x >= s.nextXID():
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "transaction ID %d is in the future", x)
	case x == 0:
		return nil, nil
	case x == s.tx.xid:
		return "in progress", nil
	}
	return "committed", nil
}

// mxidAge tells how far a multixact id is behind the next one, which stays the first
// as nobody shares locks of rows here (mxid_age).
func mxidAge(x adt.OID) int32 {
	if x == 0 {
		return math.MaxInt32
	}
	return int32(1 - x)
}
