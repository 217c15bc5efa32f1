package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
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
func (c *Config) Read(text []byte) error {
	var file yaml.Node
	if err := yaml.Unmarshal(text, &file); err != nil || file.Kind == 0 { // nothing at all
		return err
	}
	if err := expandEnv(&file); err != nil {
		return err
	}
	doc := file.Content[0]
	if doc.Kind != yaml.MappingNode && doc.ShortTag() != "!!null" {
		return fmt.Errorf("line %d: settings are wanted, as name: value", doc.Line)
	}
	if err := take(doc, "roles", &c.Roles); err != nil {
		return err
	}
	if aws := entry(doc, "aws"); aws != nil {
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

// entry gives a mapping's value, or nil.
func entry(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// take decodes one strict part of a mapping and removes it.
func take(n *yaml.Node, key string, into any) error {
	part := entry(n, key)
	if part == nil {
		return nil
	}
	i := slices.Index(n.Content, part)
	n.Content = slices.Delete(n.Content, i-1, i+1)
	if err := part.Decode(into); err != nil {
		return fmt.Errorf("%s: %s", key, inOneLine(err))
	}
	// Nodes are not decoded strictly; texts are, and lose their lines.
	text, err := yaml.Marshal(part)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		if m := unknownField.FindStringSubmatch(err.Error()); m != nil {
			return fmt.Errorf("%s: line %d: unknown key %q", key, lineOf(part, m[1]), m[1])
		}
		return fmt.Errorf("%s: %s", key, inOneLine(err))
	}
	return nil
}

// unknownField is how yaml tells of one.
var unknownField = regexp.MustCompile(`field (\S+) not found in type`)

// lineOf gives the line of the first key of a name within a node.
func lineOf(n *yaml.Node, key string) int {
	for i, x := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && x.Value == key {
			return x.Line
		}
		if line := lineOf(x, key); line > 0 {
			return line
		}
	}
	return 0
}

// quotedScalar is how yaml's errors show values, which may be passwords.
var quotedScalar = regexp.MustCompile("`[^`]*`")

// inOneLine gives yaml's errors without values.
func inOneLine(err error) string {
	text := err.Error()
	var all *yaml.TypeError
	if errors.As(err, &all) {
		text = strings.Join(all.Errors, "; ")
	}
	return quotedScalar.ReplaceAllString(text, "a value")
}

// setAll sets what is left of the document, level by level.
func (c *Config) setAll(prefix string, n *yaml.Node) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := prefix+n.Content[i].Value, n.Content[i+1]
		d := c.Settings.ByKey(key)
		var err error
		switch {
		case d != nil:
			var v any
			if err = val.Decode(&v); err == nil {
				err = c.Settings.SetServer(d.Name, settingText(v), guc.File)
			}
			if err != nil {
				return fmt.Errorf("line %d: %s: %w", val.Line, key, err)
			}
		case val.Kind == yaml.MappingNode:
			if err := c.setAll(key+".", val); err != nil {
				return err
			}
		default:
			err = fmt.Errorf("line %d: unknown setting %q", n.Content[i].Line, key)
			if near := c.Settings.Nearest(key); near != "" {
				err = fmt.Errorf("%w; did you mean %s?", err, near)
			}
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

// expandEnv replaces ${NAME} in all strings of a document, whose keys stay.
func expandEnv(doc *yaml.Node) error {
	var missing []string
	var expand func(n *yaml.Node)
	expand = func(n *yaml.Node) {
		for i, x := range n.Content {
			if n.Kind != yaml.MappingNode || i%2 == 1 {
				expand(x)
			}
		}
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" || !envReference.MatchString(n.Value) {
			return
		}
		n.Value = envReference.ReplaceAllStringFunc(n.Value, func(ref string) string {
			name := ref[2 : len(ref)-1]
			val, ok := os.LookupEnv(name)
			if !ok {
				missing = append(missing, fmt.Sprintf("%s (line %d)", name, n.Line))
			}
			return val
		})
		n.Style = yaml.DoubleQuotedStyle // a text, whatever it looks like now
	}
	expand(doc)
	if len(missing) > 0 {
		return fmt.Errorf("environment variables are not set: %s", strings.Join(missing, ", "))
	}
	return nil
}
