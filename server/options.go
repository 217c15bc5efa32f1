package server

import (
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// parseOptions reads the startup packet's options: the switches of a server's
// command line that set something (process_postgres_switches).
func parseOptions(options string) (settings []planner.Setting, err error) {
	args := splitOptions(options)
	set := func(name, value string) {
		settings = append(settings, planner.Setting{Name: name, Value: value})
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if long, ok := strings.CutPrefix(arg, "--"); ok && long != "" {
			name, value, found := strings.Cut(long, "=")
			if !found {
				return nil, syntaxError("--%s requires a value", long)
			}
			set(strings.ReplaceAll(name, "-", "_"), value)
			continue
		}
		if len(arg) < 2 || arg[0] != '-' {
			return nil, badArgument(arg)
		}
		letter, value := arg[1], arg[2:]
		if value == "" && strings.IndexByte("cfSW", letter) >= 0 {
			if len(args) == 0 {
				return nil, badArgument(arg)
			}
			value, args = args[0], args[1:]
		}
		switch letter {
		case 'c':
			name, v, found := strings.Cut(value, "=")
			if !found {
				return nil, syntaxError("-c %s requires a value", value)
			}
			set(strings.ReplaceAll(name, "-", "_"), v)
		case 'e':
			set("DateStyle", "euro")
		case 'f':
			plan, ok := planSwitches[value]
			if !ok {
				return nil, badArgument(arg)
			}
			set(plan, "false")
		case 'S':
			set("work_mem", value)
		case 'W':
			set("post_auth_delay", value)
		default:
			return nil, badArgument(arg)
		}
	}
	return settings, nil
}

// planSwitches are the values of -f (set_plan_disabling_options).
var planSwitches = map[string]string{
	"s": "enable_seqscan", "i": "enable_indexscan", "o": "enable_indexonlyscan", "b": "enable_bitmapscan",
	"t": "enable_tidscan", "n": "enable_nestloop", "m": "enable_mergejoin", "h": "enable_hashjoin",
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
