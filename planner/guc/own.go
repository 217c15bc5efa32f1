package guc

import "math"

// Categories of our own settings.
const (
	catServer = "Connections and Authentication / Connection Settings"
	catAuth   = "Connections and Authentication / Authentication"
	catTLS    = "Connections and Authentication / SSL"
	catAWS    = "AWS"
	catWrites = "AWS / Writes"
	catReads  = "AWS / Reads"
	catMemory = "Resource Usage / Memory"
	catStats  = customCategory
	catLog    = "Reporting and Logging / What to Log"
)

// ours gives the definitions of the settings that PostgreSQL does not have.
func ours() []*Def {
	server := func(name string, kind Kind, boot any, category, short string) *Def {
		return &Def{Name: name, Kind: kind, Boot: boot, Context: Postmaster, Category: category, Short: short, Flag: true}
	}
	number := func(d *Def, unit string, low, high float64) *Def {
		d.Unit, d.Min, d.Max = unit, low, high
		return d
	}
	choice := func(d *Def, values ...string) *Def {
		d.Values = values
		return d
	}
	key := func(d *Def, path string) *Def {
		d.YAML = path
		return d
	}
	reload := func(d *Def) *Def {
		d.Context = Sighup
		return d
	}
	super := func(d *Def) *Def {
		d.Context = Superuser
		return d
	}
	guarded := func(d *Def) *Def {
		d.Guarded = true
		return d
	}
	more := func(d *Def, extra string) *Def {
		d.Extra = extra
		return d
	}
	session := func(d *Def, extra string) *Def {
		d.Context = User
		return more(d, extra)
	}
	const (
		maxInt = math.MaxInt32
		mb     = 1 << 20
	)
	return []*Def{
		server("listen", String, "127.0.0.1:5433", catServer, "Sets the addresses to listen on: host:port, or the path of a Unix socket, separated by commas."),
		number(server("max_query_length", Int, int64(mb), catServer, "Sets the longest statement text that is parsed."), "B", 1024, 1<<30),
		number(server("max_message_size", Int, int64(64*mb), catServer, "Sets the longest protocol message that an authenticated client may send."), "B", 64<<10, 1<<30),
		number(more(server("max_preauth_connections", Int, int64(0), catServer, "Sets how many connections may be authenticating at a time."), "The oldest is dropped for one more. Zero means max_connections, at least 100."), "", 0, 1<<18),
		guarded(reload(server("cancel_peers", String, "", catServer, "Sets where the server's copies listen, which cancel requests are passed on to: host:port, separated by commas; a name stands for all its addresses."))),
		number(server("max_prepared_statements", Int, int64(10000), catServer, "Sets how many prepared statements a session may hold, and how many portals."), "", 1, maxInt),
		number(server("shutdown_timeout", Int, int64(25000), catServer, "Sets how long running statements may go on after a request to shut down."), "ms", 0, maxInt),
		number(more(server("shutdown_delay", Int, int64(0), catServer, "Sets how long connections are still taken after a request to shut down."), "/readyz fails meanwhile, so that load balancers send them elsewhere."), "ms", 0, maxInt),
		guarded(reload(key(server("tls_cert", String, "", catTLS, "Sets the file of the server's certificate chain."), "tls.cert"))),
		guarded(reload(key(server("tls_key", String, "", catTLS, "Sets the file of the server's private key."), "tls.key"))),
		guarded(reload(key(server("tls_client_ca", String, "", catTLS, "Sets the file of the certificates that sign clients' certificates."), "tls.client_ca"))),
		guarded(reload(key(server("tls_client_crl", String, "", catTLS, "Sets the file or directory of the lists of revoked client certificates."), "tls.client_crl"))),
		number(server("auth_max_failures", Int, int64(5), catAuth, "Sets how many wrong passwords of a user within five minutes ban it at their address; zero means no limit."), "", 0, maxInt),
		number(server("auth_ban_time", Int, int64(900), catAuth, "Sets how long a user is banned at an address for wrong passwords."), "s", 1, maxInt),
		reload(more(server("iam_server_id", String, "", catAuth, "Sets the name that the presigned URLs of the authentication method iam must be signed for."),
			"flowgres iam-token --server-id signs for it. Empty takes URLs that are signed for no server in particular.")),
		server("insecure", Bool, false, catAuth, "Allows connections without a password from other hosts."),

		key(server("regions", String, "", catAWS, "Sets the AWS regions of the table: names or patterns, separated by commas, or all."), "aws.regions"),
		guarded(key(server("endpoint_url", String, "", catAWS, "Sets the URL of the EC2 endpoint in place of AWS's."), "aws.endpoint_url")),
		guarded(key(server("profile", String, "", catAWS, "Sets the profile of the AWS configuration files to use."), "aws.profile")),
		key(number(server("max_concurrent_calls", Int, int64(64), catAWS, "Sets how many AWS calls may be under way at a time."), "", 1, 1024), "aws.max_concurrent_calls"),
		key(number(server("call_timeout", Int, int64(10000), catAWS, "Sets the time that one attempt of an AWS call may take."), "ms", 1, maxInt), "aws.call_timeout"),
		key(number(server("cache_size", Int, int64(64<<10), catAWS, "Sets the memory for rows that flowgres.cache_ttl lets be reused."), "kB", 1, maxInt), "aws.cache_size"),

		guarded(key(server("journal", String, "", catWrites, "Sets the file in which writes are noted before they are made, so that a crash leaves none unknown."), "aws.journal")),

		reload(choice(server("log_level", Enum, "info", catLog, "Sets the least severe level that is logged."), "debug", "info", "warn", "error")),
		choice(server("log_format", Enum, "auto", catLog, "Sets the form of log lines."), "auto", "text", "json"),
		guarded(server("metrics_listen", String, "", catLog, "Sets the address of the metrics and health endpoint.")),
		guarded(server("audit_log", String, "", catLog, "Sets the file of the audit log, - for standard output.")),
		choice(server("audit_on_failure", Enum, "block_writes", catLog, "Sets what becomes of INSERT, UPDATE and DELETE while the audit log cannot be written."),
			"block_writes", "continue"),
		choice(server("trace_query_text", Enum, "normalized", catLog, "Sets what OpenTelemetry's spans show of statements: nothing, their text without constants, or all of it."),
			"off", "normalized", "full"),

		number(super(more(server("flowgres.query_mem", Int, int64(256<<10), catMemory, "Sets the most memory that a query may hold, and a session's prepared statements and portals."),
			"Sorts, joins, aggregates and windows go to temporary files first, at a quarter of it or at work_mem. Zero means no limit but that of all sessions: half of the process's memory limit.")), "kB", 0, maxInt),
		number(server("pg_stat_statements.max", Int, int64(5000), catStats, "Sets the maximum number of statements tracked by pg_stat_statements."), "", 100, maxInt/2),
		super(choice(server("pg_stat_statements.track", Enum, "top", catStats, "Selects which statements are tracked by pg_stat_statements."), "none", "top", "all")),
		super(server("pg_stat_statements.track_planning", Bool, false, catStats, "Selects whether planning duration is tracked by pg_stat_statements.")),
		super(server("pg_stat_statements.track_utility", Bool, true, catStats, "Selects whether utility commands are tracked by pg_stat_statements.")),
		session(server("flowgres.safe_writes", Bool, true, catWrites, "Refuses UPDATE and DELETE without a WHERE clause."), ""),
		number(session(server("flowgres.max_rows_per_write", Int, int64(100), catWrites, "Sets how many rows a statement may create, change or delete."), "Zero means no limit."), "", 0, maxInt),
		session(server("flowgres.dry_run", Bool, false, catWrites, "Sends writes with DryRun, so that AWS checks permissions and changes nothing."), ""),
		choice(session(server("flowgres.transaction_writes", Enum, "compensate", catWrites, "Sets what writes in a transaction block do."),
			"compensate creates at once and undoes at ROLLBACK; deferred waits for COMMIT, until when the transaction does not see what it inserts; reject refuses."), "compensate", "deferred", "reject"),
		number(session(server("flowgres.cache_ttl", Int, int64(0), catReads, "Sets for how long a scan's rows may be reused."), "Zero reads anew each time. Roles share nothing; this server's own writes to a region end the reuse of its rows."), "ms", 0, maxInt),
		number(session(server("flowgres.max_empty_pages", Int, int64(1000), catReads, "Sets how many pages without rows are read of a region in a row."),
			"AWS may send such pages before others; a scan that meets more fails. Zero means no limit."), "", 0, maxInt),
		choice(session(server("flowgres.on_error", Enum, "fail", catReads, "Sets what happens when an account or region cannot be read."),
			"partial gives the rows of the others and a warning."), "fail", "partial"),
		choice(session(server("flowgres.push_down", Enum, "on", catReads, "Sets whether conditions are given to AWS."),
			"inexact gives them and checks each row again; off reads everything."), "off", "inexact", "on"),
	}
}
