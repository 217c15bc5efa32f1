package ec2backend

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// stored gives the rows as they are stored now.
func (t *flowLogs) stored(ctx context.Context, req fdw.WriteRequest, chunks []*chunk, rows []adt.Row, news []*newFlowLog) ([]adt.Row, error) {
	out := make([]adt.Row, len(rows))
	tried := 0
	byClient := map[*client][]string{}
	where := map[string]int{}
	for _, k := range chunks {
		if k.dry {
			tried += len(k.indexes)
		}
		for _, i := range k.indexes {
			if id := k.ids[i]; id != "" {
				out[i] = t.synthesize(ctx, rows[i], news[i], id)
				byClient[k.c] = append(byClient[k.c], id)
				where[id] = i
			}
		}
	}
	if tried > 0 && req.Session != nil && req.Session.Warn != nil {
		n := pgerr.New(pgerrcode.SuccessfulCompletion, "dry run: CreateFlowLogs of %d flow logs would have succeeded", tried)
		n.Severity = "NOTICE"
		req.Session.Warn(n)
	}
	for c, ids := range byClient {
		found := map[string]adt.Row{}
		if asks := t.unknown(req, chunks, c); len(asks) > 0 {
			// What cannot be read now was made all the same: then what we know of
			// it has to do.
			found, _ = t.readBack(ctx, c, asks)
		}
		for _, id := range ids {
			if row := found[id]; row != nil {
				out[where[id]] = row
			} else {
				t.b.recent.await(c, id, out[where[id]])
			}
		}
	}
	byResource(out, news)
	return out, nil
}

// unknown gives the ids of a region's new flow logs that are to be described for what the
// statement returns of them: not when that is what EC2 was asked for, and the reply tells which
// flow log is on which resource, as it is but one.
func (t *flowLogs) unknown(req fdw.WriteRequest, chunks []*chunk, c *client) []string {
	if req.CountOnly {
		return nil
	}
	known := req.Returned != nil && !slices.ContainsFunc(req.Returned, func(col int) bool {
		switch col {
		case colFlowLogID, colResourceID, colResourceType, colTrafficType, colRegion, colAccountID:
			return false
		}
		return true
	})
	var out []string
	for _, k := range chunks {
		if k.c != c || known && len(k.indexes) == 1 {
			continue
		}
		for _, i := range k.indexes {
			if id := k.ids[i]; id != "" {
				out = append(out, id)
			}
		}
	}
	return out
}

// byResource puts rows back in the statement's order if ids did not come in
// it.
func byResource(rows []adt.Row, news []*newFlowLog) {
	for i, row := range rows {
		if row == nil || row[colResourceID] == news[i].resource {
			continue
		}
		for j := i + 1; j < len(rows); j++ {
			if rows[j] != nil && rows[j][colResourceID] == news[i].resource {
				rows[i], rows[j] = rows[j], rows[i]
				break
			}
		}
	}
}

// readBack describes flow logs by id, waiting a little for those that are not
// to be seen yet.
func (t *flowLogs) readBack(ctx context.Context, c *client, ids []string) (map[string]adt.Row, error) {
	found := map[string]adt.Row{}
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		var open []string
		for _, id := range ids {
			if found[id] == nil {
				open = append(open, id)
			}
		}
		for part := range slices.Chunk(open, maxFilterValues) {
			if err := t.lookUp(ctx, c, part, found); err != nil {
				return found, err
			}
		}
		if len(found) >= len(ids) || pause > time.Second {
			return found, nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return found, ctx.Err()
		}
	}
}

// lookUp describes flow logs by id.
func (t *flowLogs) lookUp(ctx context.Context, c *client, ids []string, found map[string]adt.Row) error {
	d := &pageDecoder{region: c.region, account: func() (adt.Datum, error) { return c.account.accountID(ctx) }}
	for i := range d.need {
		d.need[i] = true
	}
	stale := t.b.recent.stale(c)
	d.emit = func(rows []adt.Row) {
		for _, r := range rows {
			if id, ok := r[colFlowLogID].(string); ok {
				found[id], _ = stale.settle(r)
			}
		}
	}
	in := &ec2.DescribeFlowLogsInput{Filter: []types.Filter{{Name: aws.String("flow-log-id"), Values: ids}}, MaxResults: aws.Int32(maxPageSize)}
	return c.describeAll(ctx, in, d)
}

// synthesize makes the row of a flow log that cannot be read yet of what is
// known about it.
func (t *flowLogs) synthesize(ctx context.Context, given adt.Row, n *newFlowLog, id string) adt.Row {
	m := &jsonMaker{}
	row := slices.Clone(given)
	row[colFlowLogID] = id
	row[colFlowLogStatus] = "ACTIVE"
	row[colCreationTime] = timestampOf(time.Now().Truncate(time.Millisecond))
	row[colResourceType] = typeDatum(n.resource)
	row[colRegion] = n.region
	if row[colLogDestinationType] == nil {
		row[colLogDestinationType] = "cloud-watch-logs"
	}
	if row[colMaxAggregationInterval] == nil {
		row[colMaxAggregationInterval] = int32(600)
		if n.interval != 0 {
			row[colMaxAggregationInterval] = n.interval
		}
	}
	row[colTagSet], row[colTags] = m.tagColumns(n.tags)
	if id, err := n.account.accountID(ctx); err == nil {
		row[colAccountID] = id
	}
	return row
}
