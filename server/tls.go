package server

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"

	"github.com/xdg-go/scram"
)

// alpn is PostgreSQL's name in TLS's protocol negotiation.
const alpn = "postgresql"

// prefixConn is a connection of which some input has been read already.
type prefixConn struct {
	net.Conn
	prefix []byte
}

func (p *prefixConn) Read(b []byte) (int, error) {
	if len(p.prefix) == 0 {
		return p.Conn.Read(b)
	}
	n := copy(b, p.prefix)
	p.prefix = p.prefix[n:]
	return n, nil
}

// tlsConn is a TLS connection with the certificate that was shown on it.
type tlsConn struct {
	*tls.Conn
	cert *tls.Certificate
}

// directTLS starts TLS when the client's first byte is that of a handshake
// and not of a startup packet.
func (c *conn) directTLS() (bool, error) {
	if err := c.r.fill(1); err != nil {
		return false, err
	}
	if c.r.buf[c.r.r] != 0x16 {
		return false, nil
	}
	if err := c.handshake(); err != nil {
		return false, err
	}
	if state, _ := c.tlsState(); state.NegotiatedProtocol != alpn {
		return false, violation("received direct SSL connection request without ALPN protocol negotiation extension")
	}
	return true, nil
}

// acceptTLS answers an SSLRequest.
func (c *conn) acceptTLS() error {
	early := len(c.r.rest()) > 0
	if c.cfg.TLS == nil || c.nc.RemoteAddr().Network() == "unix" {
		if _, err := c.nc.Write([]byte{'N'}); err != nil {
			return err
		}
	} else {
		if _, err := c.nc.Write([]byte{'S'}); err != nil {
			return err
		}
		if err := c.handshake(); err != nil {
			return err
		}
	}
	if early {
		return earlyBytes("SSL")
	}
	return nil
}

// handshake makes the connection one over TLS.
func (c *conn) handshake() error {
	conf := c.cfg.TLS
	t := &tlsConn{}
	var raw net.Conn = c.nc
	if c.r.buffered() > 0 {
		raw = &prefixConn{Conn: c.nc, prefix: slices.Clone(c.r.rest())}
	}
	t.Conn = tls.Server(raw, &tls.Config{
		MinVersion: max(conf.MinVersion, tls.VersionTLS12),
		MaxVersion: conf.MaxVersion,
		NextProtos: []string{alpn},
		GetCertificate: func(*tls.ClientHelloInfo) (cert *tls.Certificate, err error) {
			t.cert, err = conf.Certificate()
			return t.cert, err
		},
		ClientCAs:              conf.ClientCAs,
		ClientAuth:             clientAuth(conf),
		VerifyPeerCertificate:  conf.notRevoked,
		SessionTicketsDisabled: true,
	})
	if err := t.HandshakeContext(context.Background()); err != nil { // the connection's deadline bounds it
		c.log.Info("could not accept SSL connection", "error", err)
		return errClosed
	}
	c.rw = t
	c.r.release()
	c.r.src, c.w.dst = t, t
	return nil
}

// notRevoked fails if every chain from a client's certificate to one that we trust
// has a revoked certificate.
func (conf *TLSConfig) notRevoked(_ [][]byte, chains [][]*x509.Certificate) (err error) {
	if conf.Revoked == nil {
		return nil
	}
	for _, chain := range chains {
		if err = conf.Revoked(chain); err == nil {
			return nil
		}
	}
	return err
}

func clientAuth(conf *TLSConfig) tls.ClientAuthType {
	if conf.ClientCAs == nil {
		return tls.NoClientCert
	}
	return tls.VerifyClientCertIfGiven
}

func (c *conn) tlsState() (tls.ConnectionState, bool) {
	if t, ok := c.rw.(*tlsConn); ok {
		return t.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

// channelBinding gives tls-server-end-point data (RFC 5929): the hash of the
// server's certificate, by the hash of its signature, SHA-256 at least.
func (c *conn) channelBinding() (scram.ChannelBinding, error) {
	t, ok := c.rw.(*tlsConn)
	if !ok {
		return scram.ChannelBinding{}, nil
	}
	if t.cert == nil || len(t.cert.Certificate) == 0 {
		return scram.ChannelBinding{}, errors.New("no certificate was shown")
	}
	leaf, err := x509.ParseCertificate(t.cert.Certificate[0])
	if err != nil {
		return scram.ChannelBinding{}, err
	}
	var sum []byte
	switch leaf.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.ECDSAWithSHA384, x509.SHA384WithRSAPSS:
		h := sha512.Sum384(leaf.Raw)
		sum = h[:]
	case x509.SHA512WithRSA, x509.ECDSAWithSHA512, x509.SHA512WithRSAPSS:
		h := sha512.Sum512(leaf.Raw)
		sum = h[:]
	case x509.PureEd25519:
		return scram.ChannelBinding{}, nil // undefined for it: -PLUS is not offered
	default:
		h := sha256.Sum256(leaf.Raw)
		sum = h[:]
	}
	return scram.ChannelBinding{Type: scram.ChannelBindingTLSServerEndpoint, Data: sum}, nil
}
