package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
)

// newEngine makes the AWS side and the engine over it.
func newEngine(ctx context.Context, c *config, log *slog.Logger) (*planner.Engine, *ec2backend.Backend, error) {
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
		Journal:        c.settings.Text("journal"),
	})
	if err != nil {
		return nil, nil, err
	}
	backend.RecoverLater(func(ended, left int) {
		log.Info("recovered from the journal", "transactions", ended, "in_doubt", left)
	})
	roles, err := c.engineRoles()
	if err != nil {
		backend.Close()
		return nil, nil, err
	}
	engine, err := planner.New(planner.Config{
		Settings: c.settings, Relations: backend.Relations(), Roles: roles,
		Panicked: func(reason any, stack []byte) {
			log.Error("a statement failed unexpectedly", "reason", reason, "stack", string(stack))
		},
	})
	if err != nil {
		backend.Close()
		return nil, nil, err
	}
	return engine, backend, nil
}

// newServer makes the wire server for an engine.
func newServer(c *config, engine *planner.Engine, log *slog.Logger) (*server.Server, error) {
	roles, err := c.serverRoles()
	if err != nil {
		return nil, err
	}
	tlsConfig, err := tlsFiles(c.settings)
	if err != nil {
		return nil, err
	}
	cfg := server.ConfigFrom(c.settings)
	cfg.NewSession = func(ctx context.Context, o planner.SessionOptions) (server.Session, error) {
		return engine.NewSession(ctx, o)
	}
	cfg.Roles, cfg.TLS, cfg.Log = roles, tlsConfig, log
	if c.settings.Bool("insecure") && roles == nil {
		cfg.Auth = func(server.Login) server.Method { return server.Trust }
	}
	return server.New(cfg)
}

// tlsFiles gives TLS from the configured files, nil when there are none. The
// certificate is read anew when its file changes.
func tlsFiles(r *guc.Registry) (*server.TLSConfig, error) {
	cert, key, ca := r.Text("tls_cert"), r.Text("tls_key"), r.Text("tls_client_ca")
	if cert == "" && key == "" {
		return nil, nil
	}
	load := func() (*tls.Certificate, error) {
		c, err := tls.LoadX509KeyPair(cert, key)
		return &c, err
	}
	if _, err := load(); err != nil {
		return nil, err
	}
	out := &server.TLSConfig{Certificate: load}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		out.ClientCAs = x509.NewCertPool()
		if !out.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificate in it", ca)
		}
	}
	return out, nil
}

// newLog makes the logger that the settings ask for, on standard error.
func newLog(r *guc.Registry) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(r.Text("log_level"))); err != nil {
		level = slog.LevelInfo
	}
	opt := &slog.HandlerOptions{Level: level}
	if r.Text("log_format") == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, opt))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, opt))
}
