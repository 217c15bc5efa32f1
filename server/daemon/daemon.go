// Package daemon runs flowgres as a service: it joins the AWS side, the engine
// and the wire server (daemon.go), serves until it is told to stop and then
// drains (serve.go), reads its configuration anew (reload.go), and gets along
// with its surroundings: systemd's sockets and watchdog (systemd.go), the
// cgroup's memory limit (memory.go), the threads' stacks (stack_linux.go).
//
// It sees every other package of the server and knows no SQL, no protocol and no
// API; main sees this one.
package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/callerid"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/observe"
	"github.com/flowgres/flowgres/server/tlscert"
)

// Daemon is a running server with what belongs to it.
type Daemon struct {
	c       *config.Config
	log     *slog.Logger
	level   slog.LevelVar
	metrics *observe.Metrics
	audit   *observe.Audit
	traces  *observe.Traces
	certs   atomic.Pointer[tlscert.Files]
	health  *observe.Health
	backend *ec2backend.Backend
	engine  *planner.Engine
	server  *server.Server
}

// New makes everything of a server but its listeners.
func New(ctx context.Context, c *config.Config, log *slog.Logger) (*Daemon, error) {
	a := &Daemon{c: c, metrics: observe.NewMetrics(c.Version), log: log}
	if log == nil {
		a.log = observe.NewLog(c.Settings, &a.level)
	}
	var err error
	if a.audit, err = observe.OpenAudit(c.Settings.Text("audit_log"), c.Settings.Text("audit_on_failure"), a.log); err != nil {
		return nil, err
	}
	if a.traces, err = observe.OpenTraces(ctx, c.Version, c.Settings.Text("trace_query_text"), a.log); err != nil {
		return nil, errors.Join(err, a.closeRecords())
	}
	if a.engine, a.backend, err = a.newEngine(ctx); err != nil {
		return nil, errors.Join(err, a.closeRecords())
	}
	if a.server, err = a.newServer(); err != nil {
		a.backend.Close()
		return nil, errors.Join(err, a.closeRecords())
	}
	a.metrics.Watch(a.server, func() time.Time {
		if f := a.certs.Load(); f != nil {
			return f.Expiry()
		}
		return time.Time{}
	})
	return a, nil
}

// Close ends what New began.
func (a *Daemon) Close() {
	a.backend.Close()
	if err := a.closeRecords(); err != nil {
		a.log.Error("could not close the audit log and the traces", "error", err)
	}
}

// closeRecords closes the audit log and sends the last traces.
func (a *Daemon) closeRecords() error {
	ctx, cancel := context.WithTimeout(context.Background(), tracesPatience)
	defer cancel()
	return errors.Join(a.traces.Close(ctx), a.audit.Close())
}

// tracesPatience is how long a server that ends waits for its traces to be taken.
const tracesPatience = 5 * time.Second

