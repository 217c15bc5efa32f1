package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

const (
	iterations = 4096 // PostgreSQL's scram_iterations
	saltLen    = 16
)

// NewVerifier makes a password's SCRAM-SHA-256 verifier, in the form of
// PostgreSQL's pg_authid, with a random salt.
func NewVerifier(password string) (string, error) {
	var salt [saltLen]byte
	rand.Read(salt[:])
	return newVerifier(password, string(salt[:]), iterations)
}

func newVerifier(password, salt string, iters int) (string, error) {
	if password == "" {
		return "", errors.New("the password is empty")
	}
	// PostgreSQL takes a password that SASLprep refuses as it is.
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		if client, err = scram.SHA256.NewClientUnprepped("", password, ""); err != nil {
			return "", err
		}
	}
	creds, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: salt, Iters: iters})
	if err != nil {
		return "", err
	}
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", mechanism, iters, b64([]byte(salt)), b64(creds.StoredKey), b64(creds.ServerKey)), nil
}

// IsVerifier tells whether a configured password is a verifier and not a
// password in the clear.
func IsVerifier(s string) bool {
	_, err := parseVerifier(s)
	return err == nil
}

var errVerifier = errors.New("not a SCRAM-SHA-256 verifier (SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey)")

func parseVerifier(s string) (creds scram.StoredCredentials, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 3 || parts[0] != mechanism {
		return creds, errVerifier
	}
	iters, salt, ok1 := strings.Cut(parts[1], ":")
	stored, server, ok2 := strings.Cut(parts[2], ":")
	if !ok1 || !ok2 {
		return creds, errVerifier
	}
	if creds.Iters, err = strconv.Atoi(iters); err != nil || creds.Iters < 1 {
		return creds, errVerifier
	}
	for _, field := range []struct {
		text string
		set  func([]byte)
		size int
	}{
		{salt, func(b []byte) { creds.Salt = string(b) }, 0},
		{stored, func(b []byte) { creds.StoredKey = b }, sha256.Size},
		{server, func(b []byte) { creds.ServerKey = b }, sha256.Size},
	} {
		b, err := base64.StdEncoding.DecodeString(field.text)
		if err != nil || len(b) == 0 || field.size > 0 && len(b) != field.size {
			return creds, errVerifier
		}
		field.set(b)
	}
	return creds, nil
}
