package ec2backend

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// regionPattern is one configured region: a name, or a pattern over the names
// that the account has enabled.
type regionPattern struct {
	text string
	wild bool
}

// parseRegions reads the configuration's list.
func (b *Backend) parseRegions() error {
	list := b.cfg.Regions
	if len(list) == 0 {
		if r := b.server.accounts[0].cfg.Region; r != "" {
			list = []string{r}
		}
	}
	for _, r := range list {
		r = strings.TrimSpace(r)
		switch {
		case r == "":
			continue
		case r == "all":
			r = "*"
		}
		if i := strings.IndexFunc(r, func(c rune) bool {
			return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '*' || c == '?')
		}); i >= 0 {
			return pgerr.New(pgerrcode.ConfigFileError, "invalid AWS region %q", r)
		}
		b.regions = append(b.regions, regionPattern{r, strings.ContainsAny(r, "*?")})
	}
	if len(b.regions) == 0 {
		return pgerr.New(pgerrcode.ConfigFileError, "no AWS region is configured").
			Hintf("Set --regions (a list, wildcards or all), AWS_REGION, or a region in the profile.")
	}
	return nil
}

// fixedRegions gives the regions when no call is needed to know them.
func (b *Backend) fixedRegions() ([]string, bool) {
	var out []string
	for _, p := range b.regions {
		if p.wild {
			return nil, false
		}
		if !slices.Contains(out, p.text) {
			out = append(out, p.text)
		}
	}
	return out, true
}

// regionNames gives an account's regions, asking EC2 once when there are
// wildcards.
func (a *account) regionNames(ctx context.Context) ([]string, error) {
	if list, known := a.namesNow(); known {
		return list, nil
	}
	enabled, err := a.asked.do(ctx, a.askRegions)
	if err != nil {
		return nil, err
	}
	return a.b.regionsAmong(enabled), nil
}

// namesNow gives an account's regions when no call is needed to know them.
func (a *account) namesNow() ([]string, bool) {
	if list, ok := a.b.fixedRegions(); ok {
		return list, true
	}
	enabled := a.knownRegions()
	return a.b.regionsAmong(enabled), enabled != nil
}

// regionsAmong gives the server's regions where some are enabled.
func (b *Backend) regionsAmong(enabled []string) []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, p := range b.regions {
		if !p.wild {
			add(p.text)
			continue
		}
		for _, r := range enabled {
			if fdw.Fits(p.text, r) {
				add(r)
			}
		}
	}
	return out
}

// noRegions is the warning that nothing is read of an account, which else
// would look as if it had nothing.
func (a *account) noRegions() *pgerr.Error {
	var names []string
	for _, p := range a.b.regions {
		names = append(names, p.text)
	}
	e := pgerr.New(pgerrcode.Warning, "no enabled AWS region of account %s is among those of the server", a.label()).
		Detailf("The server's regions are: %s.", strings.Join(names, ", "))
	e.Severity = "WARNING"
	return e
}

func (a *account) knownRegions() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.enabled
}

// askRegions asks EC2 for the regions that the account has enabled.
func (a *account) askRegions(ctx context.Context) ([]string, error) {
	if known := a.knownRegions(); known != nil {
		return known, nil
	}
	region := a.cfg.Region
	if region == "" {
		region = a.b.anyRegion()
	}
	c := a.client(region)
	out, err := c.ec2.DescribeRegions(ctx, &ec2.DescribeRegionsInput{})
	if err != nil {
		return nil, c.error(ctx, err, "DescribeRegions")
	}
	enabled := []string{}
	for _, r := range out.Regions {
		if name := aws.ToString(r.RegionName); name != "" && aws.ToString(r.OptInStatus) != "not-opted-in" {
			enabled = append(enabled, name)
		}
	}
	slices.Sort(enabled)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.enabled = enabled
	return enabled, nil
}
