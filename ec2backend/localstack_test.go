package ec2backend

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/flowgres/flowgres/planner/fdw"
)

// localstack is the image of the third opinion, next to the emulator and
// moto_server.
const localstack = "localstack/localstack:4.14"

// TestLocalStack creates, reads, tags and deletes a flow log on LocalStack. It
// needs Docker, and is skipped without.
func TestLocalStack(t *testing.T) {
	testcontainers.SkipIfProviderIsNotHealthy(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	box, err := testcontainers.Run(ctx, localstack,
		testcontainers.WithExposedPorts("4566/tcp"), testcontainers.WithEnv(map[string]string{"SERVICES": "ec2,s3,sts,iam,logs"}),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/_localstack/health").WithPort("4566/tcp").WithStartupTimeout(2*time.Minute)))
	testcontainers.CleanupContainer(t, box)
	if err != nil {
		t.Fatal(err)
	}
	url, err := box.PortEndpoint(ctx, "4566/tcp", "http")
	if err != nil {
		t.Fatal(err)
	}
	cfg := journalConfig(url, t.TempDir()+"/journal")
	cfg.CallTimeout = 30 * time.Second
	cfg.Accounts = []Account{{AccessKeyID: "test", SecretAccessKey: "test"}}
	b, err := New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f := &fixture{b: b, url: url, warn: &warnings{}}
	vpcs, err := b.server.accounts[0].client("us-east-1").ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{})
	if err != nil || len(vpcs.Vpcs) == 0 {
		t.Fatal("no VPC: ", err)
	}
	vpc := aws.ToString(vpcs.Vpcs[0].VpcId)
	row := newRow(colResourceID, vpc, colTrafficType, "ALL", colLogGroupName, "flowgres",
		colDeliverLogsPermissionArn, "arn:aws:iam::000000000000:role/flowgres", colTags, jsonb(t, `{"env": "test"}`))
	tx := b.flowLogs.Begin(f.session(), true)
	made := f.mustInsert(t, tx, row)
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	rows, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Quals: []fdw.Qual{eq(colResourceID, vpc), tagEq("env", "test")}})
	if err != nil || len(rows) != 1 || rows[0][colFlowLogID] != made[0][colFlowLogID] || rows[0][colTrafficType] != "ALL" {
		t.Fatalf("%v, %v", rows, err)
	}
	if got := fmt.Sprint(rows[0][colTags]); got != `{"env": "test"}` {
		t.Errorf("tags %s", got)
	}
	if was, err := b.flowLogs.Delete(ctx, fdw.WriteRequest{Session: f.session()}, rows); err != nil || !was[0] {
		t.Errorf("delete: %v, %v", was, err)
	}
	if rows := f.all(t, nil); len(rows) != 0 {
		t.Errorf("left: %v", rows)
	}
}
