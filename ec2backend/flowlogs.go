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
		col("deliverLogsPermissionArn", adt.TextOID, "ARN of the IAM role that writes the logs to CloudWatch Logs (or to a delivery stream of another account)"),
		col("maxAggregationInterval", adt.Int4OID, "Longest time in seconds over which packets are summed up in one record: 60 or 600"),
		col("resourceId", adt.TextOID, "What is watched: id of a VPC, subnet, network interface, transit gateway, attachment or NAT gateway. INSERT needs it"),
		col("tagSet", adt.JSONBOID, `Tags as a list: [{"key": "env", "value": "prod"}, ...]; NULL without tags. Can be updated`),
		col("flowLogId", adt.TextOID, "Id of the flow log, made by AWS; primary key"),
		col("logDestinationType", adt.TextOID, "Where the logs go: cloud-watch-logs, s3 or kinesis-data-firehose"),
		col("logDestination", adt.TextOID, "ARN of the log group, of the bucket (with a prefix perhaps) or of the delivery stream"),
		col("flowLogStatus", adt.TextOID, "State of the flow log, made by AWS: ACTIVE"),
		col("logFormat", adt.TextOID, "Fields of a record, as ${field} ${field}"),
		col("logGroupName", adt.TextOID, "Log group in CloudWatch Logs, for that destination"),
		col("creationTime", adt.TimestamptzOID, "When the flow log was created, made by AWS"),
		col("deliverLogsStatus", adt.TextOID, "Whether delivery works, told by AWS: SUCCESS or FAILED"),
		col("destinationOptions", adt.JSONBOID, `Files in S3: {"fileFormat": "parquet", "hiveCompatiblePartitions": false, "perHourPartition": true}`),
		col("trafficType", adt.TextOID, "Which traffic is recorded: ACCEPT, REJECT or ALL; NULL for transit gateways. INSERT needs it otherwise"),
		col("deliverLogsErrorMessage", adt.TextOID, "Why delivery fails, told by AWS: Rate limited, Access error or Unknown error"),
		col("deliverCrossAccountRole", adt.TextOID, "ARN of the role that lets EC2 deliver to a stream of another account"),
		col("tagFieldSpecifications", adt.JSONBOID, `Tags of resources shown in the records: [{"resourceType": "instance", "tagKeys": ["env"]}]`),
		col("resourceType", adt.TextOID, "Kind of the resource, read from its id: VPC, Subnet, NetworkInterface, TransitGateway, TransitGatewayAttachment or RegionalNatGateway"),
		col("tags", adt.JSONBOID, `Tags as an object: {"env": "prod"}; NULL without tags. Can be updated`),
		col("region", adt.TextOID, "AWS region of the flow log"),
		col("accountId", adt.TextOID, "AWS account of the flow log"),
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
