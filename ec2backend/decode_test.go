package ec2backend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/flowgres/flowgres/planner/adt"
)

// canned answers every request with one body.
type canned struct{ body []byte }

func (c *canned) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(c.body))}, nil
}

// sdkDecode decodes with the SDK's own deserialiser.
func sdkDecode(body []byte) (*ec2.DescribeFlowLogsOutput, error) {
	c := ec2.New(ec2.Options{
		Region: "us-east-1", HTTPClient: &canned{body}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
	return c.DescribeFlowLogs(context.Background(), &ec2.DescribeFlowLogsInput{})
}

// ourDecode decodes with ours, and with what was met before.
func ourDecode(in *interner, need columnSet, r io.Reader) (rows []adt.Row, next string, err error) {
	d := &pageDecoder{in: in, need: need, region: "us-east-1", account: func() (adt.Datum, error) { return "1", nil }}
	d.emit = func(r []adt.Row) { rows = append(rows, r...) }
	d.begin()
	err = d.page(r)
	return rows, d.next, err
}

// wantRow makes of the SDK's flow log what our row should be.
func wantRow(l types.FlowLog) adt.Row {
	row := make(adt.Row, numColumns)
	text := func(c int, s *string) {
		if s != nil {
			row[c] = *s
		}
	}
	enum := func(c int, s string) {
		if s != "" {
			row[c] = s
		}
	}
	text(colDeliverLogsPermissionArn, l.DeliverLogsPermissionArn)
	text(colResourceID, l.ResourceId)
	text(colFlowLogID, l.FlowLogId)
	text(colLogDestination, l.LogDestination)
	text(colFlowLogStatus, l.FlowLogStatus)
	text(colLogFormat, l.LogFormat)
	text(colLogGroupName, l.LogGroupName)
	text(colDeliverLogsStatus, l.DeliverLogsStatus)
	text(colDeliverLogsErrorMessage, l.DeliverLogsErrorMessage)
	text(colDeliverCrossAccountRole, l.DeliverCrossAccountRole)
	enum(colLogDestinationType, string(l.LogDestinationType))
	enum(colTrafficType, string(l.TrafficType))
	if l.MaxAggregationInterval != nil {
		row[colMaxAggregationInterval] = *l.MaxAggregationInterval
	}
	if l.CreationTime != nil {
		row[colCreationTime] = timestampOf(*l.CreationTime)
	}
	m := &jsonMaker{}
	var tags []tag
	for _, t := range l.Tags {
		tags = append(tags, tag{aws.ToString(t.Key), aws.ToString(t.Value)})
	}
	row[colTagSet], row[colTags] = m.tagColumns(tags)
	var fields []tagField
	for _, f := range l.TagFieldSpecifications {
		fields = append(fields, tagField{string(f.ResourceType), f.TagKeys})
	}
	row[colTagFieldSpecifications] = m.tagFields(fields)
	if o := l.DestinationOptions; o != nil {
		row[colDestinationOptions] = m.options(&destinationOptions{string(o.FileFormat), o.HiveCompatiblePartitions, o.PerHourPartition})
	}
	if l.ResourceId != nil {
		row[colResourceType] = typeDatum(*l.ResourceId)
	}
	row[colRegion], row[colAccountID] = "us-east-1", "1"
	return row
}

func show(row adt.Row) string {
	var b strings.Builder
	for i, d := range row {
		if j, ok := d.(*adt.JSONB); ok {
			d = j.String()
		}
		fmt.Fprintf(&b, "%d=%#v ", i, d)
	}
	return b.String()
}

// compareDecoders fails when the SDK reads a document and we read another: with nothing
// met before, with what in has met, and with the document itself, in one piece or not.
func compareDecoders(t *testing.T, in *interner, body []byte) {
	t.Helper()
	out, err := sdkDecode(body)
	if err != nil {
		// What the SDK refuses we may take where it is well-formed; but nothing
		// may go wrong, and it makes no difference what was met.
		_, _, fresh := ourDecode(newInterner(), everyColumn(), bytes.NewReader(body))
		for range 3 {
			if _, _, err := ourDecode(in, everyColumn(), bytes.NewReader(body)); (err == nil) != (fresh == nil) {
				t.Fatalf("%v, but %v after the same\n%q", fresh, err, body)
			}
		}
		return
	}
	for i, r := range []io.Reader{
		bytes.NewReader(body), bytes.NewReader(body), bytes.NewReader(body), bytes.NewReader(body),
		iotest.OneByteReader(bytes.NewReader(body)), iotest.HalfReader(bytes.NewReader(body)),
	} {
		known := in
		if i == 0 {
			known = newInterner()
		}
		if rows, _, err := ourDecode(known, columnSet{}, bytes.NewReader(body)); err == nil && len(rows) != len(out.FlowLogs) {
			t.Fatalf("%d rows when no column is needed, want %d", len(rows), len(out.FlowLogs))
		}
		rows, next, err := ourDecode(known, everyColumn(), r)
		if err != nil {
			if strings.Contains(err.Error(), "no XML element") || strings.Contains(err.Error(), "unexpected element") {
				return // we are stricter: the reply has to be one
			}
			t.Fatalf("the SDK decodes it, we do not: %v\n%q", err, body)
		}
		if next != aws.ToString(out.NextToken) || len(rows) != len(out.FlowLogs) {
			t.Fatalf("next %q, want %q; %d rows, want %d\n%q", next, aws.ToString(out.NextToken), len(rows), len(out.FlowLogs), body)
		}
		for i, l := range out.FlowLogs {
			if got, want := show(rows[i]), show(wantRow(l)); got != want {
				t.Fatalf("row %d:\n%s\nwant:\n%s\n%q", i, got, want, body)
			}
		}
	}
}

// randomDocument writes a reply in all the ways that XML allows.
func randomDocument(r *rand.Rand) []byte {
	var b strings.Builder
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	noise := func() string {
		return pick("", "", "", " ", "\n  ", "<!-- c < & > -->", "<?pi x?>", "<unknown a=\"1>2\"><b/>text</unknown>")
	}
	value := func() string {
		return pick("", "x", "a &amp; b", "&lt;&gt;&quot;&apos;", "&#65;&#x42;", "ünïcode ✓", " padded ", "line\r\nend\rx", "]]", "50%*?\\", strings.Repeat("long ", 300))
	}
	el := func(name, v string) string {
		open := name + pick("", "", " ", ` a="b"`, " a='>'")
		if v == "" && r.IntN(2) == 0 {
			return "<" + open + "/>"
		}
		return "<" + open + ">" + v + "</" + name + pick("", " ") + ">"
	}
	name := func(s string) string {
		if r.IntN(8) == 0 {
			return strings.ToUpper(s)
		}
		return s
	}
	b.WriteString(pick("", `<?xml version="1.0" encoding="UTF-8"?>`, "<?xml version='1.0'?>\n<!DOCTYPE x [<!ENTITY y 'z'>]>\n") + noise())
	b.WriteString(`<DescribeFlowLogsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` + noise())
	parts := []string{el("requestId", "abc"), "", ""}
	if r.IntN(2) == 0 {
		parts[2] = el("nextToken", value())
	}
	var set strings.Builder
	for range r.IntN(4) {
		set.WriteString(noise() + "<item>")
		var fields []string
		for _, f := range []string{"deliverCrossAccountRole", "deliverLogsErrorMessage", "deliverLogsPermissionArn", "deliverLogsStatus", "flowLogId", "flowLogStatus", "logDestination", "logDestinationType", "logFormat", "logGroupName", "trafficType"} {
			if r.IntN(2) == 0 {
				fields = append(fields, el(name(f), value()))
			}
		}
		fields = append(fields, el("resourceId", pick("vpc-1", "tgw-attach-2", "tgw-3", "eni-4", "weird", "")))
		if r.IntN(2) == 0 {
			fields = append(fields, el("creationTime", pick("2020-02-29T23:59:59.999Z", "1999-12-31T00:00:00.000Z", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456Z", "2026-01-02T03:04:05+02:00")))
		}
		if r.IntN(2) == 0 {
			fields = append(fields, el("maxAggregationInterval", pick("60", "600", "17", "-1")))
		}
		if r.IntN(2) == 0 {
			fields = append(fields, "<destinationOptions>"+noise()+pick("", el("fileFormat", pick("parquet", "")))+pick("", el("hiveCompatiblePartitions", pick("true", "false")))+pick("", el("perHourPartition", "1"))+"</destinationOptions>")
		}
		if r.IntN(2) == 0 {
			var s strings.Builder
			for range r.IntN(3) {
				s.WriteString(noise() + "<item>" + pick("", el("key", value())) + noise() + pick("", el("value", value())) + "</item>")
			}
			fields = append(fields, "<tagSet>"+s.String()+"</tagSet>")
		}
		if r.IntN(3) == 0 {
			fields = append(fields, "<tagFieldSpecificationSet><item>"+el("resourceType", "instance")+"<tagKeySet>"+el("item", value())+noise()+el("item", "k")+"</tagKeySet></item></tagFieldSpecificationSet>")
		}
		r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
		for _, f := range fields {
			set.WriteString(noise() + f)
		}
		set.WriteString("</item>")
	}
	parts[1] = "<flowLogSet>" + set.String() + "</flowLogSet>"
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	b.WriteString(strings.Join(parts, noise()) + "</DescribeFlowLogsResponse>" + pick("", "\n", "<!-- end -->"))
	return []byte(b.String())
}

// likeDocument writes flow logs that are like each other, as endpoints do, but for a few
// that are not quite.
func likeDocument(r *rand.Rand) []byte {
	var b strings.Builder
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	space := pick("", "", "\n    ", " \t")
	rare := func(usual string, s ...string) string {
		if r.IntN(12) > 0 {
			return usual
		}
		return pick(s...)
	}
	el := func(name, v string) string {
		return space + rare("", " ", "<!-- <tagSet> -->", "text", "<![CDATA[</item>]]>") + rare("<"+name+">", "<"+name+" >", "<x:"+name+">", "<"+strings.ToUpper(name)+">") + v + "\x00" + name
	}
	// What closes an element fits what opened it.
	end := func(s string) string {
		i := strings.LastIndexByte(s, 0)
		name, opened := s[i+1:], s[:i]
		for _, n := range []string{"x:" + name, strings.ToUpper(name)} {
			if strings.Contains(opened, "<"+n+">") {
				name = n
			}
		}
		return opened + "</" + name + ">"
	}
	text := func(v string) string {
		return rare(v, v+"&amp;", "<![CDATA["+v+"]]>", v+"<!-- c -->", v+"é", "", "&lt;/"+v+"&gt;")
	}
	names := []string{"creationTime", "deliverLogsStatus", "extra", "flowLogId", "flowLogStatus", "logDestination", "trafficType", "maxAggregationInterval", "tagSet", "destinationOptions", "tagFieldSpecificationSet", "resourceId"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	value := func(name string) string {
		switch name {
		case "creationTime":
			return pick("2020-02-29T23:59:59.999Z", "2026-01-02T03:04:05Z")
		case "maxAggregationInterval":
			return pick("60", "600", "61")
		case "tagSet":
			var s strings.Builder
			for i := range r.IntN(4) {
				s.WriteString(end(el("item", end(el("key", text(pick("env", fmt.Sprint("k", i)))))+end(el("value", text(pick("prod", "dev"))))+rare("", space+"<more/>")+space)))
			}
			return s.String() + space
		case "destinationOptions":
			return end(el("fileFormat", pick("parquet", "plain-text"))) + end(el("perHourPartition", pick("true", "false"))) + space
		case "tagFieldSpecificationSet":
			return end(el("item", end(el("resourceType", "instance"))+end(el("tagKeySet", end(el("item", text(pick("a", "b"))))))))
		case "flowLogId", "resourceId":
			return text(fmt.Sprint("vpc-", r.IntN(5)))
		}
		return text(pick("ACTIVE", "arn:aws:s3:::bucket"))
	}
	b.WriteString("<DescribeFlowLogsResponse><flowLogSet>")
	for range 2 + r.IntN(12) {
		row := ""
		for _, n := range names {
			for range 1 - r.IntN(8)/7 + r.IntN(20)/19 {
				row += end(el(n, value(n)))
			}
		}
		b.WriteString(end(el("item", row+space)))
	}
	b.WriteString(space + "</flowLogSet></DescribeFlowLogsResponse>")
	return []byte(b.String())
}

// TestDecoderAgainstSDK compares us with the SDK on random documents.
func TestDecoderAgainstSDK(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same documents each time
	in := newInterner()
	for range soak(400, 20_000) {
		compareDecoders(t, in, randomDocument(r))
		compareDecoders(t, in, likeDocument(r))
	}
}

// FuzzDecoder does the same on mutated ones.
func FuzzDecoder(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // seeds
	for range 30 {
		f.Add(randomDocument(r))
		f.Add(likeDocument(r))
	}
	f.Add([]byte("<DescribeFlowLogsResponse><flowLogSet><item><flowLogId><![CDATA[fl-<1>]]></flowLogId></item></flowLogSet></DescribeFlowLogsResponse>"))
	f.Fuzz(func(t *testing.T, body []byte) { compareDecoders(t, newInterner(), body) })
}

// TestDecoderErrors has documents that are none.
func TestDecoderErrors(t *testing.T) {
	for _, c := range []string{
		"", "{}", "<html></html>", "<DescribeFlowLogsResponse>", "<DescribeFlowLogsResponse></x>", "<DescribeFlowLogsResponse><flowLogSet><item></flowLogSet>",
		"<DescribeFlowLogsResponse><flowLogSet><item><flowLogId>&nope;</flowLogId>", "<DescribeFlowLogsResponse><nextToken><x/></nextToken></DescribeFlowLogsResponse>",
		`<?xml version="1.0" encoding="latin1"?><DescribeFlowLogsResponse></DescribeFlowLogsResponse>`, "<DescribeFlowLogsResponse><nextToken>\x01</nextToken></DescribeFlowLogsResponse>",
	} {
		if _, _, err := ourDecode(newInterner(), everyColumn(), strings.NewReader(c)); err == nil {
			t.Errorf("no error for %q", c)
		}
	}
	if _, _, err := ourDecode(newInterner(), everyColumn(), iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

func TestParseTimestamp(t *testing.T) {
	for d := time.Date(1999, 12, 30, 23, 59, 59, 0, time.UTC); d.Year() < 2032; d = d.Add(35*time.Hour + 7*time.Millisecond) {
		got, ok := parseTimestamp([]byte(d.Format("2006-01-02T15:04:05.000Z")))
		if want := timestampOf(d.Truncate(time.Millisecond)); !ok || got != want {
			t.Fatalf("%s: %d, %v, want %d", d, got, ok, want)
		}
	}
	for _, bad := range []string{"2025-02-29T00:00:00.000Z", "2025-13-01T00:00:00.000Z", "2025-01-01T24:00:00.000Z", "2025-01-01 00:00:00.000Z", "x"} {
		if _, ok := parseTimestamp([]byte(bad)); ok {
			t.Error(bad)
		}
	}
}
