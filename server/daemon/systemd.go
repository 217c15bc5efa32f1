package daemon

import (
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notify tells systemd of a change of state, if it started us.
func (a *Daemon) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		a.log.Warn("could not notify systemd", "error", err)
	}
}

// watchdog ticks as often as systemd wants to hear from us.
func (a *Daemon) watchdog() *time.Ticker {
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
