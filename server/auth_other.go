package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/x509"
	"os/user"
	"strconv"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgproto3/v2"
)

// authenticatePassword asks for the password in the clear (CheckPasswordAuth).
// An unknown user takes as long as a known one.
func (c *conn) authenticatePassword(l Login) error {
	password, err := c.clearPassword()
	if err != nil {
		return err
	}
	creds, known := c.cfg.credentials(l.User)
	text, err := newVerifier(password, creds.Salt, creds.Iters)
	if err != nil {
		return wrongPassword(l.User)
	}
	given, err := parseVerifier(text)
	if err != nil || !hmac.Equal(given.StoredKey, creds.StoredKey) || !known {
		return wrongPassword(l.User)
	}
	return nil
}

// clearPassword asks for a password in the clear (recv_password_packet).
func (c *conn) clearPassword() (string, error) {
	c.w.put(&pgproto3.AuthenticationCleartextPassword{})
	body, err := c.authMessage("password")
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(body, 0)
	switch {
	case end < 0 || end+1 != len(body):
		return "", violation("invalid password packet size")
	case end == 0:
		return "", fatal(pgerrcode.InvalidPassword, "empty password returned by client")
	}
	return string(body[:end]), nil
}

// certificate gives the client's verified certificate, nil for none.
func (c *conn) certificate() *x509.Certificate {
	state, ok := c.tlsState()
	if !ok || len(state.VerifiedChains) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// checkCertificate checks that the certificate's name may be the role
// (CheckCertAuth).
func (c *conn) checkCertificate(l Login, r *rule) error {
	cert := c.certificate()
	name := cert.Subject.CommonName
	if r.clientDN {
		name = distinguishedName(cert)
	}
	if name != "" && c.cfg.Ident.allows(r.usermap, name, l.User, c.cfg.Roles) {
		return nil
	}
	c.log.Info("certificate does not belong to the role", "user", l.User, "certificate", name, "map", r.usermap)
	if r.method == SCRAM || r.method == Password || r.method == IAM {
		return wrongPassword(l.User)
	}
	return fatal(pgerrcode.InvalidAuthorizationSpecification, "%s authentication failed for user \"%s\"", certName(r), l.User)
}

func certName(r *rule) string {
	if r.method == Cert {
		return "certificate"
	}
	return r.name
}

// authenticatePeer checks that the operating system's user at the socket's
// other end may be the role (auth_peer).
func (c *conn) authenticatePeer(l Login, r *rule) error {
	uid, err := peerUID(c.nc)
	if err != nil {
		c.log.Error("could not get the peer's credentials", "error", err)
		return fatal(pgerrcode.InvalidAuthorizationSpecification, "Peer authentication failed for user \"%s\"", l.User)
	}
	name := strconv.Itoa(uid)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	if c.cfg.Ident.allows(r.usermap, name, l.User, c.cfg.Roles) {
		c.identity = name
		return nil
	}
	c.log.Info("the operating system's user may not be the role", "user", l.User, "system_user", name, "map", r.usermap)
	return fatal(pgerrcode.InvalidAuthorizationSpecification, "Peer authentication failed for user \"%s\"", l.User)
}
