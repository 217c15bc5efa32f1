package server

import (
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// parseOptions reads the startup packet's options: the switches of a server's
// command line (process_postgres_switches). Those that only the postmaster may
// give are taken and mean nothing. An error comes with what stands before it.
func parseOptions(options string) (settings []planner.Setting, err error) {
	args := splitOptions(options)
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			return settings, badArgument(arg)
		}
		for letters := arg[1:]; letters != ""; {
			letter := letters[0]
			letters = letters[1:]
			shown, value := arg, ""
			if strings.IndexByte("BCcDdfhkNprStvW-", letter) >= 0 { // with a value, here or in the next argument
				if value, letters = letters, ""; value == "" {
					if len(args) == 0 {
						return settings, badArgument(arg)
					}
					shown, value, args = args[0], args[0], args[1:]
				}
			}
			more, err := serverSwitch(letter, value, shown)
			if err != nil {
				return settings, err
			}
			settings = append(settings, more...)
		}
	}
	if len(args) > 0 {
		return settings, badArgument(args[0])
	}
	return settings, nil
}

// serverSwitch gives what a switch sets. shown is its argument as an error has it.
func serverSwitch(letter byte, value, shown string) ([]planner.Setting, error) {
	if one, ok := plainSwitches[letter]; ok {
		if one.Value == "" {
			one.Value = value
		}
		return []planner.Setting{one}, nil
	}
	switch letter {
	case 'c', '-':
		name, v, found := strings.Cut(value, "=")
		if !found && letter == '-' {
			return nil, syntaxError("--%s requires a value", value)
		}
		if !found {
			return nil, syntaxError("-c %s requires a value", value)
		}
		return []planner.Setting{{Name: strings.ReplaceAll(name, "-", "_"), Value: v}}, nil
	case 'd':
		return debugSettings(value), nil
	case 'f':
		if plan, ok := planSwitches[value]; ok {
			return []planner.Setting{{Name: plan, Value: "false"}}, nil
		}
		return nil, badArgument(shown)
	case 't':
		for prefix, name := range statSwitches {
			if strings.HasPrefix(value, prefix) {
				return []planner.Setting{{Name: name, Value: "true"}}, nil
			}
		}
		return nil, badArgument(shown)
	case 'b', 'C', 'D', 'E', 'j', 'n', 'r', 'T', 'v':
		return nil, nil
	}
	return nil, badArgument(shown)
}

// plainSwitches set one setting, to their value or to that here.
var plainSwitches = map[byte]planner.Setting{
	'B': {Name: "shared_buffers"}, 'e': {Name: "datestyle", Value: "euro"}, 'F': {Name: "fsync", Value: "false"},
	'h': {Name: "listen_addresses"}, 'i': {Name: "listen_addresses", Value: "*"}, 'k': {Name: "unix_socket_directories"},
	'l': {Name: "ssl", Value: "true"}, 'N': {Name: "max_connections"}, 'O': {Name: "allow_system_table_mods", Value: "true"},
	'P': {Name: "ignore_system_indexes", Value: "true"}, 'p': {Name: "port"}, 'S': {Name: "work_mem"},
	's': {Name: "log_statement_stats", Value: "true"}, 'W': {Name: "post_auth_delay"},
}

// planSwitches are the values of -f (set_plan_disabling_options).
var planSwitches = map[string]string{
	"s": "enable_seqscan", "i": "enable_indexscan", "o": "enable_indexonlyscan", "b": "enable_bitmapscan",
	"t": "enable_tidscan", "n": "enable_nestloop", "m": "enable_mergejoin", "h": "enable_hashjoin",
}

// statSwitches are the beginnings of the values of -t (get_stats_option_name).
var statSwitches = map[string]string{"pa": "log_parser_stats", "pl": "log_planner_stats", "e": "log_executor_stats"}

// debugSettings are those of -d (set_debug_options).
func debugSettings(value string) []planner.Setting {
	level, _ := strconv.Atoi(value)
	settings := []planner.Setting{{Name: "log_min_messages", Value: "notice"}}
	if level > 0 {
		settings[0].Value = "debug" + strconv.Itoa(level)
	}
	for i, name := range []string{"log_statement", "debug_print_parse", "debug_print_plan", "debug_print_rewritten"} {
		if level < i+2 {
			break
		}
		on := "true"
		if name == "log_statement" {
			on = "all"
		}
		settings = append(settings, planner.Setting{Name: name, Value: on})
	}
	return settings
}

// splitOptions splits at white space; a backslash takes the next character as
// it is (pg_split_opts).
func splitOptions(options string) []string {
	var args []string
	var arg strings.Builder
	in := false
	for i := 0; i < len(options); i++ {
		switch b := options[i]; {
		case b == '\\' && i+1 < len(options):
			i++
			arg.WriteByte(options[i])
			in = true
		case b == '\\':
			in = true
		case strings.IndexByte(" \t\n\v\f\r", b) >= 0:
			if in {
				args = append(args, arg.String())
				arg.Reset()
			}
			in = false
		default:
			arg.WriteByte(b)
			in = true
		}
	}
	if in {
		args = append(args, arg.String())
	}
	return args
}

func syntaxError(format string, args ...any) *pgerr.Error {
	return fatal(pgerrcode.SyntaxError, format, args...)
}

func badArgument(arg string) error {
	return syntaxError("invalid command-line argument for server process: %s", arg).
		Hintf("Try \"postgres --help\" for more information.")
}
