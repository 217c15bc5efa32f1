package config

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/planner/guc"
)

// account is an account of the configuration file.
type account struct {
	Profile     string `yaml:"profile"`
	RoleARN     string `yaml:"role_arn"`
	ExternalID  string `yaml:"external_id"`
	SessionName string `yaml:"session_name"`
}

// ReadFile reads the YAML file: roles and accounts, everything else settings
// under the names of the registry.
func (c *Config) ReadFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return c.Read(text)
}

// Read is ReadFile of a text.
func (c *Config) Read(text []byte) (err error) {
	var doc map[string]any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return err
	}
	if doc, err = expandEnv(doc); err != nil {
		return err
	}
	if err := take(doc, "roles", &c.Roles); err != nil {
		return err
	}
	if aws, ok := doc["aws"].(map[string]any); ok {
		var accounts []account
		if err := take(aws, "accounts", &accounts); err != nil {
			return err
		}
		for _, a := range accounts {
			c.Accounts = append(c.Accounts, ec2backend.Account{
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
		return fmt.Errorf("%s: %s", key, quotedScalar.ReplaceAllString(err.Error(), "a value"))
	}
	return nil
}

// quotedScalar is how yaml's errors show values, which may be passwords.
var quotedScalar = regexp.MustCompile("`[^`]*`")

// setAll sets what is left of the document, level by level.
func (c *Config) setAll(prefix string, doc map[string]any) error {
	for k, v := range doc {
		key := prefix + k
		if d := c.Settings.ByKey(key); d != nil {
			if err := c.Settings.SetServer(d.Name, settingText(v), guc.File); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		sub, ok := v.(map[string]any)
		if !ok {
			err := fmt.Errorf("unknown setting %q", key)
			if near := c.Settings.Nearest(key); near != "" {
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
