package server

import (
	"errors"
	"net"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Login is a client's wish to log in.
type Login struct {
	User, Database string
	Addr           net.Addr
	TLS            bool
}

// Method is how a client must prove who it is.
type Method uint8

// Methods.
const (
	Reject   Method = iota // no one may log in this way
	Trust                  // no proof
	SCRAM                  // a password, by SCRAM-SHA-256
	Password               // a password, in the clear
	Cert                   // a client certificate
	PeerUser               // the operating system's user, on a Unix socket
	IAM                    // a presigned URL of AWS's sts:GetCallerIdentity, as a password over TLS
)

// String gives the method as pg_hba.conf has it.
func (m Method) String() string {
	return [...]string{"reject", "trust", "scram-sha-256", "password", "cert", "peer", "iam"}[m]
}

// defaultAuth trusts this machine's users as long as no role has a password.
func (c *Config) defaultAuth(l Login) Method {
	for _, r := range c.Roles {
		if r.Verifier != "" {
			return SCRAM
		}
	}
	if loopback(l.Addr) {
		return Trust
	}
	return Reject
}

// completeAuth makes what authentication needs, and checks it.
func (c *Config) completeAuth() error {
	c.mock = mockSecret(c.Roles)
	if c.HBA == nil {
		return nil
	}
	for _, r := range c.HBA.rules {
		if r.method == IAM && c.IAM == nil {
			return &HBAError{File: r.file, Line: r.line, Msg: "invalid authentication method \"iam\": this server does not verify AWS principals"}
		}
		if r.clientCert != "" && (c.TLS == nil || c.TLS.ClientCAs == nil) {
			return &HBAError{
				File: r.file, Line: r.line, Msg: "client certificates can only be checked if a root certificate store is available",
				Hint: "Make sure the setting tls_client_ca is set.",
			}
		}
	}
	return nil
}

// authenticate makes the client prove who it is (ClientAuthentication).
func (c *conn) authenticate(l Login) error {
	r := &rule{}
	if c.cfg.HBA == nil && c.cfg.Auth == nil {
		r.method = c.cfg.defaultAuth(l)
	} else if c.cfg.HBA == nil {
		r.method = c.cfg.Auth(l)
	} else if r = c.cfg.HBA.match(Peer(l), c.cfg.Roles); r == nil {
		return rejected(l, "no pg_hba.conf entry")
	} else if r.method == Reject {
		return rejected(l, "pg_hba.conf rejects connection")
	}
	err := c.prove(l, r)
	if f := c.cfg.Observer.Login; f != nil && !lost(err) {
		f(c.client(), r.method, err)
	}
	if err != nil {
		return err
	}
	c.w.put(&pgproto3.AuthenticationOk{})
	role, known := c.cfg.Roles[l.User]
	if !known && len(c.cfg.Roles) > 0 {
		return fatal(pgerrcode.InvalidAuthorizationSpecification, "role \"%s\" does not exist", l.User)
	}
	if role.NoLogin {
		return fatal(pgerrcode.InvalidAuthorizationSpecification, "role \"%s\" is not permitted to log in", l.User)
	}
	c.method = r.method
	switch r.method {
	case SCRAM, Password:
		c.identity = l.User
	case Cert:
		if cert := c.certificate(); cert != nil {
			c.identity = distinguishedName(cert)
		}
	}
	return nil
}

// lost tells whether an attempt ended because the client went, as psql does to
// ask for the password.
func lost(err error) bool {
	var e *pgerr.Error
	return err != nil && !errors.As(err, &e)
}

// prove does what a rule asks for.
func (c *conn) prove(l Login, r *rule) (err error) {
	if r.clientCert != "" && c.certificate() == nil {
		return fatal(pgerrcode.InvalidAuthorizationSpecification, "connection requires a valid client certificate")
	}
	switch r.method {
	case Trust, Cert:
	case SCRAM:
		err = c.guarded(l, c.authenticateSCRAM)
	case Password:
		err = c.guarded(l, c.authenticatePassword)
	case IAM:
		err = c.guarded(l, func(l Login) error { return c.authenticateIAM(l, r) })
	case PeerUser:
		err = c.authenticatePeer(l, r)
	default:
		return rejected(l, "no pg_hba.conf entry")
	}
	if err == nil && r.clientCert == "verify-full" {
		err = c.checkCertificate(l, r)
	}
	return err
}

// guarded runs a password exchange within the bounds on guessing.
func (c *conn) guarded(l Login, exchange func(Login) error) error {
	banned := c.srv.limiter.banned(l.Addr, l.User)
	err := exchange(l)
	// Whoever guesses on many connections at once asks on all before one has failed.
	banned = banned || c.srv.limiter.banned(l.Addr, l.User)
	var e *pgerr.Error
	wrong := errors.As(err, &e) && e.Code == pgerrcode.InvalidPassword
	switch {
	case banned && (err == nil || wrong):
		c.log.Warn("login refused: too many wrong passwords from this address", "user", l.User)
		err, wrong = wrongPassword(l.User), true
	case err == nil:
		c.srv.limiter.succeeded(l.Addr, l.User)
		return nil
	}
	if !wrong {
		return err
	}
	wait, began := c.srv.limiter.failed(l.Addr, l.User)
	if began {
		c.log.Warn("user banned at this address: too many wrong passwords", "user", l.User, "for", c.srv.limiter.cfg.Ban)
	}
	select {
	case <-time.After(wait):
	case <-c.ctx.Done():
	}
	return err
}

// rejected is the error for a client that no rule lets in.
func rejected(l Login, why string) error {
	encryption := "no encryption"
	if l.TLS {
		encryption = "SSL encryption"
	}
	host, _, err := net.SplitHostPort(l.Addr.String())
	if err != nil {
		host = "[local]"
	}
	return fatal(pgerrcode.InvalidAuthorizationSpecification,
		"%s for host \"%s\", user \"%s\", database \"%s\", %s", why, host, l.User, l.Database, encryption)
}

func wrongPassword(user string) error {
	return fatal(pgerrcode.InvalidPassword, "password authentication failed for user \"%s\"", user)
}

// usable tells whether a role's password may be used now.
func (r Role) usable() bool {
	return r.Verifier != "" && (r.ValidUntil.IsZero() || time.Now().Before(r.ValidUntil))
}

// authMessage reads a password message, which goes by the name of the exchange
// that it belongs to. An error says what it should be.
func (c *conn) authMessage(what string) ([]byte, error) {
	if err := c.w.flush(); err != nil {
		return nil, err
	}
	unexpected := byte(0)
	_, body, err := c.r.message(func(typ byte) int {
		if typ != 'p' {
			unexpected = typ
			return -1
		}
		return maxAuth - 4
	})
	if unexpected != 0 {
		return nil, violation("expected %s response, got message type %d", what, unexpected)
	}
	return body, err
}
