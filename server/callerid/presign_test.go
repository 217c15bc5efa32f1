package callerid_test

import (
	"context"
	"strings"
	"testing"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/server/callerid"
)

// TestIAMToken has the emulator's STS check the passwords that iam-token makes.
func TestIAMToken(t *testing.T) {
	e := emulator.New(emulator.Options{})
	e.AddUser("123456789012", "jo", "AKIAIOSFODNN7EXAMPLE", "the-secret")
	url, err := e.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	v, err := callerid.New(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	for secret, want := range map[string]string{"the-secret": "arn:aws:iam::123456789012:user/jo", "another": ""} {
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
		token, err := ec2backend.PresignIdentity(context.Background(), "", "eu-west-1", url)
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
