package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server"
)

// config is what a server is started with.
type config struct {
	settings *guc.Registry
	roles    map[string]roleConfig
	accounts []ec2backend.Account
	// unpaced leaves the pace of API calls to the endpoint: for
	// benchmarks, whose endpoint has no quota.
	unpaced bool
}

// roleConfig is a role of the configuration file.
type roleConfig struct {
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
}

// accountConfig is an account of the configuration file.
type accountConfig struct {
	Profile     string `yaml:"profile"`
	RoleARN     string `yaml:"role_arn"`
	ExternalID  string `yaml:"external_id"`
	SessionName string `yaml:"session_name"`
}

// loadConfig gathers settings: the configuration file, then FLOWGRES_*
// variables, then flags, each over the one before.
func loadConfig(cmd *cobra.Command) (*config, error) {
	c := &config{settings: guc.MustNew()}
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return nil, configError{err}
	}
	if path == "" {
		path = os.Getenv("FLOWGRES_CONFIG")
	}
	if path != "" {
		if err := c.readFile(path); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	} else if text := os.Getenv("FLOWGRES_CONFIG_TEXT"); text != "" { // where files cannot be mounted
		if err := c.read([]byte(text)); err != nil {
			return nil, fmt.Errorf("FLOWGRES_CONFIG_TEXT: %w", err)
		}
	}
	for _, d := range c.settings.Flags() {
		if v, ok := os.LookupEnv(d.EnvName()); ok {
			if err := c.settings.SetServer(d.Name, v, guc.Environment); err != nil {
				return nil, fmt.Errorf("%s: %w", d.EnvName(), err)
			}
		}
		if f := cmd.Flags().Lookup(d.FlagName()); f != nil && f.Changed {
			if err := c.settings.SetServer(d.Name, f.Value.String(), guc.CommandLine); err != nil {
				return nil, fmt.Errorf("--%s: %w", d.FlagName(), err)
			}
		}
	}
	return c, nil
}

// readFile reads the YAML file: roles and accounts, everything else settings
// under the names of the registry.
func (c *config) readFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return c.read(text)
}

func (c *config) read(text []byte) (err error) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return err
	}
	if doc, err = expandEnv(doc); err != nil {
		return err
	}
	if err := take(doc, "roles", &c.roles); err != nil {
		return err
	}
	if aws, ok := doc["aws"].(map[string]any); ok {
		var accounts []accountConfig
		if err := take(aws, "accounts", &accounts); err != nil {
			return err
		}
		for _, a := range accounts {
			c.accounts = append(c.accounts, ec2backend.Account{
				Profile: a.Profile, RoleARN: a.RoleARN, ExternalID: a.ExternalID, SessionName: a.SessionName,
			})
		}
	}
	return c.setAll("", doc)
}

// take decodes one strict part of the document and removes it.
func take(doc map[string]any, key string, into any) error {
	part, ok := doc[key]
	if !ok {
		return nil
	}
	delete(doc, key)
	text, err := yaml.Marshal(part)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// setAll sets what is left of the document, level by level.
func (c *config) setAll(prefix string, doc map[string]any) error {
	for k, v := range doc {
		key := prefix + k
		if d := c.settings.ByKey(key); d != nil {
			if err := c.settings.SetServer(d.Name, settingText(v), guc.File); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		sub, ok := v.(map[string]any)
		if !ok {
			err := fmt.Errorf("unknown setting %q", key)
			if near := c.settings.Nearest(key); near != "" {
				err = fmt.Errorf("%w; did you mean %s?", err, near)
			}
			return err
		}
		if err := c.setAll(key+".", sub); err != nil {
			return err
		}
	}
	return nil
}

// settingText gives a YAML value as the text of a setting.
func settingText(v any) string {
	if l, ok := v.([]any); ok {
		parts := make([]string, len(l))
		for i, x := range l {
			parts[i] = fmt.Sprint(x)
		}
		return strings.Join(parts, ",")
	}
	return fmt.Sprint(v)
}

var envReference = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// expandEnv replaces ${NAME} in all strings of a document.
func expandEnv(doc map[string]any) (map[string]any, error) {
	var missing []string
	var expand func(v any) any
	expand = func(v any) any {
		switch v := v.(type) {
		case string:
			return envReference.ReplaceAllStringFunc(v, func(ref string) string {
				name := ref[2 : len(ref)-1]
				val, ok := os.LookupEnv(name)
				if !ok {
					missing = append(missing, name)
				}
				return val
			})
		case map[string]any:
			for k, x := range v {
				v[k] = expand(x)
			}
		case []any:
			for i, x := range v {
				v[i] = expand(x)
			}
		}
		return v
	}
	expand(doc)
	if len(missing) > 0 {
		return nil, fmt.Errorf("environment variables are not set: %s", strings.Join(missing, ", "))
	}
	return doc, nil
}

// serverRoles gives the roles as the server knows them: with verifiers.
func (c *config) serverRoles() (map[string]server.Role, error) {
	if c.roles == nil {
		return nil, nil
	}
	out := map[string]server.Role{}
	for name, r := range c.roles {
		v := r.Password
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

// engineRoles gives the roles as the engine knows them.
func (c *config) engineRoles() (map[string]planner.Role, error) {
	if c.roles == nil {
		return nil, nil
	}
	out := map[string]planner.Role{}
	for name, r := range c.roles {
		switch r.Access {
		case "", "read-write", "read-only":
		default:
			return nil, fmt.Errorf("role %s: access must be read-write or read-only, not %q", name, r.Access)
		}
		for _, v := range slices.Concat(r.Regions, r.Accounts) {
			if v == "" || strings.ContainsAny(v, "*?") {
				return nil, fmt.Errorf("role %s: accounts and regions must be names, not %q", name, v)
			}
		}
		for _, g := range r.MemberOf {
			if _, ok := c.roles[g]; !ok {
				return nil, fmt.Errorf("role %s: member_of: role %q does not exist", name, g)
			}
		}
		out[name] = planner.Role{
			ReadOnly: r.Access == "read-only", Superuser: r.Superuser, Settings: r.Settings, Accounts: r.Accounts, Regions: r.Regions,
			MemberOf: r.MemberOf, ConnectionLimit: r.ConnectionLimit, ValidUntil: r.ValidUntil, NoLogin: r.noLogin(),
		}
	}
	return out, nil
}

func (r roleConfig) noLogin() bool { return r.Login != nil && !*r.Login }
