// Package command is the command line: flags, wiring, signals. A command's work
// is done in server/daemon (serve, demo), server/client (query, healthcheck)
// and server/config.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
	"github.com/flowgres/flowgres/server/client"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/daemon"
)

// Main runs the command that the process's arguments ask for, until it is done
// or a signal ends it, and gives the exit code. version is the program's own.
func Main(version string) int {
	daemon.RaiseStack()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root(version).ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if !errors.Is(err, client.ErrShown) {
		fmt.Fprintln(os.Stderr, "flowgres:", err)
		var e *pgerr.Error
		if errors.As(err, &e) && e.Hint != "" {
			fmt.Fprintln(os.Stderr, "HINT: ", e.Hint)
		}
	}
	return exitCode(err)
}

// Exit codes. A service manager need not restart what fails with exitConfig.
const (
	exitFailed = 1
	exitConfig = 78 // EX_CONFIG: the configuration is wrong
)

func exitCode(err error) int {
	var c config.Error
	if errors.As(err, &c) {
		return exitConfig
	}
	return exitFailed
}

// root makes the command line.
func root(version string) *cobra.Command {
	cmd := &cobra.Command{
		Use:           "flowgres",
		Version:       version,
		Short:         "PostgreSQL for AWS VPC flow logs: SELECT, INSERT and DELETE over the EC2 API",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.AddCommand(serveCommand(), iamTokenCommand(), demoCommand(), queryCommand(), versionCommand(), healthcheckCommand(),
		checkConfigCommand(), hashPasswordCommand())
	return cmd
}

// flagSettings are the settings that have a flag, the same for every command.
var flagSettings = sync.OnceValue(func() []*guc.Def { return guc.MustNew().Flags() })

// settingFlags adds a flag for each setting that has one, and --config.
func settingFlags(cmd *cobra.Command) {
	cmd.Flags().String("config", "", "configuration file (YAML)")
	for _, d := range flagSettings() {
		cmd.Flags().String(d.FlagName(), "", fmt.Sprintf("%s (default %q)", d.Short, d.Show(d.Boot)))
	}
}

// load reads the configuration that a command's flags ask for.
func load(cmd *cobra.Command) (*config.Config, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, config.Invalid(err)
	}
	c, err := config.Load(path, func(name string) (string, bool) {
		f := cmd.Flags().Lookup(name)
		return f.Value.String(), f.Changed
	})
	if err != nil {
		return nil, config.Invalid(err)
	}
	c.Version = cmd.Root().Version
	return c, nil
}
