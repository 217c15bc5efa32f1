package ec2backend

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Resources in one CreateFlowLogs call at most.
const (
	createChunk        = 300
	createTransitChunk = 25
)

// writeBudget is how long a write may go on that the client no longer waits
// for: a call whose outcome must be known, or an undo.
const writeBudget = 30 * time.Second

// Insert implements fdw.Inserter.
func (t *flowLogs) Insert(ctx context.Context, req fdw.WriteRequest, rows []adt.Row, given [][]bool, ignoreConflicts bool) ([]adt.Row, error) {
	if err := checkCount(req, len(rows), "INSERT"); err != nil {
		return nil, err
	}
	if err := t.b.announce(req.Session, "INSERT", len(rows)); err != nil {
		return nil, err
	}
	news := make([]*newFlowLog, len(rows))
	for i, row := range rows {
		var g []bool
		if i < len(given) {
			g = given[i]
		}
		n, err := t.readNew(row, g)
		if err != nil {
			return nil, err
		}
		news[i] = n
	}
	id, err := t.b.identityOf(req.Session)
	if err != nil {
		return nil, err
	}
	if err := t.place(ctx, id, news); err != nil {
		return nil, err
	}
	chunks, err := t.chunks(req, news, ignoreConflicts)
	if err != nil {
		return nil, err
	}
	ctx = withSession(ctx, req.Session)
	if x := deferred(req); x != nil {
		return x.holdCreates(t, req, chunks, rows, news, ignoreConflicts)
	}
	j, own := t.b.intentsOf(req)
	if own {
		defer func() { _ = j.end(true) }()
	}
	for _, k := range chunks {
		k.j = j
	}
	t.create(ctx, req, chunks, ignoreConflicts)
	if err := t.settle(ctx, req, chunks, ignoreConflicts); err != nil {
		return nil, err
	}
	return t.stored(ctx, req, chunks, rows, news)
}

// checkCount is flowgres.max_rows_per_write.
func checkCount(req fdw.WriteRequest, n int, what string) error {
	most, s := 100, req.Session
	if req.Rows > n {
		n, what = req.Rows, "write"
	}
	if s != nil && s.Setting != nil {
		if v, err := strconv.Atoi(s.Setting("flowgres.max_rows_per_write")); err == nil {
			most = v
		}
	}
	if most > 0 && n > most {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "%s of %d rows exceeds flowgres.max_rows_per_write (%d)", what, n, most).
			Hintf("If this is meant, run: SET flowgres.max_rows_per_write = %d", n)
	}
	return nil
}

func dryRun(s *fdw.Session) bool {
	return s != nil && s.Setting != nil && s.Setting("flowgres.dry_run") == "on"
}

// place finds each row's account and region.
func (t *flowLogs) place(ctx context.Context, id *identity, news []*newFlowLog) error {
	for _, n := range news {
		if err := t.placeAccount(ctx, id, n); err != nil {
			return err
		}
		names, fixed := t.b.fixedRegions()
		if n.region == "" {
			if !fixed || len(names) != 1 {
				return missing("region").Hintf("Several AWS regions are configured: give the column region.")
			}
			n.region = names[0]
		} else {
			names, err := n.account.regionNames(ctx)
			if err != nil {
				return err
			}
			if !slices.Contains(names, n.region) {
				return violation("region", "The region %q is not among those of the server.", n.region)
			}
		}
		if n.destType == "kinesis-data-firehose" {
			id, err := n.account.accountID(ctx)
			if err != nil {
				return err
			}
			if err := n.checkAccount(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *flowLogs) placeAccount(ctx context.Context, own *identity, n *newFlowLog) error {
	if n.accountID == "" {
		if len(own.accounts) != 1 {
			return missing("accountId").Hintf("Several AWS accounts are configured: give the column accountId.")
		}
		n.account = own.accounts[0]
		return nil
	}
	a, err := own.accountByID(ctx, n.accountID)
	if err != nil {
		return err
	}
	if a == nil {
		return violation("accountId", "The account %q is not among those of the server.", n.accountID)
	}
	n.account = a
	return nil
}

// accountByID gives the account with a number, nil when there is none.
func (own *identity) accountByID(ctx context.Context, id string) (*account, error) {
	for _, a := range own.accounts {
		if a.knownID() == id {
			return a, nil
		}
	}
	for _, a := range own.accounts {
		got, err := a.accountID(ctx)
		if err != nil {
			return nil, err
		}
		if got == id {
			return a, nil
		}
	}
	return nil, nil
}

// chunks groups the rows by equal settings into calls, in the rows' order.
func (t *flowLogs) chunks(req fdw.WriteRequest, news []*newFlowLog, ignoreConflicts bool) ([]*chunk, error) {
	var out []*chunk
	last := map[string]*chunk{}
	seen := map[string]bool{}
	statement := t.b.statements.Add(1)
	for i, n := range news {
		key := n.settings()
		twin := n.untagged() + n.resource
		if seen[twin] {
			if ignoreConflicts {
				continue
			}
			return nil, alreadyExists(n.resource)
		}
		seen[twin] = true
		most := createChunk
		if n.transit() {
			most = createTransitChunk
		}
		k := last[key]
		if k == nil || len(k.indexes) >= most {
			k = &chunk{c: n.account.client(n.region), of: n, ids: map[int]string{}}
			k.token = t.b.clientToken(req.Session, statement, len(out))
			last[key] = k
			out = append(out, k)
		}
		k.indexes = append(k.indexes, i)
		k.resources = append(k.resources, n.resource)
	}
	return out, nil
}

// clientToken makes the token that lets a call be repeated: the same for all
// attempts of a chunk, and no other's.
func (b *Backend) clientToken(s *fdw.Session, statement uint64, n int) string {
	h := sha256.New()
	var session uint64
	if s != nil {
		session = s.ID
	}
	fmt.Fprintf(h, "%x %d %d %d", b.nonce, session, statement, n)
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)))
}

