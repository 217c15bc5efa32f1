package ec2backend

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

const otherAccount = "222233334444"

// identityFixture has two accounts, each with a role that anyone may assume, and a
// backend whose database roles reader and writer have identities.
func identityFixture(t testing.TB, opts emulator.Options, change func(map[string]Identity, *Config)) *fixture {
	t.Helper()
	return newFixture(t, opts, func(cfg *Config) {
		cfg.Accounts = append(cfg.Accounts, Account{RoleARN: "arn:aws:iam::" + otherAccount + ":role/server", ExternalID: "ext", AccessKeyID: testKey, SecretAccessKey: testSecret})
		ids := map[string]Identity{
			"reader": {RoleARNs: []string{"arn:aws:iam::{account}:role/reader"}, ReadOnly: true, Regions: []string{"us-east-1"}},
			"writer": {RoleARNs: []string{"arn:aws:iam::" + otherAccount + ":role/writer"}, SourceIdentity: "{user}", Tags: map[string]string{"pguser": "{user}", "app": "{application_name}"}},
		}
		if change != nil {
			change(ids, cfg)
		}
		cfg.Identities = ids
	})
}

func (f *fixture) as(role, login string) *fdw.Session {
	s := f.session("application_name", "psql?")
	s.User, s.Login, s.Identity, s.Query = role, login, role, "00aa"+login
	return s
}

func (f *fixture) addRoles() {
	f.AddRole(otherAccount, "server", "ext")
	for _, account := range []string{testAccount, otherAccount} {
		for _, role := range []string{"reader", "writer"} {
			f.AddRole(account, role, "")
		}
		f.AddResource(account, "us-east-1", "vpc-0000000"+account[:1], "vpc-1000000"+account[:1])
		f.Seed(account, "us-east-1", []emulator.FlowLog{{ID: "fl-0000000" + account[:1], ResourceID: "vpc-0000000" + account[:1], TrafficType: "ALL", DestinationType: "s3", Destination: "arn:aws:s3:::logs", Created: time.Now().Add(-time.Hour)}})
	}
}

