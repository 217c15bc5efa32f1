package daemon

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/flowgres/flowgres/server/config"
	"github.com/flowgres/flowgres/server/observe"
)

// reload reads the configuration anew and, if all of it is good, puts it in
// force: settings, roles, pg_hba.conf, pg_ident.conf, certificates. Otherwise
// everything stays as it was.
func (a *Daemon) reload(load func() (*config.Config, error)) {
	err := a.tryReload(load)
	a.metrics.Reloaded(err == nil)
	a.audit.Reloaded(err)
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
	fixed := next.Settings.KeepFixed(a.c.Settings)
	roles, err := next.EngineRoles()
	if err != nil {
		return err
	}
	cfg, certs, err := a.serverConfig(next, roles)
	if err != nil {
		return err
	}
	identities, err := next.Identities()
	if err != nil {
		return err
	}
	applyIdentities, err := a.backend.Identities(context.Background(), identities)
	if err != nil {
		return err
	}
	// From here on nothing fails but what Reload refuses before it changes anything.
	if err := a.server.Reload(cfg); err != nil {
		return err
	}
	a.certs.Store(certs)
	applyIdentities()
	a.c.Settings.Reload(next.Settings)
	a.engine.SetRoles(roles)
	a.noteRoles(next.Roles)
	a.c.Roles = next.Roles
	observe.SetLevel(a.c.Settings, &a.level)
	for _, name := range fixed {
		a.log.Warn("a setting cannot be changed without restarting the server", "setting", name)
	}
	if !reflect.DeepEqual(a.c.Accounts, next.Accounts) {
		a.log.Warn("aws.accounts cannot be changed without restarting the server; everything else of the file is in force")
	}
	return nil
}

// noteRoles enters in the audit log how the roles change.
func (a *Daemon) noteRoles(next map[string]config.Role) {
	for _, name := range slices.Sorted(maps.Keys(a.c.Roles)) {
		switch role, stays := next[name]; {
		case !stays:
			a.audit.Role("removed", name)
		case !reflect.DeepEqual(role, a.c.Roles[name]):
			a.audit.Role("changed", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(next)) {
		if _, was := a.c.Roles[name]; !was {
			a.audit.Role("added", name)
		}
	}
}
