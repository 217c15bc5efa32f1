package command

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/client"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/daemon"
	"github.com/flowgres/flowgres/server/demo"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return daemon.Serve(cmd.Context(), func() (*config.Config, error) { return load(cmd) }, nil)
		},
	}
	settingFlags(cmd)
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return config.Invalid(err) })
	return cmd
}

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Short: "Run the server on a sample fleet of flow logs, without AWS", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			fleet, err := demo.Start()
			if err != nil {
				return err
			}
			defer fleet.Stop()
			load := func() (*config.Config, error) {
				c, err := load(cmd)
				if err == nil {
					err = fleet.Use(c)
				}
				return c, err
			}
			return daemon.Serve(cmd.Context(), load, func(addrs []net.Addr) { demo.Welcome(cmd.OutOrStdout(), addrs[0]) })
		},
	}
	settingFlags(cmd)
	return cmd
}

func queryCommand() *cobra.Command {
	var dsn, format string
	var sample bool
	cmd := &cobra.Command{
		Use: "query STATEMENT", Short: "Run statements and print their rows as a table, CSV or JSON", Args: cobra.ExactArgs(1),
		Long: "Run statements on a running server (--dsn), or in this process with the flags of serve, or on the sample fleet (--demo).",
		RunE: func(cmd *cobra.Command, args []string) error {
			if dsn == "" {
				c, err := load(cmd)
				if err != nil {
					return err
				}
				if sample {
					fleet, err := demo.Start()
					if err != nil {
						return err
					}
					defer fleet.Stop()
					if err := fleet.Use(c); err != nil {
						return err
					}
				}
				addr, stop, err := daemon.InProcess(cmd.Context(), c)
				if err != nil {
					return err
				}
				defer stop()
				dsn = fmt.Sprintf("postgres://flowgres@%s/aws?sslmode=disable", addr)
			}
			return client.Run(cmd.Context(), dsn, args[0], format, cmd.OutOrStdout())
		},
	}
	settingFlags(cmd)
	cmd.Flags().StringVar(&dsn, "dsn", "", "server to ask, as a URL or key=value pairs")
	cmd.Flags().StringVar(&format, "format", "table", "table, csv or json")
	cmd.Flags().BoolVar(&sample, "demo", false, "ask the sample fleet")
	return cmd
}

func checkConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check-config", Short: "Check the configuration and print the settings that differ from their defaults", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := load(cmd)
			if err != nil {
				return err
			}
			if err := daemon.Check(c); err != nil {
				return err
			}
			for name, meant := range c.Misspelt(os.Environ()) {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s sets nothing; did you mean %s?\n", name, meant)
			}
			for _, d := range c.Settings.Flags() {
				v, err := c.Settings.Get(d.Name)
				if err != nil {
					return err
				}
				if v != d.Show(d.Boot) && !d.Secret {
					fmt.Fprintf(cmd.OutOrStdout(), "%s = %s\n", d.Name, v)
				}
			}
			return nil
		},
	}
	settingFlags(cmd)
	return cmd
}

func healthcheckCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use: "healthcheck", Short: "Tell whether a server accepts connections", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return client.Probe(cmd.Context(), addr) },
	}
	cmd.Flags().StringVar(&addr, "address", "127.0.0.1:5433", "host:port, or the path of a Unix socket")
	return cmd
}

func hashPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use: "hash-password", Short: "Read a password from standard input and print its SCRAM-SHA-256 verifier", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 4096))
			if err != nil {
				return err
			}
			v, err := server.NewVerifier(strings.TrimRight(string(text), "\r\n"))
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), v)
			return nil
		},
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
			fmt.Fprintf(cmd.OutOrStdout(), "flowgres %s (PostgreSQL %s)\n", cmd.Root().Version, pg)
			return nil
		},
	}
}
