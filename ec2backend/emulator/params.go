package emulator

import (
	"net/url"
	"strconv"
	"strings"
)

// params are the parameters of a Query-API call. Reading one marks it known,
// so that check finds those that no code asked for.
type params struct {
	v    url.Values
	read map[string]bool
}

func (p *params) get(name string) string {
	p.mark(name)
	return p.v.Get(name)
}

func (p *params) has(name string) bool {
	p.mark(name)
	return p.v.Has(name)
}

func (p *params) mark(name string) {
	if p.read == nil {
		p.read = map[string]bool{"Action": true, "Version": true}
	}
	p.read[name] = true
}

// list reads Name.1, Name.2, ….
func (p *params) list(name string) []string {
	var out []string
	for i := 1; ; i++ {
		key := name + "." + strconv.Itoa(i)
		if !p.has(key) {
			return out
		}
		out = append(out, p.get(key))
	}
}

// each calls f with the prefix of every structure of a list: "Name.1.", ….
func (p *params) each(name string, f func(prefix string)) {
	for i := 1; ; i++ {
		prefix := name + "." + strconv.Itoa(i) + "."
		found := false
		for k := range p.v {
			if strings.HasPrefix(k, prefix) {
				found = true
				break
			}
		}
		if !found {
			return
		}
		f(prefix)
	}
}

// boolean reads a flag.
func (p *params) boolean(name string) (bool, error) {
	switch v := p.get(name); v {
	case "":
		return false, nil
	case "true", "false":
		return v == "true", nil
	default:
		return false, bad("InvalidParameterValue", "Invalid value '"+v+"' for "+name+". Must be one of 'true' or 'false'.")
	}
}

// integer reads a number; ok tells that there is one.
func (p *params) integer(name string) (n int, ok bool, err error) {
	if !p.has(name) {
		return 0, false, nil
	}
	v := p.get(name)
	n, err = strconv.Atoi(v)
	if err != nil {
		return 0, false, bad("InvalidParameterValue", "Value ( "+v+" ) for parameter "+name+" is invalid. Expected an integer.")
	}
	return n, true, nil
}

// check refuses parameters that nothing has read.
func (p *params) check() error {
	for k := range p.v {
		if !p.read[k] {
			return bad("UnknownParameter", "The parameter "+k+" is not recognized")
		}
	}
	return nil
}

// dryRun ends a call that was only to be tried, after its checks.
func (p *params) dryRun() error {
	dry, err := p.boolean("DryRun")
	if err != nil || !dry {
		return err
	}
	return fail(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}
