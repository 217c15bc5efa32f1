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
}
