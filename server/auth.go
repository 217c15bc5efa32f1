package server

import (
	"net"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"
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
	Reject Method = iota // no one may log in this way
	Trust                // no proof
	SCRAM                // a password, by SCRAM-SHA-256
)

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

// authenticate makes the client prove who it is (ClientAuthentication).
func (c *conn) authenticate(l Login) error {
	switch c.srv.cfg.Auth(l) {
	case Trust:
		if _, known := c.srv.cfg.Roles[l.User]; !known && len(c.srv.cfg.Roles) > 0 {
			return fatal(pgerrcode.InvalidAuthorizationSpecification, "role \"%s\" does not exist", l.User)
		}
	case SCRAM:
		if err := c.authenticateSCRAM(l); err != nil {
			return err
		}
	default:
		return rejected(l)
	}
	c.w.put(&pgproto3.AuthenticationOk{})
	return nil
}

func rejected(l Login) error {
	encryption := "no encryption"
	if l.TLS {
		encryption = "SSL encryption"
	}
	host, _, err := net.SplitHostPort(l.Addr.String())
	if err != nil {
		host = "[local]"
	}
	return fatal(pgerrcode.InvalidAuthorizationSpecification,
		"no pg_hba.conf entry for host \"%s\", user \"%s\", database \"%s\", %s", host, l.User, l.Database, encryption)
}

func wrongPassword(user string) error {
	return fatal(pgerrcode.InvalidPassword, "password authentication failed for user \"%s\"", user)
}

// usable tells whether a role's password may be used now.
func (r Role) usable() bool {
	return r.Verifier != "" && (r.ValidUntil.IsZero() || time.Now().Before(r.ValidUntil))
}

// authMessage reads a password message, which goes by the name of the exchange
// that it belongs to.
func (c *conn) authMessage() ([]byte, error) {
	if err := c.w.flush(); err != nil {
		return nil, err
	}
	unexpected := byte(0)
	_, body, err := c.r.message(func(typ byte) int {
		if typ != 'p' {
			unexpected = typ
			return -1
		}
		return maxAuth
	})
	if unexpected != 0 {
		return nil, violation("expected SASL response, got message type %d", unexpected)
	}
	return body, err
}
