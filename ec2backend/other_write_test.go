package ec2backend

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// createdNow is a flow log as a create that is yet to come makes it.
func createdNow(id, resource string) string {
	return "<item><creationTime>" + time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z") + "</creationTime><flowLogId>" + id + "</flowLogId>" +
		"<flowLogStatus>ACTIVE</flowLogStatus><resourceId>" + resource + "</resourceId><trafficType>ALL</trafficType>" +
		"<logDestinationType>s3</logDestinationType><logDestination>arn:aws:s3:::bucket</logDestination></item>"
}

// unsuccessful is the list of a reply; pairs are resource and code.
func unsuccessful(pairs ...string) string {
	var b strings.Builder
	b.WriteString("<unsuccessful>")
	for i := 0; i+1 < len(pairs); i += 2 {
		fmt.Fprintf(&b, "<item><error><code>%s</code><message>About %s.</message></error>", pairs[i+1], pairs[i])
		if pairs[i] != "" {
			fmt.Fprintf(&b, "<resourceId>%s</resourceId>", pairs[i])
		}
		b.WriteString("</item>")
	}
	return b.String() + "</unsuccessful>"
}

// madeIDs is the list of a create's reply.
func madeIDs(ids ...string) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString("<item>" + id + "</item>")
	}
	return "<clientToken>x</clientToken><flowLogIdSet>" + b.String() + "</flowLogIdSet>"
}

// listed gives the values of Name.1, Name.2, …
func listed(f url.Values, name string) (out []string) {
	for i := 1; f.Has(fmt.Sprintf("%s.%d", name, i)); i++ {
		out = append(out, f.Get(fmt.Sprintf("%s.%d", name, i)))
	}
	return out
}

