// Command flowgres answers PostgreSQL's wire protocol and SQL over AWS VPC flow
// logs.
//
// This package only wires: config.go reads settings, engine.go joins the AWS
// side, the planner and the server, and each command has a file of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/planner/guc"
)

// version is set at link time.
var version = "dev"

func main() {
	raiseStack()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "flowgres:", err)
		}
		stop()
		os.Exit(exitCode(err))
	}
}

// Exit codes. A service manager need not restart what fails with exitConfig.
const (
	exitFailed = 1
	exitConfig = 78 // EX_CONFIG: the configuration is wrong
)

// configError is an error of the configuration.
type configError struct{ error }

func (e configError) Unwrap() error { return e.error }

func exitCode(err error) int {
	var c configError
	if errors.As(err, &c) {
		return exitConfig
	}
	return exitFailed
}

// errReported ends a command whose failure has been shown already.
var errReported = errors.New("failed")

// command makes the command line.
func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "flowgres",
		Short:         "PostgreSQL for AWS VPC flow logs: SELECT, INSERT and DELETE over the EC2 API",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(serveCommand(), demoCommand(), queryCommand(), versionCommand(), healthcheckCommand(),
		checkConfigCommand(), hashPasswordCommand())
	return root
}

// settingFlags adds a flag for each setting that has one, and --config.
func settingFlags(cmd *cobra.Command) {
	cmd.Flags().String("config", "", "configuration file (YAML)")
	for _, d := range guc.MustNew().Flags() {
		cmd.Flags().String(d.FlagName(), "", fmt.Sprintf("%s (default %q)", d.Short, d.Show(d.Boot)))
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pg, err := guc.MustNew().Get("server_version")
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "flowgres %s (PostgreSQL %s)\n", version, pg)
			return nil
		},
	}
}
