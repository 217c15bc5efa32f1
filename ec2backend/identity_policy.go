package ec2backend

import (
	"encoding/json"
	"slices"

	"github.com/flowgres/flowgres/planner/fdw"
)

// maxPolicy is AWS's limit of a session policy's length.
const maxPolicy = 2048

// policyStatement is a statement of an IAM policy.
type policyStatement struct {
	Effect    string
	Action    []string
	Resource  string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// policy gives the session policy of an identity: what the database role may
// do and nothing else. The credentials may do what both it and the assumed
// role's own policies allow, so AWS itself refuses what a fault of ours would
// let through. It is "" where there is to be none.
func (i Identity) policy(partition string) string {
	if i.NoPolicy {
		return ""
	}
	in := func(more map[string]map[string][]string) map[string]map[string][]string {
		if len(i.Regions) > 0 {
			if more == nil {
				more = map[string]map[string][]string{}
			}
			test := "StringEquals"
			if fdw.Wild(i.Regions) {
				test = "StringLike" // its wildcards are ours
			}
			if more[test] == nil {
				more[test] = map[string][]string{}
			}
			more[test]["aws:RequestedRegion"] = slices.Sorted(slices.Values(i.Regions))
		}
		return more
	}
	allow := func(resource string, condition map[string]map[string][]string, actions ...string) policyStatement {
		return policyStatement{Effect: "Allow", Action: actions, Resource: resource, Condition: condition}
	}
	list := []policyStatement{
		allow("*", in(nil), "ec2:DescribeFlowLogs"),
		allow("*", nil, "ec2:DescribeRegions"), // it is asked in one region about all
	}
	if !i.ReadOnly {
		list = append(list,
			allow("*", in(nil), "ec2:CreateFlowLogs", "ec2:DeleteFlowLogs", "logs:CreateLogDelivery", "logs:DeleteLogDelivery"),
			allow("arn:"+partition+":ec2:*:*:vpc-flow-log/*", in(nil), "ec2:CreateTags", "ec2:DeleteTags"),
			// What AWS asks of whoever creates a flow log to a log group, a bucket or a
			// delivery stream. Buckets and roles belong to no region.
			allow("*", map[string]map[string][]string{"StringEquals": {"iam:PassedToService": {"vpc-flow-logs.amazonaws.com", "delivery.logs.amazonaws.com"}}},
				"iam:PassRole"),
			allow("*", nil, "s3:GetBucketPolicy", "s3:PutBucketPolicy", "firehose:TagDeliveryStream"),
		)
	}
	text, err := json.Marshal(struct {
		Version   string
		Statement []policyStatement
	}{"2012-10-17", list})
	if err != nil {
		panic(err) // texts and lists
	}
	return string(text)
}
