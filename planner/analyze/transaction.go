package analyze

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// transactionModes turns transaction modes into settings, in order.
func transactionModes(list []*pg_query.Node, prefix string) []Assignment {
	var out []Assignment
	for _, n := range list {
		d := n.GetDefElem()
		c := d.GetArg().GetAConst()
		value := "off"
		switch x := c.GetVal().(type) {
		case *pg_query.A_Const_Sval:
			value = x.Sval.GetSval()
		case *pg_query.A_Const_Ival:
			if x.Ival.GetIval() != 0 {
				value = "on"
			}
		case *pg_query.A_Const_Boolval:
			if x.Boolval.GetBoolval() {
				value = "on"
			}
		}
		out = append(out, Assignment{Name: prefix + d.GetDefname(), Value: value})
	}
	return out
}

// TransactionKind is what a Transaction does.
type TransactionKind uint8

// The kinds of Transaction.
const (
	Begin TransactionKind = iota
	Start
	Commit
	Rollback
	Savepoint
	Release
	RollbackTo
	PrepareTransaction
	CommitPrepared
	RollbackPrepared
)

// Transaction is BEGIN, COMMIT, SAVEPOINT and the like.
type Transaction struct {
	plain
	Kind      TransactionKind
	Modes     []Assignment // of BEGIN: transaction_isolation, transaction_read_only, transaction_deferrable
	Savepoint string
	GID       string // of a prepared transaction
	Chain     bool   // COMMIT or ROLLBACK AND CHAIN
}

// CommandTag is the command's name; ROLLBACK TO reports ROLLBACK. (COMMIT of a
// failed transaction reports ROLLBACK, as the session knows.)
func (t *Transaction) CommandTag() string {
	return [...]string{
		"BEGIN", "START TRANSACTION", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "ROLLBACK",
		"PREPARE TRANSACTION", "COMMIT PREPARED", "ROLLBACK PREPARED",
	}[t.Kind]
}

func (u *utilityContext) transaction(s *pg_query.TransactionStmt) (Utility, error) {
	t := &Transaction{Savepoint: s.SavepointName, GID: s.Gid, Chain: s.Chain, Modes: transactionModes(s.Options, "")}
	switch s.Kind {
	case pg_query.TransactionStmtKind_TRANS_STMT_BEGIN:
		t.Kind = Begin
	case pg_query.TransactionStmtKind_TRANS_STMT_START:
		t.Kind = Start
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT:
		t.Kind = Commit
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		t.Kind = Rollback
	case pg_query.TransactionStmtKind_TRANS_STMT_SAVEPOINT:
		t.Kind = Savepoint
	case pg_query.TransactionStmtKind_TRANS_STMT_RELEASE:
		t.Kind = Release
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		t.Kind = RollbackTo
	case pg_query.TransactionStmtKind_TRANS_STMT_PREPARE:
		t.Kind = PrepareTransaction
	case pg_query.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:
		t.Kind = CommitPrepared
	case pg_query.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED:
		t.Kind = RollbackPrepared
	}
	return t, nil
}
