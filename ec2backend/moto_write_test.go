package ec2backend

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// TestMotoWrites runs every path of a write against moto_server: all settings
// of CreateFlowLogs, each kind of resource, changes of tags, transactions of
// both kinds. moto drops destinationOptions, deliverCrossAccountRole and
// tagFieldSpecifications, so those are only sent.
func TestMotoWrites(t *testing.T) {
	t.Parallel()
	url := startMoto(t)
	b, err := New(t.Context(), Config{
		Regions: []string{"us-east-1"}, EndpointURL: url, NoRateLimit: true, CallTimeout: 30 * time.Second,
		Journal:  t.TempDir() + "/journal",
		Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f := &fixture{b: b, warn: &warnings{}}
	c := b.server.accounts[0].client("us-east-1")
	vpc, err := c.ec2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.1.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	subnet, err := c.ec2.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{VpcId: vpc.Vpc.VpcId, CidrBlock: aws.String("10.1.1.0/24")})
	if err != nil {
		t.Fatal(err)
	}
	eni, err := c.ec2.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.Subnet.SubnetId})
	if err != nil {
		t.Fatal(err)
	}
	v, s, n := aws.ToString(vpc.Vpc.VpcId), aws.ToString(subnet.Subnet.SubnetId), aws.ToString(eni.NetworkInterface.NetworkInterfaceId)
	role := "arn:aws:iam::123456789012:role/x"
	group := func(resource, name string, more ...any) adt.Row {
		return newRow(append([]any{
			colResourceID, resource, colTrafficType, "ALL", colLogGroupName, name, colRegion, "us-east-1", colDeliverLogsPermissionArn, role,
		}, more...)...)
	}
	stream := func(resource string, more ...any) adt.Row {
		return newRow(append([]any{
			colResourceID, resource, colTrafficType, "REJECT", colLogDestinationType, "kinesis-data-firehose", colRegion, "us-east-1",
			colLogDestination, "arn:aws:firehose:us-east-1:123456789012:deliverystream/x",
		}, more...)...)
	}
	check := func(row adt.Row, pairs ...any) {
		t.Helper()
		for i := 0; i < len(pairs); i += 2 {
			if got := row[pairs[i].(int)]; got != pairs[i+1] {
				t.Errorf("%s: %v, want %v", b.flowLogs.columns[pairs[i].(int)].Name, got, pairs[i+1])
			}
		}
	}
	count := func(want int, tx fdw.Tx, quals ...fdw.Qual) []adt.Row {
		t.Helper()
		rows, _, err := f.scan(t, fdw.Request{Columns: allColumns(), Quals: quals, Tx: tx})
		if err != nil || len(rows) != want {
			t.Errorf("%d rows, %v, want %d", len(rows), err, want)
		}
		return rows
	}

	// Every setting, on every kind of resource that moto knows.
	rows := f.mustInsert(t, nil,
		group(v, "g1", colMaxAggregationInterval, int32(60), colLogFormat, "${version} ${srcaddr}", colTags, jsonb(t, `{"env":"prod","team":"a b"}`)),
		group(s, "g1", colTagSet, jsonb(t, `[{"key":"env","value":"dev"}]`)),
		group(n, "g1", colTrafficType, "ACCEPT"),
		stream(v, colTagFieldSpecifications, jsonb(t, `[{"resourceType":"instance","tagKeys":["env"]}]`)),
	)
	check(rows[0], colResourceID, v, colResourceType, "VPC", colMaxAggregationInterval, int32(60), colLogFormat, "${version} ${srcaddr}",
		colTrafficType, "ALL", colLogDestinationType, "cloud-watch-logs", colLogGroupName, "g1", colDeliverLogsPermissionArn, role, colFlowLogStatus, "ACTIVE")
	check(rows[1], colResourceID, s, colResourceType, "Subnet", colMaxAggregationInterval, int32(600))
	check(rows[2], colResourceID, n, colResourceType, "NetworkInterface", colTrafficType, "ACCEPT")
	check(rows[3], colResourceID, v, colLogDestinationType, "kinesis-data-firehose", colTrafficType, "REJECT")
	count(4, nil)
	count(1, nil, tagEq("team", "a b"))
	count(1, nil, eq(colLogDestinationType, "kinesis-data-firehose"))

	// A resource that is not there, and a bucket that is not: all or nothing.
	_, err = f.insert(t, nil, group(v, "g2"), group("vpc-0000000000000dead", "g2"))
	wantCode(t, err, pgerrcode.ForeignKeyViolation)
	if _, err = f.insert(t, nil, group(v, "g3"), toS3(v)); err == nil {
		t.Error("a bucket that is not there")
	}
	count(4, nil)

	// Tags: set, changed, removed, all gone.
	req := fdw.WriteRequest{Session: f.session()}
	tags := func(tx fdw.Tx, row adt.Row, object string) adt.Row {
		t.Helper()
		now := slices.Clone(row)
		now[colTags] = nil
		if object != "" {
			now[colTags] = jsonb(t, object)
		}
		now[colTagSet] = row[colTagSet]
		r := req
		r.Tx = tx
		out, err := b.flowLogs.Update(t.Context(), r, []adt.Row{row}, []adt.Row{now})
		if err != nil || out[0] == nil {
			t.Fatal(out, err)
		}
		return out[0]
	}
	row := tags(nil, rows[0], `{"env":"test","owner":""}`)
	count(1, nil, tagEq("env", "test"), op(colTags, fdw.OpHasKey, "owner"))
	count(0, nil, op(colTags, fdw.OpHasKey, "team"))
	tags(nil, row, "")
	count(0, nil, tagEq("env", "test"))

	// A transaction: rolled back, then committed.
	for _, commit := range []bool{false, true} {
		x := b.flowLogs.Begin(f.session(), true)
		made, err := b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session(), Tx: x}, []adt.Row{group(v, "tx")}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		tags(x, rows[1], `{"env":"held"}`)
		if _, err := b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: f.session(), Tx: x}, rows[2:3]); err != nil {
			t.Fatal(err)
		}
		count(4, x)
		count(1, x, tagEq("env", "held"))
		count(5, nil)
		if !commit {
			if err := x.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			count(4, nil)
			count(1, nil, tagEq("env", "dev"))
			continue
		}
		if err := x.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		count(4, nil)
		count(1, nil, tagEq("env", "held"))
		count(0, nil, eq(colFlowLogID, rows[2][colFlowLogID].(string)))
		count(1, nil, eq(colFlowLogID, made[0][colFlowLogID].(string)))
	}

	// Creates held until COMMIT, one in the place of what is deleted.
	late := f.session("flowgres.transaction_writes", "deferred")
	x := b.flowLogs.Begin(late, true)
	old := count(1, nil, eq(colLogGroupName, "tx"))
	if _, err := b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: late, Tx: x}, old); err != nil {
		t.Fatal(err)
	}
	hold := fdw.WriteRequest{Session: late, Tx: x, CountOnly: true}
	if _, err := b.flowLogs.Insert(t.Context(), hold, []adt.Row{group(v, "tx"), group(n, "late")}, nil, false); err != nil {
		t.Fatal(err)
	}
	count(4, nil)
	if err := x.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	count(5, nil)
	count(0, nil, eq(colFlowLogID, old[0][colFlowLogID].(string)))

	// Dry runs change nothing; conflicts are errors or passed over.
	dry := fdw.WriteRequest{Session: f.session("flowgres.dry_run", "on")}
	if _, err := b.flowLogs.Insert(t.Context(), dry, []adt.Row{group(v, "dry")}, nil, false); err != nil {
		t.Error(err)
	}
	if _, err := b.flowLogs.Delete(t.Context(), dry, rows[:1]); err != nil {
		t.Error(err)
	}
	count(5, nil)
	_, err = f.insert(t, nil, group(v, "tx"))
	wantCode(t, err, pgerrcode.UniqueViolation)
	out, err := b.flowLogs.Insert(t.Context(), req, []adt.Row{group(v, "tx"), group(s, "tx")}, nil, true)
	if err != nil || out[0] != nil || out[1] == nil {
		t.Errorf("on conflict do nothing: %v, %v", out, err)
	}

	// Everything goes.
	if was, err := b.flowLogs.Delete(t.Context(), req, count(6, nil)); err != nil || slices.Contains(was, false) {
		t.Error(was, err)
	}
	count(0, nil)
	if d := doubts(t, b); len(d) != 0 {
		t.Errorf("in doubt: %v", d)
	}
}
