package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
)

// Role is a role of the configuration file.
type Role struct {
	Password        string            `yaml:"password"`
	Access          string            `yaml:"access"` // read-write or read-only
	Superuser       bool              `yaml:"superuser"`
	ConnectionLimit int               `yaml:"connection_limit"`
	ValidUntil      time.Time         `yaml:"valid_until"`
	MemberOf        []string          `yaml:"member_of"`
	Login           *bool             `yaml:"login"` // false: a group
	Accounts        []string          `yaml:"accounts"`
	Regions         []string          `yaml:"regions"`
	Settings        map[string]string `yaml:"settings"`
	AWS             *Identity         `yaml:"aws"` // nil: the server's own
}

// ServerRoles gives the roles as the server knows them: with verifiers.
func (c *Config) ServerRoles() (map[string]server.Role, error) {
	if c.Roles == nil {
		return nil, nil
	}
	out := map[string]server.Role{}
	for name, r := range c.Roles {
		v := r.Password
		if strings.HasPrefix(v, "SCRAM-SHA-256$") && !server.IsVerifier(v) {
			return nil, fmt.Errorf("role %s: its password looks like a verifier (flowgres hash-password makes one), and is none", name)
		}
		if v != "" && !server.IsVerifier(v) {
			made, err := server.NewVerifier(v)
			if err != nil {
				return nil, fmt.Errorf("role %s: %w", name, err)
			}
			v = made
		}
		out[name] = server.Role{
			Verifier: v, ConnectionLimit: r.ConnectionLimit, ValidUntil: r.ValidUntil, MemberOf: r.MemberOf, NoLogin: r.noLogin(),
		}
	}
	return out, nil
}

// regionPattern is the name of a region, with wildcards.
var regionPattern = regexp.MustCompile(`^[a-z0-9*?-]+$`)

// EngineRoles gives the roles as the engine knows them.
func (c *Config) EngineRoles() (map[string]planner.Role, error) {
	if c.Roles == nil {
		return nil, nil
	}
	out := map[string]planner.Role{}
	for name, r := range c.Roles {
		if err := r.checkName(name); err != nil {
			return nil, err
		}
		switch r.Access {
		case "", "read-write", "read-only":
		default:
			return nil, fmt.Errorf("role %s: access must be read-write or read-only, not %q", name, r.Access)
		}
		for _, v := range r.Accounts {
			if v == "" || fdw.Wild([]string{v}) {
				return nil, fmt.Errorf("role %s: accounts must be names, not %q", name, v)
			}
		}
		for _, v := range r.Regions {
			if !regionPattern.MatchString(v) {
				return nil, fmt.Errorf("role %s: regions must be names or patterns of them, not %q", name, v)
			}
		}
		for _, g := range r.MemberOf {
			if _, ok := c.Roles[g]; !ok && !planner.PredefinedRole(g) {
				return nil, fmt.Errorf("role %s: member_of: role %q does not exist", name, g)
			}
			if c.in(g, name, map[string]bool{}) { // AddRoleMems
				return nil, fmt.Errorf("role %s: member_of: role %q is a member of role %q", name, g, name)
			}
		}
		if err := c.checkSettings(r.Settings); err != nil {
			return nil, fmt.Errorf("role %s: settings: %w", name, err)
		}
		out[name] = planner.Role{
			ReadOnly: r.Access == "read-only", Superuser: r.Superuser, Settings: r.Settings, Accounts: r.Accounts, Regions: r.Regions,
			MemberOf: r.MemberOf, ConnectionLimit: r.ConnectionLimit, ValidUntil: r.ValidUntil, NoLogin: r.noLogin(),
		}
		if r.AWS == nil {
			continue
		}
		e := out[name]
		e.Identity = name
		out[name] = e
		i, err := r.identity()
		if err == nil {
			err = ec2backend.CheckIdentity(i)
		}
		if err != nil {
			return nil, fmt.Errorf("role %s: aws: %w", name, err)
		}
	}
	return out, nil
}

// checkName refuses the names that PostgreSQL keeps (check_rolespec_name). Its own roles are
// there to be members of: nobody logs in as one.
func (r Role) checkName(name string) error {
	own := strings.HasPrefix(name, "pg_")
	if name == "" || name == "public" || name == "none" || own && !(planner.PredefinedRole(name) && r.noLogin()) {
		return fmt.Errorf("role name %q is reserved", name)
	}
	return nil
}

// in tells whether a role is another, or a member of it, directly or not.
func (c *Config) in(name, group string, seen map[string]bool) bool {
	if name == group {
		return true
	}
	if seen[name] {
		return false
	}
	seen[name] = true
	return slices.ContainsFunc(c.Roles[name].MemberOf, func(of string) bool { return c.in(of, group, seen) })
}

// checkSettings tries a role's settings as its sessions begin with them.
func (c *Config) checkSettings(settings map[string]string) error {
	s := c.Settings.NewSession()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if err := s.SetStartup(name, settings[name], guc.Role); err != nil {
			return err
		}
	}
	return nil
}

func (r Role) noLogin() bool { return r.Login != nil && !*r.Login }
