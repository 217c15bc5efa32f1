package command

import (
	"errors"
	"testing"

	"github.com/flowgres/flowgres/server/config"
)

func TestExitCodes(t *testing.T) {
	if exitCode(config.Invalid(errors.New("x"))) != exitConfig || exitCode(errors.New("x")) != exitFailed {
		t.Error("exit codes")
	}
	t.Setenv("AWS_REGION", "us-east-1")
	for _, args := range [][]string{
		{"serve", "--listn", "x"},
		{"serve", "--listen", "127.0.0.1:99999"},
		{"serve", "--listen", "127.0.0.1"},
		{"serve", "--listen", t.TempDir() + "/none/s"},
		{"serve", "--listen", "127.0.0.1:0", "--metrics-listen", "nonsense"},
		{"serve", "--listen", "127.0.0.1:0", "--tls-cert", "x"},
	} {
		cmd := root("test")
		cmd.SetArgs(args)
		if err := cmd.ExecuteContext(t.Context()); exitCode(err) != exitConfig {
			t.Errorf("%v: %v, exit code %d", args, err, exitCode(err))
		}
	}
}
