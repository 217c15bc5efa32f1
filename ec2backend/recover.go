package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// youngIntent is how old an intent may be for recovery to make calls that
// could surprise: repeating a create by its token (which AWS remembers for a
// while only), finishing deletes and changes of tags.
const youngIntent = time.Hour

// Recover ends what another process of ours left open in the journal: creates
// of transactions that did not commit are asked for by their tokens and
// deleted again, deletes and changes of tags that were decided are finished.
// What cannot be ended stays in flowgres.in_doubt. It gives the number of
// transactions that were ended and of those that stay.
func (b *Backend) Recover(ctx context.Context) (ended, left int) {
	j := b.journal
	j.mu.Lock()
	var all []*intents
	for _, id := range j.order {
		if x := j.open[id]; x.left {
			all = append(all, x)
		}
	}
	j.mu.Unlock()
	for _, x := range all {
		if ctx.Err() != nil {
			return ended, left + len(all) - ended - left
		}
		if b.recoverOne(ctx, x, false) {
			ended++
		} else {
			left++
		}
	}
	return ended, left
}

// recoverOne ends one transaction; false when something stays. asked tells that
// an operator wants it, so that age does not matter.
func (b *Backend) recoverOne(ctx context.Context, x *intents, asked bool) bool {
	x.j.mu.Lock()
	p := x.pending()
	x.j.mu.Unlock()
	ctx = withWho(ctx, x.who)
	whole := len(p.partly) == 0 // what is done stays until an operator has seen it
	for _, l := range p.creates {
		if why := b.recoverCreate(ctx, x, l, asked); why != "" {
			whole = false
			_ = x.write(line{Op: "why", Token: l.Token, Why: why}, false)
		}
	}
	for _, l := range p.decisions {
		if why := b.recoverDecision(ctx, x, l, asked); why != "" {
			whole = false
			_ = x.write(line{Op: "why", N: l.N, Why: why}, false)
		}
	}
	return whole && x.end(true) == nil
}

// journalClient finds the client of an account and region that a line names.
func (b *Backend) journalClient(ctx context.Context, p journalPlace) (*client, error) {
	id, err := b.identityFor(p.As, p.ForUser, "")
	if err != nil {
		return nil, err
	}
	for _, a := range id.accounts {
		if a.knownID() == p.Account || a.name == p.Account {
			return a.client(p.Region), nil
		}
	}
	a, err := id.accountByID(ctx, p.Account)
	if err != nil {
		return nil, err
	}
	if a == nil {
		return nil, fmt.Errorf("the account %s is no longer configured", p.Account)
	}
	return a.client(p.Region), nil
}

// recoverCreate takes a create back; it gives the reason when that fails.
func (b *Backend) recoverCreate(ctx context.Context, x *intents, l line, asked bool) (why string) {
	c, err := b.journalClient(ctx, l.journalPlace)
	if err != nil {
		return err.Error()
	}
	ids := l.IDs
	if len(ids) == 0 {
		if l.Input == nil {
			return l.Why
		}
		age := time.Since(l.Time)
		if age > youngIntent && !asked {
			return fmt.Sprintf("it is not known whether the call of %s ago succeeded", age.Round(time.Minute))
		}
		wctx, cancel := context.WithTimeout(ctx, b.cfg.WriteBudget)
		defer cancel()
		var out *ec2.CreateFlowLogsOutput
		if age <= youngIntent { // AWS still knows the token
			out, err = c.ec2.CreateFlowLogs(wctx, l.Input)
		}
		var api smithy.APIError
		switch {
		case out == nil && err == nil:
			found, err := b.findMade(wctx, c, l.Input, l.Time)
			if err != nil {
				return pgerr.From(err).Message
			}
			ids = slices.Sorted(maps.Values(found))
		case err == nil:
			ids = out.FlowLogIds
		case errors.As(err, &api) && verdictOf(api.ErrorCode(), httpStatus(err)) != madeUnknown:
			found, err := b.findMade(wctx, c, l.Input, l.Time)
			if err != nil {
				return pgerr.From(err).Message
			}
			ids = slices.Sorted(maps.Values(found))
		default:
			return c.error(wctx, err, "CreateFlowLogs").Message
		}
		x.made(l.Token, ids)
		if len(ids) == 0 {
			return ""
		}
	}
	made := make([]createdLog, len(ids))
	for i, id := range ids {
		made[i] = createdLog{c: c, id: id}
	}
	if left, err := b.removeCreates(ctx, made); len(left) > 0 {
		return fmt.Sprintf("%d flow logs could not be deleted again: %s", len(left), err.Error())
	}
	x.undone(ids)
	return ""
}

// recoverDecision carries a decision out; it gives the reason when that fails.
func (b *Backend) recoverDecision(ctx context.Context, x *intents, l line, asked bool) (why string) {
	if age := time.Since(l.Time); age > youngIntent && !asked {
		return fmt.Sprintf("it is not known whether these calls of %s ago were made", age.Round(time.Minute))
	}
	var deletes []target
	for _, d := range l.Deletes {
		c, err := b.journalClient(ctx, d.journalPlace)
		if err != nil {
			return err.Error()
		}
		deletes = append(deletes, target{c: c, id: d.ID, resource: d.Resource})
	}
	var tags []tagChange
	for _, t := range l.Tags {
		c, err := b.journalClient(ctx, t.journalPlace)
		if err != nil {
			return err.Error()
		}
		tags = append(tags, tagChange{target{c: c, id: t.ID, resource: t.Resource}, tagsNoted(t.Old), tagsNoted(t.New), nil})
	}
	wctx, cancel := context.WithTimeout(ctx, b.cfg.WriteBudget)
	defer cancel()
	if _, _, err := b.changeTags(wctx, tags); err != nil {
		return pgerr.From(err).Message
	}
	if _, err := b.deleteNow(wctx, nil, deletes); err != nil {
		return pgerr.From(err).Message
	}
	x.did(l.N)
	return ""
}

