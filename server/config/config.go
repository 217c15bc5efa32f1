// Package config reads what a server is started with: the YAML file, then
// FLOWGRES_* variables, then command line flags, each over the one before.
//
// Every scalar is a setting of the registry in planner/guc, under the same name
// everywhere; roles and accounts are the file's own. The package knows what the
// server and the engine want to be told of roles; it opens nothing and starts
// nothing. Reference writes deploy/settings.md from the registry.
package config

import (
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner/guc"
)

// Config is what a server is started with.
type Config struct {
	Settings *guc.Registry
	Roles    map[string]Role
	Accounts []ec2backend.Account
	// Version of the program, for build_info and the user agent of API calls.
	Version string
	// Unpaced leaves the pace of API calls to the endpoint: for
	// benchmarks, whose endpoint has no quota.
	Unpaced bool
}

// New makes a configuration in which everything is at its default.
func New() *Config { return &Config{Settings: guc.MustNew(), Version: "dev"} }

// Error is an error of the configuration: starting anew does not help.
type Error struct{ cause error }

// Invalid makes an error one of the configuration; nil stays nil.
func Invalid(err error) error {
	if err == nil {
		return nil
	}
	return Error{err}
}

func (e Error) Error() string { return e.cause.Error() }

// Unwrap gives what is wrong.
func (e Error) Unwrap() error { return e.cause }

// Load gathers settings: the file at path (else of FLOWGRES_CONFIG, else the
// text FLOWGRES_CONFIG_TEXT), then FLOWGRES_* variables, then flags. flag
// tells the value of a flag that was given.
func Load(path string, flag func(name string) (value string, given bool)) (*Config, error) {
	c := New()
	if path == "" {
		path = os.Getenv("FLOWGRES_CONFIG")
	}
	if path != "" {
		if err := c.ReadFile(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	} else if text := os.Getenv("FLOWGRES_CONFIG_TEXT"); text != "" { // where files cannot be mounted
		if err := c.Read([]byte(text)); err != nil {
			return nil, fmt.Errorf("FLOWGRES_CONFIG_TEXT: %w", err)
		}
	}
	for _, d := range c.Settings.Flags() {
		if v, ok := os.LookupEnv(d.EnvName()); ok {
			if err := c.Settings.SetServer(d.Name, v, guc.Environment); err != nil {
				return nil, fmt.Errorf("%s: %w", d.EnvName(), err)
			}
		}
		if v, given := flag(d.FlagName()); given {
			if err := c.Settings.SetServer(d.Name, v, guc.CommandLine); err != nil {
				return nil, fmt.Errorf("--%s: %w", d.FlagName(), err)
			}
		}
	}
	return c, nil
}

// Misspelt gives the variables of an environment (as os.Environ does) that set nothing but look
// like one that would, with that one. Other FLOWGRES_* variables are let be: Kubernetes makes
// some for a service of that name, and roles' passwords may be in others.
func (c *Config) Misspelt(environ []string) map[string]string {
	known := map[string]bool{"FLOWGRES_CONFIG": true, "FLOWGRES_CONFIG_TEXT": true}
	for _, d := range c.Settings.Flags() {
		known[d.EnvName()] = true
	}
	out := map[string]string{}
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "FLOWGRES_") || known[name] {
			continue
		}
		if meant := c.Settings.NearestEnv(name); known[meant] {
			out[name] = meant
		}
	}
	return out
}

// MayListen refuses to let in anyone from other hosts while nobody needs a
// password.
func (c *Config) MayListen(list []net.Listener) error {
	if c.Roles != nil || c.Settings.Bool("insecure") || c.Settings.Text("hba_file") != "" {
		return nil
	}
	for _, ln := range list {
		if t, ok := ln.Addr().(*net.TCPAddr); ok && !t.IP.IsLoopback() {
			return Invalid(fmt.Errorf(
				"refusing to listen on %s without roles that have passwords; add roles to the configuration, or set insecure", t))
		}
	}
	return nil
}
