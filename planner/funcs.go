package planner

import (
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// withSession adapts a function of its session and arguments.
func withSession(f func(s *Session, args []adt.Datum) (adt.Datum, error)) adt.Func {
	return adt.Raw(func(c *adt.Call, args []adt.Datum) (adt.Datum, error) {
		s, ok := c.Env.Session.(*Session)
		if !ok {
			return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
		}
		return f(s, args)
	})
}

// constant adapts a function that always gives one value.
func constantFunc(d adt.Datum) adt.Func {
	return adt.Raw(func(*adt.Call, []adt.Datum) (adt.Datum, error) { return d, nil })
}

// notInRecovery is the error of functions that control a standby.
func notInRecovery(*Session, []adt.Datum) (adt.Datum, error) {
	return nil, pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "recovery is not in progress").
		Hintf("Recovery control functions can only be executed during recovery.")
}

// logFile is pg_current_logfile: what is logged goes to no file.
func logFile(_ *Session, a []adt.Datum) (adt.Datum, error) {
	switch a[0] {
	case nil, "stderr", "csvlog", "jsonlog":
		return nil, nil
	}
	return nil, pgerr.New(pgerrcode.InvalidParameterValue, "log format \"%s\" is not supported", a[0]).
		Hintf(`The supported log formats are "stderr", "csvlog", and "jsonlog".`)
}

// sessionFuncs are the routines that speak of the session or the server, by
// prosrc.
func sessionFuncs() adt.Funcs {
	f := adt.Funcs{
		"current_database": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) { return s.db.Name, nil }),
		"current_user":     withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) { return s.user(), nil }),
		"session_user": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			return s.guc.Text("session_authorization"), nil
		}),
		"current_schema":  withSession(currentSchema),
		"current_schemas": withSession(currentSchemas),
		"current_query": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			s.activity.Lock()
			defer s.activity.Unlock()
			return s.activity.query, nil
		}),
		"pgsql_version":                  withSession(version),
		"show_config_by_name":            withSession(currentSetting),
		"show_config_by_name_missing_ok": withSession(currentSetting),
		"set_config_by_name":             withSession(setConfig),
		"pg_settings_get_flags":          withSession(settingFlags),
		"pg_backend_pid":                 withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) { return s.o.PID, nil }),
		"pg_cancel_backend":              withSession(cancelBackend),
		"flowgres_resolve":               withSession(resolveTransaction),
		"pg_terminate_backend":           withSession(terminateBackend),
		"pg_notify":                      withSession(notifyFunc),
		"pg_listening_channels":          adt.Set(listeningChannels),
		"pg_notification_queue_usage":    constantFunc(float64(0)),
		"pg_conf_load_time": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			return timestamp(s.e.started), nil
		}),
		"pg_postmaster_start_time": withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
			return timestamp(s.e.started), nil
		}),
		"pg_is_in_recovery":             constantFunc(false),
		"pg_is_wal_replay_paused":       withSession(notInRecovery),
		"pg_get_wal_replay_pause_state": withSession(notInRecovery),
		"pg_last_wal_replay_lsn":        constantFunc(nil),
		"pg_last_wal_receive_lsn":       constantFunc(nil),
		"pg_last_xact_replay_timestamp": constantFunc(nil),
		"pg_current_wal_lsn":            constantFunc(uint64(0)),
		"pg_blocking_pids": withSession(func(s *Session, a []adt.Datum) (adt.Datum, error) {
			if other := s.e.session(a[0].(int32)); other != nil {
				return adt.NewArray(adt.Int4OID, s.e.locks.blocking(other)), nil
			}
			return adt.NewArray(adt.Int4OID, nil), nil
		}),
		"pg_safe_snapshot_blocking_pids":       constantFunc(adt.NewArray(adt.Int4OID, nil)),
		"pg_isolation_test_session_is_blocked": constantFunc(false),
		"pg_my_temp_schema":                    constantFunc(adt.OID(0)),
		"pg_is_other_temp_schema":              constantFunc(false),
		"pg_trigger_depth":                     constantFunc(int32(0)),
		"pg_client_encoding":                   withSession(clientEncoding),
		"getdatabaseencoding":                  constantFunc("UTF8"),
		"pg_jit_available":                     constantFunc(false),
		"pg_current_logfile":                   constantFunc(nil),
		"pg_current_logfile_1arg":              withSession(logFile),
		"row_security_active":                  constantFunc(false),
		"row_security_active_name":             constantFunc(false),
		"pg_reload_conf":                       constantFunc(true),
		"xid_age":                              constantFunc(int32(0)),
	}
	maps.Copy(f, systemFuncs())
	maps.Copy(f, noStorageFuncs())
	maps.Copy(f, largeObjectFuncs())
	maps.Copy(f, databaseFuncs())
	maps.Copy(f, tableStatsFuncs())
	maps.Copy(f, xmlMapFuncs())
	maps.Copy(f, fileFuncs())
	maps.Copy(f, controlFuncs())
	maps.Copy(f, replicationFuncs())
	advisoryFuncs(f)
	rowFuncs(f)
	return f
}

