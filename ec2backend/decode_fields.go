package ec2backend

import (
	"bytes"
)

// fold compares an element's name as the SDK does, without regard to case.
func fold(name []byte, want string) bool {
	return string(name) == want || bytes.EqualFold(name, []byte(want))
}

// fieldOther is an element that is no column.
const fieldOther = -1

// fieldOf gives the column of an element. Names come as documented; in another
// case they are taken as the SDK takes them.
func fieldOf(name []byte) int {
	if f := fieldNamed(string(name)); f != fieldOther {
		return f
	}
	for _, n := range fieldNames {
		if bytes.EqualFold(name, []byte(n)) {
			return fieldNamed(n)
		}
	}
	return fieldOther
}

// fieldNames are the elements of a flow log.
var fieldNames = []string{
	"creationTime", "deliverCrossAccountRole", "deliverLogsErrorMessage", "deliverLogsPermissionArn", "deliverLogsStatus",
	"destinationOptions", "flowLogId", "flowLogStatus", "logDestination", "logDestinationType", "logFormat", "logGroupName",
	"maxAggregationInterval", "resourceId", "tagFieldSpecificationSet", "tagSet", "trafficType",
}

// fieldNamed gives the column of an element by its exact name.
func fieldNamed(name string) int {
	switch name {
	case "creationTime":
		return colCreationTime
	case "deliverCrossAccountRole":
		return colDeliverCrossAccountRole
	case "deliverLogsErrorMessage":
		return colDeliverLogsErrorMessage
	case "deliverLogsPermissionArn":
		return colDeliverLogsPermissionArn
	case "deliverLogsStatus":
		return colDeliverLogsStatus
	case "destinationOptions":
		return colDestinationOptions
	case "flowLogId":
		return colFlowLogID
	case "flowLogStatus":
		return colFlowLogStatus
	case "logDestination":
		return colLogDestination
	case "logDestinationType":
		return colLogDestinationType
	case "logFormat":
		return colLogFormat
	case "logGroupName":
		return colLogGroupName
	case "maxAggregationInterval":
		return colMaxAggregationInterval
	case "resourceId":
		return colResourceID
	case "tagFieldSpecificationSet":
		return colTagFieldSpecifications
	case "tagSet":
		return colTagSet
	case "trafficType":
		return colTrafficType
	default:
		return fieldOther
	}
}
