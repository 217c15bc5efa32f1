package emulator

import (
	"regexp"
	"slices"
	"sort"
	"strings"
)

// created is the reply to a CreateFlowLogs call, kept for its client token.
type created struct {
	params string
	ids    []string
	failed []unsuccessful
}

// unsuccessful is an item that a call could not do.
type unsuccessful struct{ id, code, message string }

// defaultFormat is the log format of version 2.
const defaultFormat = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"

var formatShape = regexp.MustCompile(`^\$\{[a-z0-9-]+\}( \$\{[a-z0-9-]+\})*$`)

// resourceTypes are the types of resources with the prefix of their ids and the
// word in the codes of their errors.
var resourceTypes = map[string]struct{ prefix, word string }{
	"VPC":                      {"vpc-", "Vpc"},
	"Subnet":                   {"subnet-", "Subnet"},
	"NetworkInterface":         {"eni-", "NetworkInterface"},
	"TransitGateway":           {"tgw-", "TransitGateway"},
	"TransitGatewayAttachment": {"tgw-attach-", "TransitGatewayAttachment"},
	"RegionalNatGateway":       {"nat-", "NatGateway"},
}

func (e *Emulator) createFlowLogs(q *request) ([]byte, error) {
	p := &q.p
	token := p.get("ClientToken")
	dry := p.dryRun()
	l, typ, ids, err := readCreate(q)
	if err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(token) > 64 {
		return nil, bad("InvalidParameterValue", "The client token is longer than 64 characters")
	}
	if err := e.checkCreate(q, &l, typ, ids); err != nil {
		return nil, err
	}
	if dry != nil {
		return nil, dry
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s := q.account.store(q.region)
	sum := paramSum(p.v)
	if c := s.created[token]; token != "" && c != nil {
		if c.params != sum {
			return nil, bad("IdempotentParameterMismatch", "The request uses the same client token as a previous, but non-identical request.")
		}
		return createReply(q, token, c), nil
	}
	c := &created{params: sum}
	for _, id := range ids {
		u := e.createOne(q, s, l, typ, id)
		if u.code == "" {
			c.ids = append(c.ids, u.id)
			continue
		}
		if e.opts.CreateFails && strings.HasSuffix(u.code, ".NotFound") || e.opts.ConflictFails && u.code == "FlowLogAlreadyExists" {
			return nil, bad(u.code, u.message)
		}
		c.failed = append(c.failed, u)
	}
	if token != "" {
		s.created[token] = c
	}
	return createReply(q, token, c), nil
}

// createOne makes one flow log; the result has its id, or the resource's with
// a code.
func (e *Emulator) createOne(q *request, s *store, l FlowLog, typ, resource string) unsuccessful {
	l.ResourceID = resource
	rt := resourceTypes[typ]
	if !s.resources[resource] {
		word := rt.word + "ID"
		if rt.word == "NatGateway" {
			word = "NatGatewayID"
		}
		return unsuccessful{resource, "Invalid" + word + ".NotFound", "The " + strings.ToLower(rt.word) + " ID '" + resource + "' does not exist"}
	}
	if l.DestinationType == "s3" && e.missing[bucketOf(l.Destination)] {
		return unsuccessful{resource, "InvalidParameterValue", "LogDestination: " + bucketOf(l.Destination) + " does not exist."}
	}
	for _, en := range s.logs {
		if en.ResourceID == resource && sameSettings(&en.FlowLog, &l) {
			return unsuccessful{resource, "FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration and log destination."}
		}
	}
	if e.opts.LogsPerResource > 0 && s.perRes[resource] >= e.opts.LogsPerResource {
		return unsuccessful{resource, "FlowLogsLimitExceeded", "The maximum number of flow logs has been reached for '" + resource + "'."}
	}
	l.ID = "fl-" + randomHex(17)
	l.Status = "ACTIVE"
	l.DeliverStatus = "SUCCESS"
	l.Created = q.now
	l.account = q.account.id
	l.Tags = slices.Clone(l.Tags)
	e.seq++
	s.add(&entry{FlowLog: l, seq: e.seq, visible: q.now.Add(e.opts.VisibleAfter)})
	return unsuccessful{id: l.ID}
}

func sameSettings(a, b *FlowLog) bool {
	return a.TrafficType == b.TrafficType && a.DestinationType == b.DestinationType && a.Destination == b.Destination &&
		a.LogGroupName == b.LogGroupName && a.Format == b.Format && a.Interval == b.Interval
}

// readCreate reads the settings of CreateFlowLogs.
func readCreate(q *request) (l FlowLog, typ string, ids []string, err error) {
	p := &q.p
	typ = p.get("ResourceType")
	ids = p.list("ResourceId")
	l = FlowLog{
		TrafficType: p.get("TrafficType"), DestinationType: p.get("LogDestinationType"), Destination: p.get("LogDestination"),
		LogGroupName: p.get("LogGroupName"), Format: p.get("LogFormat"), PermissionARN: p.get("DeliverLogsPermissionArn"),
		CrossAccountRole: p.get("DeliverCrossAccountRole"),
	}
	if l.DestinationType == "" {
		l.DestinationType = "cloud-watch-logs"
	}
	n, ok, err := p.integer("MaxAggregationInterval")
	if err != nil {
		return l, typ, ids, err
	}
	if ok {
		if n != 60 && n != 600 {
			return l, typ, ids, bad("InvalidParameter", "Invalid Flow Log Max Aggregation Interval")
		}
		l.Interval = int32(n)
	}
	o := DestinationOptions{FileFormat: p.get("DestinationOptions.FileFormat")}
	if o.HiveCompatiblePartitions, err = p.boolean("DestinationOptions.HiveCompatiblePartitions"); err != nil {
		return l, typ, ids, err
	}
	if o.PerHourPartition, err = p.boolean("DestinationOptions.PerHourPartition"); err != nil {
		return l, typ, ids, err
	}
	for k := range p.v {
		if strings.HasPrefix(k, "DestinationOptions.") {
			l.Options = &o
		}
	}
	p.each("TagSpecification", func(prefix string) {
		if t := p.get(prefix + "ResourceType"); t != "vpc-flow-log" && err == nil {
			err = bad("InvalidParameterValue", "'"+t+"' is not a valid taggable resource type for this operation.")
		}
		l.Tags = append(l.Tags, readTags(p, prefix+"Tag")...)
	})
	p.each("TagFieldSpecification", func(prefix string) {
		f := TagField{ResourceType: p.get(prefix + "ResourceType"), TagKeys: p.list(prefix + "TagKey")}
		if !slices.Contains([]string{"network-interface", "instance", "auto-scaling-group"}, f.ResourceType) && err == nil {
			err = bad("InvalidParameterValue", "Invalid value '"+f.ResourceType+"' for tagFieldSpecification resourceType.")
		}
		l.TagFields = append(l.TagFields, f)
	})
	return l, typ, ids, err
}

// checkCreate applies the rules between settings and fills in defaults.
func (e *Emulator) checkCreate(q *request, l *FlowLog, typ string, ids []string) error {
	rt, ok := resourceTypes[typ]
	switch {
	case typ == "":
		return bad("MissingParameter", "The request must contain the parameter resourceType")
	case !ok:
		return bad("InvalidParameterValue", "Value ("+typ+") for parameter resourceType is invalid.")
	case len(ids) == 0:
		return bad("MissingParameter", "The request must contain the parameter resourceIdSet")
	}
	transit := strings.HasPrefix(typ, "TransitGateway")
	if most := map[bool]int{true: 25, false: 300}[transit]; len(ids) > most {
		return bad("InvalidParameterValue", "Too many resource ids in one request")
	}
	for _, id := range ids {
		if !validID(id, rt.prefix) || typ == "TransitGateway" && strings.HasPrefix(id, "tgw-attach-") {
			return bad("Invalid"+rt.word+"ID.Malformed", "Invalid id: \""+id+"\" (expecting \""+rt.prefix+"...\")")
		}
	}
	switch {
	case transit && l.TrafficType != "":
		return bad("InvalidParameter", "TrafficType is not supported for transit gateway resource types.")
	case !transit && l.TrafficType == "":
		return bad("MissingParameter", "The request must contain the parameter trafficType")
	case !transit && !slices.Contains([]string{"ACCEPT", "REJECT", "ALL"}, l.TrafficType):
		return bad("InvalidParameterValue", "Value ("+l.TrafficType+") for parameter trafficType is invalid.")
	case transit && l.Interval == 600:
		return bad("InvalidParameter", "Invalid Flow Log Max Aggregation Interval")
	}
	if l.Interval == 0 {
		l.Interval = 600
		if transit {
			l.Interval = 60
		}
	}
	if l.Format == "" {
		l.Format = defaultFormat
	} else if !formatShape.MatchString(l.Format) {
		return bad("InvalidParameter", "Invalid log format.")
	}
	if err := checkTags(l.Tags, nil); err != nil {
		return err
	}
	return checkDestination(q, l)
}

// checkDestination applies the rules between destination type, destination, log
// group and roles.
func checkDestination(q *request, l *FlowLog) error {
	if l.DestinationType != "s3" && l.Options != nil {
		return bad("InvalidParameter", "DestinationOptions can only be specified for the s3 destination type.")
	}
	if l.DestinationType != "cloud-watch-logs" && l.LogGroupName != "" {
		return bad("InvalidParameter", "LogDestination type must be cloud-watch-logs if LogGroupName is provided.")
	}
	if l.DestinationType != "kinesis-data-firehose" && l.CrossAccountRole != "" {
		return bad("InvalidParameter", "DeliverCrossAccountRole is only supported for the kinesis-data-firehose destination type.")
	}
	switch l.DestinationType {
	case "cloud-watch-logs":
		switch {
		case l.LogGroupName == "" && l.Destination == "":
			return bad("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.")
		case l.LogGroupName != "" && l.Destination != "":
			return bad("InvalidParameter", "Please only provide LogGroupName or only provide LogDestination.")
		case l.PermissionARN == "":
			return bad("InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.")
		}
		if l.LogGroupName == "" {
			_, group, ok := strings.Cut(l.Destination, ":log-group:")
			if !ok || !strings.HasPrefix(l.Destination, "arn:") {
				return bad("InvalidParameter", "LogDestination is not a valid log group ARN.")
			}
			l.LogGroupName = strings.TrimSuffix(group, ":*")
		} else {
			l.Destination = "arn:aws:logs:" + q.region + ":" + q.account.id + ":log-group:" + l.LogGroupName
		}
	case "s3":
		b := bucketOf(l.Destination)
		_, prefix, _ := strings.Cut(strings.TrimPrefix(l.Destination, "arn:aws:s3:::"), "/")
		switch {
		case l.Destination == "":
			return bad("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.")
		case b == "":
			return bad("InvalidParameter", "LogDestination is not a valid S3 bucket ARN.")
		case prefix == "AWSLogs" || strings.HasPrefix(prefix, "AWSLogs/"):
			return bad("InvalidParameter", "AWSLogs is a reserved folder name.")
		case l.PermissionARN != "":
			return bad("InvalidParameter", "DeliverLogsPermissionArn is not applicable for the s3 destination type.")
		}
		if l.Options == nil {
			l.Options = &DestinationOptions{}
		}
		if l.Options.FileFormat == "" {
			l.Options.FileFormat = "plain-text"
		}
		if f := l.Options.FileFormat; f != "plain-text" && f != "parquet" {
			return bad("InvalidParameterValue", "Value ("+f+") for parameter fileFormat is invalid.")
		}
	case "kinesis-data-firehose":
		part := strings.Split(l.Destination, ":")
		switch {
		case len(part) != 6 || part[2] != "firehose" || !strings.HasPrefix(part[5], "deliverystream/") && part[5] != "deliverystream":
			if len(part) != 7 || part[2] != "firehose" || part[5] != "deliverystream" {
				return bad("InvalidParameter", "LogDestination is not a valid Firehose delivery stream ARN.")
			}
		}
		if part[4] != q.account.id && (l.PermissionARN == "" || l.CrossAccountRole == "") {
			return bad("InvalidParameter", "DeliverLogsPermissionArn and DeliverCrossAccountRole are required for a delivery stream of another account.")
		}
	default:
		return bad("InvalidParameterValue", "Value ("+l.DestinationType+") for parameter logDestinationType is invalid.")
	}
	return nil
}

// bucketOf gives the bucket of an S3 ARN, "" when it is none.
func bucketOf(arn string) string {
	part := strings.SplitN(arn, ":", 6)
	if len(part) != 6 || part[0] != "arn" || part[2] != "s3" {
		return ""
	}
	b, _, _ := strings.Cut(part[5], "/")
	return b
}

// validID tells whether an id has the prefix and 8 or 17 hexadecimal digits.
func validID(id, prefix string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok || len(rest) != 8 && len(rest) != 17 {
		return false
	}
	for _, c := range rest {
		if !strings.ContainsRune("0123456789abcdef", c) {
			return false
		}
	}
	return true
}

func paramSum(v map[string][]string) string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k + "=" + strings.Join(v[k], "\x00") + "\x01")
	}
	return b.String()
}

func createReply(q *request, token string, c *created) []byte {
	var x xmlWriter
	x.begin(q)
	x.optional("clientToken", token)
	x.raw("<flowLogIdSet>")
	for _, id := range c.ids {
		x.element("item", id)
	}
	x.raw("</flowLogIdSet>")
	appendUnsuccessful(&x, c.failed)
	return x.end(q)
}

func appendUnsuccessful(x *xmlWriter, items []unsuccessful) {
	x.raw("<unsuccessful>")
	for _, u := range items {
		x.raw("<item><error>")
		x.element("code", u.code)
		x.element("message", u.message)
		x.raw("</error>")
		x.element("resourceId", u.id)
		x.raw("</item>")
	}
	x.raw("</unsuccessful>")
}
