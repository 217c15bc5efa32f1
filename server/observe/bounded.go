package observe

import (
	"slices"
	"sync"

	"github.com/jackc/pgerrcode"
)

// What others make up must not become labels without end: clients raise any
// SQLSTATE they like, and an endpoint answers with any code.

// classes know PostgreSQL's codes, each those of a class.
var classes = []func(string) bool{
	pgerrcode.IsSuccessfulCompletion, pgerrcode.IsWarning, pgerrcode.IsNoData, pgerrcode.IsSQLStatementNotYetComplete,
	pgerrcode.IsConnectionException, pgerrcode.IsTriggeredActionException, pgerrcode.IsFeatureNotSupported,
	pgerrcode.IsInvalidTransactionInitiation, pgerrcode.IsLocatorException, pgerrcode.IsInvalidGrantor,
	pgerrcode.IsInvalidRoleSpecification, pgerrcode.IsDiagnosticsException, pgerrcode.IsCaseNotFound,
	pgerrcode.IsCardinalityViolation, pgerrcode.IsDataException, pgerrcode.IsIntegrityConstraintViolation,
	pgerrcode.IsInvalidCursorState, pgerrcode.IsInvalidTransactionState, pgerrcode.IsInvalidSQLStatementName,
	pgerrcode.IsTriggeredDataChangeViolation, pgerrcode.IsInvalidAuthorizationSpecification,
	pgerrcode.IsDependentPrivilegeDescriptorsStillExist, pgerrcode.IsInvalidTransactionTermination, pgerrcode.IsSQLRoutineException,
	pgerrcode.IsInvalidCursorName, pgerrcode.IsExternalRoutineException, pgerrcode.IsExternalRoutineInvocationException,
	pgerrcode.IsSavepointException, pgerrcode.IsInvalidCatalogName, pgerrcode.IsInvalidSchemaName, pgerrcode.IsTransactionRollback,
	pgerrcode.IsSyntaxErrororAccessRuleViolation, pgerrcode.IsWithCheckOptionViolation, pgerrcode.IsInsufficientResources,
	pgerrcode.IsProgramLimitExceeded, pgerrcode.IsObjectNotInPrerequisiteState, pgerrcode.IsOperatorIntervention,
	pgerrcode.IsSystemError, pgerrcode.IsSnapshotFailure, pgerrcode.IsConfigurationFileError, pgerrcode.IsForeignDataWrapperError,
	pgerrcode.IsPLpgSQLError, pgerrcode.IsInternalError,
}

// codeLabel gives a SQLSTATE as a label: other, if PostgreSQL has none such.
func codeLabel(code string) string {
	if slices.ContainsFunc(classes, func(has func(string) bool) bool { return has(code) }) {
		return code
	}
	return "other"
}

// bounded lets the first values pass, and calls those that come later other.
type bounded struct {
	mu   sync.Mutex
	most int
	seen map[string]bool
}

func (b *bounded) label(v string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.seen[v]:
		return v
	case len(b.seen) >= b.most:
		return "other"
	}
	b.seen[v] = true
	return v
}
