package emulator

import (
	"slices"
	"strings"
)

// regionNames are AWS's regions; those that need opting in are marked.
var regionNames = map[string]bool{
	"us-east-1": false, "us-east-2": false, "us-west-1": false, "us-west-2": false, "ca-central-1": false, "sa-east-1": false,
	"eu-west-1": false, "eu-west-2": false, "eu-west-3": false, "eu-central-1": false, "eu-north-1": false,
	"ap-northeast-1": false, "ap-northeast-2": false, "ap-northeast-3": false, "ap-south-1": false, "ap-southeast-1": false, "ap-southeast-2": false,
	"af-south-1": true, "ap-east-1": true, "ap-south-2": true, "ap-southeast-3": true, "ap-southeast-4": true, "ca-west-1": true,
	"eu-central-2": true, "eu-south-1": true, "eu-south-2": true, "il-central-1": true, "me-central-1": true, "me-south-1": true,
}

// Regions gives the names of the regions that need no opting in, sorted.
func Regions() []string {
	var out []string
	for name, opt := range regionNames {
		if !opt {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (a *account) regionState(name string) (known, enabled bool) {
	needs, known := regionNames[name]
	if choice, ok := a.optIn[name]; ok {
		return known, choice
	}
	return known, known && !needs
}

// optStatus is a region's OptInStatus for the account.
func (a *account) optStatus(name string) string {
	_, enabled := a.regionState(name)
	switch {
	case !enabled:
		return "not-opted-in"
	case regionNames[name]:
		return "opted-in"
	default:
		return "opt-in-not-required"
	}
}

func (e *Emulator) describeRegions(q *request) ([]byte, error) {
	all, err := q.p.boolean("AllRegions")
	if err != nil {
		return nil, err
	}
	names := q.p.list("RegionName")
	var status, wanted []pattern
	q.p.each("Filter", func(prefix string) {
		name, values := q.p.get(prefix+"Name"), q.p.list(prefix+"Value")
		for _, v := range values {
			switch name {
			case "opt-in-status":
				status = append(status, parsePattern(v))
			case "region-name":
				wanted = append(wanted, parsePattern(v))
			case "endpoint":
				wanted = append(wanted, parsePattern(strings.TrimSuffix(strings.TrimPrefix(v, "ec2."), ".amazonaws.com")))
			default:
				err = bad("InvalidParameterValue", "The filter '"+name+"' is invalid")
			}
		}
	})
	dry := q.p.dryRun()
	if err == nil {
		err = q.p.check()
	}
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if _, known := regionNames[n]; !known {
			return nil, bad("InvalidParameterValue", "Invalid region names: "+n)
		}
	}
	if dry != nil {
		return nil, dry
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	sorted := make([]string, 0, len(regionNames))
	for n := range regionNames {
		sorted = append(sorted, n)
	}
	slices.Sort(sorted)
	anyOf := func(ps []pattern, s string) bool {
		return len(ps) == 0 || slices.ContainsFunc(ps, func(p pattern) bool { return p.match(s) })
	}
	var x xmlWriter
	x.begin(q)
	x.raw("<regionInfo>")
	for _, n := range sorted {
		_, enabled := q.account.regionState(n)
		if !all && !enabled && len(names) == 0 || len(names) > 0 && !slices.Contains(names, n) ||
			!anyOf(status, q.account.optStatus(n)) || !anyOf(wanted, n) {
			continue
		}
		x.raw("<item>")
		x.element("regionName", n)
		x.element("regionEndpoint", "ec2."+n+".amazonaws.com")
		x.element("optInStatus", q.account.optStatus(n))
		x.raw("</item>")
	}
	x.raw("</regionInfo>")
	return x.end(q), nil
}
