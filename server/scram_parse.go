package server

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/jackc/pgerrcode"
	"github.com/xdg-go/scram"
)

// scramFirst is a client-first-message.
type scramFirst struct {
	flag  byte   // of channel binding: n, y or p
	bare  string // without that
	nonce string
}

// scramFinal is a client-final-message.
type scramFinal struct {
	nonce    string
	unproved string // without the proof
	proof    []byte
}

// readFirst reads a client's first message (read_client_first_message). plus
// tells that the mechanism is SCRAM-SHA-256-PLUS.
func readFirst(text string, plus bool, binding scram.ChannelBinding, overTLS bool) (m scramFirst, err error) {
	if err := wholeText(text); err != nil {
		return m, err
	}
	r := scramReader{rest: text}
	m.flag = r.peek()
	switch m.flag {
	case 'n', 'y':
		if plus {
			return m, malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.")
		}
		if m.flag == 'y' && overTLS {
			return m, fatal(pgerrcode.InvalidAuthorizationSpecification, "SCRAM channel binding negotiation error").
				Detailf("The client supports SCRAM channel binding but thinks the server does not.  However, this server does support channel binding.")
		}
		r.rest = r.rest[1:]
		if r.peek() != ',' {
			return m, malformed("Comma expected, but found character \"%s\".", shownChar(r.peek()))
		}
		r.rest = r.rest[1:]
	case 'p':
		if !plus {
			return m, malformed("The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.")
		}
		name := r.value('p')
		if r.err != nil {
			return m, r.err
		}
		if name != string(binding.Type) {
			return m, violation("unsupported SCRAM channel-binding type \"%s\"", shownText(name))
		}
	default:
		return m, malformed("Unexpected channel-binding flag \"%s\".", shownChar(m.flag))
	}
	switch r.peek() {
	case 'a':
		return m, fatal(pgerrcode.FeatureNotSupported, "client uses authorization identity, but it is not supported")
	case ',':
		r.rest = r.rest[1:]
	default:
		return m, malformed("Unexpected attribute \"%s\" in client-first-message.", shownChar(r.peek()))
	}
	m.bare = r.rest
	if r.peek() == 'm' {
		return m, fatal(pgerrcode.FeatureNotSupported, "client requires an unsupported SCRAM extension")
	}
	r.value('n') // the user is the startup packet's
	m.nonce = r.value('r')
	if r.err == nil && !printable(m.nonce) {
		return m, violation("non-printable characters in SCRAM nonce")
	}
	for r.err == nil && r.rest != "" {
		r.any()
	}
	return m, r.err
}

// readFinal reads a client's last message (read_client_final_message), flag
// being that of its first.
func readFinal(text string, flag byte, binding scram.ChannelBinding) (m scramFinal, err error) {
	if err := wholeText(text); err != nil {
		return m, err
	}
	r := scramReader{rest: text}
	bound := r.value('c')
	if r.err != nil {
		return m, r.err
	}
	switch {
	case flag == 'p':
		want := append([]byte("p="+string(binding.Type)+",,"), binding.Data...)
		if bound != base64.StdEncoding.EncodeToString(want) {
			return m, fatal(pgerrcode.InvalidAuthorizationSpecification, "SCRAM channel binding check failed")
		}
	case bound == "biws" && flag == 'n', bound == "eSws" && flag == 'y':
	default:
		return m, violation("unexpected SCRAM channel-binding attribute in client-final-message")
	}
	m.nonce = r.value('r')
	for r.err == nil && m.proof == nil {
		m.unproved = strings.TrimSuffix(text[:len(text)-len(r.rest)], ",")
		if name, value := r.any(); name == 'p' && r.err == nil {
			if m.proof, err = base64.StdEncoding.DecodeString(value); err != nil || len(m.proof) != sha256.Size {
				return m, malformed("Malformed proof in client-final-message.")
			}
		}
	}
	if r.err == nil && r.rest != "" {
		return m, malformed("Garbage found at the end of client-final-message.")
	}
	return m, r.err
}

// wholeText checks that a message is a text, and not empty.
func wholeText(text string) error {
	switch {
	case text == "":
		return malformed("The message is empty.")
	case strings.IndexByte(text, 0) >= 0:
		return malformed("Message length does not match input length.")
	}
	return nil
}

// scramReader consumes a message's attributes; its first error sticks.
type scramReader struct {
	rest string
	err  error
}

// peek gives the next byte, 0 at the end.
func (r *scramReader) peek() byte {
	if r.rest == "" {
		return 0
	}
	return r.rest[0]
}

// value reads the attribute of a name (read_attr_value).
func (r *scramReader) value(name byte) string {
	if r.err != nil {
		return ""
	}
	if r.peek() != name {
		r.err = malformed("Expected attribute \"%c\" but found \"%s\".", name, shownChar(r.peek()))
		return ""
	}
	return r.tail(name)
}

// any reads the next attribute, whichever it is (read_any_attr).
func (r *scramReader) any() (name byte, value string) {
	switch name = r.peek(); {
	case name == 0:
		r.err = malformed("Attribute expected, but found end of string.")
		return 0, ""
	case name|0x20 < 'a' || name|0x20 > 'z':
		r.err = malformed("Attribute expected, but found invalid character \"%s\".", shownChar(name))
		return 0, ""
	}
	return name, r.tail(name)
}

func (r *scramReader) tail(name byte) (value string) {
	r.rest = r.rest[1:]
	if r.peek() != '=' {
		r.err = malformed("Expected character \"=\" for attribute \"%c\".", name)
		return ""
	}
	value, r.rest, _ = strings.Cut(r.rest[1:], ",")
	return value
}

// printable tells of what a nonce may be made of (is_scram_printable).
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e || s[i] == ',' {
			return false
		}
	}
	return true
}

// shownChar and shownText print what a client sent (sanitize_char, sanitize_str).
func shownChar(c byte) string {
	if c >= 0x21 && c <= 0x7e {
		return fmt.Sprintf("'%c'", c)
	}
	return fmt.Sprintf("0x%02x", c)
}

func shownText(s string) string {
	b := []byte(s[:min(len(s), 29)])
	for i, c := range b {
		if c < 0x21 || c > 0x7e {
			b[i] = '?'
		}
	}
	return string(b)
}
