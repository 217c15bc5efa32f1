package ec2backend

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgres/flowgres/planner/adt"
)

// clockSlack is how far this machine's clock and the endpoint's may be apart,
// with the whole seconds that some endpoints count in.
const clockSlack = 2 * time.Second

// notBefore tells whether a flow log can be a call's that began at since. One that is older
// is somebody else's, be it the same: to take it for the call's own is to delete it at ROLLBACK. EC2
// itself tells what a call did to whoever repeats its token; who doesn't (moto) counts in
// whole seconds.
func notBefore(created adt.TimestampTZ, since time.Time) bool {
	if created%adt.TimestampTZ(time.Second/time.Microsecond) == 0 {
		since = since.Add(-clockSlack)
	}
	return created >= timestampOf(since.Truncate(time.Millisecond))
}

// verdict is what an error code of CreateFlowLogs says about what was made.
type verdict uint8

const (
	madeNothing verdict = iota // refused before anything was done
	madeSome                   // a documented failure, but some endpoints have then created a part
	madeUnknown                // the endpoint could not look at the call
)

// verdictOf reads an error code; status is the HTTP status.
func verdictOf(code string, status int) verdict {
	switch {
	case throttleCodes[code] || expiredCodes[code] || status >= 500 || status == 401 || status == 403:
		return madeUnknown
	case strings.HasPrefix(code, "InvalidParameterCombination"), strings.HasPrefix(code, "InvalidParameterDependency"),
		code == "MissingParameter", code == "UnknownParameter", code == "DryRunOperation", code == "InvalidAction":
		return madeNothing
	}
	return madeSome
}

// findMade looks for flow logs that a CreateFlowLogs call made although it has
// failed as a whole (AWS lists failures by item; other endpoints give up in
// the middle): those on its resources with its settings and tags, not older
// than the call. It gives their ids by resource.
func (b *Backend) findMade(ctx context.Context, c *client, in *ec2.CreateFlowLogsInput, since time.Time) (map[string]string, error) {
	found := map[string]string{}
	d := &pageDecoder{region: c.region, account: func() (adt.Datum, error) { return c.account.accountID(ctx) }}
	for i := range d.need {
		d.need[i] = true
	}
	d.emit = func(rows []adt.Row) {
		for _, r := range rows {
			created, _ := r[colCreationTime].(adt.TimestampTZ)
			resource, _ := r[colResourceID].(string)
			id, _ := r[colFlowLogID].(string)
			if id != "" && notBefore(created, since) && !b.recent.isOwn(id) && sameAsAsked(r, in) {
				found[resource] = id
			}
		}
	}
	for part := range slices.Chunk(in.ResourceIds, maxFilterValues) {
		q := &ec2.DescribeFlowLogsInput{
			Filter: []types.Filter{{Name: aws.String("resource-id"), Values: part}}, MaxResults: aws.Int32(maxPageSize),
		}
		if err := c.describeAll(ctx, q, d); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// sameAsAsked tells whether a flow log has the settings of a call, as far as
// the call gave them.
func sameAsAsked(r adt.Row, in *ec2.CreateFlowLogsInput) bool {
	is := func(col int, want string) bool { return want == "" || r[col] == want }
	if !is(colTrafficType, string(in.TrafficType)) || !is(colLogDestinationType, string(in.LogDestinationType)) ||
		!is(colLogDestination, aws.ToString(in.LogDestination)) || !is(colLogGroupName, aws.ToString(in.LogGroupName)) ||
		!is(colLogFormat, aws.ToString(in.LogFormat)) {
		return false
	}
	if in.MaxAggregationInterval != nil && r[colMaxAggregationInterval] != *in.MaxAggregationInterval {
		return false
	}
	has, err := readTags(r[colTagSet], r[colTags])
	if err != nil {
		return false
	}
	var want []tag
	for _, s := range in.TagSpecifications {
		for _, t := range s.Tags {
			want = append(want, tag{aws.ToString(t.Key), aws.ToString(t.Value)})
		}
	}
	has = slices.DeleteFunc(has, func(t tag) bool { return reservedTag(t.key) })
	return len(has) == len(want) && !slices.ContainsFunc(want, func(t tag) bool { return !slices.Contains(has, t) })
}
