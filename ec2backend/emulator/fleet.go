package emulator

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Demo is an endpoint with a sample fleet, and how to get at it.
type Demo struct {
	*Emulator
	Accounts []demoAccount
	Regions  []string
}

// demoAccount is an account of the sample fleet: the first is reached with its
// access key, the others by assuming their role with it.
type demoAccount struct {
	ID, Name                     string
	AccessKeyID, SecretAccessKey string
	RoleARN, ExternalID          string
}

// fleetAccount is what the generator knows of an account.
type fleetAccount struct {
	id, name string
	regions  []string
	vpcs     int // a region
}

const fleetExternalID = "flowgres-demo"

// Fleet makes an endpoint with the sample fleet: four accounts, six regions,
// some five hundred flow logs. It is the same each time but for the creation times, which
// are relative to now, and what replies make up (request ids).
func Fleet(opts Options) *Demo {
	e := New(opts)
	d := &Demo{Emulator: e, Regions: []string{"us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"}}
	accounts := []fleetAccount{
		{"111122223333", "production", d.Regions, 14},
		{"222233334444", "staging", d.Regions[:5], 7},
		{"333344445555", "analytics", []string{"us-east-1", "eu-west-1", "ap-southeast-2"}, 6},
		{"444455556666", "network", []string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1"}, 3},
	}
	// Both are AWS documentation's examples, no secrets.
	const key, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	for i, a := range accounts {
		da := demoAccount{ID: a.id, Name: a.name}
		if i == 0 {
			da.AccessKeyID, da.SecretAccessKey = key, secret
			e.AddAccount(a.id, key)
		} else {
			da.RoleARN, da.ExternalID = "arn:aws:iam::"+a.id+":role/flowgres", fleetExternalID
			e.AddAccount(a.id)
			e.AddRole(a.id, "flowgres", fleetExternalID)
		}
		d.Accounts = append(d.Accounts, da)
		for j, region := range a.regions {
			g := &fleet{
				rnd: rand.New(rand.NewPCG(uint64(i)*1000+uint64(j), 42)), //nolint:gosec // samples want to be the same each time
				now: e.opts.Now(), account: a, region: region,
			}
			g.build()
			e.AddResource(a.id, region, g.resources...)
			e.Seed(a.id, region, g.logs)
		}
	}
	e.RemoveBucket("acme-missing-bucket")
	return d
}

// fleet makes one account's part in one region.
type fleet struct {
	rnd       *rand.Rand
	now       time.Time
	account   fleetAccount
	region    string
	resources []string
	logs      []FlowLog
}

// wideFormat is a custom format of the kind people use.
const wideFormat = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status} ${vpc-id} ${subnet-id} ${instance-id} ${tcp-flags} ${type} ${pkt-srcaddr} ${pkt-dstaddr} ${region} ${az-id} ${flow-direction} ${traffic-path}"

var (
	fleetTeams  = []string{"payments", "search", "platform", "data", "mobile", "security", "identity", "growth"}
	fleetEnvs   = []string{"prod", "prod", "prod", "staging", "dev", "sandbox"}
	fleetOwners = []string{"ana@example.com", "ben@example.com", "chloé@example.com", "dmitri@example.com", "emi@example.com"}
)

func (g *fleet) id(prefix string) string {
	return fmt.Sprintf("%s%05x%012x", prefix, g.rnd.Uint32()&0xfffff|0x10000, g.rnd.Uint64()&0xffffffffffff)
}

func (g *fleet) resource(prefix string) string {
	id := g.id(prefix)
	g.resources = append(g.resources, id)
	return id
}

func (g *fleet) pick(list []string) string { return list[g.rnd.IntN(len(list))] }

func (g *fleet) chance(p float64) bool { return g.rnd.Float64() < p }

func (g *fleet) build() {
	for v := range g.account.vpcs {
		team, env := g.pick(fleetTeams), g.pick(fleetEnvs)
		if g.account.name == "staging" {
			env = "staging"
		}
		vpc := g.resource("vpc-")
		if g.chance(0.85) { // the rest is uncovered, for people to find
			g.add(vpc, team, env, fmt.Sprintf("%s-%s-%d", team, env, v+1))
		}
		for s := range 3 {
			subnet := g.resource("subnet-")
			if g.chance(0.45) {
				g.add(subnet, team, env, fmt.Sprintf("%s-%s-%d-%c", team, env, v+1, 'a'+s))
			}
		}
		for range 2 {
			eni := g.resource("eni-")
			if g.chance(0.35) {
				g.add(eni, team, env, "")
			}
		}
		if g.chance(0.25) {
			g.add(vpc, "security", env, fmt.Sprintf("audit-%s-%d", env, v+1))
		}
	}
	if g.account.name == "network" {
		tgw := g.resource("tgw-")
		g.transit(tgw, "core")
		for i := range 8 {
			g.transit(g.resource("tgw-attach-"), fmt.Sprintf("spoke-%d", i+1))
		}
	}
}