func principals(calls []emulator.Call) []string {
	var out []string
	for _, c := range calls {
		if !slices.Contains(out, c.Principal) {
			out = append(out, c.Principal)
		}
	}
	slices.Sort(out)
	return out
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// TestIdentityPrincipals looks at who signed each call.
func TestIdentityPrincipals(t *testing.T) {
	f := identityFixture(t, emulator.Options{}, nil)
	f.addRoles()
	rows, _, err := f.scan(t, fdw.Request{Session: f.as("reader", "ann o'hara"), Columns: []int{colFlowLogID, colAccountID}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "rows of the reader", len(rows), 2)
	who := principals(f.Calls("DescribeFlowLogs"))
	name := awsName("flowgres-ann o'hara")
	want(t, "principals", who, []string{"arn:aws:sts::111122223333:assumed-role/reader/" + name, "arn:aws:sts::222233334444:assumed-role/reader/" + name})
	for _, c := range f.Calls("DescribeFlowLogs", "AssumeRole") {
		if !strings.HasSuffix(c.UserAgent, " qid/00aaann o'hara") {
			t.Errorf("the user agent of %s is %q", c.Action, c.UserAgent)
		}
	}

	f.ResetCalls()
	rows, scan, err := f.scan(t, fdw.Request{Session: f.as("writer", "bob"), Columns: []int{colFlowLogID}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "rows of the writer", len(rows), 1)
	want(t, "principals", principals(f.Calls("DescribeFlowLogs")), []string{"arn:aws:sts::222233334444:assumed-role/writer/flowgres-bob"})
	c := f.Calls("DescribeFlowLogs")[0]
	want(t, "source identity", c.SourceIdentity, "bob")
	want(t, "tags", c.Tags, map[string]string{"pguser": "bob", "app": "psql_"})
	if d := strings.Join(scan.Detail, "\n"); !strings.Contains(d, "Identity: arn:aws:iam::222233334444:role/writer as flowgres-bob") {
		t.Errorf("EXPLAIN shows %s", d)
	}

	f.ResetCalls()
	if _, _, err = f.scan(t, fdw.Request{}); err != nil {
		t.Fatal(err)
	}
	want(t, "principals of the server", principals(f.Calls("DescribeFlowLogs")),
		[]string{"arn:aws:iam::111122223333:user/flowgres", "arn:aws:sts::222233334444:assumed-role/server/flowgres"})
}

// TestIdentityCredentialsAreKept counts the calls of AssumeRole.
func TestIdentityCredentialsAreKept(t *testing.T) {
	f := identityFixture(t, emulator.Options{}, nil)
	f.addRoles()
	var wg sync.WaitGroup
	for range 8 {
		for _, user := range []string{"ann", "bob"} {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if _, _, err := f.scan(t, fdw.Request{Session: f.as("writer", user)}); err != nil {
					t.Error(err)
				}
			}()
		}
	}
	wg.Wait()
	want(t, "calls of AssumeRole", len(f.Calls("AssumeRole")), 2)
}

// TestIdentityPolicy asks AWS (the emulator) to do what the database role may not.
func TestIdentityPolicy(t *testing.T) {
	f := identityFixture(t, emulator.Options{}, nil)
	f.addRoles()
	row := make(adt.Row, numColumns)
	row[colResourceID], row[colTrafficType], row[colLogDestinationType], row[colLogDestination] = "vpc-10000002", "ALL", "s3", "arn:aws:s3:::logs"
	row[colRegion], row[colAccountID] = "us-east-1", otherAccount
	given := make([]bool, numColumns)
	for i, v := range row {
		given[i] = v != nil
	}
	insert := func(role string) error {
		_, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.as(role, "ann")}, []adt.Row{row}, [][]bool{given}, false)
		return err
	}
	wantCode(t, insert("reader"), pgerrcode.InsufficientPrivilege)
	if err := insert("writer"); err != nil {
		t.Fatal(err)
	}
	made := f.Calls("CreateFlowLogs")
	want(t, "principal", made[len(made)-1].Principal, "arn:aws:sts::222233334444:assumed-role/writer/flowgres-ann")

	for _, c := range []struct {
		i    Identity
		want string
		not  string
	}{
		{Identity{ReadOnly: true}, "ec2:DescribeFlowLogs", "CreateFlowLogs"},
		{Identity{ReadOnly: true, Regions: []string{"eu-west-1"}}, `"aws:RequestedRegion":["eu-west-1"]`, "PassRole"},
		{Identity{}, "iam:PassRole", "RequestedRegion"},
		{Identity{ReadOnly: true, Regions: []string{"eu-*", "us-east-1"}}, `"StringLike":{"aws:RequestedRegion":["eu-*","us-east-1"]}`, "StringEquals"},
		{Identity{Regions: []string{"eu-west-1"}}, "arn:aws-cn:ec2:*:*:vpc-flow-log/*", "nothing"},
	} {
		p := c.i.policy("aws-cn")
		if !json.Valid([]byte(p)) || !strings.Contains(p, c.want) || strings.Contains(p, c.not) || len(p) > maxPolicy {
			t.Errorf("the policy of %+v is %s", c.i, p)
		}
	}
}

// TestIdentityRegionIsConfined goes to a region that the policy leaves out.
func TestIdentityRegionIsConfined(t *testing.T) {
	f := identityFixture(t, emulator.Options{}, func(ids map[string]Identity, cfg *Config) {
		cfg.Regions = []string{"us-east-1", "eu-west-1"}
	})
	f.addRoles()
	_, _, err := f.scan(t, fdw.Request{Session: f.as("reader", "ann")}) // without the quals that the engine adds
	wantCode(t, err, pgerrcode.InsufficientPrivilege)
	rows, _, err := f.scan(t, fdw.Request{Session: f.as("reader", "ann"), Quals: []fdw.Qual{eq(colRegion, "us-east-1")}})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
}

