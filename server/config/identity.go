package config

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/flowgres/flowgres/ec2backend"
)

// Identity is whom a role's AWS calls are made as (ec2backend.Identity).
type Identity struct {
	Profile        string            `yaml:"profile"`
	RoleARN        texts             `yaml:"role_arn"`
	ExternalID     string            `yaml:"external_id"`
	Duration       string            `yaml:"duration"`
	SessionName    string            `yaml:"session_name"`
	SourceIdentity string            `yaml:"source_identity"`
	Tags           map[string]string `yaml:"tags"`
	SessionPolicy  string            `yaml:"session_policy"` // auto or none
}

// texts is one text or a list of them.
type texts []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = texts{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*t = list
	return nil
}

// Identities gives the AWS identities of the roles that have one, by the roles'
// names.
func (c *Config) Identities() (map[string]ec2backend.Identity, error) {
	out := map[string]ec2backend.Identity{}
	for name, r := range c.Roles {
		if r.AWS == nil {
			continue
		}
		i, err := r.identity()
		if err != nil {
			return nil, fmt.Errorf("role %s: aws: %w", name, err)
		}
		out[name] = i
	}
	return out, nil
}

// identity is that of a role, with what the role may do.
func (r Role) identity() (ec2backend.Identity, error) {
	a := r.AWS
	out := ec2backend.Identity{
		Profile: a.Profile, RoleARNs: a.RoleARN, ExternalID: a.ExternalID, SessionName: a.SessionName, SourceIdentity: a.SourceIdentity,
		Tags: a.Tags, ReadOnly: r.Access == "read-only", Accounts: r.Accounts, Regions: r.Regions,
	}
	switch a.SessionPolicy {
	case "", "auto":
	case "none":
		out.NoPolicy = true
	default:
		return out, fmt.Errorf("session_policy must be auto or none, not %q", a.SessionPolicy)
	}
	if a.Duration != "" {
		d, err := time.ParseDuration(a.Duration)
		if err != nil {
			return out, fmt.Errorf("duration: %q is not a time such as 1h or 30m", a.Duration)
		}
		out.Duration = d
	}
	return out, nil
}
