package emulator

import (
	"fmt"
	"time"
)

// SeedMany stores n flow logs that look alike, on VPCs of their own, for tests
// of paging and benchmarks. Log i has the id fl-%017x of i, a third of them are
// REJECT, and three tags each: Name, env (prod or dev) and team (of ten).
func (e *Emulator) SeedMany(account, region string, n int) {
	now := e.opts.Now()
	logs := make([]FlowLog, n)
	for i := range logs {
		traffic := "ALL"
		if i%3 == 0 {
			traffic = "REJECT"
		}
		env := "prod"
		if i%2 == 1 {
			env = "dev"
		}
		logs[i] = FlowLog{
			ID: fmt.Sprintf("fl-%017x", i), ResourceID: fmt.Sprintf("vpc-%017x", i/2), TrafficType: traffic, DeliverStatus: "SUCCESS",
			DestinationType: "s3", Destination: "arn:aws:s3:::acme-flow-logs/" + env + "/", Interval: 600, Format: defaultFormat,
			Options: &DestinationOptions{FileFormat: "parquet", PerHourPartition: true},
			Tags:    []Tag{{"Name", fmt.Sprintf("log-%d", i)}, {"env", env}, {"team", fmt.Sprintf("team-%d", i%10)}},
			Created: now.Add(-time.Duration(i) * time.Minute),
		}
	}
	e.Seed(account, region, logs)
}
