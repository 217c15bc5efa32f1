package ec2backend

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// newFlowLog is one row of an INSERT: a flow log to be made.
type newFlowLog struct {
	account *account
	region  string

	resource, typ                    string
	traffic, destType, dest, group   string
	format, permission, crossAccount string
	interval                         int32 // 0: AWS's default
	options                          *destinationOptions
	fields                           []tagField
	tags                             []tag
	accountID                        string // as given, "" when not
}

// transit tells whether it is about a transit gateway, which has rules of its
// own.
func (n *newFlowLog) transit() bool { return strings.HasPrefix(n.typ, "TransitGateway") }

// settings is a key that flow logs made by one call share.
func (n *newFlowLog) settings() string { return fmt.Sprintf("%s %v", n.untagged(), n.tags) }

// untagged is a key of what AWS tells flow logs of one resource apart by, at most.
func (n *newFlowLog) untagged() string {
	return fmt.Sprintf("%p %q %q %q %q %q %q %q %q %q %d %s %v", n.account, n.region, n.typ, n.traffic, n.destType, n.dest, n.group,
		n.format, n.permission, n.crossAccount, n.interval, n.options, n.fields)
}

// String shows the options with their values, for settings.
func (o *destinationOptions) String() string {
	if o == nil {
		return "none"
	}
	flag := func(b *bool) string {
		if b == nil {
			return "-"
		}
		return fmt.Sprint(*b)
	}
	return o.fileFormat + "/" + flag(o.hive) + "/" + flag(o.perHour)
}

// Values that the API knows for settings.
var (
	trafficTypes     = []string{"ACCEPT", "REJECT", "ALL"}
	destinationTypes = []string{"cloud-watch-logs", "s3", "kinesis-data-firehose"}
	fileFormats      = []string{"plain-text", "parquet"}
	taggedResources  = []string{"network-interface", "instance", "auto-scaling-group"}
	createTypes      = []string{"VPC", "Subnet", "NetworkInterface", "TransitGateway", "TransitGatewayAttachment", "RegionalNatGateway"}
	formatShape      = regexp.MustCompile(`^\$\{[a-z0-9-]+\}(\s+\$\{[a-z0-9-]+\})*$`)
	bucketARN        = regexp.MustCompile(`^arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$`)
	groupARN         = regexp.MustCompile(`^arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:.+$`)
	streamARN        = regexp.MustCompile(`^arn:aws[a-z-]*:firehose:[a-z0-9-]+:(\d{12}):deliverystream[:/].+$`)
)

// violation is a row that a rule refuses, as a CHECK constraint of that column
// would report it.
func violation(col, format string, args ...any) *pgerr.Error {
	e := pgerr.New(pgerrcode.CheckViolation, `new row for relation "flow_logs" violates check constraint "flow_logs_%s_check"`, col)
	e.Detail = fmt.Sprintf(format, args...)
	e.Schema, e.Table, e.Constraint = "ec2", "flow_logs", "flow_logs_"+col+"_check"
	return e
}

// missing is a required column without a value.
func missing(col string) *pgerr.Error {
	e := pgerr.New(pgerrcode.NotNullViolation, `null value in column "%s" of relation "flow_logs" violates not-null constraint`, col)
	e.Schema, e.Table, e.Column = "ec2", "flow_logs", col
	return e
}

// oneOf checks an enum.
func oneOf(col, v string, list []string) error {
	if v != "" && !slices.Contains(list, v) {
		return violation(col, "%s is %q; AWS knows %s.", col, v, strings.Join(list, ", "))
	}
	return nil
}

