package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/server"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), func() (*config, error) { return loadConfig(cmd) }, nil)
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
			a := &app{c: c, metrics: newMetrics(), log: slog.New(slog.DiscardHandler)}
			if _, err := a.newServer(); err != nil {
				return configError{err}
			}
			if _, err := c.engineRoles(); err != nil {
				return configError{err}
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

// serve runs a server until ctx ends, then lets it drain. load reads the
// configuration, now and at each SIGHUP. ready, if set, is called with the
// addresses once they are listened on.
func serve(ctx context.Context, load func() (*config, error), ready func([]net.Addr)) error {
	c, err := load()
	if err != nil {
		return configError{err}
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	a, err := newApp(ctx, c, nil)
	if err != nil {
		return configError{err}
	}
	defer a.close()
	limitMemory(a.log)
	listeners, err := listen(c)
	if err != nil {
		return err
	}
	if a.health, err = startHealth(c.settings.Text("metrics_listen"), a.metrics, a.log); err != nil {
		return errors.Join(err, closeAll(listeners))
	}
	defer func() {
		if err := a.health.stop(); err != nil {
			a.log.Warn("could not close the metrics listener", "error", err)
		}
	}()
	return a.run(ctx, listeners, hup, load, ready)
}

// listen takes the sockets that systemd passed, else opens the configured
// addresses. Without roles with passwords only this host may connect.
func listen(c *config) ([]net.Listener, error) {
	out, err := activation.Listeners()
	if err != nil {
		return nil, err
	}
	if len(out) > 0 {
		if slices.Contains(out, nil) {
			return nil, errors.New("systemd passed a socket that is not a stream")
		}
		return out, errors.Join(c.mayListen(out))
	}
	for _, addr := range strings.Split(c.settings.Text("listen"), ",") {
		addr = strings.TrimSpace(addr)
		ln, err := server.Listen(addr, fs.FileMode(c.settings.Int("unix_socket_permissions")))
		if err != nil {
			return nil, errors.Join(err, closeAll(out))
		}
		out = append(out, ln)
	}
	if err := c.mayListen(out); err != nil {
		return nil, errors.Join(err, closeAll(out))
	}
	return out, nil
}

// mayListen refuses to let in anyone from other hosts.
func (c *config) mayListen(list []net.Listener) error {
	if c.roles != nil || c.settings.Bool("insecure") || c.settings.Text("hba_file") != "" {
		return nil
	}
	for _, ln := range list {
		if t, ok := ln.Addr().(*net.TCPAddr); ok && !t.IP.IsLoopback() {
			return configError{fmt.Errorf(
				"refusing to listen on %s without roles that have passwords; add roles to the configuration, or set insecure", t)}
		}
	}
	return nil
}

func closeAll[C io.Closer](list []C) error {
	var errs []error
	for _, c := range list {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// run serves listeners until ctx ends, then shuts down: idle sessions at once,
// running statements when they end or the patience does. A second signal ends
// everything.
func (a *app) run(ctx context.Context, listeners []net.Listener, hup <-chan os.Signal, load func() (*config, error), ready func([]net.Addr)) error {
	failed := make(chan error, len(listeners))
	var addrs []net.Addr
	for _, ln := range listeners {
		addrs = append(addrs, ln.Addr())
		go func() { failed <- a.server.Serve(ln) }()
		a.log.Info("listening", "address", ln.Addr().String())
	}
	if ready != nil {
		ready(addrs)
	}
	a.health.ready.Store(true)
	a.notify(daemon.SdNotifyReady)
	watchdog := a.watchdog()
	defer watchdog.Stop()
	for running := true; running; {
		select {
		case err := <-failed:
			return errors.Join(err, a.server.Close())
		case <-hup:
			a.notify(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
			a.reload(load)
			a.notify(daemon.SdNotifyReady)
		case <-watchdog.C:
			a.notify(daemon.SdNotifyWatchdog)
		case <-ctx.Done():
			running = false
		}
	}
	a.log.Info("shutting down")
	a.health.ready.Store(false)
	a.notify(daemon.SdNotifyStopping)
	wait, cancel := context.WithTimeout(context.Background(), time.Duration(a.c.settings.Int("shutdown_timeout"))*time.Millisecond)
	defer cancel()
	wait, stop := signal.NotifyContext(wait, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := a.server.Shutdown(wait); err != nil {
		a.log.Warn("statements were cancelled at shutdown", "reason", err)
	}
	return nil
}

// notify tells systemd of a change of state, if it started us.
func (a *app) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		a.log.Warn("could not notify systemd", "error", err)
	}
}

// watchdog ticks as often as systemd wants to hear from us.
func (a *app) watchdog() *time.Ticker {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		a.log.Warn("could not read systemd's watchdog setting", "error", err)
	}
	if every <= 0 {
		t := time.NewTicker(time.Hour)
		t.Stop()
		return t
	}
	return time.NewTicker(every / 2)
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