// TestOtherCreates has replies of CreateFlowLogs in every mix. What the endpoint
// holds at the end is what was reported: all, or nothing, or what is in doubt.
func TestOtherCreates(t *testing.T) {
	t.Parallel()
	created := func(content string) answer { return ok("CreateFlowLogs", content+"<unsuccessful/>") }
	a, b := createdNow("fl-0a", "vpc-0000000a"), createdNow("fl-0b", "vpc-0000000b")
	both := []string{"vpc-0000000a", "vpc-0000000b"}
	for name, x := range map[string]struct {
		resources []string
		creates   []answer
		describes []answer
		ignore    bool   // ON CONFLICT DO NOTHING
		state     string // "" is success
		rows      string // ids returned
		deleted   string // ids that were deleted again
		detail    []string
		doubts    int
	}{
		"made":                            {resources: both, creates: []answer{created(madeIDs("fl-0a", "fl-0b"))}, describes: []answer{set("", a, b)}, rows: "fl-0a fl-0b"},
		"ids in another order":            {resources: both, creates: []answer{created(madeIDs("fl-0b", "fl-0a"))}, describes: []answer{set("", a, b)}, rows: "fl-0a fl-0b"},
		"seen later":                      {resources: both, creates: []answer{created(madeIDs("fl-0a", "fl-0b"))}, describes: []answer{set(""), set("", b), set("", a)}, rows: "fl-0a fl-0b"},
		"empty page first":                {resources: both[:1], creates: []answer{created(madeIDs("fl-0a"))}, describes: []answer{set("1"), set("", a)}, rows: "fl-0a"},
		"no unsuccessful element":         {resources: both[:1], creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"unsuccessful first":              {resources: both[:1], creates: []answer{ok("CreateFlowLogs", unsuccessful()+madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"one fails":                       {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a")+unsuccessful("vpc-0000000b", "InvalidVpcID.NotFound"))}, state: "23503", deleted: "fl-0a", detail: []string{"vpc-0000000b: About vpc-0000000b (InvalidVpcID.NotFound)", "request id 59dbff89"}},
		"the first fails":                 {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0b")+unsuccessful("vpc-0000000a", "FlowLogsLimitExceeded"))}, state: "54000", deleted: "fl-0b"},
		"all fail":                        {resources: both, creates: []answer{ok("CreateFlowLogs", unsuccessful("vpc-0000000b", "400", "vpc-0000000a", "InvalidParameterValue"))}, state: "HV000", detail: []string{"vpc-0000000b: ", "vpc-0000000a: "}},
		"one fails twice":                 {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a")+unsuccessful("vpc-0000000b", "InvalidVpcID.NotFound", "vpc-0000000b", "InternalError"))}, state: "23503", deleted: "fl-0a"},
		"one fails without its name":      {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a")+unsuccessful("", "InternalError"))}, describes: []answer{set("", a)}, state: "08006", deleted: "fl-0a"},
		"an error without code":           {resources: both[:1], creates: []answer{ok("CreateFlowLogs", "<unsuccessful><item><resourceId>vpc-0000000a</resourceId></item></unsuccessful>")}, state: "HV000"},
		"a conflict":                      {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a")+unsuccessful("vpc-0000000b", "FlowLogAlreadyExists"))}, state: "23505", deleted: "fl-0a"},
		"a conflict that is ignored":      {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a")+unsuccessful("vpc-0000000b", "FlowLogAlreadyExists"))}, describes: []answer{set("", a)}, ignore: true, rows: "fl-0a"},
		"only conflicts, ignored":         {resources: both, creates: []answer{ok("CreateFlowLogs", unsuccessful("vpc-0000000b", "FlowLogAlreadyExists", "vpc-0000000a", "FlowLogAlreadyExists"))}, ignore: true},
		"a conflict of the call":          {resources: both[:1], creates: []answer{refuse(400, "FlowLogAlreadyExists", "Flow log already exists.")}, state: "23505"},
		"a conflict of the call, ignored": {resources: both[:1], creates: []answer{refuse(400, "FlowLogAlreadyExists", "Flow log already exists.")}, ignore: true},
		"one is left out":                 {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0b"))}, describes: []answer{set("", b)}, state: "HV000", deleted: "fl-0b", detail: []string{"vpc-0000000a: the reply names neither"}},
		"one is left out but made":        {resources: both, creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0b"))}, describes: []answer{set("", b), set("", a, b), set("", a, b)}, rows: "fl-0a fl-0b"},
		"one too many":                    {resources: both[:1], creates: []answer{ok("CreateFlowLogs", madeIDs("fl-0a", "fl-0b"))}, describes: []answer{set("", a, b)}, rows: "fl-0a"},
		"says nothing, then made":         {resources: both[:1], creates: []answer{{}, {body: "<html/>"}, ok("DeleteFlowLogs", ""), created(madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"breaks off, then made":           {resources: both[:1], creates: []answer{{body: created(madeIDs("fl-0a")).body, cut: 150}, {drop: true}, created(madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"cut short in its document":       {resources: both[:1], creates: []answer{{body: strings.TrimSuffix(created(madeIDs("fl-0a")).body, "</CreateFlowLogsResponse>")}, created(madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"gateway, then made":              {resources: both[:1], creates: []answer{{status: 504, body: "<html/>"}, {status: 502}, created(madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"lost, then mismatch":             {resources: both[:1], creates: []answer{{drop: true}, refuse(400, "IdempotentParameterMismatch", "Used before.")}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"lost, then mismatch, not made":   {resources: both[:1], creates: []answer{{drop: true}, refuse(400, "IdempotentParameterMismatch", "Used before.")}, describes: []answer{set("")}, state: "23505"},
		"lost, then mismatch, half made":  {resources: both, creates: []answer{{drop: true}, refuse(400, "IdempotentParameterMismatch", "Used before.")}, describes: []answer{set("", b)}, state: "23505", deleted: "fl-0b"},
		"mismatch at once":                {resources: both[:1], creates: []answer{refuse(400, "IdempotentParameterMismatch", "Used before.")}, state: "23505"},
		"lost, then in its own way":       {resources: both[:1], creates: []answer{{drop: true}, refuse(400, "FlowLogAlreadyExists", "There.")}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"lost, then in the way by item":   {resources: both, creates: []answer{{drop: true}, ok("CreateFlowLogs", unsuccessful("vpc-0000000a", "FlowLogAlreadyExists", "vpc-0000000b", "FlowLogAlreadyExists"))}, describes: []answer{set("", a, b)}, rows: "fl-0a fl-0b"},
		"lost, then an old one in it":     {resources: both[:1], creates: []answer{{drop: true}, refuse(400, "FlowLogAlreadyExists", "There.")}, describes: []answer{set("", item("fl-0a", "vpc-0000000a"))}, state: "23505"},
		"throttled, then made":            {resources: both[:1], creates: []answer{refuse(503, "RequestLimitExceeded", "x"), refuse(503, "RequestLimitExceeded", "x"), created(madeIDs("fl-0a"))}, describes: []answer{set("", a)}, rows: "fl-0a"},
		"throttled for good":              {resources: both[:1], creates: []answer{refuse(503, "RequestLimitExceeded", "x")}, state: "53400", detail: []string{"request id ea966190"}},
		"fails, made nothing":             {resources: both[:1], creates: []answer{refuse(500, "InternalError", "x")}, describes: []answer{set("")}, state: "08006"},
		"fails, made it":                  {resources: both[:1], creates: []answer{refuse(500, "InternalError", "x")}, describes: []answer{set(""), set("", a)}, state: "08006", deleted: "fl-0a"},
		"fails, nobody knows":             {resources: both[:1], creates: []answer{refuse(500, "InternalError", "x")}, describes: []answer{refuse(500, "InternalError", "x")}, state: "40003", doubts: 1},
		"refused":                         {resources: both, creates: []answer{refuse(403, "UnauthorizedOperation", "x")}, state: "42501"},
		"refused for a part":              {resources: both, creates: []answer{refuse(400, "InvalidVpcID.NotFound", "x")}, describes: []answer{set("", a)}, state: "23503", deleted: "fl-0a"},
	} {
		t.Run(name, func(t *testing.T) {
			script := map[string][]answer{"CreateFlowLogs": x.creates, "DescribeFlowLogs": x.describes, "DeleteFlowLogs": {ok("DeleteFlowLogs", "<unsuccessful/>")}}
			o, f := newOther(t, script, func(c *Config) { c.WriteBudget = 5 * time.Second })
			rows := make([]adt.Row, len(x.resources))
			for i, r := range x.resources {
				rows[i] = toS3(r)
			}
			out, err := f.b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session()}, rows, nil, x.ignore)
			if x.state != "" {
				e := wantCode(t, err, x.state)
				for _, d := range append(x.detail, "ec2:CreateFlowLogs in region us-east-1") {
					if !strings.Contains(e.Detail, d) && x.state != "23505" {
						t.Errorf("detail %q lacks %q", e.Detail, d)
					}
				}
			} else if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for i, r := range out {
				if r != nil {
					ids = append(ids, r[colFlowLogID].(string))
					if r[colResourceID] != x.resources[i] {
						t.Errorf("row %d is %s of %s", i, r[colFlowLogID], r[colResourceID])
					}
				}
			}
			if got := strings.Join(ids, " "); got != x.rows {
				t.Errorf("returns %q, want %q", got, x.rows)
			}
			var deleted []string
			for _, c := range o.calls("DeleteFlowLogs") {
				deleted = append(deleted, listed(c, "FlowLogId")...)
			}
			if got := strings.Join(sorted(deleted), " "); got != x.deleted {
				t.Errorf("deleted %q, want %q", got, x.deleted)
			}
			tokens := map[string]bool{}
			for _, c := range o.calls("CreateFlowLogs") {
				tokens[c.Get("ClientToken")] = true
			}
			if len(tokens) != 1 {
				t.Errorf("tokens %v", tokens)
			}
			if d := doubts(t, f.b); len(d) != x.doubts {
				t.Errorf("in doubt: %v", d)
			}
		})
	}
}

// TestOtherDeletes has replies of DeleteFlowLogs in every mix.
func TestOtherDeletes(t *testing.T) {
	t.Parallel()
	three := []string{"fl-0a", "fl-0b", "fl-0c"}
	a, b, c := item("fl-0a", "vpc-0a"), item("fl-0b", "vpc-0b"), item("fl-0c", "vpc-0c")
	done := func(pairs ...string) answer { return ok("DeleteFlowLogs", unsuccessful(pairs...)) }
	notFound := func(ids string) answer {
		return refuse(400, "InvalidFlowLogId.NotFound", "These flow log ids in the input list are not found: [TotalCount: 1] "+ids)
	}
	for name, x := range map[string]struct {
		ids       []string
		deletes   []answer
		describes []answer
		state     string
		was       string // ids that count
		calls     int    // of DeleteFlowLogs
		detail    []string
		doubts    int
	}{
		"all":                       {ids: three, deletes: []answer{done()}, was: "fl-0a fl-0b fl-0c", calls: 1},
		"no element":                {ids: three, deletes: []answer{ok("DeleteFlowLogs", "")}, was: "fl-0a fl-0b fl-0c", calls: 1},
		"one gone":                  {ids: three, deletes: []answer{done("fl-0b", "InvalidFlowLogId.NotFound")}, was: "fl-0a fl-0c", calls: 1},
		"all gone":                  {ids: three, deletes: []answer{done("fl-0c", "InvalidFlowLogId.NotFound", "fl-0b", "InvalidFlowLogId.NotFound", "fl-0a", "InvalidFlowLogId.NotFound")}, calls: 1},
		"one refused":               {ids: three, deletes: []answer{done("fl-0b", "UnauthorizedOperation")}, state: "40003", calls: 1, doubts: 2, detail: []string{`Deleted before the failure: {"flowLogIds": ["fl-0a", "fl-0c"]}`, "fl-0b: About fl-0b (UnauthorizedOperation)", "request id 59dbff89"}},
		"all refused":               {ids: three, deletes: []answer{done("fl-0a", "UnauthorizedOperation", "fl-0b", "UnauthorizedOperation", "fl-0c", "InvalidParameterValue")}, state: "42501", calls: 1},
		"gone and refused":          {ids: three, deletes: []answer{done("fl-0a", "InvalidFlowLogId.NotFound", "fl-0b", "UnauthorizedOperation", "fl-0c", "InvalidFlowLogId.NotFound")}, state: "42501", calls: 1},
		"not looked at, then done":  {ids: three, deletes: []answer{done("fl-0b", "InternalError", "fl-0a", "RequestLimitExceeded"), done("fl-0b", "Unavailable"), done()}, was: "fl-0a fl-0b fl-0c", calls: 3},
		"never looked at":           {ids: three, deletes: []answer{done("fl-0b", "InternalError")}, state: "40003", calls: 4, doubts: 2},
		"without a name":            {ids: three[:1], deletes: []answer{done("", "UnauthorizedOperation")}, state: "42501", calls: 1},
		"the call, one gone":        {ids: three, deletes: []answer{notFound("fl-0b"), done()}, describes: []answer{set("", a, c)}, was: "fl-0a fl-0c", calls: 2},
		"the call, others deleted":  {ids: three, deletes: []answer{notFound("fl-0b")}, describes: []answer{set("")}, was: "fl-0a fl-0c", calls: 1},
		"the call, names all":       {ids: three, deletes: []answer{notFound("fl-0a, fl-0b, fl-0c")}, describes: []answer{set("")}, was: "fl-0a fl-0b fl-0c", calls: 1},
		"the call, single":          {ids: three[:1], deletes: []answer{notFound("fl-0a")}, calls: 1},
		"the call, no names":        {ids: three, deletes: []answer{refuse(400, "InvalidFlowLogId.NotFound", "x"), done()}, describes: []answer{set("", b)}, was: "fl-0a fl-0b fl-0c", calls: 2},
		"stale for long":            {ids: three, deletes: []answer{notFound("fl-0a, fl-0b, fl-0c")}, describes: []answer{set("", a, b, c)}, was: "fl-0a fl-0b fl-0c", calls: 7},
		"refused":                   {ids: three, deletes: []answer{refuse(403, "UnauthorizedOperation", "x")}, state: "42501", calls: 1},
		"malformed":                 {ids: three, deletes: []answer{refuse(400, "InvalidFlowLogId.Malformed", "x")}, state: "22023", calls: 1},
		"lost, then gone":           {ids: three[:1], deletes: []answer{{drop: true}, {body: "<html/>"}, done("fl-0a", "InvalidFlowLogId.NotFound")}, was: "fl-0a", calls: 3},
		"lost for good, there":      {ids: three[:2], deletes: []answer{{drop: true}}, describes: []answer{set("", a)}, state: "40003", calls: 6, doubts: 2, detail: []string{`["fl-0b"]`}},
		"lost for good, gone":       {ids: three[:2], deletes: []answer{{drop: true}}, describes: []answer{set("")}, was: "fl-0a fl-0b", calls: 6},
		"lost for good, not to see": {ids: three[:2], deletes: []answer{{drop: true}}, describes: []answer{refuse(403, "UnauthorizedOperation", "x")}, state: "40003", calls: 6, doubts: 2},
		"fails, there":              {ids: three[:2], deletes: []answer{refuse(500, "InternalError", "x")}, describes: []answer{set("", a, b)}, state: "08006", calls: 6},
		"fails, gone":               {ids: three[:2], deletes: []answer{refuse(500, "InternalError", "x")}, describes: []answer{set("")}, was: "fl-0a fl-0b", calls: 6},
		"throttled for good":        {ids: three[:2], deletes: []answer{refuse(503, "RequestLimitExceeded", "x")}, state: "53400"},
	} {
		t.Run(name, func(t *testing.T) {
			o, f := newOther(t, map[string][]answer{"DeleteFlowLogs": x.deletes, "DescribeFlowLogs": x.describes}, nil)
			rows := make([]adt.Row, len(x.ids))
			for i, id := range x.ids {
				rows[i] = newRow(colFlowLogID, id, colRegion, "us-east-1", colAccountID, testAccount, colResourceID, "vpc-0a")
			}
			was, err := f.b.flowLogs.Delete(t.Context(), fdw.WriteRequest{Session: f.session()}, rows)
			if x.state != "" {
				e := wantCode(t, err, x.state)
				for _, d := range append(x.detail, "ec2:DeleteFlowLogs in region us-east-1, account "+testAccount) {
					if !strings.Contains(e.Detail, d) {
						t.Errorf("detail %q lacks %q", e.Detail, d)
					}
				}
			} else if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for i, w := range was {
				if w {
					ids = append(ids, x.ids[i])
				}
			}
			if got := strings.Join(ids, " "); got != x.was {
				t.Errorf("deleted %q, want %q", got, x.was)
			}
			if n := len(o.calls("DeleteFlowLogs")); x.calls > 0 && n != x.calls {
				t.Errorf("%d calls, want %d", n, x.calls)
			}
			if d := doubts(t, f.b); len(d) != x.doubts {
				t.Errorf("in doubt: %v", d)
			}
		})
	}
}

// TestOtherTags has tagging calls for flow logs of which some are not there.
func TestOtherTags(t *testing.T) {
	t.Parallel()
	yes := func(action string) answer { return ok(action, "<return>true</return>") }
	a := item("fl-0a", "vpc-0a")
	for name, x := range map[string]struct {
		creates, deletes, describes []answer
		state                       string
		stored                      string // ids
		calls                       string // the tagging calls' ids
		doubts                      int
	}{
		"done":                   {creates: []answer{yes("CreateTags")}, deletes: []answer{yes("DeleteTags")}, stored: "fl-0a fl-0b", calls: "-fl-0a,fl-0b +fl-0a,fl-0b"},
		"empty replies":          {creates: []answer{{}}, deletes: []answer{{}}, stored: "fl-0a fl-0b", calls: "-fl-0a,fl-0b +fl-0a,fl-0b"},
		"one gone":               {creates: []answer{yes("CreateTags")}, deletes: []answer{refuse(400, "InvalidFlowLogId.NotFound", "fl-0b"), yes("DeleteTags")}, describes: []answer{set("", a)}, stored: "fl-0a", calls: "-fl-0a,fl-0b -fl-0a +fl-0a"},
		"one gone, other code":   {creates: []answer{yes("CreateTags")}, deletes: []answer{refuse(400, "InvalidID", "The ID 'fl-0b' is not valid"), yes("DeleteTags")}, describes: []answer{set("", a)}, stored: "fl-0a", calls: "-fl-0a,fl-0b -fl-0a +fl-0a"},
		"all gone":               {deletes: []answer{refuse(400, "InvalidFlowLogId.NotFound", "x")}, describes: []answer{set("")}, calls: "-fl-0a,fl-0b"},
		"not seen everywhere":    {creates: []answer{yes("CreateTags")}, deletes: []answer{refuse(400, "InvalidFlowLogId.NotFound", "x"), yes("DeleteTags")}, describes: []answer{set("", a, item("fl-0b", "vpc-0b"))}, stored: "fl-0a fl-0b", calls: "-fl-0a,fl-0b -fl-0a,fl-0b +fl-0a,fl-0b"},
		"never seen":             {deletes: []answer{refuse(400, "InvalidID", "x")}, describes: []answer{set("", a, item("fl-0b", "vpc-0b"))}, state: "22023", calls: "-fl-0a,fl-0b -fl-0a,fl-0b -fl-0a,fl-0b -fl-0a,fl-0b"},
		"refused":                {deletes: []answer{refuse(403, "UnauthorizedOperation", "x")}, state: "42501", calls: "-fl-0a,fl-0b"},
		"the second refused":     {creates: []answer{refuse(403, "UnauthorizedOperation", "x"), yes("CreateTags")}, deletes: []answer{yes("DeleteTags")}, state: "42501", calls: "-fl-0a,fl-0b +fl-0a,fl-0b -fl-0b,fl-0a +fl-0b,fl-0a"},
		"the limit":              {creates: []answer{refuse(400, "TagLimitExceeded", "x"), yes("CreateTags")}, deletes: []answer{yes("DeleteTags")}, state: "54000", calls: "-fl-0a,fl-0b +fl-0a,fl-0b -fl-0b,fl-0a +fl-0b,fl-0a"},
		"cannot be changed back": {creates: []answer{refuse(403, "UnauthorizedOperation", "x")}, deletes: []answer{yes("DeleteTags")}, state: "40003", calls: "-fl-0a,fl-0b +fl-0a,fl-0b -fl-0b,fl-0a +fl-0b,fl-0a", doubts: 2},
	} {
		t.Run(name, func(t *testing.T) {
			o, f := newOther(t, map[string][]answer{"CreateTags": x.creates, "DeleteTags": x.deletes, "DescribeFlowLogs": x.describes}, nil)
			var olds, news []adt.Row
			for _, id := range []string{"fl-0a", "fl-0b"} {
				row := newRow(colFlowLogID, id, colRegion, "us-east-1", colAccountID, testAccount, colResourceID, "vpc-0a", colTags, jsonb(t, `{"old":"1"}`), colTagSet, jsonb(t, `[{"key":"old","value":"1"}]`))
				olds = append(olds, row)
				row = append(adt.Row(nil), row...)
				row[colTags] = jsonb(t, `{"new":"2"}`)
				news = append(news, row)
			}
			out, err := f.b.flowLogs.Update(t.Context(), fdw.WriteRequest{Session: f.session()}, olds, news)
			if x.state != "" {
				wantCode(t, err, x.state)
			} else if err != nil {
				t.Fatal(err)
			}
			var stored, calls []string
			for _, r := range out {
				if r != nil {
					stored = append(stored, r[colFlowLogID].(string))
				}
			}
			o.mu.Lock()
			for _, c := range o.forms {
				switch c.Get("Action") {
				case "CreateTags":
					calls = append(calls, "+"+strings.Join(listed(c, "ResourceId"), ","))
				case "DeleteTags":
					calls = append(calls, "-"+strings.Join(listed(c, "ResourceId"), ","))
				}
			}
			o.mu.Unlock()
			if got := strings.Join(stored, " "); got != x.stored {
				t.Errorf("stored %q, want %q", got, x.stored)
			}
			if got := strings.Join(calls, " "); got != x.calls {
				t.Errorf("calls %q, want %q", got, x.calls)
			}
			if d := doubts(t, f.b); len(d) != x.doubts {
				t.Errorf("in doubt: %v", d)
			}
		})
	}
}
