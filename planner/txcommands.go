package planner

import (
	"context"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// transactionCommand runs BEGIN, COMMIT, SAVEPOINT and their like and gives
// the command tag.
func (s *Session) transactionCommand(ctx context.Context, t *analyze.Transaction) (string, error) {
	switch t.Kind {
	case analyze.Begin, analyze.Start:
		switch s.tx.phase {
		case txBlock:
			s.notice(warning(pgerrcode.ActiveSQLTransaction, "there is already a transaction in progress"))
		default:
			if err := s.ensureTx(); err != nil {
				return "", err
			}
		}
		for _, m := range t.Modes { // if this fails there is no block
			if err := s.guc.Set(m.Name, m.Value, true); err != nil {
				return "", err
			}
		}
		s.tx.phase = txBlock
		return t.CommandTag(), nil
	case analyze.Commit:
		return s.commitCommand(ctx, t)
	case analyze.Rollback:
		return s.rollbackCommand(ctx, t)
	case analyze.Savepoint:
		if s.tx.phase != txBlock {
			return "", pgerr.New(pgerrcode.NoActiveSQLTransaction, "%s can only be used in transaction blocks", "SAVEPOINT")
		}
		sp := savepoint{name: t.Savepoint, marks: map[any]int{}, notifies: len(s.tx.notifies), listens: len(s.tx.listens)}
		for k, tx := range s.tx.parts {
			sp.marks[k] = tx.Mark()
		}
		if err := s.addSavepoint(sp); err != nil {
			return "", err
		}
		s.guc.Push()
		return t.CommandTag(), nil
	case analyze.Release, analyze.RollbackTo:
		return s.savepointCommand(ctx, t)
	case analyze.PrepareTransaction:
		return s.prepareTransaction(ctx)
	case analyze.CommitPrepared, analyze.RollbackPrepared:
		if err := s.outsideBlock(t.CommandTag()); err != nil {
			return "", err
		}
		return "", pgerr.New(pgerrcode.UndefinedObject, "prepared transaction with identifier \"%s\" does not exist", t.GID)
	}
	return "", pgerr.Internal("unexpected transaction command %d", t.Kind)
}

// prepareTransaction does what PREPARE TRANSACTION does where prepared transactions
// are disabled: there is no transaction afterwards (PrepareTransactionBlock).
func (s *Session) prepareTransaction(ctx context.Context) (string, error) {
	phase, alone := s.tx.phase, !s.tx.block
	if phase == txImplicit {
		s.notice(warning(pgerrcode.NoActiveSQLTransaction, "there is no transaction in progress"))
	}
	if err := s.rollback(ctx); err != nil {
		return "", err
	}
	if phase == txBlock || phase == txImplicit && !alone {
		return "", pgerr.New(pgerrcode.ObjectNotInPrerequisiteState, "prepared transactions are disabled").
			Hintf("Set max_prepared_transactions to a nonzero value.")
	}
	return "ROLLBACK", nil
}

func (s *Session) commitCommand(ctx context.Context, t *analyze.Transaction) (string, error) {
	switch s.tx.phase {
	case txFailed:
		tag, err := s.rollbackCommand(ctx, t)
		if tag != "" {
			tag = "ROLLBACK"
		}
		return tag, err
	case txBlock:
	default:
		if t.Chain {
			return "", pgerr.New(pgerrcode.NoActiveSQLTransaction, "%s can only be used in transaction blocks", "COMMIT AND CHAIN")
		}
		s.notice(warning(pgerrcode.NoActiveSQLTransaction, "there is no transaction in progress").By("EndTransactionBlock"))
		return "COMMIT", s.commit(ctx)
	}
	again := s.chain(t)
	if err := s.commit(ctx); err != nil {
		return "", err
	}
	return "COMMIT", again()
}

func (s *Session) rollbackCommand(ctx context.Context, t *analyze.Transaction) (string, error) {
	if s.tx.phase != txBlock && s.tx.phase != txFailed {
		if t.Chain {
			return "", pgerr.New(pgerrcode.NoActiveSQLTransaction, "%s can only be used in transaction blocks", "ROLLBACK AND CHAIN")
		}
		s.notice(warning(pgerrcode.NoActiveSQLTransaction, "there is no transaction in progress"))
		return "ROLLBACK", s.rollback(ctx)
	}
	again := s.chain(t)
	if err := s.rollback(ctx); err != nil {
		return "", err
	}
	return "ROLLBACK", again()
}

// chain gives what AND CHAIN does once the transaction has ended: the next one
// starts with the same characteristics.
func (s *Session) chain(t *analyze.Transaction) func() error {
	if !t.Chain {
		return func() error { return nil }
	}
	keep := map[string]string{}
	for _, name := range []string{"transaction_isolation", "transaction_read_only", "transaction_deferrable"} {
		keep[name], _ = s.guc.Get(name)
	}
	return func() error {
		if err := s.ensureTx(); err != nil {
			return err
		}
		s.tx.phase = txBlock
		for name, v := range keep {
			if err := s.guc.Set(name, v, true); err != nil {
				return err
			}
		}
		return nil
	}
}

func (s *Session) savepointCommand(ctx context.Context, t *analyze.Transaction) (string, error) {
	if s.tx.phase != txBlock && s.tx.phase != txFailed {
		word := "RELEASE SAVEPOINT"
		if t.Kind == analyze.RollbackTo {
			word = "ROLLBACK TO SAVEPOINT"
		}
		return "", pgerr.New(pgerrcode.NoActiveSQLTransaction, "%s can only be used in transaction blocks", word)
	}
	i := len(s.tx.savepoints) - 1
	for i >= 0 && s.tx.savepoints[i].name != t.Savepoint {
		i--
	}
	if i < 0 {
		return "", pgerr.New(pgerrcode.InvalidSavepointSpecification, "savepoint \"%s\" does not exist", t.Savepoint)
	}
	above := len(s.tx.savepoints) - i
	if t.Kind == analyze.Release {
		for range above {
			s.guc.Pop(false)
		}
		for _, p := range s.portals {
			p.level = min(p.level, i)
		}
		s.e.locks.merge(s, i)
		s.tx.savepoints = s.tx.savepoints[:i]
		return t.CommandTag(), nil
	}
	s.closePortals(func(p *portal) bool { return !p.held && p.level > i })
	if err := s.undoTo(ctx, s.tx.savepoints[i]); err != nil {
		return "", err
	}
	for range above {
		s.guc.Pop(true)
	}
	s.tx.notifies, s.tx.listens = s.tx.notifies[:s.tx.savepoints[i].notifies], s.tx.listens[:s.tx.savepoints[i].listens]
	s.e.locks.releaseTransaction(s, i+1)
	s.tx.savepoints = s.tx.savepoints[:i+1]
	s.guc.Push()
	s.tx.phase = txBlock
	return t.CommandTag(), nil
}
