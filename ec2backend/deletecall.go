package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/pgerr"
)

var flowLogID = regexp.MustCompile(`\bfl-[0-9a-f]+`)

// tryAgain bounds how often a write is repeated for what an endpoint says of
// single items: that they are not there, or that it could not look at them.
const tryAgain = 3

// deletePart makes one call, and more for items that the endpoint could not look
// at, and where it fails as a whole for unknown ids: then what is still there is
// found out and tried again, in the end one by one. young tells that they were
// made a moment ago, so that not to be seen does not mean to be gone.
func (b *Backend) deletePart(ctx context.Context, c *client, ids []string, gone map[string]bool, young bool) (deleted []string, failed *pgerr.Error) {
	open := ids
	var l lost
	ctx = context.WithValue(ctx, lostKey{}, &l)
	unfound := func(list ...string) { // by an answer's account
		if l.maybe() { // because an attempt without one deleted them
			deleted = append(deleted, list...)
			return
		}
		for _, id := range list {
			gone[id] = true
		}
	}
	for try := 0; len(open) > 0; try++ {
		if try > 0 {
			if err := pause(ctx, min(time.Duration(try)*100*time.Millisecond, b.cfg.MaxBackoff)); err != nil {
				return deleted, pgerr.From(err)
			}
		}
		out, err := c.ec2.DeleteFlowLogs(ctx, &ec2.DeleteFlowLogsInput{FlowLogIds: open})
		var api smithy.APIError
		switch {
		case err == nil:
			d, not, again, e := b.readDeletes(c, open, out)
			deleted = append(deleted, d...)
			unfound(not...)
			if len(again) == 0 || try >= tryAgain {
				return deleted, e
			}
			open = again
		case !errors.As(err, &api) && !l.maybe():
			return deleted, c.error(ctx, err, "DeleteFlowLogs")
		case api == nil || api.ErrorCode() != "InvalidFlowLogId.NotFound" && l.maybe():
			if young {
				return deleted, deleteUnknown(c.error(ctx, err, "DeleteFlowLogs"), open)
			}
			d, e := b.afterNoAnswer(ctx, c, open, err, l)
			return append(deleted, d...), e
		case api.ErrorCode() != "InvalidFlowLogId.NotFound":
			return deleted, c.error(ctx, err, "DeleteFlowLogs")
		case len(open) == 1 && try == 0:
			unfound(open...)
			return deleted, nil
		case len(open) == 1: // it was there, and so was deleted by a call before
			return append(deleted, open...), nil
		case try >= tryAgain:
			d, e := b.deleteEach(ctx, c, open)
			return append(deleted, d...), e
		default:
			d, not, still, e := b.afterNotFound(ctx, c, open, api.ErrorMessage())
			if deleted = append(deleted, d...); e != nil {
				return deleted, e
			}
			unfound(not...)
			open = still
		}
	}
	return deleted, nil
}

// deleteUnknown is the error of a call of which nobody knows whether it was done.
func deleteUnknown(e *pgerr.Error, ids []string) *pgerr.Error {
	c := *e
	c.Code = pgerrcode.StatementCompletionUnknown
	c.Message = "it is not known whether flow logs were deleted: " + e.Message
	c.Hint = "Look for the flow logs " + strings.Join(ids, ", ") + "; see flowgres.in_doubt."
	return &c
}

// afterNoAnswer looks what became of ids after a call that had no answer of
// use, however often it was made: what is not there any more is deleted. Of
// what is, nobody knows when a reply was lost: it may go yet.
func (b *Backend) afterNoAnswer(ctx context.Context, c *client, open []string, cause error, l lost) (deleted []string, failed *pgerr.Error) {
	failed = c.error(ctx, cause, "DeleteFlowLogs")
	found := map[string]adt.Row{}
	for part := range slices.Chunk(open, maxFilterValues) {
		if err := b.flowLogs.lookUp(ctx, c, part, found); err != nil {
			return nil, deleteUnknown(failed, open)
		}
	}
	var still []string
	unsure := false
	for _, id := range open {
		switch {
		case found[id] != nil:
			still = append(still, id)
		case b.recent.isOwn(id): // made so lately that it need not be seen yet
			still, unsure = append(still, id), true
		default:
			deleted = append(deleted, id)
		}
	}
	var api smithy.APIError
	switch {
	case len(still) == 0:
		return deleted, nil
	case !unsure && !l.answers && errors.As(cause, &api):
		return deleted, failed
	}
	return deleted, deleteUnknown(failed, still)
}