func (b *Backend) doubtColumns() []fdw.Column {
	return append([]fdw.Column{
		column("transaction", adt.TextOID, "Our id of the transaction"),
		column("at", adt.TimestamptzOID, "When the call was about to be made"),
		column("action", adt.TextOID, "CreateFlowLogs, DeleteFlowLogs or CreateTags"),
		column("account", adt.TextOID, "AWS account"),
		column("region", adt.TextOID, "AWS region"),
		column("resource_ids", adt.TextArrayOID, "What the flow logs are on"),
		column("flow_log_ids", adt.TextArrayOID, "The flow logs, as far as they are known"),
		column("client_token", adt.TextOID, "Token of the call, as CloudTrail has it"),
		column("reason", adt.TextOID, "Why it is in doubt"),
		column("hint", adt.TextOID, "What to do"),
	}, whoColumns()...)
}

// doubtRows are those of flowgres.in_doubt.
func (b *Backend) doubtRows(_ context.Context, s *fdw.Session) ([]adt.Row, error) {
	j := b.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []adt.Row
	for _, id := range j.order {
		x := j.open[id]
		if !x.left || !sees(s, x.who.Identity, x.who.login()) {
			continue
		}
		why := map[string]string{}
		for _, l := range x.lines {
			if l.Op == "why" {
				why[fmt.Sprint(l.Token, l.N)] = l.Why
			}
		}
		p := x.pending()
		add := func(l line, action, account, region string, resources, ids []string, hint string) {
			reason := why[fmt.Sprint(l.Token, l.N)]
			if reason == "" {
				reason = l.Why
			}
			if reason == "" {
				reason = "the server ended in the middle of it"
			}
			out = append(out, append(adt.Row{
				id, timestampOf(l.Time), action, account, region, textArray(resources), textArray(ids), orNull(l.Token), reason, hint,
			}, x.who.columns()...))
		}
		for _, l := range p.creates {
			look := fmt.Sprintf(`SELECT * FROM ec2.flow_logs WHERE "resourceId" IN (%s)`, quotedList(l.resources()))
			if len(l.IDs) > 0 {
				look = fmt.Sprintf(`SELECT * FROM ec2.flow_logs WHERE "flowLogId" IN (%s)`, quotedList(l.IDs))
			}
			hint := toTakeBack(id, look)
			add(l, "CreateFlowLogs", l.Account, l.Region, l.resources(), l.IDs, hint)
		}
		for _, l := range p.partly {
			for _, d := range l.Deletes {
				add(l, "DeleteFlowLogs", d.Account, d.Region, []string{d.Resource}, []string{d.ID}, toNote(id))
			}
		}
		for _, l := range p.decisions {
			for _, d := range l.Deletes {
				add(l, "DeleteFlowLogs", d.Account, d.Region, []string{d.Resource}, []string{d.ID},
					toFinish(id, fmt.Sprintf(`SELECT * FROM ec2.flow_logs WHERE "flowLogId" = '%s'`, d.ID)))
			}
			for _, t := range l.Tags {
				add(l, "CreateTags", t.Account, t.Region, []string{t.Resource}, []string{t.ID},
					toFinish(id, fmt.Sprintf(`SELECT tags FROM ec2.flow_logs WHERE "flowLogId" = '%s'`, t.ID)))
			}
		}
	}
	return out, nil
}

// toTakeBack, toFinish and toNote tell an operator what to do about a transaction.
func toTakeBack(id, look string) string {
	return fmt.Sprintf(`To see it: %s. To take it back: SELECT flowgres.resolve('%s'). To leave it as it is: DELETE FROM flowgres.in_doubt WHERE transaction = '%s'`, look, id, id)
}

func toFinish(id, look string) string {
	return fmt.Sprintf(`To see it: %s. To finish it: SELECT flowgres.resolve('%s'). To leave it as it is: DELETE FROM flowgres.in_doubt WHERE transaction = '%s'`, look, id, id)
}

func toNote(id string) string {
	return fmt.Sprintf(`It is gone. When that is dealt with: DELETE FROM flowgres.in_doubt WHERE transaction = '%s'`, id)
}

// doubtTable is flowgres.in_doubt: its lines can be struck off.
type doubtTable struct {
	statusTable
	b *Backend
}

// Resolve implements fdw.Resolver.
func (t *doubtTable) Resolve(ctx context.Context, s *fdw.Session, transaction string) (ended, known bool, err error) {
	j := t.b.journal
	j.mu.Lock()
	x := j.open[transaction]
	known = x != nil && x.left && sees(s, x.who.Identity, x.who.login())
	j.mu.Unlock()
	if !known {
		return false, false, nil
	}
	ended = t.b.recoverOne(withSession(ctx, s), x, true)
	return ended, true, ctx.Err()
}

// Delete implements fdw.Deleter.
func (t *doubtTable) Delete(_ context.Context, req fdw.WriteRequest, rows []adt.Row) ([]bool, error) {
	j := t.b.journal
	was := make([]bool, len(rows))
	over := map[string]bool{}
	for i, row := range rows {
		id, _ := row[0].(string)
		if over[id] {
			was[i] = true
			continue
		}
		j.mu.Lock()
		x := j.open[id]
		j.mu.Unlock()
		if x == nil || !x.left || !sees(req.Session, x.who.Identity, x.who.login()) {
			continue
		}
		if err := x.end(true); err != nil {
			return nil, err
		}
		over[id], was[i] = true, true
	}
	return was, nil
}
