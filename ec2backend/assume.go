package ec2backend

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// renewBefore is how long before their end credentials are renewed: in the
// middle of a scan, too, as each call asks the cache.
const renewBefore = 5 * time.Minute

// assumeRole gives the credentials of a role, by AssumeRole with those of base.
type assumeRole struct {
	a          *account // whose credentials they are
	base       aws.Config
	arn        string
	external   string
	session    string
	source     string
	tags       []tag
	policy     func(partition string) string
	duration   time.Duration
	baseNumber func(context.Context) (string, error) // of the account, for {account}
}

// Retrieve implements aws.CredentialsProvider.
func (p *assumeRole) Retrieve(ctx context.Context) (aws.Credentials, error) {
	arn := p.arn
	if strings.Contains(arn, "{account}") {
		id, err := p.baseNumber(ctx)
		if err != nil {
			return aws.Credentials{}, err
		}
		arn = strings.ReplaceAll(arn, "{account}", id)
	}
	cfg := p.base
	if cfg.Region == "" {
		cfg.Region = p.a.b.anyRegion()
	}
	return stscreds.NewAssumeRoleProvider(p.a.newSTS(cfg), arn, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = p.session, p.duration
		if p.external != "" {
			o.ExternalID = aws.String(p.external)
		}
		if p.source != "" {
			o.SourceIdentity = aws.String(p.source)
		}
		for _, t := range p.tags {
			o.Tags = append(o.Tags, ststypes.Tag{Key: aws.String(t.key), Value: aws.String(t.value)})
		}
		if p.policy != nil {
			if text := p.policy(strings.Split(arn, ":")[1]); text != "" {
				o.Policy = aws.String(text)
			}
		}
	}).Retrieve(ctx)
}

// HandleFailToRefresh implements aws.HandleFailRefreshCredentialsCacheStrategy:
// credentials that are renewed early are good until they end.
func (p *assumeRole) HandleFailToRefresh(_ context.Context, had aws.Credentials, err error) (aws.Credentials, error) {
	if had.AccessKeyID == "" || !time.Now().Before(had.Expires.Add(renewBefore)) {
		return aws.Credentials{}, err
	}
	// The cache took renewBefore off. It asks again in a moment.
	had.Expires = time.Now().Add(min(30*time.Second, time.Until(had.Expires.Add(renewBefore))))
	return had, nil
}

// cache keeps a provider's credentials until renewBefore their end.
func newCredentials(p aws.CredentialsProvider) *aws.CredentialsCache {
	return aws.NewCredentialsCache(p, func(o *aws.CredentialsCacheOptions) {
		if _, ours := p.(*assumeRole); ours {
			o.ExpiryWindow = renewBefore
		}
	})
}

// assume makes an account of an identity.
func (b *Backend) assume(id *identity, r *readyIdentity, x assumption, source string, tags []tag) *account {
	base := x.base
	a := &account{b: b, of: id, cfg: base.base.Copy(), base: base.base, name: base.name, profile: base.profile, role: x.arn, clients: map[string]*client{}}
	if x.arn == "" {
		a.id = base.knownID()
		a.creds = newCredentials(unwrapCache(a.cfg.Credentials))
		a.cfg.Credentials = a.creds
		return a
	}
	if r.Profile == "" && base.profile == "" || strings.HasPrefix(a.name, "arn:") {
		a.name = x.arn
	}
	if m := roleAccount.FindStringSubmatch(x.arn); m != nil {
		a.id = m[1]
	} else {
		a.id = base.knownID()
	}
	duration := r.Duration
	if duration == 0 {
		duration = time.Hour
	}
	a.creds = newCredentials(&assumeRole{
		a: a, base: base.base, arn: x.arn, external: x.external, session: id.session, source: source, tags: tags,
		policy: r.policy, duration: duration, baseNumber: base.accountID,
	})
	a.cfg.Credentials = a.creds
	return a
}

// detail tells EXPLAIN whom the calls are made as.
func (id *identity) detail(accounts []*account) []string {
	if id.key == "" {
		return nil
	}
	var out []string
	for _, a := range accounts {
		if a.role == "" {
			out = append(out, fmt.Sprintf("Identity: profile %s", a.profile))
			continue
		}
		out = append(out, fmt.Sprintf("Identity: %s as %s", a.role, id.session))
	}
	return out
}