func currentSchema(s *Session, _ []adt.Datum) (adt.Datum, error) {
	if path := s.explicitSchemas(); len(path) > 0 {
		return path[0], nil
	}
	return nil, nil
}

func currentSchemas(s *Session, args []adt.Datum) (adt.Datum, error) {
	path := s.explicitSchemas()
	if args[0].(bool) {
		path = s.env.SearchPath
	}
	values := make([]adt.Datum, len(path))
	for i, n := range path {
		values[i] = n
	}
	return adt.NewArray(adt.NameOID, values), nil
}

func version(s *Session, _ []adt.Datum) (adt.Datum, error) {
	return fmt.Sprintf("PostgreSQL %s (flowgres) on %s-%s, compiled by %s, 64-bit",
		s.guc.Text("server_version"), runtime.GOARCH, runtime.GOOS, runtime.Version()), nil
}

func currentSetting(s *Session, args []adt.Datum) (adt.Datum, error) {
	name := args[0].(string)
	if len(args) > 1 && args[1].(bool) && s.guc.Lookup(name) == nil {
		return nil, nil
	}
	v, err := s.guc.Get(name)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func setConfig(s *Session, args []adt.Datum) (adt.Datum, error) {
	if args[0] == nil {
		return nil, pgerr.New(pgerrcode.NullValueNotAllowedDataException, "SET requires parameter name")
	}
	local, _ := args[2].(bool)
	name := args[0].(string)
	if args[1] == nil {
		if err := s.guc.SetDefault(name, local); err != nil {
			return nil, err
		}
	} else if err := s.guc.Set(name, args[1].(string), local); err != nil {
		return nil, err
	}
	return s.guc.Get(name)
}

func settingFlags(s *Session, args []adt.Datum) (adt.Datum, error) {
	d := s.guc.Lookup(args[0].(string))
	if d == nil {
		return nil, nil
	}
	var flags []adt.Datum
	for _, f := range []struct {
		on   bool
		name string
	}{{d.Explain, "EXPLAIN"}, {d.NoShowAll, "NO_SHOW_ALL"}, {d.NoReset, "NO_RESET"}, {d.NoRstAll, "NO_RESET_ALL"}} {
		if f.on {
			flags = append(flags, f.name)
		}
	}
	return adt.NewArray(adt.TextOID, flags), nil
}

// other finds the session that a signalling function names, if the role in force may
// signal it (pg_signal_backend). doing, whose, may and all are what the refusals say.
func (s *Session) other(pid int32, doing, whose, may, all string) (*Session, error) {
	o := s.e.session(pid)
	if o == nil {
		s.notice(warning(pgerrcode.Warning, "PID %d is not a PostgreSQL backend process", pid))
		return nil, nil
	}
	if s.now.Superuser || s.e.anyRole() {
		return o, nil
	}
	denied := pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to %s", doing)
	me := s.user()
	if of, _ := s.e.role(o.o.User); of.Superuser {
		return nil, denied.Detailf("Only roles with the SUPERUSER attribute may %s of roles with the SUPERUSER attribute.", all)
	}
	if me != o.o.User && !s.e.memberOf(me, o.o.User) && !s.e.memberOf(me, "pg_signal_backend") {
		return nil, denied.
			Detailf("Only roles with privileges of the role whose %s or with privileges of the \"pg_signal_backend\" role may %s.", whose, may)
	}
	return o, nil
}

func cancelBackend(s *Session, args []adt.Datum) (adt.Datum, error) {
	o, err := s.other(args[0].(int32), "cancel query", "query is being canceled", "cancel this query", "cancel queries")
	if o == nil {
		return false, err
	}
	if o.o.Cancel != nil {
		o.o.Cancel(pgerr.New(pgerrcode.QueryCanceled, "canceling statement due to user request"))
	}
	return true, nil
}

func terminateBackend(s *Session, args []adt.Datum) (adt.Datum, error) {
	o, err := s.other(args[0].(int32), "terminate process", "process is being terminated", "terminate this process", "terminate processes")
	if o == nil {
		return false, err
	}
	if o.o.Terminate != nil {
		e := pgerr.New(pgerrcode.AdminShutdown, "terminating connection due to administrator command")
		e.Severity = "FATAL"
		o.o.Terminate(e)
	}
	return true, nil
}

func notifyFunc(s *Session, args []adt.Datum) (adt.Datum, error) {
	channel, _ := args[0].(string)
	payload, _ := args[1].(string)
	switch {
	case channel == "":
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "channel name cannot be empty")
	case len(channel) > 63:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "channel name too long")
	case len(payload) >= 8000:
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "payload string too long")
	}
	return adt.Void{}, s.addNotify(channel, payload)
}

