package planner

import (
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// dataDirectory is what the file functions (genfile.c) find: the directories
// that initdb makes, with nothing in them but what tells the version. They
// never look at the disk of the machine, where no file is a database's.
// Directories have a nil content.
var dataDirectory = map[string][]byte{
	".": nil, "PG_VERSION": []byte("16\n"),
	"base": nil, "global": nil, "pg_commit_ts": nil, "pg_dynshmem": nil,
	"pg_logical": nil, "pg_logical/mappings": nil, "pg_logical/snapshots": nil,
	"pg_multixact": nil, "pg_multixact/members": nil, "pg_multixact/offsets": nil,
	"pg_notify": nil, "pg_replslot": nil, "pg_serial": nil, "pg_snapshots": nil,
	"pg_stat": nil, "pg_stat_tmp": nil, "pg_subtrans": nil, "pg_tblspc": nil,
	"pg_twophase": nil, "pg_wal": nil, "pg_wal/archive_status": nil, "pg_xact": nil,
}

// dataFile finds a file by the name that a client gives it.
func dataFile(name string) (content []byte, ok bool, err error) {
	if path.IsAbs(name) || strings.HasPrefix(path.Clean(name), "..") {
		return nil, false, pgerr.New(pgerrcode.InsufficientPrivilege, "absolute path not allowed")
	}
	if name == "" {
		return nil, false, nil
	}
	content, ok = dataDirectory[path.Clean(name)]
	return content, ok, nil
}

// fileFuncs are the functions that read the server's files and list its
// directories.
func fileFuncs() adt.Funcs {
	f := adt.Funcs{
		"pg_ls_dir":      adt.Set(lsDir),
		"pg_ls_dir_1arg": adt.Set(lsDir),

		"pg_ls_tmpdir_noargs":     adt.Set(noRows),
		"pg_ls_waldir":            adt.Set(lsWAL),
		"pg_ls_archive_statusdir": adt.Set(noRows),
		"pg_ls_logicalmapdir":     adt.Set(noRows),
		"pg_ls_logicalsnapdir":    adt.Set(noRows),
		"pg_ls_logdir": failingSet(func(*adt.Call, []adt.Datum) error {
			return noFile("open directory", "log", "")
		}),

		"pg_stat_file":      adt.Raw(statFile),
		"pg_stat_file_1arg": adt.Raw(statFile),
	}
	text := func(b []byte) adt.Datum { return string(b) }
	raw := func(b []byte) adt.Datum { return b }
	for _, name := range []string{"pg_read_file_all", "pg_read_file_all_missing", "pg_read_file_off_len", "pg_read_file_off_len_missing", "pg_read_file"} {
		f[name] = readFile(text)
	}
	for _, name := range []string{"pg_read_binary_file_all", "pg_read_binary_file_all_missing", "pg_read_binary_file_off_len", "pg_read_binary_file_off_len_missing"} {
		f[name] = readFile(raw)
	}
	return f
}

// noFile is the error of a file that is not there.
func noFile(doing, name, why string) error {
	return pgerr.New(pgerrcode.UndefinedFile, "could not %s \"%s\"%s: No such file or directory", doing, name, why)
}

// readFile is pg_read_file and pg_read_binary_file in their forms: the name,
// then offset and length, then whether the file may be missing.
func readFile(value func([]byte) adt.Datum) adt.Func {
	return adt.Raw(func(_ *adt.Call, a []adt.Datum) (adt.Datum, error) {
		name := a[0].(string)
		missingOK, _ := a[len(a)-1].(bool)
		offset, length := int64(0), int64(-1)
		if len(a) > 2 {
			offset, length = a[1].(int64), a[2].(int64)
			if length < 0 {
				return nil, pgerr.New(pgerrcode.InvalidParameterValue, "requested length cannot be negative")
			}
		}
		b, ok, err := dataFile(name)
		switch {
		case err != nil:
			return nil, err
		case !ok && missingOK:
			return nil, nil
		case !ok:
			return nil, noFile("open file", name, " for reading")
		case b == nil:
			return nil, pgerr.New(pgerrcode.WrongObjectType, "could not read file \"%s\": Is a directory", name)
		}
		if offset < 0 { // counted from the end
			offset += int64(len(b))
			if offset < 0 {
				return nil, pgerr.New(pgerrcode.InvalidParameterValue, "could not seek in file \"%s\": Invalid argument", name)
			}
		}
		b = b[min(offset, int64(len(b))):]
		if length >= 0 {
			b = b[:min(length, int64(len(b)))]
		}
		return value(b), nil
	})
}

// statFile is pg_stat_file. Nothing changes the files, so that their times are
// those of the server's start.
func statFile(c *adt.Call, a []adt.Datum) (adt.Datum, error) {
	s, ok := c.Env.Session.(*Session)
	if !ok {
		return nil, pgerr.Unsupported("function %s is not supported outside of a session", c.Name)
	}
	b, found, err := dataFile(a[0].(string))
	if err != nil {
		return nil, err
	}
	if missingOK, _ := a[len(a)-1].(bool); !found && missingOK {
		return nil, nil
	}
	if !found {
		return nil, noFile("stat file", a[0].(string), "")
	}
	at := timestamp(s.e.started)
	return &adt.Record{Desc: c.Desc, Values: adt.Row{int64(len(b)), at, at, at, nil, b == nil}}, nil
}

// lsDir is pg_ls_dir.
func lsDir(_ *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
	return func(yield func(adt.Datum, error) bool) {
		name := a[0].(string)
		var missingOK, dots bool
		if len(a) > 1 {
			missingOK, dots = a[1].(bool), a[2].(bool)
		}
		b, ok, err := dataFile(name)
		switch {
		case err != nil:
		case !ok && missingOK:
			return
		case !ok:
			err = noFile("open directory", name, "")
		case b != nil:
			err = pgerr.New(pgerrcode.WrongObjectType, "could not open directory \"%s\": Not a directory", name)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		var entries []string
		if dots {
			entries = append(entries, ".", "..")
		}
		for _, file := range slices.Sorted(maps.Keys(dataDirectory)) {
			if file != "." && path.Dir(file) == path.Clean(name) {
				entries = append(entries, path.Base(file))
			}
		}
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// lsWAL is pg_ls_waldir: the one segment in which a write-ahead log begins.
// Monitors add up the sizes and take no NULL for a sum; nothing is in it.
func lsWAL(c *adt.Call, _ []adt.Datum) iter.Seq2[adt.Datum, error] {
	return func(yield func(adt.Datum, error) bool) {
		if s, ok := c.Env.Session.(*Session); ok {
			name := fmt.Sprintf("%08X%016X", 1, 1)
			yield(&adt.Record{Desc: c.Desc, Values: adt.Row{name, int64(0), timestamp(s.e.started)}}, nil)
		}
	}
}

// failingSet is a set-returning function that gives rows only where its
// arguments name something that is not here.
func failingSet(check func(c *adt.Call, a []adt.Datum) error) adt.Func {
	return adt.Set(func(c *adt.Call, a []adt.Datum) iter.Seq2[adt.Datum, error] {
		return func(yield func(adt.Datum, error) bool) {
			if err := check(c, a); err != nil {
				yield(nil, err)
			}
		}
	})
}
