package main

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowgres/flowgres/ec2backend"
	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/guc"
)

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Short: "Run the server on a sample fleet of flow logs, without AWS", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			demo, err := startDemo()
			if err != nil {
				return err
			}
			defer demo.stop()
			load := func() (*config, error) {
				c, err := loadConfig(cmd)
				if err == nil {
					err = demo.use(c)
				}
				return c, err
			}
			return serve(cmd.Context(), load, func(addrs []net.Addr) { welcome(cmd.OutOrStdout(), addrs[0]) })
		},
	}
	settingFlags(cmd)
	return cmd
}

// demoFleet is an EC2 endpoint with a sample fleet in this process.
type demoFleet struct {
	fleet *emulator.Demo
	url   string
}

func startDemo() (*demoFleet, error) {
	fleet := emulator.Fleet(emulator.Options{})
	url, err := fleet.Start()
	return &demoFleet{fleet, url}, err
}

func (d *demoFleet) stop() { _ = d.fleet.Close() }

// use makes a configuration use the sample fleet.
func (d *demoFleet) use(c *config) error {
	first := d.fleet.Accounts[0]
	c.accounts = nil
	for i, a := range d.fleet.Accounts {
		acct := ec2backend.Account{AccessKeyID: first.AccessKeyID, SecretAccessKey: first.SecretAccessKey}
		if i > 0 {
			acct.RoleARN, acct.ExternalID = a.RoleARN, a.ExternalID
		}
		c.accounts = append(c.accounts, acct)
	}
	if c.settings.Source("regions") == guc.Default {
		if err := c.settings.SetServer("regions", strings.Join(d.fleet.Regions, ","), guc.CommandLine); err != nil {
			return err
		}
	}
	return c.settings.SetServer("endpoint_url", d.url, guc.CommandLine)
}

// welcome tells a newcomer what to do next.
func welcome(w io.Writer, addr net.Addr) {
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
