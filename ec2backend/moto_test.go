package ec2backend

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// startMoto runs moto_server, the second opinion, where it is installed.
func startMoto(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("moto_server takes seconds to start")
	}
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not installed")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, "-H", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if resp, err := http.Get("http://" + addr + "/moto-api/data.json"); err == nil {
			var v any
			err = json.NewDecoder(resp.Body).Decode(&v)
			_ = resp.Body.Close()
			if err == nil {
				return "http://" + addr
			}
		}
	}
	t.Fatal("moto_server did not answer within 30 s")
	return ""
}

// TestMoto runs the basics against moto_server.
func TestMoto(t *testing.T) {
	t.Parallel()
	url := startMoto(t)
	b, err := New(t.Context(), Config{
		Regions: []string{"us-east-1", "eu-west-1"}, EndpointURL: url, NoRateLimit: true, CallTimeout: 30 * time.Second,
		Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f := &fixture{b: b, warn: &warnings{}}
	c := b.server.accounts[0].client("us-east-1")
	var vpcs []string
	for range 2 {
		out, err := c.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")})
		if err != nil {
			t.Fatal(err)
		}
		vpcs = append(vpcs, aws.ToString(out.Vpc.VpcId))
	}
	group := func(vpc, name string, more ...any) adt.Row {
		return newRow(append([]any{
			colResourceID, vpc, colTrafficType, "ALL", colLogGroupName, name, colRegion, "us-east-1",
			colDeliverLogsPermissionArn, "arn:aws:iam::123456789012:role/x",
		}, more...)...)
	}
	rows := f.mustInsert(t, nil, group(vpcs[0], "a", colTags, jsonb(t, `{"env":"prod"}`)), group(vpcs[1], "a", colTags, jsonb(t, `{"env":"prod"}`)), group(vpcs[1], "b*"))
	for i, want := range []string{vpcs[0], vpcs[1], vpcs[1]} {
		if rows[i][colResourceID] != want || rows[i][colAccountID] != "123456789012" {
			t.Errorf("row %d: %v", i, rows[i])
		}
	}
	count := func(want int, quals ...fdw.Qual) {
		t.Helper()
		rows, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Quals: quals})
		if err != nil || len(rows) != want {
			t.Errorf("%d rows, %v, want %d", len(rows), err, want)
		}
	}
	count(3)
	count(2, eq(colResourceID, vpcs[1]))
	count(2, tagEq("env", "prod"))
	count(2, op(colTags, fdw.OpHasKey, "env"))
	count(0, eq(colFlowLogID, "fl-00000000000000000"))
	count(1, eq(colFlowLogID, rows[0][colFlowLogID].(string)))
	count(3, eq(colRegion, "us-east-1"))
	count(0, eq(colRegion, "eu-west-1"))

	_, err = f.insert(t, nil, group(vpcs[0], "a"))
	wantCode(t, err, pgerrcode.UniqueViolation)
	req := fdw.WriteRequest{Session: f.session()}
	news := slices.Clone(rows[0])
	news[colTags] = jsonb(t, `{"team":"x"}`)
	if _, err := b.flowLogs.Update(context.Background(), req, rows[:1], []adt.Row{news}); err != nil {
		t.Fatal(err)
	}
	count(1, tagEq("team", "x"))
	if was, err := b.flowLogs.Delete(context.Background(), req, rows[:1]); err != nil || !was[0] {
		t.Fatal(was, err)
	}
	// moto fails the whole call for the one that is gone, naming all, having
	// deleted the rest.
	if was, err := b.flowLogs.Delete(context.Background(), req, rows); err != nil || !was[1] || !was[2] {
		t.Fatal(was, err)
	}
	count(0)
}
