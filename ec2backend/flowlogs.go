package ec2backend

import (
	"strings"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// The columns of ec2.flow_logs in order: first the fifteen of the
// specification, then ours.
const (
	colDeliverLogsPermissionArn = iota
	colMaxAggregationInterval
	colResourceID
	colTagSet
	colFlowLogID
	colLogDestinationType
	colLogDestination
	colFlowLogStatus
	colLogFormat
	colLogGroupName
	colCreationTime
	colDeliverLogsStatus
	colDestinationOptions
	colTrafficType
	colDeliverLogsErrorMessage
	colDeliverCrossAccountRole
	colTagFieldSpecifications
	colResourceType
	colTags
	colRegion
	colAccountID
	numColumns
)

// The types of the columns.
const (
	textOID        adt.OID = 25
	int4OID        adt.OID = 23
	timestamptzOID adt.OID = 1184
	jsonbOID       adt.OID = 3802
)

// flowLogs is the table ec2.flow_logs.
type flowLogs struct {
	b       *Backend
	columns []fdw.Column
}

func newFlowLogs(b *Backend) *flowLogs {
	col := func(name string, typ adt.OID, comment string) fdw.Column {
		return fdw.Column{Name: name, Type: typ, Typmod: -1, Comment: comment}
	}
	t := &flowLogs{b: b, columns: []fdw.Column{
		col("deliverLogsPermissionArn", textOID, "ARN of the IAM role that writes the logs to CloudWatch Logs (or to a delivery stream of another account)"),
		col("maxAggregationInterval", int4OID, "Longest time in seconds over which packets are summed up in one record: 60 or 600"),
		col("resourceId", textOID, "What is watched: id of a VPC, subnet, network interface, transit gateway, attachment or NAT gateway. INSERT needs it"),
		col("tagSet", jsonbOID, `Tags as a list: [{"key": "env", "value": "prod"}, ...]; NULL without tags. Can be updated`),
		col("flowLogId", textOID, "Id of the flow log, made by AWS; primary key"),
		col("logDestinationType", textOID, "Where the logs go: cloud-watch-logs, s3 or kinesis-data-firehose"),
		col("logDestination", textOID, "ARN of the log group, of the bucket (with a prefix perhaps) or of the delivery stream"),
		col("flowLogStatus", textOID, "State of the flow log, made by AWS: ACTIVE"),
		col("logFormat", textOID, "Fields of a record, as ${field} ${field}"),
		col("logGroupName", textOID, "Log group in CloudWatch Logs, for that destination"),
		col("creationTime", timestamptzOID, "When the flow log was created, made by AWS"),
		col("deliverLogsStatus", textOID, "Whether delivery works, told by AWS: SUCCESS or FAILED"),
		col("destinationOptions", jsonbOID, `Files in S3: {"fileFormat": "parquet", "hiveCompatiblePartitions": false, "perHourPartition": true}`),
		col("trafficType", textOID, "Which traffic is recorded: ACCEPT, REJECT or ALL; NULL for transit gateways. INSERT needs it otherwise"),
		col("deliverLogsErrorMessage", textOID, "Why delivery fails, told by AWS: Rate limited, Access error or Unknown error"),
		col("deliverCrossAccountRole", textOID, "ARN of the role that lets EC2 deliver to a stream of another account"),
		col("tagFieldSpecifications", jsonbOID, `Tags of resources shown in the records: [{"resourceType": "instance", "tagKeys": ["env"]}]`),
		col("resourceType", textOID, "Kind of the resource, read from its id: VPC, Subnet, NetworkInterface, TransitGateway, TransitGatewayAttachment or RegionalNatGateway"),
		col("tags", jsonbOID, `Tags as an object: {"env": "prod"}; NULL without tags. Can be updated`),
		col("region", textOID, "AWS region of the flow log"),
		col("accountId", textOID, "AWS account of the flow log"),
	}}
	for _, i := range []int{colResourceID, colFlowLogID, colRegion, colAccountID} {
		t.columns[i].NotNull = true
	}
	for _, i := range generatedColumns {
		t.columns[i].Generated = true
	}
	t.columns[colTags].TextMap = true
	t.columns[colTagSet].PairsOf = colTags + 1
	for _, i := range []int{colRegion, colAccountID} {
		t.columns[i].Place, t.columns[i].Filled = true, true
	}
	return t
}

// generatedColumns are those that AWS fills in.
var generatedColumns = []int{colFlowLogID, colFlowLogStatus, colCreationTime, colDeliverLogsStatus, colDeliverLogsErrorMessage}

// Columns implements fdw.Table.
func (t *flowLogs) Columns() []fdw.Column { return t.columns }

// resourcePrefixes are the id prefixes of the resource types, longer ones first
// where one begins another.
var resourcePrefixes = []struct{ prefix, typ string }{
	{"vpc-", "VPC"},
	{"subnet-", "Subnet"},
	{"eni-", "NetworkInterface"},
	{"tgw-attach-", "TransitGatewayAttachment"},
	{"tgw-", "TransitGateway"},
	{"nat-", "RegionalNatGateway"},
}

// resourceTypeOf gives the type of a resource by its id, "" when unknown.
func resourceTypeOf(id string) string {
	for _, p := range resourcePrefixes {
		if strings.HasPrefix(id, p.prefix) {
			return p.typ
		}
	}
	return ""
}

// prefixOf gives the id prefix of a resource type, "" when there is none.
func prefixOf(typ string) string {
	for _, p := range resourcePrefixes {
		if p.typ == typ {
			return p.prefix
		}
	}
	return ""
}