// TestIdentityRefusals tells apart what AssumeRole can fail for.
func TestIdentityRefusals(t *testing.T) {
	f := identityFixture(t, emulator.Options{}, nil)
	f.addRoles()
	for _, r := range []struct {
		role emulator.Role
		says string
	}{
		{emulator.Role{ExternalID: "other"}, "sts:AssumeRole"},
		{emulator.Role{NoTags: true}, "sts:TagSession"},
		{emulator.Role{NoSourceIdentity: true}, "sts:SetSourceIdentity"},
	} {
		f.SetRole(otherAccount, "writer", r.role)
		_, _, err := f.scan(t, fdw.Request{Session: f.as("writer", "cy")})
		e := wantCode(t, err, pgerrcode.InsufficientPrivilege)
		if !strings.Contains(e.Message, r.says) || !strings.HasPrefix(e.Detail, "sts:AssumeRole") {
			t.Errorf("%s: %s", e.Message, e.Detail)
		}
	}
	s := f.as("nobody", "cy")
	_, err := f.b.flowLogs.Plan(fdw.Request{Session: s})
	wantCode(t, err, pgerrcode.InsufficientPrivilege)
}

// TestIdentityRenewal lets credentials end: early renewal, and one in the
// middle of a scan.
func TestIdentityRenewal(t *testing.T) {
	var mu sync.Mutex
	shift := time.Duration(0)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(shift)
	}
	f := identityFixture(t, emulator.Options{Now: clock, LogsPerResource: -1}, func(ids map[string]Identity, cfg *Config) {
		cfg.PageSize = 5
		w := ids["writer"]
		w.Duration = 15 * time.Minute
		ids["writer"] = w
	})
	f.addRoles()
	var logs []emulator.FlowLog
	for i := range 60 {
		logs = append(logs, emulator.FlowLog{ID: fmt.Sprintf("fl-%017d", i), ResourceID: "vpc-00000002", TrafficType: "ALL", DestinationType: "s3", Destination: "arn:aws:s3:::logs", Created: time.Now().Add(-time.Hour)})
	}
	f.Seed(otherAccount, "us-east-1", logs)
	f.Order(emulator.Fault{Action: "DescribeFlowLogs", Skip: 6, Times: 1, ExpireSessions: true})
	rows, _, err := f.scan(t, fdw.Request{Session: f.as("writer", "ann")})
	if err != nil || len(rows) != 61 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		id := r[colFlowLogID].(string)
		if seen[id] {
			t.Fatalf("%s came twice", id)
		}
		seen[id] = true
	}
	want(t, "calls of AssumeRole", len(f.Calls("AssumeRole")), 2)

	// Eleven minutes on only four are left: renewed before a call finds them used
	// up.
	mu.Lock()
	shift = -11 * time.Minute // the endpoint gives ends that are closer to now
	mu.Unlock()
	id, err := f.b.identityFor("writer", "new", "")
	if err != nil {
		t.Fatal(err)
	}
	f.ResetCalls()
	for range 2 {
		if _, err := id.accounts[0].creds.Retrieve(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "calls of AssumeRole", len(f.Calls("AssumeRole")), 2)
	// Where STS cannot be reached they are used to their end.
	f.Order(emulator.Fault{Action: "AssumeRole", Error: emulator.Unauthorized()})
	if _, err := id.accounts[0].creds.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestIdentitiesKeepApart looks whether anything that one identity learned
// shows to another.
func TestIdentitiesKeepApart(t *testing.T) {
	f := identityFixture(t, emulator.Options{VisibleAfter: time.Hour}, nil)
	f.addRoles()
	row := make(adt.Row, numColumns)
	row[colResourceID], row[colTrafficType], row[colLogDestinationType], row[colLogDestination] = "vpc-10000002", "ALL", "s3", "arn:aws:s3:::logs"
	given := make([]bool, numColumns)
	for i, v := range row {
		given[i] = v != nil
	}
	if _, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.as("writer", "ann"), CountOnly: true}, []adt.Row{row}, [][]bool{given}, false); err != nil {
		t.Fatal(err)
	}
	count := func(s *fdw.Session) int {
		rows, _, err := f.scan(t, fdw.Request{Session: s, Quals: []fdw.Qual{eq(colAccountID, otherAccount)}})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	want(t, "rows of the one who made it", count(f.as("writer", "ann")), 2)
	want(t, "rows of another user", count(f.as("writer", "bob")), 1)
	want(t, "rows of another role", count(f.as("reader", "ann")), 1)

	calls := func(s *fdw.Session) int {
		rows, err := f.b.callsTable().rows(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	all := f.as("", "root")
	all.Superuser = true
	ann, bob, reader := calls(f.as("writer", "ann")), calls(f.as("writer", "bob")), calls(f.as("reader", "ann"))
	// The server itself asked for an account's number, which all see.
	if ann == 0 || bob == 0 || reader == 0 || ann+bob+reader-2 != calls(all) {
		t.Errorf("calls that ann sees: %d, bob: %d, reader: %d, all: %d", ann, bob, reader, calls(all))
	}
	rows, err := f.b.accountsTable().rows(t.Context(), f.as("writer", "bob"))
	if err != nil || len(rows) != 1 || rows[0][2] != "arn:aws:sts::222233334444:assumed-role/writer/flowgres-bob" {
		t.Errorf("flowgres.accounts is %v, %v", rows, err)
	}
}

// TestIdentityRecovery ends what a crash left of a role's transaction, as that role.
func TestIdentityRecovery(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	f := identityFixture(t, emulator.Options{}, func(_ map[string]Identity, cfg *Config) { cfg.Journal = path })
	f.addRoles()
	s := f.as("writer", "ann")
	id, err := f.b.identityOf(s)
	if err != nil {
		t.Fatal(err)
	}
	j := f.b.journal.begin(s)
	k := &chunk{
		c: id.accounts[0].client("us-east-1"), of: &newFlowLog{typ: "VPC", traffic: "ALL", destType: "s3", dest: "arn:aws:s3:::logs"},
		resources: []string{"vpc-10000002"}, indexes: []int{0}, token: "token", ids: map[int]string{}, j: j,
	}
	k.run(t.Context(), false, false)
	if k.err != nil {
		t.Fatal(k.err)
	}
	cfg := f.b.cfg
	f.b.Close()
	f.ResetCalls()
	b, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if ended, left := b.Recover(t.Context()); ended != 1 || left != 0 {
		t.Fatalf("%d ended, %d left", ended, left)
	}
	want(t, "principals", principals(f.Calls("DeleteFlowLogs")), []string{"arn:aws:sts::222233334444:assumed-role/writer/flowgres-ann"})
}

// TestCheckIdentity refuses what AWS would.
func TestCheckIdentity(t *testing.T) {
	regions := make([]string, 200)
	for i := range regions {
		regions[i] = fmt.Sprintf("region-%d", i)
	}
	for _, c := range []struct {
		i   Identity
		bad string
	}{
		{Identity{}, ""},
		{Identity{RoleARNs: []string{"arn:aws-us-gov:iam::{account}:role/a/b"}, Duration: time.Hour, Tags: map[string]string{"a b": "{role}"}}, ""},
		{Identity{RoleARNs: []string{"arn:aws:iam::1:role/x"}}, "ARN of a role"},
		{Identity{RoleARNs: []string{"arn:aws:iam::111122223333:user/x"}}, "ARN of a role"},
		{Identity{Duration: time.Minute}, "duration"},
		{Identity{Tags: map[string]string{"aws:x": "y"}}, "key of a tag"},
		{Identity{SessionName: "{account}"}, "placeholder"},
		{Identity{Regions: regions}, "session policy"},
	} {
		err := CheckIdentity(c.i)
		if (err != nil) != (c.bad != "") || err != nil && !strings.Contains(err.Error(), c.bad) {
			t.Errorf("%+v: %v, want %q", c.i, err, c.bad)
		}
	}
	for in, out := range map[string]string{"ann": "ann", "ann@example.com": "ann@example.com", "x": "x-2d711642"} {
		if got := awsName(in); got != out {
			t.Errorf("awsName(%q) is %q, want %q", in, got, out)
		}
	}
	if a, b := awsName("a b"), awsName("a/b"); a == b || len(awsName(strings.Repeat("é", 80))) > 64 {
		t.Errorf("names fall together: %s, %s", a, b)
	}
}
