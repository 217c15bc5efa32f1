package emulator

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// readTags reads Name.N.Key and Name.N.Value.
func readTags(p *params, name string) []Tag {
	var out []Tag
	p.each(name, func(prefix string) {
		out = append(out, Tag{Key: p.get(prefix + "Key"), Value: p.get(prefix + "Value")})
	})
	return out
}

// checkTags applies the limits to new tags beside those that are there.
func checkTags(tags, there []Tag) error {
	seen := map[string]bool{}
	n := len(there)
	for _, t := range tags {
		switch {
		case t.Key == "":
			return bad("InvalidParameterValue", "Tag keys may not be empty")
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return bad("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		case utf8.RuneCountInString(t.Key) > 128:
			return bad("InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters")
		case utf8.RuneCountInString(t.Value) > 256:
			return bad("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
		case seen[t.Key]:
			return bad("InvalidParameterValue", "Duplicate tag key '"+t.Key+"' specified.")
		}
		seen[t.Key] = true
		if !slices.ContainsFunc(there, func(o Tag) bool { return o.Key == t.Key }) {
			n++
		}
	}
	if n > 50 {
		return bad("TagLimitExceeded", "You have reached the maximum number of tags on the resource.")
	}
	return nil
}

// tagged finds the flow logs of a tagging call.
func (s *store) tagged(ids []string) ([]*entry, error) {
	if len(ids) == 0 {
		return nil, bad("MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	if len(ids) > 1000 {
		return nil, bad("InvalidParameterValue", "The maximum number of resources is 1000")
	}
	var out []*entry
	for _, id := range ids {
		en := s.byID[id]
		switch {
		case en != nil:
			out = append(out, en)
		case s.resources[id]:
			// Tags of other resources are taken and forgotten: nothing reads them.
		case strings.HasPrefix(id, "fl-"):
			return nil, bad("InvalidFlowLogId.NotFound", "The flow log ID '"+id+"' does not exist")
		default:
			return nil, bad("InvalidID", "The ID '"+id+"' is not valid")
		}
	}
	return out, nil
}

// Retag gives a flow log other tags, as another client would; replies show them at
// once.
func (e *Emulator) Retag(account, region, id string, tags []Tag) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if en := e.accounts[account].store(region).byID[id]; en != nil {
		en.retag(tags, time.Now(), 0)
		en.was = nil
	}
}

func (e *Emulator) createTags(q *request) ([]byte, error) {
	ids, tags := q.p.list("ResourceId"), readTags(&q.p, "Tag")
	dry := q.p.dryRun()
	if err := q.p.check(); err != nil {
		return nil, err
	}
	if len(tags) == 0 {
		return nil, bad("MissingParameter", "The request must contain the parameter tagSet")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	logs, err := q.account.store(q.region).tagged(ids)
	if err != nil {
		return nil, err
	}
	for _, en := range logs {
		if err := checkTags(tags, en.Tags); err != nil {
			return nil, err
		}
	}
	if dry != nil {
		return nil, dry
	}
	for _, en := range logs {
		kept := slices.Clone(en.Tags)
		for _, t := range tags {
			if i := slices.IndexFunc(kept, func(o Tag) bool { return o.Key == t.Key }); i >= 0 {
				kept[i] = t
			} else {
				kept = append(kept, t)
			}
		}
		en.retag(kept, q.now, e.opts.TagsAfter)
	}
	return returnTrue(q), nil
}

func (e *Emulator) deleteTags(q *request) ([]byte, error) {
	ids := q.p.list("ResourceId")
	type target struct {
		Tag
		any bool // no value given: whatever it is
	}
	var targets []target
	q.p.each("Tag", func(prefix string) {
		targets = append(targets, target{Tag{q.p.get(prefix + "Key"), q.p.get(prefix + "Value")}, !q.p.has(prefix + "Value")})
	})
	dry := q.p.dryRun()
	if err := q.p.check(); err != nil {
		return nil, err
	}
	for _, t := range targets {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, bad("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	logs, err := q.account.store(q.region).tagged(ids)
	if err != nil {
		return nil, err
	}
	if dry != nil {
		return nil, dry
	}
	for _, en := range logs {
		en.retag(slices.DeleteFunc(slices.Clone(en.Tags), func(o Tag) bool {
			if len(targets) == 0 {
				return !strings.HasPrefix(o.Key, "aws:")
			}
			return slices.ContainsFunc(targets, func(t target) bool {
				return t.Key == o.Key && (t.any || t.Value == o.Value)
			})
		}), q.now, e.opts.TagsAfter)
	}
	return returnTrue(q), nil
}

func returnTrue(q *request) []byte {
	var x xmlWriter
	x.begin(q)
	x.boolean("return", true)
	return x.end(q)
}