// newEngine makes the AWS side and the engine over it.
func (a *Daemon) newEngine(ctx context.Context) (*planner.Engine, *ec2backend.Backend, error) {
	c := a.c
	var regions []string
	for _, r := range strings.Split(c.Settings.Text("regions"), ",") {
		if r = strings.TrimSpace(r); r != "" {
			regions = append(regions, r)
		}
	}
	accounts := c.Accounts
	if p := c.Settings.Text("profile"); p != "" && len(accounts) == 0 {
		accounts = []ec2backend.Account{{Profile: p}}
	}
	identities, err := c.Identities()
	if err != nil {
		return nil, nil, err
	}
	backend, err := ec2backend.New(ctx, ec2backend.Config{
		Regions: regions, Accounts: accounts, Identities: identities, EndpointURL: c.Settings.Text("endpoint_url"),
		MaxConcurrency: int(c.Settings.Int("max_concurrent_calls")),
		CallTimeout:    time.Duration(c.Settings.Int("call_timeout")) * time.Millisecond,
		UserAgent:      "flowgres/" + c.Version,
		NoRateLimit:    c.Unpaced,
		CacheBytes:     c.Settings.Int("cache_size") << 10,
		Observe: func(r ec2backend.CallRecord) {
			a.metrics.Call(r)
			a.audit.Call(r)
			a.traces.Call(r)
		},
		BeforeWrite: a.audit.Write,
		Outcome: func(o ec2backend.OutcomeRecord) {
			a.metrics.Outcome(o)
			a.audit.Outcome(o)
		},
		Journal: c.Settings.Text("journal"),
	})
	if err != nil {
		return nil, nil, err
	}
	a.metrics.Reuse(backend.Reuse)
	backend.RecoverLater(func(ended, left int) {
		a.log.Info("recovered from the journal", "transactions", ended, "in_doubt", left)
	})
	roles, err := c.EngineRoles()
	if err != nil {
		backend.Close()
		return nil, nil, err
	}
	statements := planner.NewStatements(int(c.Settings.Int("pg_stat_statements.max")))
	engine, err := planner.New(planner.Config{
		Settings: c.Settings, Relations: slices.Concat(backend.Relations(), statements.Relations()), Roles: roles, Statements: statements,
		Redact: observe.Redact, Memory: queryMemory(), Heap: heapMemory(),
		Rows: map[string]func() []adt.Row{
			"pg_hba_file_rules": func() []adt.Row {
				return server.HBARows(c.Settings.Text("hba_file"), c.Settings.Bool("insecure"))
			},
			"pg_ident_file_mappings": func() []adt.Row { return server.IdentRows(c.Settings.Text("ident_file")) },
		},
		Log: a.log.Info,
		Panicked: func(reason any, stack []byte) {
			a.log.Error("a statement failed unexpectedly", "reason", reason, "stack", string(stack))
		},
	})
	if err != nil {
		backend.Close()
		return nil, nil, err
	}
	a.metrics.QueryMemory(engine.MemoryUsed)
	return engine, backend, nil
}

// newServer makes the wire server for an engine; without one it only checks
// the configuration.
func (a *Daemon) newServer() (*server.Server, error) {
	roles, err := a.c.EngineRoles()
	if err != nil {
		return nil, err
	}
	cfg, certs, err := a.serverConfig(a.c, roles)
	if err != nil {
		return nil, err
	}
	srv, err := server.New(cfg)
	if err != nil {
		return nil, err
	}
	a.certs.Store(certs)
	return srv, nil
}

// serverConfig says how the wire server is to serve a configuration. It opens
// every file that the configuration names.
func (a *Daemon) serverConfig(c *config.Config, roles map[string]planner.Role) (cfg server.Config, certs *tlscert.Files, err error) {
	r := c.Settings
	cfg = server.ConfigFrom(r)
	cfg.Log = a.log
	cfg.Guessing = server.Guessing{Failures: int(r.Int("auth_max_failures")), Ban: time.Duration(r.Int("auth_ban_time")) * time.Second}
	if cfg.Guessing.Failures == 0 {
		cfg.Guessing.Failures = -1
	}
	cfg.Observer = observe.Hooks(a.metrics, a.audit, a.traces)
	// A session has what its role had when it logged in: the server's roles and
	// the engine's are one configuration, whenever a reload comes.
	cfg.NewSession = func(ctx context.Context, o planner.SessionOptions) (server.Session, error) {
		if role, ok := roles[o.User]; ok {
			o.Role = &role
		}
		return a.engine.NewSession(ctx, o)
	}
	if cfg.Roles, err = c.ServerRoles(); err != nil {
		return cfg, nil, err
	}
	cfg.TLS, certs, err = tlscert.Open(tlscert.Options{
		Cert: r.Text("tls_cert"), Key: r.Text("tls_key"), CA: r.Text("tls_client_ca"), CRL: r.Text("tls_client_crl"),
		Min: r.Text("ssl_min_protocol_version"), Max: r.Text("ssl_max_protocol_version"),
	}, a.log, a.metrics.CertError)
	if err != nil {
		return cfg, nil, err
	}
	identities, err := callerid.New(r.Text("endpoint_url"), r.Text("iam_server_id"))
	if err != nil {
		return cfg, nil, err
	}
	cfg.IAM = identities.Verify
	if path := r.Text("hba_file"); path != "" {
		if cfg.HBA, err = server.LoadHBA(path, r.Bool("insecure")); err != nil {
			return cfg, nil, err
		}
	}
	if path := r.Text("ident_file"); path != "" {
		if cfg.Ident, err = server.LoadIdent(path); err != nil {
			return cfg, nil, err
		}
	}
	if r.Bool("insecure") && cfg.Roles == nil {
		cfg.Auth = func(server.Login) server.Method { return server.Trust }
	}
	return cfg, certs, nil
}