// age gives a creation time: many are recent, the oldest about three years.
func (g *fleet) age() time.Time {
	days := 1000 * g.rnd.Float64() * g.rnd.Float64() * g.rnd.Float64()
	return g.now.Add(-time.Duration(days * float64(24*time.Hour))).Truncate(time.Millisecond)
}

func (g *fleet) add(resource, team, env, name string) {
	l := FlowLog{
		ID: g.id("fl-"), ResourceID: resource, Status: "ACTIVE", DeliverStatus: "SUCCESS", Interval: 600,
		TrafficType: g.pick([]string{"ALL", "ALL", "ALL", "REJECT", "REJECT", "ACCEPT"}), Format: defaultFormat, Created: g.age(),
	}
	if team == "security" {
		l.TrafficType = "REJECT"
	}
	if g.chance(0.4) {
		l.Interval = 60
	}
	if g.chance(0.3) {
		l.Format = wideFormat
	}
	g.destination(&l, team, env)
	g.tags(&l, team, env, name)
	if l.Format == wideFormat && g.chance(0.2) {
		l.Format += " ${instance-tag}"
		l.TagFields = []TagField{{ResourceType: "instance", TagKeys: []string{"env", "team"}}}
	}
	g.logs = append(g.logs, l)
}

func (g *fleet) destination(l *FlowLog, team, env string) {
	role := "arn:aws:iam::" + g.account.id + ":role/flow-logs-writer"
	switch n := g.rnd.IntN(20); {
	case n < 9: // S3, often the audit account's bucket
		l.DestinationType = "s3"
		bucket := "acme-" + env + "-flow-logs-" + g.region
		if team == "security" || g.chance(0.3) {
			bucket = "acme-audit-flow-logs" // of the analytics account
		}
		l.Destination = "arn:aws:s3:::" + bucket
		if g.chance(0.5) {
			l.Destination += "/" + team + "/"
		}
		l.Options = &DestinationOptions{FileFormat: g.pick([]string{"plain-text", "parquet"})}
		l.Options.HiveCompatiblePartitions = l.Options.FileFormat == "parquet" && g.chance(0.6)
		l.Options.PerHourPartition = g.chance(0.4)
		if g.chance(0.05) {
			l.DeliverStatus, l.DeliverError = "FAILED", "Access error"
		}
	case n < 18:
		l.DestinationType = "cloud-watch-logs"
		l.LogGroupName = "/aws/vpc/" + env + "/" + team
		l.Destination = "arn:aws:logs:" + g.region + ":" + g.account.id + ":log-group:" + l.LogGroupName
		l.PermissionARN = role
		switch m := g.rnd.IntN(30); {
		case m == 0:
			l.DeliverStatus, l.DeliverError = "FAILED", "Access error"
		case m == 1:
			l.DeliverStatus, l.DeliverError = "FAILED", "Rate limited"
		case m == 2:
			l.DeliverStatus, l.DeliverError = "FAILED", "Unknown error"
		}
	default:
		l.DestinationType = "kinesis-data-firehose"
		owner := g.account.id
		if g.chance(0.5) && owner != "333344445555" {
			owner = "333344445555"
			l.PermissionARN = role
			l.CrossAccountRole = "arn:aws:iam::" + owner + ":role/flow-logs-firehose"
		}
		l.Destination = "arn:aws:firehose:" + g.region + ":" + owner + ":deliverystream:flow-logs-" + env
	}
}

func (g *fleet) tags(l *FlowLog, team, env, name string) {
	if g.chance(0.08) {
		return // nobody tagged it
	}
	if name != "" && g.chance(0.8) {
		l.Tags = append(l.Tags, Tag{"Name", name})
	}
	l.Tags = append(l.Tags, Tag{"env", env}, Tag{"team", team})
	if g.chance(0.7) {
		l.Tags = append(l.Tags, Tag{"cost-center", fmt.Sprintf("CC-%d", 1000+100*g.rnd.IntN(8))})
	}
	if g.chance(0.3) {
		l.Tags = append(l.Tags, Tag{"owner", g.pick(fleetOwners)})
	}
	if g.chance(0.15) {
		l.Tags = append(l.Tags, Tag{"note", g.pick([]string{"50% sample", "why? ask security", `C:\logs\*`, "<temporary> & \"quoted\"", ""})})
	}
}

// transit adds a flow log of a transit gateway or attachment.
func (g *fleet) transit(resource, name string) {
	l := FlowLog{
		ID: g.id("fl-"), ResourceID: resource, Status: "ACTIVE", DeliverStatus: "SUCCESS", Interval: 60, DestinationType: "s3",
		Destination: "arn:aws:s3:::acme-audit-flow-logs/transit/", Options: &DestinationOptions{FileFormat: "parquet", PerHourPartition: true},
		Format:  "${version} ${resource-type} ${account-id} ${tgw-id} ${tgw-attachment-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${log-status}",
		Created: g.age(),
	}
	g.tags(&l, "platform", "prod", "tgw-"+name)
	g.logs = append(g.logs, l)
}
