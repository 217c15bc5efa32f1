package ec2backend

import "github.com/flowgres/flowgres/planner/fdw"

// steampipeView is public.aws_vpc_flow_log: ec2.flow_logs under the names, the
// types and the forms of values that queries written for Steampipe's AWS plugin
// expect. Its columns are plain columns of the table where that is possible, so
// that conditions on them go down to EC2.
//
// Steampipe's JSON has the field names of AWS's SDK, with capitals; "tags" is
// the map; "title" is the tag Name, else the id; "bucket_name" is what follows
// the last colon of the destination, whatever its type.
const steampipeView = `SELECT
    f."flowLogId" AS flow_log_id,
    f."creationTime" AS creation_time,
    f."deliverCrossAccountRole" AS deliver_cross_account_role,
    f."deliverLogsErrorMessage" AS deliver_logs_error_message,
    f."deliverLogsPermissionArn" AS deliver_logs_permission_arn,
    f."deliverLogsStatus" AS deliver_logs_status,
    f."flowLogStatus" AS flow_log_status,
    f."logGroupName" AS log_group_name,
    f."resourceId" AS resource_id,
    f."trafficType" AS traffic_type,
    f."logDestinationType" AS log_destination_type,
    f."logDestination" AS log_destination,
    split_part(f."logDestination", ':', -1) AS bucket_name,
    f."logFormat" AS log_format,
    f."maxAggregationInterval"::bigint AS max_aggregation_interval,
    CASE WHEN f."destinationOptions" IS NOT NULL THEN jsonb_build_object(
        'FileFormat', f."destinationOptions" -> 'fileFormat',
        'HiveCompatiblePartitions', f."destinationOptions" -> 'hiveCompatiblePartitions',
        'PerHourPartition', f."destinationOptions" -> 'perHourPartition') END AS destination_options,
    (SELECT jsonb_agg(jsonb_build_object('Key', t.tag -> 'key', 'Value', t.tag -> 'value') ORDER BY t.n)
       FROM jsonb_array_elements(f."tagSet") WITH ORDINALITY AS t(tag, n)) AS tags_src,
    f.tags AS tags,
    COALESCE(f.tags ->> 'Name', f."flowLogId") AS title,
    jsonb_build_array('arn:' || CASE
            WHEN f.region LIKE 'cn-%' THEN 'aws-cn'
            WHEN f.region LIKE 'us-gov-%' THEN 'aws-us-gov'
            WHEN f.region LIKE 'us-isob-%' THEN 'aws-iso-b'
            WHEN f.region LIKE 'us-iso-%' THEN 'aws-iso'
            ELSE 'aws' END
        || ':ec2:' || f.region || ':' || f."accountId" || ':vpc-flow-log/' || f."flowLogId") AS akas,
    CASE
        WHEN f.region LIKE 'cn-%' THEN 'aws-cn'
        WHEN f.region LIKE 'us-gov-%' THEN 'aws-us-gov'
        WHEN f.region LIKE 'us-isob-%' THEN 'aws-iso-b'
        WHEN f.region LIKE 'us-iso-%' THEN 'aws-iso'
        ELSE 'aws' END AS partition,
    f.region AS region,
    f."accountId" AS account_id
   FROM ec2.flow_logs f`

// viewRelation describes the view.
func viewRelation() fdw.Relation {
	text := func(name, comment string) fdw.Column { return column(name, textOID, comment) }
	json := func(name, comment string) fdw.Column { return column(name, jsonbOID, comment) }
	return fdw.Relation{
		Schema: "public", Name: "aws_vpc_flow_log", ViewSQL: steampipeView,
		Comment: "ec2.flow_logs with the column names that Steampipe users know; conditions go down to EC2 as on the table",
		Columns: []fdw.Column{
			text("flow_log_id", "Id of the flow log"),
			column("creation_time", timestamptzOID, "When the flow log was created"),
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
			column("max_aggregation_interval", int8OID, "Longest time in seconds that one record sums up"),
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
