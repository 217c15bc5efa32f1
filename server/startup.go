package server

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Codes that startup packets carry in place of a protocol version.
const (
	codeCancel = 1234<<16 | 5678
	codeSSL    = 1234<<16 | 5679
	codeGSS    = 1234<<16 | 5680
)

const protocol30 = 3 << 16

// startup takes the startup packets (ProcessStartupPacket) and gives who the
// client says it is, and the settings it asks for.
func (c *conn) startup() (login Login, settings []planner.Setting, err error) {
	tlsDone, gssDone := false, false
	if c.cfg.TLS != nil {
		if tlsDone, err = c.directTLS(); err != nil {
			return login, nil, err
		}
	}
	for {
		body, err := c.r.startup()
		if err != nil {
			return login, nil, err
		}
		code := binary.BigEndian.Uint32(body)
		switch {
		case code == codeCancel || code == codePeerCancel:
			c.cancelRequest(body)
			return login, nil, errClosed
		case code == codeSSL && !tlsDone:
			tlsDone = true
			if err := c.acceptTLS(); err != nil {
				return login, nil, err
			}
			if _, on := c.tlsState(); on {
				gssDone = true
			}
			continue
		case code == codeGSS && !gssDone:
			gssDone = true
			if err := c.refuseGSS(); err != nil {
				return login, nil, err
			}
			continue
		}
		return c.startupMessage(code, body[4:])
	}
}

// refuseGSS answers a request for GSSAPI encryption, which we do not have.
func (c *conn) refuseGSS() error {
	early := c.r.buffered() > 0
	if _, err := c.nc.Write([]byte{'N'}); err != nil {
		return err
	}
	if early {
		return earlyBytes("GSSAPI encryption")
	}
	return nil
}

// earlyBytes is the error for input before an encryption handshake: what came
// in the clear must not count as sent under encryption.
func earlyBytes(request string) error {
	return violation("received unencrypted data after %s request", request).
		Detailf("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.")
}

// startupMessage reads a StartupMessage's parameters.
func (c *conn) startupMessage(version uint32, body []byte) (login Login, settings []planner.Setting, err error) {
	if version>>16 != 3 {
		e := fatal(pgerrcode.FeatureNotSupported,
			"unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", version>>16, version&0xffff)
		if version != 0 && version>>16 < 3 {
			return login, nil, c.sendOldError(e)
		}
		return login, nil, e
	}
	var unknown []string
	var options string
	for len(body) > 0 && body[0] != 0 {
		name, rest, ok := cutString(body)
		if !ok || len(rest) == 0 {
			break // no value
		}
		value, rest, ok := cutString(rest)
		if body = rest; !ok {
			body = nil // PostgreSQL reads one that the packet's end cuts off
		}
		switch {
		case name == "user":
			login.User = truncateName(value)
		case name == "database":
			login.Database = truncateName(value)
		case name == "options":
			options = value
		case name == "replication":
			if err := checkReplication(value); err != nil {
				return login, nil, err
			}
		case strings.HasPrefix(name, "_pq_."):
			unknown = append(unknown, name)
		default:
			settings = append(settings, planner.Setting{Name: name, Value: value})
		}
	}
	if len(body) != 1 { // a last byte is the terminator, whatever it is
		return login, nil, badLayout()
	}
	if version != protocol30 || len(unknown) > 0 {
		c.negotiate(unknown)
	}
	if login.User == "" {
		return login, nil, fatal(pgerrcode.InvalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet")
	}
	if login.Database == "" {
		login.Database = login.User
	}
	c.user, c.database = login.User, login.Database
	login.Addr = c.nc.RemoteAddr()
	_, login.TLS = c.tlsState()
	c.options = options
	return login, settings, nil
}

// sendOldError sends a FATAL error as protocol 2 had it, to clients that speak
// no other.
func (c *conn) sendOldError(e *pgerr.Error) error {
	_, err := c.nc.Write([]byte("EFATAL:  " + e.Message + "\n\x00"))
	return errors.Join(errClosed, err)
}

func badLayout() error {
	return violation("invalid startup packet layout: expected terminator as last byte")
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return string(b), nil, false
	}
	return string(b[:end]), b[end+1:], true
}

// truncateName cuts a name at PostgreSQL's 63 bytes, be it within a character.
func truncateName(name string) string { return name[:min(len(name), 63)] }

// checkReplication takes a replication parameter that says no (parse_bool).
func checkReplication(value string) error {
	is := func(word string, least int) bool {
		return len(value) >= least && len(value) <= len(word) && strings.EqualFold(value, word[:len(value)])
	}
	switch {
	case is("false", 1), is("no", 1), is("off", 2), value == "0":
		return nil
	case is("true", 1), is("yes", 1), is("on", 2), value == "1", value == "database":
		e := pgerr.Unsupported("replication connections are not supported")
		e.Severity = "FATAL"
		return e
	}
	return fatal(pgerrcode.InvalidParameterValue, "invalid value for parameter \"%s\": \"%s\"", "replication", value).
		Hintf("Valid values are: \"false\", 0, \"true\", 1, \"database\".")
}

// negotiate sends NegotiateProtocolVersion: we speak 3.0 and know none of the
// protocol options. pgproto3/v2 has no such message.
func (c *conn) negotiate(unknown []string) {
	buf := c.w.take()
	start := len(buf)
	buf = append(buf, 'v', 0, 0, 0, 0)
	buf = binary.BigEndian.AppendUint32(buf, protocol30)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(unknown)))
	for _, name := range unknown {
		buf = append(buf, name...)
		buf = append(buf, 0)
	}
	binary.BigEndian.PutUint32(buf[start+1:], uint32(len(buf)-start-1))
	c.w.buf = buf
}
