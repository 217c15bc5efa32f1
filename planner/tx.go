package planner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// txPhase is where a session stands between transactions.
type txPhase uint8

const (
	txNone     txPhase = iota // outside of any transaction
	txImplicit                // in one that ends with the message
	txBlock                   // in a block that BEGIN opened
	txFailed                  // in a block that an error has failed
)

// transaction is a session's transaction state (xact.c, for what a server
// without storage has of it).
type transaction struct {
	phase      txPhase
	started    time.Time
	block      bool // implicit, of several statements in one Query message: counts as a block for what asks for one
	executed   bool // an Execute message has run in it
	hold       bool // implicit, but what it does must still be undone when something fails after it
	immediate  bool // commits once the command has run (XACT_FLAGS_NEEDIMMEDIATECOMMIT)
	queried    bool // a query has run: too late for SET TRANSACTION
	savepoints []savepoint
	parts      map[any]fdw.Tx // what backends have of it, by their TxKey
	notifies   []notification
	listens    []listening

	notifyBytes int64
	xid         uint64 // given on demand
}

// savepoint is a SAVEPOINT with the backends' marks.
type savepoint struct {
	name     string
	marks    map[any]int
	notifies int // of the transaction, when it was made
	listens  int
}

func (t *transaction) open() bool { return t.phase != txNone }

// nested tells whether it is in a subtransaction.
func (t *transaction) nested() bool { return len(t.savepoints) > 0 }

// inBlock is IsInTransactionBlock as RequireTransactionBlock asks it: the
// statements of a DO are in one, too.
func (s *Session) inBlock() bool {
	return s.tx.phase == txBlock || s.tx.phase == txFailed || s.tx.block || s.nested
}

