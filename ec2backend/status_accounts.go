package ec2backend

import (
	"context"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// eachAccount asks something of all accounts at once and joins the rows. A row
// tells of a failure rather than the statement.
func (b *Backend) eachAccount(s *fdw.Session, ask func(*account) []adt.Row) ([]adt.Row, error) {
	id, err := b.identityOf(s)
	if err != nil {
		return nil, err
	}
	rows := make([][]adt.Row, len(id.accounts))
	var wg sync.WaitGroup
	for i, a := range id.accounts {
		wg.Add(1)
		go func() {
			defer wg.Done()
			rows[i] = ask(a)
		}()
	}
	wg.Wait()
	return slices.Concat(rows...), nil
}

func (b *Backend) accountsTable() *statusTable {
	return &statusTable{
		calls: float64(len(b.server.accounts)),
		columns: []fdw.Column{
			column("account_id", adt.TextOID, "Number of the account"),
			column("name", adt.TextOID, "Its profile or role in the configuration, or default"),
			column("arn", adt.TextOID, "Whom AWS takes us for"),
			column("user_id", adt.TextOID, "AWS's unique id of that identity"),
			column("profile", adt.TextOID, "Profile of the AWS configuration files"),
			column("role_arn", adt.TextOID, "Role that is assumed"),
			column("error", adt.TextOID, "Why AWS could not be asked"),
		},
		rows: func(ctx context.Context, s *fdw.Session) ([]adt.Row, error) {
			return b.eachAccount(s, func(a *account) []adt.Row {
				out, err := a.identity(ctx)
				if err != nil {
					return []adt.Row{{orNull(a.knownID()), a.name, nil, nil, orNull(a.profile), orNull(a.role), err.Error()}}
				}
				return []adt.Row{{
					orNull(aws.ToString(out.Account)), a.name, orNull(aws.ToString(out.Arn)), orNull(aws.ToString(out.UserId)),
					orNull(a.profile), orNull(a.role), nil,
				}}
			})
		},
	}
}

// identity asks STS who we are.
func (a *account) identity(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
	cfg := a.cfg.Copy()
	if cfg.Region == "" {
		cfg.Region = a.b.anyRegion()
	}
	out, err := a.newSTS(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, apiError(ctx, err, call{service: "sts", action: "GetCallerIdentity", account: a.name, region: cfg.Region})
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.id == "" {
		a.id = aws.ToString(out.Account)
	}
	return out, nil
}

func (b *Backend) regionsTable() *statusTable {
	return &statusTable{
		calls: float64(len(b.server.accounts)),
		columns: []fdw.Column{
			column("account", adt.TextOID, "AWS account"),
			column("region", adt.TextOID, "AWS region"),
			column("opt_in_status", adt.TextOID, "opt-in-not-required, opted-in or not-opted-in"),
			column("enabled", adt.BoolOID, "Whether the account may use the region"),
			column("configured", adt.BoolOID, "Whether the tables read it"),
			column("endpoint", adt.TextOID, "Host of its EC2 endpoint"),
			column("flow_logs", adt.Int8OID, "How many flow logs it had when it was last read whole"),
			column("error", adt.TextOID, "Why AWS could not be asked"),
		},
		rows: func(ctx context.Context, s *fdw.Session) ([]adt.Row, error) {
			return b.eachAccount(s, func(a *account) []adt.Row {
				rows, err := a.regionRows(ctx)
				if err != nil {
					return []adt.Row{{a.label(), nil, nil, nil, nil, nil, nil, err.Error()}}
				}
				return rows
			})
		},
	}
}

func (a *account) regionRows(ctx context.Context) ([]adt.Row, error) {
	region := a.cfg.Region
	if region == "" {
		region = a.b.anyRegion()
	}
	c := a.client(region)
	out, err := c.ec2.DescribeRegions(ctx, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(true)})
	if err != nil {
		return nil, c.error(ctx, err, "DescribeRegions")
	}
	var rows []adt.Row
	for _, r := range out.Regions {
		name, status := aws.ToString(r.RegionName), aws.ToString(r.OptInStatus)
		enabled := status != "not-opted-in"
		configured := slices.ContainsFunc(a.b.regions, func(p regionPattern) bool {
			return p.text == name || p.wild && enabled && fdw.Fits(p.text, name)
		})
		var known adt.Datum
		if n, ok := a.b.sizes.get(a.client(name)); ok {
			known = int64(n)
		}
		rows = append(rows, adt.Row{a.label(), name, orNull(status), enabled, configured, orNull(aws.ToString(r.Endpoint)), known, nil})
	}
	return rows, nil
}

func (b *Backend) credentialsTable() *statusTable {
	return &statusTable{
		calls: float64(len(b.server.accounts)),
		columns: []fdw.Column{
			column("account", adt.TextOID, "AWS account"),
			column("access_key_id", adt.TextOID, "The access key's last four characters"),
			column("source", adt.TextOID, "Where the SDK found the credentials"),
			column("can_expire", adt.BoolOID, "Whether they end"),
			column("expires", adt.TimestamptzOID, "When they end; they are renewed before"),
			column("error", adt.TextOID, "Why there are none"),
		},
		rows: func(ctx context.Context, s *fdw.Session) ([]adt.Row, error) {
			return b.eachAccount(s, func(a *account) []adt.Row {
				c, err := a.creds.Retrieve(ctx)
				if err != nil {
					e := apiError(ctx, err, call{service: "sts", action: "AssumeRole", account: a.label(), region: a.b.anyRegion()})
					return []adt.Row{{a.label(), nil, nil, nil, nil, pgerr.From(e).Message}}
				}
				var expires adt.Datum
				if c.CanExpire {
					expires = timestampOf(c.Expires)
				}
				key := c.AccessKeyID
				return []adt.Row{{a.label(), "…" + key[max(0, len(key)-4):], orNull(c.Source), c.CanExpire, expires, nil}}
			})
		},
	}
}
