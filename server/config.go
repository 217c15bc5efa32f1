package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/flowgres/flowgres/planner/guc"
)

// Config says how to serve. Zero values mean the defaults named.
type Config struct {
	NewSession NewSession // required

	// Roles are the users that may log in. Without any, every user name may, by
	// trust, from where Auth allows.
	Roles map[string]Role
	// HBA says how a client must prove who it is, with the maps of Ident. Without
	// it Auth does; nil: trust on loopback and Unix sockets if no role has a
	// password, else SCRAM-SHA-256.
	HBA      *HBA
	Ident    *Ident
	Auth     func(Login) Method
	TLS      *TLSConfig // nil: no TLS
	Guessing Guessing   // bounds wrong passwords

	// IAM gives the ARN of the AWS principal who signed the URL that a client
	// gave as its password. Its errors must not have the URL: they are logged.
	// nil: the method iam cannot be used.
	IAM func(ctx context.Context, url string) (arn string, err error)

	// CancelPeers are addresses (host:port) of the copies of this server, of
	// which one may get a cancel request for another's session; a name stands for
	// all its addresses, and the server's own do no harm.
	CancelPeers []string

	MaxConnections int           // sessions; 100
	MaxEarly       int           // connections still authenticating; 100
	MaxMessage     int           // bytes of a message once authenticated; 64 MiB
	AuthTimeout    time.Duration // from accept to the end of authentication; 15 s

	// CheckInterval is how often a client is looked for while a statement runs;
	// 2 s, negative: never.
	CheckInterval                    time.Duration
	KeepAliveIdle, KeepAliveInterval time.Duration // TCP keepalive; 60 s, 10 s
	KeepAliveCount                   int           // 6
	UserTimeout                      time.Duration // TCP_USER_TIMEOUT; the system's
	CloseGrace                       time.Duration // from termination to a hard close; 3 s

	Log              *slog.Logger // slog.Default
	LogConnections   bool
	LogDisconnection bool
	Observer         Observer

	mock [32]byte // secret of the salts that unknown users are shown
}

// TLSConfig is what TLS needs.
type TLSConfig struct {
	// Certificate gives the certificate for a new connection, so that a renewed
	// one takes effect.
	Certificate func() (*tls.Certificate, error)
	ClientCAs   *x509.CertPool // verifies client certificates, where given
	// Revoked fails for a verified chain, the client's certificate first, that has
	// a revoked certificate; nil: none is.
	Revoked func(chain []*x509.Certificate) error

	MinVersion, MaxVersion uint16 // of TLS; 1.2 and what Go has
}

// Role is a user that may log in.
type Role struct {
	// Verifier is the password's SCRAM-SHA-256 verifier, as in pg_authid
	// (NewVerifier makes one); empty: no password fits.
	Verifier        string
	ConnectionLimit int       // 0: none
	ValidUntil      time.Time // the password's end; zero: none
	MemberOf        []string  // roles it is a member of
	NoLogin         bool      // a group
}

func (c *Config) complete() error {
	if c.NewSession == nil {
		return errors.New("server: Config.NewSession is missing")
	}
	if c.TLS != nil && c.TLS.Certificate == nil {
		return errors.New("server: TLSConfig.Certificate is missing")
	}
	for name, r := range c.Roles {
		if r.Verifier == "" {
			continue
		}
		if _, err := parseVerifier(r.Verifier); err != nil {
			return fmt.Errorf("role %q: %w", name, err)
		}
	}
	if err := checkPeers(c.CancelPeers); err != nil {
		return err
	}
	if err := c.completeAuth(); err != nil {
		return err
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	c.MaxMessage = min(orDefault(c.MaxMessage, 64<<20), math.MaxInt32)
	c.MaxConnections = orDefault(c.MaxConnections, 100)
	c.MaxEarly = orDefault(c.MaxEarly, 100)
	c.AuthTimeout = orDefault(c.AuthTimeout, 15*time.Second)
	c.CheckInterval = orDefault(c.CheckInterval, 2*time.Second)
	c.KeepAliveIdle = orDefault(c.KeepAliveIdle, time.Minute)
	c.KeepAliveInterval = orDefault(c.KeepAliveInterval, 10*time.Second)
	c.KeepAliveCount = orDefault(c.KeepAliveCount, 6)
	c.CloseGrace = orDefault(c.CloseGrace, 3*time.Second)
	return nil
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// ConfigFrom takes from the server's settings what they say of serving.
// NewSession, Roles, Auth, TLS and Log are the caller's.
func ConfigFrom(r *guc.Registry) Config {
	seconds := func(name string) time.Duration { return time.Duration(r.Int(name)) * time.Second }
	millis := func(name string) time.Duration { return time.Duration(r.Int(name)) * time.Millisecond }
	cfg := Config{
		MaxConnections:    int(r.Int("max_connections")),
		MaxEarly:          int(r.Int("max_preauth_connections")),
		MaxMessage:        int(r.Int("max_message_size")),
		AuthTimeout:       seconds("authentication_timeout"),
		CheckInterval:     millis("client_connection_check_interval"),
		KeepAliveIdle:     seconds("tcp_keepalives_idle"),
		KeepAliveInterval: seconds("tcp_keepalives_interval"),
		KeepAliveCount:    int(r.Int("tcp_keepalives_count")),
		UserTimeout:       millis("tcp_user_timeout"),
		CancelPeers:       parsePeers(r.Text("cancel_peers")),
		LogConnections:    r.Bool("log_connections"),
		LogDisconnection:  r.Bool("log_disconnections"),
	}
	if cfg.MaxEarly == 0 {
		cfg.MaxEarly = max(100, cfg.MaxConnections)
	}
	if cfg.CheckInterval == 0 {
		cfg.CheckInterval = -1 // the setting's way to say never
	}
	return cfg
}

// Reload changes the configuration for connections to come, in one step:
// roles, NewSession, HBA, Ident, TLS, limits. A connection keeps the
// configuration it began with. If the new one is not valid all stays as it was.
// Log and Guessing do not change.
func (s *Server) Reload(next Config) error {
	cur := s.config.Load()
	next.Log, next.Guessing = cur.Log, cur.Guessing
	if err := next.complete(); err != nil {
		return err
	}
	s.config.Store(&next)
	return nil
}
