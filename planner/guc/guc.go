// Package guc is the one registry of settings (PostgreSQL's "grand unified
// configuration"): what SET, SHOW and pg_settings, startup packets, command
// line flags, FLOWGRES_* variables and the YAML file know under the same names.
//
// A Registry holds the definitions and the values of the server; a Session
// holds one session's values, with SET LOCAL and transactions as in
// PostgreSQL's guc.c. It knows nothing of SQL or connections.
package guc
