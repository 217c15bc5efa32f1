package guc

import (
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

//go:generate go run gen.go $FLOWGRES_PG

//go:embed data/pg_settings.tsv
var pgSettingsTSV string

// pgSettings reads PostgreSQL 16's own definitions.
func pgSettings() ([]*Def, error) {
	unescape := strings.NewReplacer("\\\\", "\\", "\\t", "\t", "\\n", "\n")
	kinds := map[string]Kind{"bool": Bool, "integer": Int, "real": Real, "string": String, "enum": Enum}
	var defs []*Def
	for i, line := range strings.Split(strings.TrimSuffix(pgSettingsTSV, "\n"), "\n")[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 12 {
			return nil, fmt.Errorf("data/pg_settings.tsv:%d: %d fields", i+2, len(f))
		}
		if strings.Contains(line, "\\") {
			for j := range f {
				f[j] = unescape.Replace(f[j])
			}
		}
		d := &Def{Name: f[0], Unit: f[1], Category: f[2], Short: f[3], Extra: f[4]}
		d.Context = Context(slices.Index(contextNames[:], f[5]))
		d.Kind = kinds[f[6]]
		if f[7] != "" {
			var err error
			if d.Min, err = strconv.ParseFloat(f[7], 64); err != nil {
				return nil, err
			}
			if d.Max, err = strconv.ParseFloat(f[8], 64); err != nil {
				return nil, err
			}
			if f[8] == "1.79769e+308" {
				d.Max = math.MaxFloat64
			}
		}
		if f[9] != "" {
			d.Values = strings.Split(f[9], "|")
		}
		d.Aliases = aliases[d.Name]
		flags := strings.Split(f[11], "|")
		d.NoReset = slices.Contains(flags, "NO_RESET")
		d.NoRstAll = slices.Contains(flags, "NO_RESET_ALL")
		d.Explain = slices.Contains(flags, "EXPLAIN")
		boot, err := d.parseKind(f[10])
		if err != nil {
			return nil, fmt.Errorf("data/pg_settings.tsv:%d: %w", i+2, err)
		}
		d.Boot = boot
		defs = append(defs, d)
	}
	return defs, nil
}

// hidden gives PostgreSQL's settings that pg_settings leaves out.
func hidden() []*Def {
	return []*Def{
		{
			Name: "is_superuser", Kind: Bool, Context: Internal, Boot: false, Category: "Unmapped",
			Short: "Shows whether the current user is a superuser.", Report: true, NoShowAll: true, NoReset: false, NoRstAll: true,
		},
		{
			Name: "session_authorization", Kind: String, Context: User, Boot: "", Category: "Unmapped",
			Short: "Sets the session user name.", Report: true, NoShowAll: true, NoRstAll: true,
			Clears: "role", // SetSessionUserId
		},
		{
			Name: "role", Kind: String, Context: User, Boot: "none", Category: "Unmapped",
			Short: "Sets the current role.", NoShowAll: true, NoRstAll: true,
		},
		{
			Name: "seed", Kind: Real, Min: -1, Max: 1, Context: User, Boot: 0.0, Category: "Unmapped",
			Short: "Sets the seed for random-number generation.", NoShowAll: true, NoReset: true, NoRstAll: true,
		},
		{
			Name: "default_with_oids", Kind: Bool, Context: User, Boot: false,
			Category: "Version and Platform Compatibility / Previous PostgreSQL Versions",
			Short:    "WITH OIDS is no longer supported; this can only be false.", NoShowAll: true,
		},
		{
			Name: "ssl_renegotiation_limit", Kind: Int, Context: User, Boot: int64(0),
			Category: "Unmapped", Short: "SSL renegotiation is no longer supported; this can only be 0.", NoShowAll: true,
		},
	}
}

// Values that enum settings take without listing them.
var (
	onOffWords = map[string]string{"true": "on", "false": "off", "yes": "on", "no": "off", "1": "on", "0": "off"}
	aliases    = map[string]map[string]string{
		"backslash_quote":          onOffWords,
		"client_min_messages":      {"debug": "debug2", "info": "info"},
		"compute_query_id":         onOffWords,
		"constraint_exclusion":     onOffWords,
		"debug_parallel_query":     onOffWords,
		"huge_pages":               onOffWords,
		"log_min_error_statement":  {"debug": "debug2"},
		"log_min_messages":         {"debug": "debug2"},
		"recovery_prefetch":        onOffWords,
		"synchronous_commit":       onOffWords,
		"trace_recovery_messages":  {"debug": "debug2"},
		"wal_compression":          onOffWords,
		"archive_mode":             onOffWords,
		"ssl_min_protocol_version": {},
	}
)

// reported settings in the order in which PostgreSQL 16 sends them at startup.
var reported = []string{
	"in_hot_standby", "integer_datetimes", "TimeZone", "IntervalStyle", "is_superuser", "application_name",
	"default_transaction_read_only", "scram_iterations", "DateStyle", "standard_conforming_strings",
	"session_authorization", "client_encoding", "server_version", "server_encoding",
}

// boots are boot values that differ here: what initdb writes into a new
// cluster's configuration file, and what this server fixes.
var boots = map[string]any{
	"authentication_timeout":           int64(15),
	"client_encoding":                  "UTF8",
	"client_connection_check_interval": int64(2000),
	"default_text_search_config":       "pg_catalog.english",
	"lc_messages":                      "C.UTF-8",
	"lc_monetary":                      "C.UTF-8",
	"lc_numeric":                       "C.UTF-8",
	"lc_time":                          "C.UTF-8",
	"listen_addresses":                 "127.0.0.1",
	"log_timezone":                     "UTC",
	"port":                             int64(5433),
	"search_path":                      `"$user", public, ec2`,
	"server_encoding":                  "UTF8",
	"tcp_keepalives_count":             int64(6),
	"tcp_keepalives_idle":              int64(60),
	"tcp_keepalives_interval":          int64(10),
	"TimeZone":                         "UTC",
	"timezone_abbreviations":           "Default",
	"unix_socket_directories":          "",
	"work_mem":                         int64(16 << 10),
}

// Settings whose values are lists (GUC_LIST_INPUT), and of identifiers among
// them (GUC_LIST_QUOTE).
var (
	lists = []string{
		"createrole_self_grant", "DateStyle", "debug_io_direct", "listen_addresses", "local_preload_libraries", "log_destination",
		"search_path", "session_preload_libraries", "shared_preload_libraries", "synchronous_standby_names",
		"temp_tablespaces", "unix_socket_directories", "wal_consistency_checking",
	}
	quotedLists = []string{
		"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
		"temp_tablespaces", "unix_socket_directories",
	}
	// GUC_SUPERUSER_ONLY.
	guarded = []string{
		"config_file", "data_directory", "dynamic_library_path", "external_pid_file", "hba_file", "ident_file", "jit_provider",
		"krb_server_keyfile", "log_directory", "log_filename", "primary_conninfo", "session_preload_libraries",
		"shared_preload_libraries", "ssl_ciphers", "ssl_dh_params_file", "ssl_ecdh_curve", "ssl_max_protocol_version",
		"ssl_min_protocol_version", "ssl_passphrase_command", "unix_socket_directories",
	}
	octals = []string{"data_directory_mode", "log_file_mode", "unix_socket_permissions"}

	// PostgreSQL's settings that this server obeys and that its operator gives
	// by flag or environment.
	flags = []string{
		"application_name", "authentication_timeout", "client_connection_check_interval", "default_transaction_read_only",
		"hba_file", "ident_file", "idle_in_transaction_session_timeout", "idle_session_timeout", "log_connections", "log_disconnections",
		"log_min_duration_statement", "log_min_error_statement", "log_statement", "log_temp_files", "max_connections", "search_path", "statement_timeout",
		"ssl_max_protocol_version", "ssl_min_protocol_version", "superuser_reserved_connections", "tcp_keepalives_count", "tcp_keepalives_idle", "tcp_keepalives_interval",
		"tcp_user_timeout", "temp_file_limit", "TimeZone", "unix_socket_permissions", "work_mem",
	}
)

// adapt completes PostgreSQL's definitions by the tables above.
func (r *Registry) adapt() error {
	mark := func(names []string, set func(d *Def)) error {
		for _, name := range names {
			d := r.Lookup(name)
			if d == nil {
				return fmt.Errorf("no setting %q", name)
			}
			set(d)
		}
		return nil
	}
	for name, v := range boots {
		if err := mark([]string{name}, func(d *Def) { d.Boot = v }); err != nil {
			return err
		}
	}
	for name, check := range checks() {
		if err := mark([]string{name}, func(d *Def) { d.Check = check }); err != nil {
			return err
		}
	}
	for _, m := range []struct {
		names []string
		set   func(d *Def)
	}{
		{reported, func(d *Def) { d.Report = true }},
		{lists, func(d *Def) { d.ListInput = true }},
		{quotedLists, func(d *Def) { d.ListQuote = true }},
		{guarded, func(d *Def) { d.Guarded = true }},
		{octals, func(d *Def) { d.Octal = true }},
		{flags, func(d *Def) { d.Flag = true }},
	} {
		if err := mark(m.names, m.set); err != nil {
			return err
		}
	}
	return nil
}
