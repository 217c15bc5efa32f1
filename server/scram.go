package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgproto3/v2"
	"github.com/xdg-go/scram"
)

const (
	mechanism     = "SCRAM-SHA-256"
	mechanismPlus = "SCRAM-SHA-256-PLUS"
)

// authenticateSCRAM runs a SASL exchange (auth-sasl.c, auth-scram.c). An
// unknown user, or one without a password, goes through the same exchange and
// fails at its end, so that a client cannot tell.
func (c *conn) authenticateSCRAM(l Login) error {
	binding, err := c.channelBinding()
	if err != nil {
		return err
	}
	offer := []string{mechanism}
	if binding.IsSupported() {
		offer = []string{mechanismPlus, mechanism}
	}
	c.w.put(&pgproto3.AuthenticationSASL{AuthMechanisms: offer})
	body, err := c.saslResponse(l)
	if err != nil {
		return err
	}
	chosen, first, err := initialResponse(body, offer)
	if err != nil {
		return err
	}
	if first == nil { // no initial response: ask for it
		c.w.put(&pgproto3.AuthenticationSASLContinue{})
		if first, err = c.saslResponse(l); err != nil {
			return err
		}
	}
	_, overTLS := c.tlsState()
	read, err := readFirst(string(first), chosen == mechanismPlus, binding, overTLS && binding.IsSupported())
	if err != nil {
		return err
	}
	creds, known := c.cfg.credentials(l.User)
	var random [18]byte
	rand.Read(random[:])
	b64 := base64.StdEncoding.EncodeToString
	nonce := read.nonce + b64(random[:])
	challenge := fmt.Sprintf("r=%s,s=%s,i=%d", nonce, b64([]byte(creds.Salt)), creds.Iters)
	c.w.put(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)})
	answer, err := c.saslResponse(l)
	if err != nil {
		return err
	}
	final, err := readFinal(string(answer), read.flag, binding)
	if err != nil {
		return err
	}
	if final.nonce != nonce {
		return violation("invalid SCRAM response").Detailf("Nonce does not match.")
	}
	message := read.bare + "," + challenge + "," + final.unproved
	right := proved(creds.StoredKey, message, final.proof)
	if !right || !known || c.srv.limiter.banned(l.Addr, l.User) { // the server's signature would tell a banned client that it was right
		return wrongPassword(l.User)
	}
	c.w.put(&pgproto3.AuthenticationSASLFinal{Data: []byte("v=" + b64(signature(creds.ServerKey, message)))})
	return nil
}

// proved tells whether a client's proof is that of the password (verify_client_proof).
func proved(storedKey []byte, message string, proof []byte) bool {
	key := signature(storedKey, message)
	subtle.XORBytes(key, key, proof)
	sum := sha256.Sum256(key)
	return hmac.Equal(sum[:], storedKey)
}

func signature(key []byte, message string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}

// saslResponse reads a message of the exchange. One whose length cannot be is a
// wrong answer (CheckSASLAuth).
func (c *conn) saslResponse(l Login) ([]byte, error) {
	body, err := c.authMessage("SASL")
	if e := (commError{}); errors.As(err, &e) {
		c.log.Info(e.Error())
		return nil, wrongPassword(l.User)
	}
	return body, err
}

// initialResponse reads a SASLInitialResponse, whose mechanism must be one of
// those offered. pgproto3's decoder panics on short ones.
func initialResponse(body []byte, offer []string) (mech string, data []byte, err error) {
	mech, rest, ok := cutString(body)
	switch {
	case !ok:
		return "", nil, violation("invalid string in message")
	case !slices.Contains(offer, mech):
		return "", nil, violation("client selected an invalid SASL authentication mechanism")
	case len(rest) < 4:
		return "", nil, violation("insufficient data left in message")
	}
	n := int32(binary.BigEndian.Uint32(rest))
	data = rest[4:]
	switch {
	case n != -1 && (n < 0 || int(n) > len(data)):
		return "", nil, violation("insufficient data left in message")
	case n == -1 && len(data) > 0, n >= 0 && int(n) < len(data):
		return "", nil, violation("invalid message format")
	case n == -1:
		return mech, nil, nil
	}
	return mech, data, nil
}

func malformed(detail string, args ...any) error {
	return violation("malformed SCRAM message").Detailf(detail, args...)
}

// credentials gives a role's password verifier, or a mock one.
func (c *Config) credentials(user string) (creds scram.StoredCredentials, known bool) {
	if r := c.Roles[user]; r.usable() {
		if creds, err := parseVerifier(r.Verifier); err == nil {
			return creds, true
		}
	}
	sum := signature(c.mock[:], user)
	creds.Salt, creds.Iters = string(sum[:saltLen]), iterations
	creds.StoredKey, creds.ServerKey = make([]byte, sha256.Size), make([]byte, sha256.Size)
	return creds, false
}

// mockSecret makes what unknown users' salts derive from. It follows from the
// roles, so that it outlives a restart and is the same on every copy of the
// server: a salt that changed would give an unknown user away.
func mockSecret(roles map[string]Role) (secret [32]byte) {
	h := sha256.New()
	any := false
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		any = any || roles[name].Verifier != ""
		h.Write([]byte(name + "\x00" + roles[name].Verifier + "\x00"))
	}
	if !any {
		rand.Read(secret[:])
		return secret
	}
	return [32]byte(h.Sum(nil))
}
