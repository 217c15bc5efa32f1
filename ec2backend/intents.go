package ec2backend

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
)

// create notes a CreateFlowLogs call that is about to be made.
func (x *intents) create(c *client, in *ec2.CreateFlowLogsInput) error {
	return x.write(line{Op: "create", journalPlace: placeOf(c), Token: aws.ToString(in.ClientToken), Input: in}, true)
}

// made notes what a call made. That it may fail to do so does not matter: the
// call can be asked again by its token.
func (x *intents) made(token string, ids []string) {
	op := "made"
	if len(ids) == 0 {
		op = "void"
	}
	_ = x.write(line{Op: op, Token: token, IDs: ids}, false)
	x.tell("made", journalPlace{}, ids, "")
}

// undone notes flow logs that were deleted again.
func (x *intents) undone(ids []string) {
	if len(ids) > 0 {
		_ = x.write(line{Op: "undone", IDs: ids}, false)
		x.tell("undone", journalPlace{}, ids, "")
	}
}

// tell makes an outcome known.
func (x *intents) tell(outcome string, at journalPlace, ids []string, why string) {
	if x.j.tell == nil || outcome == "made" && len(ids) == 0 {
		return
	}
	x.j.tell(OutcomeRecord{
		PID: x.who.PID, User: x.who.User, Login: x.who.Login, Query: x.who.Query,
		Outcome: outcome, IDs: ids, Account: at.Account, Region: at.Region, Why: why,
	})
}

// decide notes deletes and changes of tags that will be done now. final tells
// that the whole transaction is decided by it.
func (x *intents) decide(deletes []target, tags []tagChange, final bool) (n int, err error) {
	x.next++
	l := line{Op: "decide", N: x.next, Final: final}
	l.note(deletes, tags)
	return x.next, x.write(l, true)
}

// did notes that a decision has been carried out, or has failed and been
// reported.
func (x *intents) did(n int) { _ = x.write(line{Op: "did", N: n}, false) }

// failed notes that a decision could not be carried out: the transaction will
// be undone.
func (x *intents) failed(n int) {
	_ = x.write(line{Op: "failed", N: n}, true)
	x.tell("failed", journalPlace{}, nil, "")
}

// end is the end of the transaction; committed tells that what it created
// stays.
func (x *intents) end(committed bool) error {
	return x.write(line{Op: "end"}, committed)
}

// doubt lists something that could neither be known nor be undone, apart from
// the transaction, whose end does not end the doubt.
func (x *intents) doubt(c *client, token string, in *ec2.CreateFlowLogsInput, ids []string, why string) {
	told := why
	defer func() { x.tell("in_doubt", placeOf(c), ids, told) }()
	j := x.j
	d := j.begin(nil)
	d.who = x.who
	j.mu.Lock()
	defer j.mu.Unlock()
	d.left = true
	if err := d.writeLocked(line{Op: "doubt", journalPlace: placeOf(c), Token: token, Input: in, IDs: ids, Why: why}, true); err != nil {
		told += "; " + err.Error()
	}
	if len(ids) > 0 {
		_ = x.writeLocked(line{Op: "undone", IDs: ids}, false)
	} else {
		_ = x.writeLocked(line{Op: "void", Token: token}, false)
	}
}

// doubtDecision lists deletes and changes of tags of which it is not known
// whether they were done, or that were done and could not be undone; to carry
// them out ends the doubt.
func (x *intents) doubtDecision(deletes []target, tags []tagChange, why string) {
	if len(deletes) == 0 && len(tags) == 0 {
		return
	}
	x.listed(line{Op: "decide", N: 1, Why: why}, deletes, tags)
}

// partly lists deletes that were done though the write that they belong to has failed:
// nothing brings them back, and whoever was to be told may be gone.
func (x *intents) partly(deletes []target, why string) {
	x.listed(line{Op: "partly", Why: why}, deletes, nil)
}

// listed puts a line about deletes and changes of tags into flowgres.in_doubt.
func (x *intents) listed(l line, deletes []target, tags []tagChange) {
	j := x.j
	d := j.begin(nil)
	d.who = x.who
	l.note(deletes, tags)
	var ids []string
	for _, g := range l.Deletes {
		ids = append(ids, g.ID)
	}
	for _, g := range l.Tags {
		ids = append(ids, g.ID)
	}
	why := l.Why
	defer func() { x.tell("in_doubt", journalPlace{}, ids, why) }()
	j.mu.Lock()
	defer j.mu.Unlock()
	d.left = true
	if err := d.writeLocked(l, true); err != nil {
		why += "; " + err.Error()
	}
}

// note enters deletes and changes of tags.
func (l *line) note(deletes []target, tags []tagChange) {
	for _, g := range deletes {
		l.Deletes = append(l.Deletes, noteTarget(g))
	}
	for _, g := range tags {
		l.Tags = append(l.Tags, journalTags{noteTarget(g.target), noteTags(g.old), noteTags(g.new)})
	}
}

func noteTarget(g target) journalDelete {
	return journalDelete{placeOf(g.c), g.id, g.resource}
}

func noteTags(tags []tag) [][2]string {
	out := make([][2]string, len(tags))
	for i, t := range tags {
		out[i] = [2]string{t.key, t.value}
	}
	return out
}

func tagsNoted(list [][2]string) []tag {
	out := make([]tag, len(list))
	for i, t := range list {
		out[i] = tag{t[0], t[1]}
	}
	return out
}

// pending is what a transaction's lines leave open.
type pending struct {
	creates   []line // create and doubt lines, IDs filled in as far as they are known
	decisions []line
	partly    []line // done, of writes that failed
	final     bool   // a decision about the whole was taken: creates stay
}

// pending sums the lines up. The caller holds the journal's lock.
func (x *intents) pending() pending {
	var p pending
	over := map[string]bool{} // tokens and ids
	ids := map[string][]string{}
	did, failed := map[int]bool{}, map[int]bool{}
	for _, l := range x.lines {
		switch l.Op {
		case "made":
			ids[l.Token] = l.IDs
		case "void":
			over[l.Token] = true
		case "undone":
			for _, id := range l.IDs {
				over[id] = true
			}
		case "did":
			did[l.N] = true
		case "failed":
			did[l.N], failed[l.N] = true, true
		}
	}
	for _, l := range x.lines {
		switch l.Op {
		case "decide":
			p.final = p.final || l.Final && !failed[l.N]
			if !did[l.N] {
				p.decisions = append(p.decisions, l)
			}
		case "partly":
			p.partly = append(p.partly, l)
		case "create", "doubt":
			if l.Token != "" && over[l.Token] {
				continue
			}
			known := l.IDs
			if made, ok := ids[l.Token]; ok && l.Op == "create" {
				known = made
			}
			left := slices.DeleteFunc(slices.Clone(known), func(id string) bool { return over[id] })
			if len(known) > 0 && len(left) == 0 {
				continue
			}
			l.IDs = left
			p.creates = append(p.creates, l)
		}
	}
	if p.final {
		p.creates = slices.DeleteFunc(p.creates, func(l line) bool { return l.Op == "create" })
	}
	return p
}

// resources are those that a line's call was about.
func (l *line) resources() []string {
	if l.Input == nil {
		return nil
	}
	return l.Input.ResourceIds
}

// quotedList is a list for SQL.
func quotedList(ids []string) string { return "'" + strings.Join(ids, "', '") + "'" }
