package server

import (
	"crypto/tls"
	"encoding/binary"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xdg-go/scram"
)

// authHBA is the pg_hba.conf of the server that testdata/wire/auth is recorded
// from. Its roles have the password secret; nologin is a group, nosuch is no role.
const authHBA = `
host all scram 127.0.0.1/32 scram-sha-256
host all pw 127.0.0.1/32 password
host all rej 127.0.0.1/32 reject
host all nologin 127.0.0.1/32 scram-sha-256
host all nosuch 127.0.0.1/32 scram-sha-256
hostssl all tlsonly 127.0.0.1/32 trust
host all postgres 127.0.0.1/32 trust
host all nologin2 127.0.0.1/32 trust
host all nosuch2 127.0.0.1/32 trust
host only both 127.0.0.1/32 trust
`

// TestAuthWire runs the transcripts of connections' beginnings, against a
// server that has TLS and passwords.
func TestAuthWire(t *testing.T) {
	verifier, err := NewVerifier("secret")
	if err != nil {
		t.Fatal(err)
	}
	h, err := LoadHBA(writeFile(t, "hba", authHBA), false)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]Role{"postgres": {}, "tlsonly": {}, "both": {}, "nologin": {Verifier: verifier, NoLogin: true}, "nologin2": {NoLogin: true}}
	for _, name := range []string{"scram", "pw", "rej"} {
		roles[name] = Role{Verifier: verifier}
	}
	cert := testCert(t)
	own := startEngine(t, Config{
		HBA: h, Roles: roles, Guessing: Guessing{Failures: -1},
		TLS: &TLSConfig{Certificate: func() (*tls.Certificate, error) { return cert, nil }},
	}).addr
	files, err := filepath.Glob("testdata/wire/auth/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			addr := *recordAuth
			if addr == "" || strings.HasPrefix(filepath.Base(file), "ours-") {
				addr = own
			}
			compareTo(t, file, addr, *recordAuth != "")
		})
	}
}

// startTLS is the client's side of a handshake.
func (c *client) startTLS(protocols []string) []string {
	t := tls.Client(c.nc, &tls.Config{InsecureSkipVerify: true, NextProtos: protocols})
	if err := t.Handshake(); err != nil {
		return []string{"no handshake"}
	}
	c.nc = t
	return nil
}

// scram answers a request for a password by SCRAM-SHA-256.
func (c *client) scram(password string) (lines []string) {
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		c.t.Fatal(err)
	}
	conv := client.NewConversation()
	first, err := conv.Step("")
	if err != nil {
		c.t.Fatal(err)
	}
	body := append([]byte(mechanism), 0)
	body = binary.BigEndian.AppendUint32(body, uint32(len(first)))
	c.send(message('p', append(body, first...)))
	for {
		typ, body, err := c.read()
		if err != nil {
			return append(lines, "closed")
		}
		if typ != 'R' {
			return append(lines, c.show(typ, body))
		}
		switch binary.BigEndian.Uint32(body) {
		case 11:
			final, err := conv.Step(string(body[4:]))
			if err != nil {
				c.t.Fatal(err)
			}
			c.send(message('p', []byte(final)))
		case 12:
			if _, err := conv.Step(string(body[4:])); err != nil {
				lines = append(lines, "bad signature of the server: "+err.Error())
			}
		default:
			return append(lines, c.show(typ, body))
		}
	}
}
