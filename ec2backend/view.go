package ec2backend

import (
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// steampipeView is public.aws_vpc_flow_log: ec2.flow_logs under the names, the
// types and the forms of values that queries written for Steampipe's AWS plugin
// expect. Its columns are plain columns of the table where that is possible, so
// that conditions on them go down to EC2.
//
// Steampipe's JSON has the field names of AWS's SDK, with capitals; "tags" is
// the map; "title" is the tag Name, else the id; "bucket_name" is what follows
// the last colon of the destination, whatever its type.
const steampipeView = `SELECT "flowLogId" AS flow_log_id,
    "creationTime" AS creation_time,
    "deliverCrossAccountRole" AS deliver_cross_account_role,
    "deliverLogsErrorMessage" AS deliver_logs_error_message,
    "deliverLogsPermissionArn" AS deliver_logs_permission_arn,
    "deliverLogsStatus" AS deliver_logs_status,
    "flowLogStatus" AS flow_log_status,
    "logGroupName" AS log_group_name,
    "resourceId" AS resource_id,
    "trafficType" AS traffic_type,
    "logDestinationType" AS log_destination_type,
    "logDestination" AS log_destination,
    split_part("logDestination", ':'::text, '-1'::integer) AS bucket_name,
    "logFormat" AS log_format,
    ("maxAggregationInterval")::bigint AS max_aggregation_interval,
        CASE
            WHEN ("destinationOptions" IS NOT NULL) THEN jsonb_build_object('FileFormat', ("destinationOptions" -> 'fileFormat'::text), 'HiveCompatiblePartitions', ("destinationOptions" -> 'hiveCompatiblePartitions'::text), 'PerHourPartition', ("destinationOptions" -> 'perHourPartition'::text))
            ELSE NULL::jsonb
        END AS destination_options,
    ( SELECT jsonb_agg(jsonb_build_object('Key', (t.tag -> 'key'::text), 'Value', (t.tag -> 'value'::text)) ORDER BY t.n) AS jsonb_agg
           FROM jsonb_array_elements(f."tagSet") WITH ORDINALITY t(tag, n)) AS tags_src,
    tags,
    COALESCE((tags ->> 'Name'::text), "flowLogId") AS title,
    jsonb_build_array(((((((('arn:'::text ||
        CASE
            WHEN (region ~~ 'cn-%'::text) THEN 'aws-cn'::text
            WHEN (region ~~ 'us-gov-%'::text) THEN 'aws-us-gov'::text
            WHEN (region ~~ 'us-isob-%'::text) THEN 'aws-iso-b'::text
            WHEN (region ~~ 'us-iso-%'::text) THEN 'aws-iso'::text
            ELSE 'aws'::text
        END) || ':ec2:'::text) || region) || ':'::text) || "accountId") || ':vpc-flow-log/'::text) || "flowLogId")) AS akas,
        CASE
            WHEN (region ~~ 'cn-%'::text) THEN 'aws-cn'::text
            WHEN (region ~~ 'us-gov-%'::text) THEN 'aws-us-gov'::text
            WHEN (region ~~ 'us-isob-%'::text) THEN 'aws-iso-b'::text
            WHEN (region ~~ 'us-iso-%'::text) THEN 'aws-iso'::text
            ELSE 'aws'::text
        END AS partition,
    region,
    "accountId" AS account_id
   FROM ec2.flow_logs f`

// steampipePretty is the same with the fewest parentheses.
const steampipePretty = `SELECT "flowLogId" AS flow_log_id,
    "creationTime" AS creation_time,
    "deliverCrossAccountRole" AS deliver_cross_account_role,
    "deliverLogsErrorMessage" AS deliver_logs_error_message,
    "deliverLogsPermissionArn" AS deliver_logs_permission_arn,
    "deliverLogsStatus" AS deliver_logs_status,
    "flowLogStatus" AS flow_log_status,
    "logGroupName" AS log_group_name,
    "resourceId" AS resource_id,
    "trafficType" AS traffic_type,
    "logDestinationType" AS log_destination_type,
    "logDestination" AS log_destination,
    split_part("logDestination", ':'::text, '-1'::integer) AS bucket_name,
    "logFormat" AS log_format,
    "maxAggregationInterval"::bigint AS max_aggregation_interval,
        CASE
            WHEN "destinationOptions" IS NOT NULL THEN jsonb_build_object('FileFormat', "destinationOptions" -> 'fileFormat'::text, 'HiveCompatiblePartitions', "destinationOptions" -> 'hiveCompatiblePartitions'::text, 'PerHourPartition', "destinationOptions" -> 'perHourPartition'::text)
            ELSE NULL::jsonb
        END AS destination_options,
    ( SELECT jsonb_agg(jsonb_build_object('Key', t.tag -> 'key'::text, 'Value', t.tag -> 'value'::text) ORDER BY t.n) AS jsonb_agg
           FROM jsonb_array_elements(f."tagSet") WITH ORDINALITY t(tag, n)) AS tags_src,
    tags,
    COALESCE(tags ->> 'Name'::text, "flowLogId") AS title,
    jsonb_build_array((((((('arn:'::text ||
        CASE
            WHEN region ~~ 'cn-%'::text THEN 'aws-cn'::text
            WHEN region ~~ 'us-gov-%'::text THEN 'aws-us-gov'::text
            WHEN region ~~ 'us-isob-%'::text THEN 'aws-iso-b'::text
            WHEN region ~~ 'us-iso-%'::text THEN 'aws-iso'::text
            ELSE 'aws'::text
        END) || ':ec2:'::text) || region) || ':'::text) || "accountId") || ':vpc-flow-log/'::text) || "flowLogId") AS akas,
        CASE
            WHEN region ~~ 'cn-%'::text THEN 'aws-cn'::text
            WHEN region ~~ 'us-gov-%'::text THEN 'aws-us-gov'::text
            WHEN region ~~ 'us-isob-%'::text THEN 'aws-iso-b'::text
            WHEN region ~~ 'us-iso-%'::text THEN 'aws-iso'::text
            ELSE 'aws'::text
        END AS partition,
    region,
    "accountId" AS account_id
   FROM ec2.flow_logs f`

// viewRelation describes the view.
func viewRelation() fdw.Relation {
	text := func(name, comment string) fdw.Column { return column(name, adt.TextOID, comment) }
	json := func(name, comment string) fdw.Column { return column(name, adt.JSONBOID, comment) }
	return fdw.Relation{
		Schema: "public", Name: "aws_vpc_flow_log", ViewSQL: steampipeView, ViewPretty: steampipePretty,
		Comment: "ec2.flow_logs with the column names that Steampipe users know; conditions go down to EC2 as on the table",
		Columns: []fdw.Column{
			text("flow_log_id", "Id of the flow log"),
			column("creation_time", adt.TimestamptzOID, "When the flow log was created"),
			text("deliver_cross_account_role", "ARN of the role for delivery to another account"),
			text("deliver_logs_error_message", "Why delivery fails"),
			text("deliver_logs_permission_arn", "ARN of the IAM role that writes to CloudWatch Logs"),
			text("deliver_logs_status", "SUCCESS or FAILED"),
			text("flow_log_status", "ACTIVE"),
			text("log_group_name", "Log group in CloudWatch Logs"),
			text("resource_id", "Id of the VPC, subnet, network interface or transit gateway that is watched"),
			text("traffic_type", "ACCEPT, REJECT or ALL"),
			text("log_destination_type", "cloud-watch-logs, s3 or kinesis-data-firehose"),
			text("log_destination", "ARN of where the logs go"),
			text("bucket_name", "What follows the last colon of log_destination: for S3 the bucket with its prefix"),
			text("log_format", "Fields of a record"),
			column("max_aggregation_interval", adt.Int8OID, "Longest time in seconds that one record sums up"),
			json("destination_options", `Files in S3, as {"FileFormat": "parquet", ...}`),
			json("tags_src", `Tags as a list: [{"Key": "env", "Value": "prod"}, ...]`),
			json("tags", `Tags as an object: {"env": "prod"}`),
			text("title", "The tag Name, else the id"),
			json("akas", "ARNs of the flow log"),
			text("partition", "AWS partition: aws, aws-cn or aws-us-gov"),
			text("region", "AWS region"),
			text("account_id", "AWS account"),
		},
	}
}

// column describes a column.
func column(name string, typ uint32, comment string) fdw.Column {
	return fdw.Column{Name: name, Type: typ, Typmod: -1, Comment: comment}
}
