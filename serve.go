package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/server"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), c, nil)
		},
	}
	settingFlags(cmd)
	return cmd
}

func checkConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check-config", Short: "Check the configuration and print the settings that differ from their defaults", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			if _, err := c.serverRoles(); err != nil {
				return err
			}
			if _, err := c.engineRoles(); err != nil {
				return err
			}
			if _, err := tlsFiles(c.settings); err != nil {
				return err
			}
			for _, d := range c.settings.Flags() {
				v, err := c.settings.Get(d.Name)
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

// serve runs a server until ctx ends, then lets it drain. ready, if set, is
// called with the addresses once they are listened on.
func serve(ctx context.Context, c *config, ready func([]net.Addr)) error {
	log := newLog(c.settings)
	engine, backend, err := newEngine(ctx, c, log)
	if err != nil {
		return err
	}
	defer backend.Close()
	srv, err := newServer(c, engine, log)
	if err != nil {
		return err
	}
	listeners, err := listen(c)
	if err != nil {
		return err
	}
	return run(ctx, srv, listeners, log, time.Duration(c.settings.Int("shutdown_timeout"))*time.Millisecond, ready)
}

// listen opens the configured addresses. Without roles with passwords only
// this host may connect.
func listen(c *config) ([]net.Listener, error) {
	var out []net.Listener
	for _, addr := range strings.Split(c.settings.Text("listen"), ",") {
		addr = strings.TrimSpace(addr)
		ln, err := server.Listen(addr, 0o777)
		if err != nil {
			return nil, errors.Join(err, closeAll(out))
		}
		if t, ok := ln.Addr().(*net.TCPAddr); ok && !t.IP.IsLoopback() && c.roles == nil && !c.settings.Bool("insecure") {
			return nil, errors.Join(fmt.Errorf("refusing to listen on %s without roles that have passwords; add roles to the configuration, or set insecure", addr),
				ln.Close(), closeAll(out))
		}
		out = append(out, ln)
	}
	return out, nil
}

func closeAll[C io.Closer](list []C) error {
	var errs []error
	for _, c := range list {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// run serves listeners until ctx ends, then shuts down: idle sessions at once,
// running statements when they end or the patience does. A second signal ends everything.
func run(ctx context.Context, srv *server.Server, listeners []net.Listener, log *slog.Logger, patience time.Duration, ready func([]net.Addr)) error {
	failed := make(chan error, len(listeners))
	var addrs []net.Addr
	for _, ln := range listeners {
		addrs = append(addrs, ln.Addr())
		go func() { failed <- srv.Serve(ln) }()
		log.Info("listening", "address", ln.Addr().String())
	}
	if ready != nil {
		ready(addrs)
	}
	select {
	case err := <-failed:
		return errors.Join(err, srv.Close())
	case <-ctx.Done():
	}
	log.Info("shutting down")
	wait, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	wait, stop := signal.NotifyContext(wait, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := srv.Shutdown(wait); err != nil {
		log.Warn("statements were cancelled at shutdown", "reason", err)
	}
	return nil
}

func healthcheckCommand() *cobra.Command {
	var addr string
	cmd := &cobra.Command{
		Use: "healthcheck", Short: "Tell whether a server accepts connections", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			network := "tcp"
			if strings.HasPrefix(addr, "/") {
				network = "unix"
			}
			d := net.Dialer{Timeout: 3 * time.Second}
			conn, err := d.DialContext(cmd.Context(), network, addr)
			if err != nil {
				return err
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(3 * time.Second)); err != nil {
				return err
			}
			// An SSLRequest is answered with one byte by whoever speaks PostgreSQL.
			if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
				return err
			}
			var b [1]byte
			if _, err := io.ReadFull(conn, b[:]); err != nil {
				return err
			}
			if b[0] != 'S' && b[0] != 'N' {
				return fmt.Errorf("%s answered %q: it does not speak PostgreSQL's protocol", addr, b[0])
			}
			return nil
		},
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
