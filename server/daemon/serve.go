package daemon

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/observe"
)

// Serve runs a server until ctx ends, then lets it drain. load reads the
// configuration, now and at each SIGHUP. ready, if set, is called with the
// addresses once they are listened on.
func Serve(ctx context.Context, load func() (*config.Config, error), ready func([]net.Addr)) error {
	c, err := load()
	if err != nil {
		return config.Invalid(err)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	unlimited := limitMemory()
	a, err := New(ctx, c, nil)
	if err != nil {
		return config.Invalid(err)
	}
	defer a.Close()
	if unlimited != nil {
		a.log.Warn("could not find out how much memory there is", "error", unlimited)
	}
	for name, meant := range c.Misspelt(os.Environ()) {
		a.log.Warn("an environment variable sets nothing", "name", name, "meant", meant)
	}
	a.log.Info("memory limit", "bytes", debug.SetMemoryLimit(-1))
	listeners, err := listen(c)
	if err != nil {
		return err
	}
	if a.health, err = observe.StartHealth(c.Settings.Text("metrics_listen"), a.metrics, a.log); err != nil {
		return errors.Join(unusable(err), closeAll(listeners))
	}
	defer func() {
		if err := a.health.Stop(); err != nil {
			a.log.Warn("could not close the metrics listener", "error", err)
		}
	}()
	return a.run(ctx, listeners, hup, load, ready)
}

// listen takes the sockets that systemd passed, else opens the configured
// addresses. Without roles with passwords only this host may connect.
func listen(c *config.Config) ([]net.Listener, error) {
	out, err := activation.Listeners()
	if err != nil {
		return nil, err
	}
	if len(out) > 0 {
		if slices.Contains(out, nil) {
			return nil, errors.New("systemd passed a socket that is not a stream")
		}
		return out, errors.Join(c.MayListen(out))
	}
	for _, addr := range strings.Split(c.Settings.Text("listen"), ",") {
		addr = strings.TrimSpace(addr)
		ln, err := server.Listen(addr, fs.FileMode(c.Settings.Int("unix_socket_permissions")))
		if err != nil {
			return nil, errors.Join(unusable(err), closeAll(out))
		}
		out = append(out, ln)
	}
	if err := c.MayListen(out); err != nil {
		return nil, errors.Join(err, closeAll(out))
	}
	return out, nil
}

// unusable makes an error of listening one of the configuration where no later try will go
// better: what is no address, a directory that is not there, what is not permitted.
func unusable(err error) error {
	var malformed *net.AddrError
	if errors.As(err, &malformed) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return config.Invalid(err)
	}
	return err
}

func closeAll[C io.Closer](list []C) error {
	var errs []error
	for _, c := range list {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// run serves listeners until ctx ends, then shuts down: new connections after
// shutdown_delay, idle sessions with them, running statements when they end or
// the patience does. A second signal ends everything.
func (a *Daemon) run(ctx context.Context, listeners []net.Listener, hup <-chan os.Signal, load func() (*config.Config, error), ready func([]net.Addr)) error {
	failed := make(chan error, len(listeners))
	var addrs []net.Addr
	for _, ln := range listeners {
		addrs = append(addrs, ln.Addr())
		go func() { failed <- a.server.Serve(ln) }()
	}
	a.health.Ready.Store(true) // before anybody is told
	for _, ln := range listeners {
		a.log.Info("listening", "address", ln.Addr().String())
	}
	if ready != nil {
		ready(addrs)
	}
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
	second, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a.log.Info("shutting down") // whoever reads it may send the second signal
	a.health.Ready.Store(false)
	a.notify(daemon.SdNotifyStopping)
	millis := func(setting string) time.Duration { return time.Duration(a.c.Settings.Int(setting)) * time.Millisecond }
	select {
	case <-time.After(millis("shutdown_delay")):
	case <-second.Done():
	case err := <-failed:
		return errors.Join(err, a.server.Close())
	}
	wait, cancel := context.WithTimeout(second, millis("shutdown_timeout"))
	defer cancel()
	if err := a.server.Shutdown(wait); err != nil {
		a.log.Warn("statements were cancelled at shutdown", "reason", err)
	}
	return nil
}