func listeningChannels(c *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
	return func(yield func(adt.Datum, error) bool) {
		s, ok := c.Env.Session.(*Session)
		if !ok {
			return
		}
		for _, ch := range slices.Clone(s.channels) {
			if !yield(ch, nil) {
				return
			}
		}
	}
}

// xid gives the transaction an id, as a write would on PostgreSQL.
func (s *Session) xid() uint64 {
	if s.tx.xid == 0 {
		s.tx.xid = firstXID + s.e.xids.Add(1)
		s.activity.Lock()
		s.setTransaction()
		s.activity.xid = s.tx.xid
		s.activity.Unlock()
	}
	return s.tx.xid
}

// firstXID is the first transaction id after initdb's.
const firstXID = 730

func clientEncoding(s *Session, _ []adt.Datum) (adt.Datum, error) {
	return s.guc.Text("client_encoding"), nil
}

// advisoryFuncs adds the advisory lock functions, one body for the forms of
// one and two keys.
func advisoryFuncs(f adt.Funcs) {
	key := func(s *Session, args []adt.Datum) lockKey {
		if len(args) == 2 {
			return lockKey{s.db.OID, int64(args[0].(int32)), int64(args[1].(int32)), true}
		}
		return lockKey{database: s.db.OID, a: args[0].(int64)}
	}
	for _, form := range []string{"int4", "int8"} {
		for _, shared := range []bool{false, true} {
			suffix := form
			if shared {
				suffix = "shared_" + form
			}
			for _, tx := range []bool{false, true} {
				level := "advisory_"
				if tx {
					level = "advisory_xact_"
				}
				f["pg_"+level+"lock_"+suffix] = withSession(func(s *Session, args []adt.Datum) (adt.Datum, error) {
					return adt.Void{}, s.e.locks.lock(s.env.Context, s, key(s, args), shared, tx)
				})
				f["pg_try_"+level+"lock_"+suffix] = withSession(func(s *Session, args []adt.Datum) (adt.Datum, error) {
					ok, _, err := s.e.locks.try(s, key(s, args), shared, tx)
					return ok, err
				})
			}
			f["pg_advisory_unlock_"+suffix] = withSession(func(s *Session, args []adt.Datum) (adt.Datum, error) {
				ok := s.e.locks.unlock(s, key(s, args), shared)
				if !ok {
					mode := "ExclusiveLock"
					if shared {
						mode = "ShareLock"
					}
					s.notice(warning(pgerrcode.Warning, "you don't own a lock of type %s", mode))
				}
				return ok, nil
			})
		}
	}
	f["pg_advisory_unlock_all"] = withSession(func(s *Session, _ []adt.Datum) (adt.Datum, error) {
		s.e.locks.release(s, func(h lockHold) bool { return !h.tx })
		return adt.Void{}, nil
	})
}
