// Package guc is the one registry of settings (PostgreSQL's "grand unified
// configuration"): what SET, SHOW and pg_settings, startup packets, command
// line flags, FLOWGRES_* variables and the YAML file know under the same names.
//
// A Registry holds the definitions and the values of the server; a Session
// holds one session's values, with SET LOCAL and transactions as in
// PostgreSQL's guc.c. PostgreSQL's own definitions are its pg_settings rows,
// embedded; what differs here and what is ours is in tables of this package.
//
// The way of a setting through it: main gives the server's values from file,
// environment and flags (Registry.SetServer); a session starts on those, gets
// its role's and its startup packet's values (Session.SetStartup), then those
// of SET. Each value passes parse (kind, unit, range) and the definition's
// check function, and is kept decoded. It knows nothing of SQL or connections.
package guc

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Kind is the type of a setting's value.
type Kind uint8

// Kinds, with the Go type of their values.
const (
	Bool   Kind = iota // bool
	Int                // int64
	Real               // float64
	String             // string
	Enum               // string
)

// String gives the kind as pg_settings.vartype prints it.
func (k Kind) String() string { return [...]string{"bool", "integer", "real", "string", "enum"}[k] }

// Context tells who may change a setting and when (GucContext).
type Context uint8

// Contexts, from the most restricted.
const (
	Internal Context = iota
	Postmaster
	Sighup
	SuperuserBackend
	Backend
	Superuser
	User
)

var contextNames = [...]string{"internal", "postmaster", "sighup", "superuser-backend", "backend", "superuser", "user"}

// String gives the context as pg_settings.context prints it.
func (c Context) String() string { return contextNames[c] }

// Source tells where a value comes from (GucSource); later ones win.
type Source uint8

// Sources, weakest first. File, Environment and CommandLine are the server's;
// unlike PostgreSQL, the environment wins over the file, as in programs that
// run in containers.
const (
	Default Source = iota
	File
	Environment
	CommandLine
	Database
	Role
	Client
	Override
	SessionSet
)

// String gives the source as pg_settings.source prints it.
func (s Source) String() string {
	return [...]string{
		"default", "configuration file", "environment variable", "command line",
		"database", "user", "client", "override", "session",
	}[s]
}

// Check inspects a parsed value before it is set and gives the value to keep.
// s is nil for a value of the server. An error that is not a *pgerr.Error
// becomes the detail of PostgreSQL's invalid-value error.
type Check func(s *Session, value any) (any, error)

// Def defines a setting.
type Def struct {
	Name      string
	Kind      Kind
	Unit      string // base unit of numbers: B kB MB 8kB ms s min, or none
	Min, Max  float64
	Values    []string          // of an enum, in order
	Aliases   map[string]string // values an enum takes besides, with what they mean
	Boot      any
	Context   Context
	Category  string
	Short     string
	Extra     string
	Report    bool   // told to the client as ParameterStatus
	ListInput bool   // SET takes a list of values
	ListQuote bool   // ... whose elements are identifiers, quoted when needed
	NoShowAll bool   // left out of SHOW ALL and pg_settings
	NoReset   bool   // RESET is refused
	NoRstAll  bool   // left alone by RESET ALL
	Explain   bool   // shown by EXPLAIN (SETTINGS)
	Octal     bool   // SHOW prints a file mode
	Secret    bool   // never shown
	Guarded   bool   // shown to those alone who may read all settings (GUC_SUPERUSER_ONLY)
	Flag      bool   // has a command line flag and an environment variable
	YAML      string // key in the configuration file, dots between levels; empty: the name
	Clears    string // a setting that goes back to Boot whenever this one is set or reset
	Check     Check
}

// Custom tells whether the setting is a placeholder that a session made by
// giving a value to an unknown name with a dot.
func (d *Def) Custom() bool { return d.Category == customCategory }

const customCategory = "Customized Options"

func unrecognized(name string) *pgerr.Error {
	return pgerr.New(pgerrcode.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
}

// Invalid is PostgreSQL's error for a value that a setting does not take.
func Invalid(name, value string) *pgerr.Error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", name, value)
}

// called is the setting by the name that somebody has given it: errors repeat
// that, but for those of check functions.
func (d *Def) called(name string) *Def {
	if name == d.Name {
		return d
	}
	as := *d
	as.Name = name
	return &as
}

// mayChange mirrors set_config_option's checks of the context, for a change by
// a running session (startup false) or by its startup packet.
func (d *Def) mayChange(startup, superuser bool) error {
	switch d.Context {
	case Internal:
		return pgerr.New(pgerrcode.CantChangeRuntimeParam, "parameter \"%s\" cannot be changed", d.Name)
	case Postmaster:
		return pgerr.New(pgerrcode.CantChangeRuntimeParam, "parameter \"%s\" cannot be changed without restarting the server", d.Name)
	case Sighup:
		return pgerr.New(pgerrcode.CantChangeRuntimeParam, "parameter \"%s\" cannot be changed now", d.Name)
	case SuperuserBackend, Backend:
		if !startup {
			return pgerr.New(pgerrcode.CantChangeRuntimeParam, "parameter \"%s\" cannot be set after connection start", d.Name)
		}
		if d.Context == SuperuserBackend && !superuser {
			return denied(d.Name)
		}
	case Superuser:
		if !superuser {
			return denied(d.Name)
		}
	}
	return nil
}

func denied(name string) error {
	return pgerr.New(pgerrcode.InsufficientPrivilege, "permission denied to set parameter \"%s\"", name)
}