// readNew reads and checks one row of an INSERT.
func (t *flowLogs) readNew(row adt.Row, given []bool) (*newFlowLog, error) {
	for _, c := range generatedColumns {
		if row[c] != nil && (given == nil || given[c]) {
			e := pgerr.New(pgerrcode.GeneratedAlways, `cannot insert a non-DEFAULT value into column "%s"`, t.columns[c].Name).
				Detailf(`Column "%s" is a generated column.`, t.columns[c].Name)
			e.Schema, e.Table, e.Column = "ec2", "flow_logs", t.columns[c].Name
			return nil, e
		}
	}
	text := func(c int) string {
		s, _ := row[c].(string)
		return s
	}
	n := &newFlowLog{
		resource: text(colResourceID), typ: text(colResourceType), traffic: text(colTrafficType), destType: text(colLogDestinationType),
		dest: text(colLogDestination), group: text(colLogGroupName), format: text(colLogFormat), permission: text(colDeliverLogsPermissionArn),
		crossAccount: text(colDeliverCrossAccountRole), region: text(colRegion), accountID: text(colAccountID),
	}
	for c, col := range t.columns {
		if s, ok := row[c].(string); ok && s == "" && col.Type == adt.TextOID {
			return nil, violation(col.Name, "%s is an empty text.", col.Name)
		}
	}
	if v, ok := row[colMaxAggregationInterval].(int32); ok {
		n.interval = v
		if v != 60 && v != 600 {
			return nil, violation("maxAggregationInterval", "maxAggregationInterval is %d; AWS knows 60 and 600.", v)
		}
	}
	for _, step := range []func() error{
		n.checkResource, n.checkTraffic,
		func() (err error) { n.options, err = readOptions(row[colDestinationOptions]); return },
		func() (err error) { n.fields, err = readTagFields(row[colTagFieldSpecifications]); return },
		func() (err error) { n.tags, err = readTags(row[colTagSet], row[colTags]); return },
		n.checkDestination,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for _, t := range n.tags {
		if reservedTag(t.key) {
			return nil, violation("tags", "The tag %q is AWS's own.", t.key)
		}
	}
	return n, nil
}

func (n *newFlowLog) checkResource() error {
	if n.resource == "" {
		return missing("resourceId")
	}
	known := resourceTypeOf(n.resource)
	switch {
	case n.typ == "" && known == "":
		return violation("resourceId", "%q begins like no resource that AWS makes flow logs for; give resourceType if it does.", n.resource)
	case n.typ == "":
		n.typ = known
	case known != "" && n.typ != known:
		return violation("resourceType", "resourceType is %q, but %q is of type %s.", n.typ, n.resource, known)
	}
	return oneOf("resourceType", n.typ, createTypes)
}

func (n *newFlowLog) checkTraffic() error {
	if n.transit() {
		switch {
		case n.traffic != "":
			return violation("trafficType", "A transit gateway's flow log has no trafficType.")
		case n.interval == 600:
			return violation("maxAggregationInterval", "A transit gateway's flow log has the interval 60.")
		}
		n.interval = 60
		return nil
	}
	if n.traffic == "" {
		return missing("trafficType")
	}
	return oneOf("trafficType", n.traffic, trafficTypes)
}

// checkDestination applies the rules between the destination's columns.
func (n *newFlowLog) checkDestination() error {
	if err := oneOf("logDestinationType", n.destType, destinationTypes); err != nil {
		return err
	}
	if n.format != "" {
		if !formatShape.MatchString(n.format) {
			return violation("logFormat", "logFormat is a list of fields like ${srcaddr} ${dstaddr}.")
		}
		n.format = strings.Join(strings.Fields(n.format), " ")
	}
	kind := n.destType
	if kind == "" {
		kind = "cloud-watch-logs" // AWS's default
	}
	if kind != "s3" && n.options != nil {
		return violation("destinationOptions", "destinationOptions are for the destination type s3, not %s.", kind)
	}
	if kind != "cloud-watch-logs" && n.group != "" {
		return violation("logGroupName", "logGroupName is for the destination type cloud-watch-logs, not %s.", kind)
	}
	if kind != "kinesis-data-firehose" && n.crossAccount != "" {
		return violation("deliverCrossAccountRole", "deliverCrossAccountRole is for the destination type kinesis-data-firehose, not %s.", kind)
	}
	switch kind {
	case "cloud-watch-logs":
		switch {
		case n.group == "" && n.dest == "":
			return missing("logGroupName").Detailf("The destination type cloud-watch-logs needs logGroupName, or logDestination with the log group's ARN.").
				Hintf("For a bucket, set logDestinationType to 's3'.")
		case n.dest != "" && !groupARN.MatchString(n.dest):
			return violation("logDestination", "%q is no ARN of a log group.", n.dest).
				Hintf("For a bucket, set logDestinationType to 's3'.")
		case n.group != "" && n.dest != "":
			return violation("logDestination", "Give logGroupName or logDestination, not both.")
		case n.permission == "":
			return missing("deliverLogsPermissionArn").Detailf("The destination type cloud-watch-logs needs a role that may write to the log group.")
		}
	case "s3":
		switch {
		case n.dest == "":
			return missing("logDestination").Detailf("The destination type s3 needs the ARN of a bucket.")
		case !bucketARN.MatchString(n.dest):
			return violation("logDestination", "%q is no ARN of an S3 bucket.", n.dest)
		case n.permission != "":
			return violation("deliverLogsPermissionArn", "The destination type s3 takes no deliverLogsPermissionArn; the bucket's policy gives the permission.")
		}
		_, prefix, _ := strings.Cut(n.dest, "/")
		if prefix == "AWSLogs" || strings.HasPrefix(prefix, "AWSLogs/") {
			return violation("logDestination", "AWSLogs is a folder that AWS keeps for itself.")
		}
	default:
		switch {
		case n.dest == "":
			return missing("logDestination").Detailf("The destination type kinesis-data-firehose needs the ARN of a delivery stream.")
		case !streamARN.MatchString(n.dest):
			return violation("logDestination", "%q is no ARN of a delivery stream.", n.dest)
		case n.crossAccount != "" && n.permission == "":
			return missing("deliverLogsPermissionArn").Detailf("A delivery stream of another account needs deliverLogsPermissionArn beside deliverCrossAccountRole.")
		}
	}
	return nil
}

// checkAccount applies the rule that needs the account's number.
func (n *newFlowLog) checkAccount(id string) error {
	m := streamARN.FindStringSubmatch(n.dest)
	if n.destType == "kinesis-data-firehose" && m != nil && id != "" && m[1] != id && n.crossAccount == "" {
		return missing("deliverCrossAccountRole").Detailf("The delivery stream belongs to account %s; that needs deliverLogsPermissionArn and deliverCrossAccountRole.", m[1])
	}
	return nil
}
