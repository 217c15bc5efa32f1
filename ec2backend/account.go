package ec2backend

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// account is one identity with its clients.
type account struct {
	b             *Backend
	of            *identity
	name          string     // for EXPLAIN and messages, until the id is known
	profile, role string     // of the configuration
	external      string     // id that comes along when the role is assumed
	base          aws.Config // with the credentials that assume the role
	cfg           aws.Config
	creds         *aws.CredentialsCache

	mu      sync.Mutex
	id      string // "" until known
	clients map[string]*client
	askID   once[string]
	asked   once[[]string]
	enabled []string // regions, once DescribeRegions told
}

// client calls one region for one account.
type client struct {
	account *account
	region  string
	ec2     *ec2.Client
	writes  *atomic.Uint64 // of the region, whoever makes them: what was read before one is not used again after it
}

var roleAccount = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(\d{12}):role/`)

// loadAccounts reads the shared configuration for every account.
func (b *Backend) loadAccounts(ctx context.Context) error {
	list := b.cfg.Accounts
	if len(list) == 0 {
		list = []Account{{}}
	}
	for i, c := range list {
		a, err := b.loadAccount(ctx, c)
		if err != nil {
			return pgerr.New(pgerrcode.ConfigFileError, "could not load AWS configuration of account %d: %s", i+1, err.Error())
		}
		b.server.accounts = append(b.server.accounts, a)
	}
	return nil
}

func (b *Backend) loadAccount(ctx context.Context, c Account) (*account, error) {
	var opts []func(*config.LoadOptions) error
	if c.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(c.Profile))
	}
	if c.AccessKeyID != "" {
		opts = append(opts, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken)))
	}
	if b.cfg.UserAgent != "" {
		opts = append(opts, config.WithAppID(b.cfg.UserAgent))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, err
	}
	cfg.Logger = logging.Nop{} // what it warns of are attempts that failed, which we report
	b.trust(cfg.HTTPClient)
	cfg.HTTPClient = bufferedBody{b.http}
	if b.cfg.EndpointURL != "" {
		cfg.BaseEndpoint = aws.String(b.cfg.EndpointURL)
	}
	a := &account{
		b: b, of: b.server, cfg: cfg, base: cfg.Copy(), name: c.Profile, profile: c.Profile, role: c.RoleARN, external: c.ExternalID, id: c.ID,
		clients: map[string]*client{},
	}
	if c.RoleARN != "" {
		session := c.SessionName
		if session == "" {
			session = "flowgres"
		}
		a.cfg.Credentials = &assumeRole{a: a, base: a.base, arn: c.RoleARN, external: c.ExternalID, session: session, duration: time.Hour}
		if m := roleAccount.FindStringSubmatch(c.RoleARN); m != nil {
			a.id = m[1]
		}
		if a.name == "" {
			a.name = c.RoleARN
		}
	}
	if a.name == "" {
		a.name = "default"
	}
	// Of our own, so that expired credentials can be dropped.
	a.creds = newCredentials(unwrapCache(a.cfg.Credentials))
	a.cfg.Credentials = a.creds
	return a, nil
}

// unwrapCache gives a provider whose answers are not already held by another
// cache, where that is possible.
func unwrapCache(p aws.CredentialsProvider) aws.CredentialsProvider {
	c, ok := p.(*aws.CredentialsCache)
	if !ok {
		return p
	}
	return invalidating{c}
}

// invalidating drops the inner cache's value each time the outer one asks: the
// outer asks only when its own is used up or was invalidated.
type invalidating struct{ *aws.CredentialsCache }

// Retrieve implements aws.CredentialsProvider.
func (i invalidating) Retrieve(ctx context.Context) (aws.Credentials, error) {
	i.Invalidate()
	return i.CredentialsCache.Retrieve(ctx)
}

// anyRegion is a region that calls can go to that belong to none.
func (b *Backend) anyRegion() string {
	for _, r := range b.cfg.Regions {
		if !strings.ContainsAny(r, "*?") && r != "all" {
			return r
		}
	}
	return "us-east-1"
}

func (a *account) newSTS(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Retryer = a.b.retryer()
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			if err := stack.Build.Add(middleware.BuildMiddlewareFunc("FlowgresQuery", sayQuery), middleware.After); err != nil {
				return err
			}
			if err := readReplies(stack); err != nil {
				return err
			}
			return aroundAttempts(stack, a.attempt)
		})
	})
}

// attempt runs one attempt of a call of STS.
func (a *account) attempt(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	out middleware.FinalizeOutput, md middleware.Metadata, err error,
) {
	tctx, cancel := context.WithTimeout(ctx, a.b.cfg.CallTimeout)
	defer cancel()
	try := nextAttempt(ctx)
	rec := CallRecord{Time: time.Now(), Service: "sts", Principal: a.principal(), identity: a.of.role, Action: awsmiddleware.GetOperationName(ctx), Region: awsmiddleware.GetRegion(ctx), Attempt: try.n}
	out, md, err = next.HandleFinalize(tctx, in)
	rec.Duration, rec.Account = time.Since(rec.Time), a.label()
	if err != nil {
		if ctx.Err() == nil && tctx.Err() != nil {
			err = &attemptTimeout{a.b.cfg.CallTimeout}
		}
		rec.Code = "Error"
		var api smithy.APIError
		if errors.As(err, &api) {
			rec.Code = api.ErrorCode()
		}
	}
	rec.RequestID, _ = awsmiddleware.GetRequestIDMetadata(md)
	a.b.note(ctx, md, err, rec)
	return out, md, try.after(err, &a.b.cfg)
}

// key names the client among all that are or will be: what is remembered of
// a region is under it.
func (c *client) key() string { return c.account.of.key + "\x00" + c.account.name + "\x00" + c.region }

// client gives the client of a region, made at first use.
func (a *account) client(region string) *client {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.clients[region]
	if c == nil {
		c = &client{account: a, region: region, writes: a.b.writes.of(region)}
		c.ec2 = ec2.NewFromConfig(a.cfg, func(o *ec2.Options) {
			o.Region = region
			o.Retryer = a.b.retryer()
			o.APIOptions = append(o.APIOptions, c.middlewares)
		})
		a.clients[region] = c
	}
	return c
}

// accountID gives the account's number, asking STS once.
func (a *account) accountID(ctx context.Context) (string, error) {
	if id := a.knownID(); id != "" {
		return id, nil
	}
	return a.askID.do(ctx, func(ctx context.Context) (string, error) {
		if id := a.knownID(); id != "" {
			return id, nil
		}
		out, err := a.identity(ctx)
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Account), nil
	})
}

// knownID gives the account's number if it is known, else "".
func (a *account) knownID() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.id
}

// label names the account as well as is known.
func (a *account) label() string {
	if id := a.knownID(); id != "" {
		return id
	}
	return a.name
}
