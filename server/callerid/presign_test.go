package callerid_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/server/callerid"
)

// startSTS starts an STS that knows one user, whose access key id is in the environment.
func startSTS(t *testing.T) (url string) {
	e := emulator.New(emulator.Options{})
	e.AddUser("123456789012", "jo", "AKIAIOSFODNN7EXAMPLE", "the-secret")
	url, err := e.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "the-secret")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	return url
}

// TestIAMToken has the emulator's STS check the passwords that iam-token makes.
func TestIAMToken(t *testing.T) {
	url := startSTS(t)
	v, err := callerid.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]string{"the-secret": "arn:aws:iam::123456789012:user/jo", "another": ""} {
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
		token, err := ec2backend.PresignIdentity(context.Background(), "", "eu-west-1", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		arn, err := v.Verify(context.Background(), token)
		if arn != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", secret, arn, err)
		}
		if want == "" && !strings.Contains(err.Error(), "SignatureDoesNotMatch") {
			t.Error(err)
		}
	}
}

// TestServerID lets nobody use at one server what was signed for another, or for
// none, and the other way round.
func TestServerID(t *testing.T) {
	url := startSTS(t)
	tokens := map[string]string{}
	for _, signed := range []string{"", "db.example", "other.example", "DB.example"} {
		h := http.Header{}
		if signed != "" {
			h.Set(callerid.Header, signed)
		}
		token, err := ec2backend.PresignIdentity(context.Background(), "", "eu-west-1", url, h)
		if err != nil {
			t.Fatal(err)
		}
		tokens[signed] = token
	}
	for _, server := range []string{"", "db.example", "other.example"} {
		v, err := callerid.New(url, server)
		if err != nil {
			t.Fatal(err)
		}
		for signed, token := range tokens {
			arn, err := v.Verify(context.Background(), token)
			if (err == nil) != (signed == server) {
				t.Errorf("the server %q takes what was signed for %q: %s, %v", server, signed, arn, err)
			}
			// Saying that more, or less, was signed than was does not help.
			for _, x := range []string{strings.Replace(token, "host%3Bx-flowgres-server-id", "host", 1), strings.Replace(token, "SignedHeaders=host&", "SignedHeaders=host%3Bx-flowgres-server-id&", 1)} {
				if arn, err := v.Verify(context.Background(), x); x != token && err == nil {
					t.Errorf("the server %q takes a changed URL: %s", server, arn)
				}
			}
		}
	}
	for _, bad := range []string{"a b", "a\nb", "ä", strings.Repeat("x", 256)} {
		if _, err := callerid.New(url, bad); err == nil {
			t.Errorf("the server may be called %q", bad)
		}
	}
}
