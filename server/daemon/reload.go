package daemon

import (
	"reflect"

	"github.com/flowgres/flowgres/server"
	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/observe"
)

// reload reads the configuration anew and, if all of it is good, puts it in
// force: settings, roles, pg_hba.conf, pg_ident.conf, certificates. Otherwise
// everything stays as it was.
func (a *Daemon) reload(load func() (*config.Config, error)) {
	err := a.tryReload(load)
	a.metrics.Reloaded(err == nil)
	if err != nil {
		a.log.Error("configuration contains errors; no changes were applied", "error", err)
		return
	}
	a.log.Info("configuration reloaded")
}

func (a *Daemon) tryReload(load func() (*config.Config, error)) error {
	next, err := load()
	if err != nil {
		return err
	}
	roles, err := next.EngineRoles()
	if err != nil {
		return err
	}
	old := a.certs.Load()
	err = a.server.Reload(func(cfg *server.Config) error {
		fresh := server.ConfigFrom(next.Settings)
		fresh.NewSession, fresh.Log, fresh.Guessing, fresh.Observer = cfg.NewSession, cfg.Log, cfg.Guessing, cfg.Observer
		// These need a restart.
		fresh.MaxConnections, fresh.MaxEarly, fresh.MaxMessage = cfg.MaxConnections, cfg.MaxEarly, cfg.MaxMessage
		*cfg = fresh
		return a.secure(cfg, next)
	})
	if err != nil {
		a.certs.Store(old)
		return err
	}
	for _, name := range a.c.Settings.Reload(next.Settings) {
		a.log.Warn("a setting cannot be changed without restarting the server", "setting", name)
	}
	if !reflect.DeepEqual(a.c.Accounts, next.Accounts) {
		a.log.Warn("accounts cannot be changed without restarting the server")
	}
	a.engine.SetRoles(roles)
	a.c.Roles = next.Roles
	observe.SetLevel(a.c.Settings, &a.level)
	return nil
}
