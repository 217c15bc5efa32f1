// Package demo makes a server run on a sample fleet of flow logs: four accounts
// and six regions, made up by ec2backend/emulator in this process, for
// newcomers and for tests.
package demo

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/server/config"
)

// Fleet is an EC2 endpoint with a sample fleet in this process.
type Fleet struct {
	fleet *emulator.Demo
	url   string
}

// Start makes the fleet and listens for API calls on loopback.
func Start() (*Fleet, error) {
	fleet := emulator.Fleet(emulator.Options{})
	url, err := fleet.Start()
	return &Fleet{fleet, url}, err
}

// Stop ends the endpoint.
func (d *Fleet) Stop() { _ = d.fleet.Close() }

// Use makes a configuration use the sample fleet.
func (d *Fleet) Use(c *config.Config) error {
	first := d.fleet.Accounts[0]
	c.Accounts = nil
	for i, a := range d.fleet.Accounts {
		acct := ec2backend.Account{ID: a.ID, AccessKeyID: first.AccessKeyID, SecretAccessKey: first.SecretAccessKey}
		if i > 0 {
			acct.RoleARN, acct.ExternalID = a.RoleARN, a.ExternalID
		}
		c.Accounts = append(c.Accounts, acct)
	}
	if c.Settings.Source("regions") == guc.Default {
		if err := c.Settings.SetServer("regions", strings.Join(d.fleet.Regions, ","), guc.CommandLine); err != nil {
			return err
		}
	}
	return c.Settings.SetServer("endpoint_url", d.url, guc.CommandLine)
}

// Welcome tells a newcomer what to do next.
func Welcome(w io.Writer, addr net.Addr) {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		host, port = addr.String(), "5432"
	}
	fmt.Fprintf(w, `
flowgres is running on a sample fleet: four AWS accounts, six regions, made up in this process.
Connect with:

    psql "host=%[1]s port=%[2]s user=demo dbname=aws"

or, without psql, from another terminal:

    flowgres query --dsn "postgres://demo@%[1]s:%[2]s/aws" "SELECT count(*) FROM ec2.flow_logs"

Three questions worth asking:

    SELECT region, "trafficType", count(*) FROM aws.ec2.flow_logs GROUP BY 1, 2 ORDER BY 3 DESC;

    SELECT "accountId", "resourceId", "logDestination"
      FROM ec2.flow_logs
     WHERE "trafficType" = 'REJECT' AND "logDestination" LIKE 'arn:aws:s3:::%%'
       AND tags->>'env' = 'prod';

    EXPLAIN SELECT * FROM ec2.flow_logs WHERE region = 'us-east-1' AND "deliverLogsStatus" = 'FAILED';

Stop with Ctrl-C.
`, host, port)
}