// afterNotFound looks what became of ids after a call that failed as a whole
// because some are unknown: they are gone, those that are still there are to be
// tried again, and the others were deleted by it.
func (b *Backend) afterNotFound(ctx context.Context, c *client, open []string, message string) (deleted, not, still []string, failed *pgerr.Error) {
	named := flowLogID.FindAllString(message, -1)
	if len(named) >= len(open) {
		named = nil // moto names them all; a scan has just seen them
	}
	found := map[string]adt.Row{}
	for part := range slices.Chunk(open, maxFilterValues) {
		if err := b.flowLogs.lookUp(ctx, c, part, found); err != nil {
			return nil, nil, nil, pgerr.From(err)
		}
	}
	for _, id := range open {
		switch {
		case slices.Contains(named, id):
			not = append(not, id)
		case found[id] != nil:
			still = append(still, id)
		default:
			deleted = append(deleted, id)
		}
	}
	return deleted, not, still, nil
}

// goneOf gives those of some ids that are gone.
func goneOf(ids []string, gone map[string]bool) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !gone[id] })
}

// deleteEach deletes one by one, where calls for many go on to fail although
// what they ask for is to be seen: it may be seen for a while after its end.
func (b *Backend) deleteEach(ctx context.Context, c *client, ids []string) (deleted []string, failed *pgerr.Error) {
	for _, id := range ids {
		d, err := b.deletePart(ctx, c, []string{id}, map[string]bool{}, false)
		if err != nil {
			return deleted, err
		}
		if deleted = append(deleted, d...); len(d) == 0 {
			deleted = append(deleted, id) // by a call before
		}
	}
	return deleted, nil
}

// readDeletes takes a reply apart. not are the ids that were not found, again the
// items that another call may do; the error is of all that failed.
func (b *Backend) readDeletes(c *client, ids []string, out *ec2.DeleteFlowLogsOutput) (deleted, not, again []string, failed *pgerr.Error) {
	bad := map[string]bool{}
	var lines []string
	lasting := false
	for _, u := range out.Unsuccessful {
		f := failure{id: aws.ToString(u.ResourceId)}
		if u.Error != nil {
			f.code, f.message = aws.ToString(u.Error.Code), strings.TrimSuffix(aws.ToString(u.Error.Message), ".")
		}
		if f.id == "" && len(ids) == 1 {
			f.id = ids[0]
		}
		if bad[f.id] {
			continue
		}
		bad[f.id] = true
		switch {
		case f.code == "InvalidFlowLogId.NotFound":
			not = append(not, f.id)
			continue
		case passes(f.code) && slices.Contains(ids, f.id):
			again = append(again, f.id)
		default:
			lasting = true
		}
		request, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
		cl := call{"ec2", "DeleteFlowLogs", c.account.label(), c.region}
		lines = append(lines, fmt.Sprintf("%s: %s (%s) %s", f.id, f.message, f.code, cl.detail("", 0, request, 0)))
		if failed == nil {
			failed = pgerr.New(sqlState(f.code, 0), "DeleteFlowLogs failed for %s: %s", f.id, f.message)
			failed.Hint = hint(f.code, failed.Code, cl)
		}
	}
	if lasting {
		again = nil // the statement fails anyhow
	}
	if bad[""] { // nobody knows whose
		return nil, not, nil, failed
	}
	for _, id := range ids {
		if !bad[id] {
			deleted = append(deleted, id)
		}
	}
	if failed != nil {
		failed.Detail = strings.Join(lines, "\n")
	}
	return deleted, not, again, failed
}

// passes tells the code of a failure that another attempt may not meet.
func passes(code string) bool {
	return throttleCodes[code] || codes[code] == pgerrcode.ConnectionFailure
}
