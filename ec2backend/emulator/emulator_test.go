package emulator

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	acct = "111122223333"
	key  = "AKIAIOSFODNN7EXAMPLE"
)

// reply is what replies hold, of any call.
type reply struct {
	Code         string   `xml:"Errors>Error>Code"`
	RequestID    string   `xml:"RequestID"`
	ID           string   `xml:"requestId"`
	FlowLogs     []string `xml:"flowLogSet>item>flowLogId"`
	Created      []string `xml:"flowLogIdSet>item"`
	Unsuccessful []string `xml:"unsuccessful>item>error>code"`
	Next         string   `xml:"nextToken"`
	Regions      []string `xml:"regionInfo>item>regionName"`
	STSCode      string   `xml:"Error>Code"`
	Account      string   `xml:"GetCallerIdentityResult>Account"`
	AccessKey    string   `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	Token        string   `xml:"AssumeRoleResult>Credentials>SessionToken"`
}

// caller makes calls as an access key in a region.
type caller struct {
	t                  *testing.T
	e                  *Emulator
	key, token, region string
}

func (c caller) call(action string, pairs ...string) reply {
	c.t.Helper()
	v := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+c.key+"/20260101/"+c.region+"/ec2/aws4_request, SignedHeaders=host, Signature=x")
	if c.token != "" {
		r.Header.Set("X-Amz-Security-Token", c.token)
	}
	w := httptest.NewRecorder()
	c.e.ServeHTTP(w, r)
	var out reply
	if err := xml.Unmarshal(w.Body.Bytes(), &out); err != nil {
		c.t.Fatalf("%s: %v\n%s", action, err, w.Body)
	}
	if (out.Code != "" || out.STSCode != "") != (w.Code >= 300) {
		c.t.Fatalf("%s: status %d with code %q", action, w.Code, out.Code)
	}
	return out
}

func newCaller(t *testing.T, opts Options) caller {
	e := New(opts)
	e.AddAccount(acct, key)
	e.AddResource(acct, "us-east-1", "vpc-00000001", "vpc-00000002", "tgw-00000001", "eni-00000001")
	return caller{t, e, key, "", "us-east-1"}
}

func TestDescribe(t *testing.T) {
	c := newCaller(t, Options{})
	c.e.SeedMany(acct, "us-east-1", 12)
	var got []string
	token := ""
	for pages := 1; ; pages++ {
		args := []string{"MaxResults", "5"}
		if token != "" {
			args = append(args, "NextToken", token)
		}
		r := c.call("DescribeFlowLogs", args...)
		got = append(got, r.FlowLogs...)
		if token = r.Next; token == "" {
			if pages != 3 || len(got) != 12 {
				t.Errorf("%d pages, %d logs", pages, len(got))
			}
			break
		}
	}
	for _, e := range []struct {
		code string
		args []string
	}{
		{"InvalidParameterValue", []string{"MaxResults", "4"}},
		{"InvalidParameterValue", []string{"MaxResults", "1001"}},
		{"InvalidParameterValue", []string{"MaxResults", "x"}},
		{"InvalidPaginationToken", []string{"NextToken", "x"}},
		{"InvalidFlowLogId.NotFound", []string{"FlowLogId.1", "fl-12345678"}},
		{"InvalidFlowLogId.Malformed", []string{"FlowLogId.1", "nope"}},
		{"InvalidParameterCombination", []string{"FlowLogId.1", "fl-00000000000000001", "MaxResults", "5"}},
		{"InvalidParameterValue", []string{"Filter.1.Name", "nope", "Filter.1.Value.1", "x"}},
		{"InvalidParameterValue", []string{"Filter.1.Name", "resource-id", "Filter.1.Value.1", strings.Repeat("x", 256)}},
		{"UnknownParameter", []string{"Nope", "1"}},
		{"DryRunOperation", []string{"DryRun", "true"}},
	} {
		if r := c.call("DescribeFlowLogs", e.args...); r.Code != e.code || r.RequestID == "" {
			t.Errorf("%v: code %q, want %s", e.args, r.Code, e.code)
		}
	}
	var many []string
	for i := range 201 {
		many = append(many, "Filter.1.Value."+strconv.Itoa(i+1), "x")
	}
	if r := c.call("DescribeFlowLogs", append(many, "Filter.1.Name", "resource-id")...); r.Code != "FilterLimitExceeded" {
		t.Errorf("201 values: %q", r.Code)
	}
	if r := c.call("DescribeFlowLogs", "FlowLogId.1", "fl-00000000000000001"); len(r.FlowLogs) != 1 {
		t.Errorf("by id: %v", r.FlowLogs)
	}
	if r := c.call("Nope"); r.Code != "InvalidAction" {
		t.Errorf("unknown action: %q", r.Code)
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"abc", "abc", true},
		{"abc", "ABC", false},
		{"a*", "a", true},
		{"a*c", "abbc", true},
		{"a*c", "abcd", false},
		{"a?c", "abc", true},
		{"a?c", "ac", true},
		{"a?c", "abbc", false},
		{"a?", "aé", true},
		{`a\*`, "a*", true},
		{`a\*`, "ab", false},
		{`a\?`, "a?", true},
		{`a\\b`, `a\b`, true},
		{"*", "", true},
		{"**x", "x", true},
		{"*a*b*", "xaybz", true},
	} {
		if got := parsePattern(c.pattern).match(c.text); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.text, got)
		}
	}
}

func s3(resource string, more ...string) []string {
	return append([]string{"ResourceType", "VPC", "ResourceId.1", resource, "TrafficType", "ALL", "LogDestinationType", "s3", "LogDestination", "arn:aws:s3:::bucket"}, more...)
}

func TestCreateAndDelete(t *testing.T) {
	c := newCaller(t, Options{})
	c.e.RemoveBucket("gone")
	r := c.call("CreateFlowLogs", s3("vpc-00000001", "ClientToken", "a", "ResourceId.2", "vpc-99999999")...)
	if len(r.Created) != 1 || len(r.Unsuccessful) != 1 || r.Unsuccessful[0] != "InvalidVpcID.NotFound" {
		t.Fatalf("%+v", r)
	}
	if again := c.call("CreateFlowLogs", s3("vpc-00000001", "ClientToken", "a", "ResourceId.2", "vpc-99999999")...); len(again.Created) != 1 || again.Created[0] != r.Created[0] {
		t.Errorf("same token: %+v", again)
	}
	if other := c.call("CreateFlowLogs", s3("vpc-00000002", "ClientToken", "a")...); other.Code != "IdempotentParameterMismatch" {
		t.Errorf("other parameters: %+v", other)
	}
	if dup := c.call("CreateFlowLogs", s3("vpc-00000001")...); len(dup.Unsuccessful) != 1 || dup.Unsuccessful[0] != "FlowLogAlreadyExists" {
		t.Errorf("duplicate: %+v", dup)
	}
	c.call("CreateFlowLogs", s3("vpc-00000001", "TrafficType", "REJECT")...)
	if full := c.call("CreateFlowLogs", s3("vpc-00000001", "TrafficType", "ACCEPT")...); len(full.Unsuccessful) != 1 || full.Unsuccessful[0] != "FlowLogsLimitExceeded" {
		t.Errorf("quota: %+v", full)
	}
	for _, e := range []struct {
		code string
		args []string
	}{
		{"MissingParameter", []string{"ResourceType", "VPC"}},
		{"MissingParameter", []string{"ResourceId.1", "vpc-00000001"}},
		{"InvalidParameterValue", s3("vpc-00000001", "ResourceType", "Bucket")},
		{"InvalidVpcID.Malformed", s3("subnet-00000001")},
		{"InvalidParameterValue", s3("vpc-00000001", "TrafficType", "SOME")},
		{"InvalidParameter", s3("vpc-00000001", "LogGroupName", "g")},
		{"InvalidParameter", s3("vpc-00000001", "LogDestination", "bucket")},
		{"InvalidParameter", s3("vpc-00000001", "LogDestination", "arn:aws:s3:::b/AWSLogs/")},
		{"InvalidParameter", s3("vpc-00000001", "DeliverLogsPermissionArn", "x")},
		{"InvalidParameter", s3("vpc-00000001", "LogDestinationType", "cloud-watch-logs")},
		{"InvalidParameter", s3("vpc-00000001", "MaxAggregationInterval", "61")},
		{"InvalidParameter", s3("vpc-00000001", "LogFormat", "srcaddr")},
		{"InvalidParameter", s3("tgw-00000001", "ResourceType", "TransitGateway")},
		{"InvalidParameter", s3("tgw-00000001", "ResourceType", "TransitGateway", "TrafficType", "", "MaxAggregationInterval", "600")},
		{"InvalidParameterValue", s3("vpc-00000001", "TagSpecification.1.ResourceType", "vpc")},
		{"InvalidParameterValue", s3("vpc-00000001", "TagSpecification.1.ResourceType", "vpc-flow-log", "TagSpecification.1.Tag.1.Key", "aws:x")},
		{"InvalidParameterValue", s3("vpc-00000001", "DestinationOptions.FileFormat", "csv")},
		{"UnknownParameter", s3("vpc-00000001", "Nope", "1")},
		{"DryRunOperation", s3("vpc-00000002", "DryRun", "true")},
	} {
		if r := c.call("CreateFlowLogs", e.args...); r.Code != e.code {
			t.Errorf("%v: code %q, want %s", e.args, r.Code, e.code)
		}
	}
	if r := c.call("CreateFlowLogs", s3("vpc-00000002", "LogDestination", "arn:aws:s3:::gone")...); len(r.Unsuccessful) != 1 {
		t.Errorf("missing bucket: %+v", r)
	}
	if d := c.call("DeleteFlowLogs", "FlowLogId.1", r.Created[0], "FlowLogId.2", "fl-00000000"); len(d.Unsuccessful) != 1 || d.Unsuccessful[0] != "InvalidFlowLogId.NotFound" {
		t.Errorf("delete: %+v", d)
	}
	if n := len(c.e.FlowLogs(acct, "us-east-1")); n != 1 {
		t.Errorf("%d left", n)
	}
}

func TestTags(t *testing.T) {
	c := newCaller(t, Options{})
	c.e.Seed(acct, "us-east-1", []FlowLog{{ID: "fl-00000001", ResourceID: "vpc-00000001", Tags: []Tag{{"a", "1"}, {"b", "2"}, {"c", ""}}}})
	tags := func() string {
		var out []string
		for _, t := range c.e.FlowLogs(acct, "us-east-1")[0].Tags {
			out = append(out, t.Key+"="+t.Value)
		}
		return strings.Join(out, " ")
	}
	c.call("CreateTags", "ResourceId.1", "fl-00000001", "Tag.1.Key", "a", "Tag.1.Value", "9", "Tag.2.Key", "d", "Tag.2.Value", "4")
	c.call("DeleteTags", "ResourceId.1", "fl-00000001", "Tag.1.Key", "b", "Tag.2.Key", "d", "Tag.2.Value", "", "Tag.3.Key", "c", "Tag.3.Value", "")
	if got := tags(); got != "a=9 d=4" {
		t.Errorf("tags %s", got)
	}
	c.call("DeleteTags", "ResourceId.1", "fl-00000001")
	if got := tags(); got != "" {
		t.Errorf("tags %s", got)
	}
	if r := c.call("CreateTags", "ResourceId.1", "fl-99999999", "Tag.1.Key", "a"); r.Code != "InvalidFlowLogId.NotFound" {
		t.Errorf("code %q", r.Code)
	}
	many := []string{"ResourceId.1", "fl-00000001"}
	for i := range 51 {
		many = append(many, "Tag."+strconv.Itoa(i+1)+".Key", "k"+strconv.Itoa(i))
	}
	if r := c.call("CreateTags", many...); r.Code != "TagLimitExceeded" {
		t.Errorf("code %q", r.Code)
	}
}

func TestAccounts(t *testing.T) {
	now := time.Now()
	c := newCaller(t, Options{Now: func() time.Time { return now }})
	c.e.AddRole("222233334444", "reader", "secret")
	if r := c.call("GetCallerIdentity"); r.Account != acct {
		t.Errorf("%+v", r)
	}
	role := []string{"RoleArn", "arn:aws:iam::222233334444:role/reader", "RoleSessionName", "me"}
	if r := c.call("AssumeRole", role...); r.STSCode != "AccessDenied" {
		t.Errorf("without external id: %+v", r)
	}
	r := c.call("AssumeRole", append(role, "ExternalId", "secret")...)
	as := caller{t, c.e, r.AccessKey, r.Token, "eu-west-1"}
	if id := as.call("GetCallerIdentity"); id.Account != "222233334444" {
		t.Errorf("%+v", id)
	}
	if id := (caller{t, c.e, r.AccessKey, "", "eu-west-1"}).call("DescribeFlowLogs"); id.Code != "AuthFailure" {
		t.Errorf("without token: %+v", id)
	}
	now = now.Add(2 * time.Hour)
	if id := as.call("DescribeFlowLogs"); id.Code != "ExpiredToken" {
		t.Errorf("later: %+v", id)
	}
	if id := (caller{t, c.e, "AKIANOBODY", "", "eu-west-1"}).call("DescribeFlowLogs"); id.Code != "AuthFailure" {
		t.Errorf("unknown key: %+v", id)
	}
	if id := (caller{t, c.e, key, "", "eu-south-1"}).call("DescribeFlowLogs"); id.Code != "OptInRequired" {
		t.Errorf("region: %+v", id)
	}
	c.e.OptIn(acct, "eu-south-1", true)
	on, all := len(c.call("DescribeRegions").Regions), len(c.call("DescribeRegions", "AllRegions", "true").Regions)
	if on != len(Regions())+1 || all != len(regionNames) {
		t.Errorf("%d regions, %d in all", on, all)
	}
	if r := c.call("DescribeRegions", "AllRegions", "true", "Filter.1.Name", "opt-in-status", "Filter.1.Value.1", "opted-in"); len(r.Regions) != 1 {
		t.Errorf("%v", r.Regions)
	}
	calls := c.e.Calls("DescribeRegions")
	if len(calls) != 3 || calls[0].Region != "us-east-1" || calls[0].Account != acct {
		t.Errorf("%+v", calls)
	}
}
