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
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			stop, err := useDemo(c)
			if err != nil {
				return err
			}
			defer stop()
			return serve(cmd.Context(), c, func(addrs []net.Addr) { welcome(cmd.OutOrStdout(), addrs[0]) })
		},
	}
	settingFlags(cmd)
	return cmd
}

// useDemo starts an EC2 endpoint with a sample fleet in this process and makes
// the configuration use it. The returned function stops it.
func useDemo(c *config) (stop func(), err error) {
	demo := emulator.Fleet(emulator.Options{})
	url, err := demo.Start()
	if err != nil {
		return nil, err
	}
	first := demo.Accounts[0]
	c.accounts = nil
	for i, a := range demo.Accounts {
		acct := ec2backend.Account{AccessKeyID: first.AccessKeyID, SecretAccessKey: first.SecretAccessKey}
		if i > 0 {
			acct.RoleARN, acct.ExternalID = a.RoleARN, a.ExternalID
		}
		c.accounts = append(c.accounts, acct)
	}
	values := map[string]string{"endpoint_url": url}
	if c.settings.Source("regions") == guc.Default {
		values["regions"] = strings.Join(demo.Regions, ",")
	}
	for name, v := range values {
		if err := c.settings.SetServer(name, v, guc.CommandLine); err != nil {
			return nil, err
		}
	}
	return func() { _ = demo.Close() }, nil
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
