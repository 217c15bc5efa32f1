package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/server"
)

// app is a running server with what belongs to it.
type app struct {
	c       *config
	log     *slog.Logger
	level   slog.LevelVar
	metrics *metrics
	audit   *audit
	certs   atomic.Pointer[certFiles]
	health  *health
	backend *ec2backend.Backend
	engine  *planner.Engine
	server  *server.Server
}

// newApp makes everything of a server but its listeners.
func newApp(ctx context.Context, c *config, log *slog.Logger) (*app, error) {
	a := &app{c: c, metrics: newMetrics(), log: log}
	if log == nil {
		a.log = newLog(c.settings, &a.level)
	}
	var err error
	if a.audit, err = openAudit(c.settings.Text("audit_log"), a.log); err != nil {
		return nil, err
	}
	if a.engine, a.backend, err = a.newEngine(ctx); err != nil {
		return nil, errors.Join(err, a.audit.close())
	}
	if a.server, err = a.newServer(); err != nil {
		a.backend.Close()
		return nil, errors.Join(err, a.audit.close())
	}
	a.metrics.watch(a.server, func() time.Time {
		if f := a.certs.Load(); f != nil {
			return f.expiry()
		}
		return time.Time{}
	})
	return a, nil
}

// close ends what newApp began.
func (a *app) close() {
	a.backend.Close()
	if err := a.audit.close(); err != nil {
		a.log.Error("could not close the audit log", "error", err)
	}
}

// newEngine makes the AWS side and the engine over it.
func (a *app) newEngine(ctx context.Context) (*planner.Engine, *ec2backend.Backend, error) {
	c := a.c
	var regions []string
	for _, r := range strings.Split(c.settings.Text("regions"), ",") {
		if r = strings.TrimSpace(r); r != "" {
			regions = append(regions, r)
		}
	}
	accounts := c.accounts
	if p := c.settings.Text("profile"); p != "" && len(accounts) == 0 {
		accounts = []ec2backend.Account{{Profile: p}}
	}
	backend, err := ec2backend.New(ctx, ec2backend.Config{
		Regions: regions, Accounts: accounts, EndpointURL: c.settings.Text("endpoint_url"),
		MaxConcurrency: int(c.settings.Int("max_concurrent_calls")),
		CallTimeout:    time.Duration(c.settings.Int("call_timeout")) * time.Millisecond,
		UserAgent:      "flowgres/" + version,
		NoRateLimit:    c.unpaced,
		Observe: func(r ec2backend.CallRecord) {
			a.metrics.call(r)
			a.audit.call(r)
		},
		Journal: c.settings.Text("journal"),
	})
	if err != nil {
		return nil, nil, err
	}
	backend.RecoverLater(func(ended, left int) {
		a.log.Info("recovered from the journal", "transactions", ended, "in_doubt", left)
	})
	roles, err := c.engineRoles()
	if err != nil {
		backend.Close()
		return nil, nil, err
	}
	engine, err := planner.New(planner.Config{
		Settings: c.settings, Relations: backend.Relations(), Roles: roles,
		Rows: map[string]func() []adt.Row{
			"pg_hba_file_rules": func() []adt.Row {
				return server.HBARows(c.settings.Text("hba_file"), c.settings.Bool("insecure"))
			},
			"pg_ident_file_mappings": func() []adt.Row { return server.IdentRows(c.settings.Text("ident_file")) },
		},
		Panicked: func(reason any, stack []byte) {
			a.log.Error("a statement failed unexpectedly", "reason", reason, "stack", string(stack))
		},
	})
	if err != nil {
		backend.Close()
		return nil, nil, err
	}
	return engine, backend, nil
}

// newServer makes the wire server for an engine; without one it only checks
// the configuration.
func (a *app) newServer() (*server.Server, error) {
	r := a.c.settings
	cfg := server.ConfigFrom(r)
	cfg.NewSession = func(ctx context.Context, o planner.SessionOptions) (server.Session, error) {
		return a.engine.NewSession(ctx, o)
	}
	cfg.Log = a.log
	cfg.Guessing = server.Guessing{Failures: int(r.Int("auth_max_failures")), Ban: time.Duration(r.Int("auth_ban_time")) * time.Second}
	if cfg.Guessing.Failures == 0 {
		cfg.Guessing.Failures = -1
	}
	cfg.Observer = a.observer()
	if err := a.secure(&cfg, a.c); err != nil {
		return nil, err
	}
	return server.New(cfg)
}

// secure gives a server's configuration what decides who may log in.
func (a *app) secure(cfg *server.Config, c *config) (err error) {
	r := c.settings
	if cfg.Roles, err = c.serverRoles(); err != nil {
		return err
	}
	var certs *certFiles
	if cfg.TLS, certs, err = tlsFiles(r, a.log, a.metrics.certErrors.Inc); err != nil {
		return err
	}
	a.certs.Store(certs)
	cfg.HBA, cfg.Ident, cfg.Auth = nil, nil, nil
	if path := r.Text("hba_file"); path != "" {
		if cfg.HBA, err = server.LoadHBA(path, r.Bool("insecure")); err != nil {
			return err
		}
	}
	if path := r.Text("ident_file"); path != "" {
		if cfg.Ident, err = server.LoadIdent(path); err != nil {
			return err
		}
	}
	if r.Bool("insecure") && cfg.Roles == nil {
		cfg.Auth = func(server.Login) server.Method { return server.Trust }
	}
	return nil
}

// observer joins metrics and the audit log to the server.
func (a *app) observer() server.Observer {
	return server.Observer{
		Login: func(c server.Client, m server.Method, err error) {
			a.metrics.login(m, err)
			a.audit.login(c, m, err)
		},
		Opened:  func(c server.Client) { a.audit.session("session_start", c, 0) },
		Closed:  func(c server.Client, d time.Duration) { a.audit.session("session_end", c, d) },
		Refused: func(reason string) { a.metrics.rejected.WithLabelValues(reason).Inc() },
		Statement: func(c server.Client, s server.Statement) {
			a.metrics.statement(s)
			a.audit.statement(c, s)
		},
	}
}