func alreadyExists(resource string) *pgerr.Error {
	e := pgerr.New(pgerrcode.UniqueViolation, `duplicate flow log on %s violates AWS's rule of different settings`, resource).
		Detailf("A flow log with the same configuration and destination exists on %s.", resource)
	e.Schema, e.Table = "ec2", "flow_logs"
	return e
}

// settle looks at the outcome of all calls: either all is well, or what was
// made is taken back and the error names every item.
func (t *flowLogs) settle(ctx context.Context, req fdw.WriteRequest, chunks []*chunk, ignoreConflicts bool) error {
	var first *pgerr.Error
	var lines []string
	for _, k := range chunks {
		if k.err != nil {
			lines = append(lines, k.err.Detail)
			if first == nil || first.Code != pgerrcode.StatementCompletionUnknown && k.err.Code == pgerrcode.StatementCompletionUnknown {
				first = k.err
			}
		}
		for _, i := range k.exists {
			e := alreadyExists(k.resourceOf(i))
			switch {
			case t.deletedHere(req.Tx, k.resourceOf(i), k.of):
				e = pgerr.Unsupported("creating a flow log like one deleted in the same transaction is not supported").
					Hintf("The delete happens at COMMIT: commit first.")
			case ignoreConflicts:
				continue
			}
			lines = append(lines, e.Detail)
			if first == nil {
				first = e
			}
		}
		for _, f := range k.failed {
			cl := call{"ec2", "CreateFlowLogs", k.c.account.label(), k.c.region}
			lines = append(lines, fmt.Sprintf("%s: %s (%s) %s", f.id, strings.TrimSuffix(f.message, "."), f.code, cl.detail("", 0, k.request, 0)))
			if first == nil {
				first = pgerr.New(sqlState(f.code, 0), "CreateFlowLogs failed for %s: %s", f.id, strings.TrimSuffix(f.message, "."))
				first.Hint = hint(f.code, first.Code, cl)
			}
		}
	}
	if first == nil && ctx.Err() != nil {
		first = pgerr.From(context.Cause(ctx))
	}
	made := madeBy(chunks)
	if first == nil {
		t.b.recent.made(made)
		if tx, ok := req.Tx.(*tx); ok && tx != nil {
			tx.created(made)
		}
		return nil
	}
	if len(lines) > 1 || first.Detail == "" && len(lines) > 0 {
		first.Detail = strings.Join(lines, "\n")
	}
	if len(made) > 0 {
		if left := t.b.undoCreates(ctx, chunks[0].j, made); left != nil {
			return leftBehind(first, left)
		}
	}
	return first
}

// createdLog is a flow log that a statement made.
type createdLog struct {
	c            *client
	id, resource string
}

// leftBehind is the error of an undo that did not succeed.
func leftBehind(cause *pgerr.Error, left []createdLog) *pgerr.Error {
	ids := make([]string, len(left))
	for i, l := range left {
		ids[i] = l.id
	}
	e := pgerr.New(pgerrcode.StatementCompletionUnknown, "%s; flow logs were created and could not be deleted again", cause.Message)
	e.Detail = fmt.Sprintf(`{"flowLogIds": ["%s"]}`, strings.Join(ids, `", "`))
	if cause.Detail != "" {
		e.Detail += "\n" + cause.Detail
	}
	e.Hint = fmt.Sprintf(`Run: DELETE FROM ec2.flow_logs WHERE "flowLogId" IN ('%s')`, strings.Join(ids, "', '"))
	return e
}
