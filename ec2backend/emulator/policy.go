package emulator

import (
	"encoding/json"
	"strings"
)

// policy is a session policy, as far as this endpoint reads them: statements
// that allow actions, with equalities as conditions.
type policy struct {
	Version   string
	Statement []struct {
		Effect    string
		Action    []string
		Resource  string
		Condition map[string]map[string][]string
	}
}

// maxPolicy is AWS's limit.
const maxPolicy = 2048

func parsePolicy(text string) (*policy, error) {
	if text == "" {
		return nil, nil
	}
	if len(text) > maxPolicy {
		return nil, bad("ValidationError", "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048")
	}
	p := &policy{}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil || p.Version != "2012-10-17" || len(p.Statement) == 0 {
		return nil, bad("MalformedPolicyDocument", "The policy is not in the valid JSON format.")
	}
	return p, nil
}

// may tells whether the session's policy lets a call through. What IAM's own
// policies would say is not known here. GetCallerIdentity needs no right.
func (p *principal) may(q *request) bool {
	if p.policy == nil || q.action == "GetCallerIdentity" {
		return true
	}
	service := "ec2"
	if isSTS(q.action) {
		service = "sts"
	}
	for _, s := range p.policy.Statement {
		if s.Effect == "Allow" && matchesAny(s.Action, service+":"+q.action) && q.meets(s.Condition) {
			return true
		}
	}
	return false
}

func matchesAny(patterns []string, action string) bool {
	for _, p := range patterns {
		prefix, star := strings.CutSuffix(p, "*")
		if p == action || star && strings.HasPrefix(action, prefix) {
			return true
		}
	}
	return false
}

// meets holds a call against conditions; one that is not known fails.
func (q *request) meets(conditions map[string]map[string][]string) bool {
	for op, keys := range conditions {
		for key, values := range keys {
			ok := false
			for _, v := range values {
				ok = ok || key == "aws:RequestedRegion" && (op == "StringEquals" && v == q.region || op == "StringLike" && Match(v, q.region))
			}
			if !ok {
				return false
			}
		}
	}
	return true
}

// sessionTags reads the tags of an AssumeRole call.
func (q *request) sessionTags() map[string]string {
	out := map[string]string{}
	for name := range q.p.v {
		if i, ok := strings.CutSuffix(name, ".Key"); ok && strings.HasPrefix(i, "Tags.member.") {
			out[q.p.get(name)] = q.p.get(i + ".Value")
		}
	}
	return out
}