// outsideBlock refuses a command that wants a transaction of its own
// (PreventInTransactionBlock).
func (s *Session) outsideBlock(command string) error {
	switch {
	case s.nested && s.tx.phase == txImplicit && !s.tx.block:
		return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s cannot be executed from a function", command)
	case s.inBlock():
		return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	if s.tx.executed {
		return pgerr.New(pgerrcode.ActiveSQLTransaction, "%s cannot be executed within a pipeline", command)
	}
	s.tx.immediate = true
	return nil
}

// TxStatus is the transaction status of ReadyForQuery.
func (s *Session) TxStatus() byte {
	switch s.tx.phase {
	case txBlock:
		return 'T'
	case txFailed:
		return 'E'
	}
	return 'I'
}

// ensureTx starts an implicit transaction unless one is open.
func (s *Session) ensureTx() error {
	if s.tx.open() {
		return nil
	}
	now := s.statementStart // a transaction begins when its first statement does
	if now.IsZero() {
		now = time.Now()
	}
	s.tx = transaction{phase: txImplicit, started: now}
	s.activity.Lock()
	s.setTransaction()
	s.activity.Unlock()
	s.env.TransactionTime = timestamp(now)
	s.guc.Begin()
	return s.guc.Follow("transaction_isolation", "transaction_read_only", "transaction_deferrable")
}

// backendTx gives the part of the transaction that a table's backend has,
// starting it for the first write.
func (s *Session) backendTx(t fdw.Table) (fdw.Tx, error) {
	m, ok := t.(fdw.TxManager)
	if !ok {
		return nil, nil
	}
	if tx := s.tx.parts[m.TxKey()]; tx != nil {
		return tx, nil
	}
	if s.tx.parts == nil {
		s.tx.parts = map[any]fdw.Tx{}
	}
	tx := m.Begin(s.fdw, s.inBlock() || s.tx.hold)
	s.tx.parts[m.TxKey()] = tx
	// Savepoints from before the first write are at its beginning.
	for i := range s.tx.savepoints {
		s.tx.savepoints[i].marks[m.TxKey()] = tx.Mark()
	}
	return tx, nil
}

// openTx gives the part that a table's backend already has, or nil.
func (s *Session) openTx(t fdw.Table) fdw.Tx {
	if m, ok := t.(fdw.TxManager); ok {
		return s.tx.parts[m.TxKey()]
	}
	return nil
}

// commit ends the transaction and makes it last. When a backend fails, all
// others are undone and the error tells.
func (s *Session) commit(ctx context.Context) error {
	if err := s.holdPortals(ctx); err != nil {
		return errors.Join(err, s.rollback(ctx))
	}
	parts := s.tx.parts
	keys := slices.Collect(maps.Keys(parts))
	for i, k := range keys {
		if err := parts[k].Commit(ctx); err != nil {
			undo := context.WithoutCancel(ctx)
			for _, rest := range keys[i+1:] {
				if e := parts[rest].Rollback(undo); e != nil {
					s.notice(e)
				}
			}
			s.tx.parts = nil
			s.endTx(false)
			return err
		}
	}
	s.tx.parts = nil
	notifies, listens := s.tx.notifies, s.tx.listens
	s.endTx(true)
	for _, l := range listens {
		if l.on {
			s.db.hub.listen(s, l.channel)
		} else {
			s.db.hub.unlisten(s, l.channel, l.all)
		}
	}
	if len(notifies) > 0 {
		s.db.hub.send(notifies)
	}
	return nil
}

// rollback ends the transaction and undoes it.
func (s *Session) rollback(ctx context.Context) error {
	err := s.undo(ctx)
	s.endTx(false)
	return err
}

// undo undoes what backends did in the transaction.
func (s *Session) undo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	var errs []error
	for _, tx := range s.tx.parts {
		if err := tx.Rollback(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	s.tx.parts = nil
	return errors.Join(errs...)
}

// endTx leaves the transaction: settings, portals and locks follow.
func (s *Session) endTx(committed bool) {
	if !s.tx.open() {
		return
	}
	s.closePortals(func(p *portal) bool { return !p.held })
	for s.guc.Level() > 1 {
		s.guc.Pop(!committed)
	}
	if committed {
		s.guc.Commit()
		s.db.stats.commits.Add(1)
	} else {
		s.guc.Rollback()
		s.db.stats.rollbacks.Add(1)
	}
	s.e.locks.releaseTransaction(s, 0)
	s.tx = transaction{}
	s.fdw.Snapshot = nil
}

// abort is what an error does to the transaction (AbortCurrentTransaction): an
// implicit one is gone, a block has failed and waits for its end; back to the last savepoint, if
// there is one, nothing is left of what was done.
func (s *Session) abort() {
	ctx := context.WithoutCancel(s.ctx)
	switch s.tx.phase {
	case txImplicit:
		if err := s.rollback(ctx); err != nil {
			s.notice(err)
		}
	case txBlock:
		n := len(s.tx.savepoints)
		for _, p := range s.portals {
			if !p.held && p.level >= n {
				p.end()
				p.failed, p.released = true, true
			}
		}
		if n > 0 {
			if err := s.undoTo(ctx, s.tx.savepoints[n-1]); err != nil {
				s.notice(err)
			}
		} else if err := s.undo(ctx); err != nil {
			s.notice(err)
		}
		s.guc.Undo()
		s.e.locks.releaseTransaction(s, n)
		s.tx.phase = txFailed
	}
}

// undoTo takes backends back to a savepoint.
func (s *Session) undoTo(ctx context.Context, sp savepoint) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	var errs []error
	for k, tx := range s.tx.parts {
		if err := tx.RollbackTo(ctx, sp.marks[k]); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// checkFailed refuses statements in a failed block but for those that end it.
func (s *Session) checkFailed(u analyze.Utility) error {
	if s.tx.phase != txFailed {
		return nil
	}
	if t, ok := u.(*analyze.Transaction); ok {
		switch t.Kind {
		case analyze.Commit, analyze.Rollback, analyze.RollbackTo, analyze.PrepareTransaction:
			return nil
		}
	}
	return pgerr.New(pgerrcode.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

// Sync ends an implicit transaction, at a Sync message.
func (s *Session) Sync(ctx context.Context) (err error) {
	defer s.boundary("", &err)
	s.stopTimeout()
	s.phases = nil
	if s.tx.phase != txImplicit {
		return nil
	}
	return s.commit(ctx)
}
