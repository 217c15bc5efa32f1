package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"
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
	body, err := c.authMessage()
	if err != nil {
		return err
	}
	chosen, first, err := initialResponse(body)
	if err != nil {
		return err
	}
	if !slices.Contains(offer, chosen) {
		return violation("client selected an invalid SASL authentication mechanism")
	}
	if first == nil { // no initial response: ask for it
		c.w.put(&pgproto3.AuthenticationSASLContinue{})
		if first, err = c.authMessage(); err != nil {
			return err
		}
	}
	if err := checkFirst(chosen, string(first), binding); err != nil {
		return err
	}
	creds, known := c.cfg.credentials(l.User)
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return creds, nil })
	if err != nil {
		return err
	}
	conv := server.NewConversation()
	if binding.IsSupported() {
		conv = server.NewConversationWithChannelBinding(binding)
	}
	// The user is the startup packet's; SCRAM's own is ignored, as libpq leaves
	// it empty.
	challenge, err := conv.Step(string(first))
	if err != nil {
		return malformed(err.Error())
	}
	c.w.put(&pgproto3.AuthenticationSASLContinue{Data: []byte(challenge)})
	final, err := c.authMessage()
	if err != nil {
		return err
	}
	answer, err := conv.Step(string(final))
	if err == nil && c.srv.limiter.banned(l.Addr) {
		known = false // or the server's signature would tell that the password was right
	}
	switch {
	case err != nil && answer == scram.ErrChannelBindingsDontMatch:
		return fatal(pgerrcode.InvalidAuthorizationSpecification, "SCRAM channel binding check failed")
	case err != nil && answer == scram.ErrInvalidProof, err == nil && !known:
		return wrongPassword(l.User)
	case err != nil:
		return malformed(err.Error())
	}
	c.w.put(&pgproto3.AuthenticationSASLFinal{Data: []byte(answer)})
	return nil
}

// initialResponse reads a SASLInitialResponse. pgproto3's decoder panics on
// short ones.
func initialResponse(body []byte) (mech string, data []byte, err error) {
	end := bytes.IndexByte(body, 0)
	if end < 0 {
		return "", nil, violation("invalid string in message")
	}
	if len(body) < end+5 {
		return "", nil, violation("insufficient data left in message")
	}
	n := int32(binary.BigEndian.Uint32(body[end+1:]))
	data = body[end+5:]
	switch {
	case n == -1 && len(data) == 0:
		return string(body[:end]), nil, nil
	case n < 0 || int(n) > len(data):
		return "", nil, violation("insufficient data left in message")
	case int(n) < len(data):
		return "", nil, violation("invalid message format")
	}
	return string(body[:end]), data, nil
}

// checkFirst checks the channel binding flag of a client's first message
// against the mechanism it chose (read_client_first_message).
func checkFirst(chosen, first string, binding scram.ChannelBinding) error {
	flag, rest, _ := strings.Cut(first, ",")
	switch {
	case strings.ContainsRune(first, 0):
		return malformed("Message length does not match input length.")
	case flag == "n" || flag == "y":
		if chosen == mechanismPlus {
			return malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.")
		}
		if flag == "y" && binding.IsSupported() {
			return fatal(pgerrcode.InvalidAuthorizationSpecification, "SCRAM channel binding negotiation error").
				Detailf("The client supports SCRAM channel binding but thinks the server does not.  However, this server does support channel binding.")
		}
	case strings.HasPrefix(flag, "p="):
		if chosen != mechanismPlus {
			return malformed("The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.")
		}
		if flag != "p="+string(binding.Type) {
			return violation("unsupported SCRAM channel-binding type \"%s\"", flag[2:])
		}
	default:
		return malformed("Unexpected channel-binding flag.")
	}
	if strings.HasPrefix(rest, "a=") {
		return fatal(pgerrcode.FeatureNotSupported, "client uses authorization identity, but it is not supported")
	}
	if strings.HasPrefix(rest, ",m=") {
		return fatal(pgerrcode.FeatureNotSupported, "client requires an unsupported SCRAM extension")
	}
	return nil
}

func malformed(detail string) error {
	return violation("malformed SCRAM message").Detailf("%s", detail)
}

// credentials gives a role's password verifier, or a mock one.
func (c *Config) credentials(user string) (creds scram.StoredCredentials, known bool) {
	if r := c.Roles[user]; r.usable() {
		if creds, err := parseVerifier(r.Verifier); err == nil {
			return creds, true
		}
	}
	mac := hmac.New(sha256.New, c.mock[:])
	mac.Write([]byte(user))
	sum := mac.Sum(nil)
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
