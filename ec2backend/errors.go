package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// call names an API call in errors.
type call struct{ service, action, account, region string }

// throttleCodes are those of calls over their rate.
var throttleCodes = map[string]bool{
	"RequestLimitExceeded": true, "Throttling": true, "ThrottlingException": true, "ThrottledException": true,
	"EC2ThrottledException": true, "RequestThrottled": true, "RequestThrottledException": true, "SlowDown": true,
	"TooManyRequestsException": true, "BandwidthLimitExceeded": true, "LimitExceededException": true, "PriorRequestNotComplete": true,
	"TransactionInProgressException": true, "ProvisionedThroughputExceededException": true,
}

// codes maps AWS's error codes to SQLSTATEs, the way PostgreSQL would name a
// fault of that kind in its own table.
var codes = map[string]string{
	"UnauthorizedOperation": pgerrcode.InsufficientPrivilege,
	"AccessDenied":          pgerrcode.InsufficientPrivilege,
	"AccessDeniedException": pgerrcode.InsufficientPrivilege,

	"AuthFailure":                 pgerrcode.InvalidAuthorizationSpecification,
	"InvalidClientTokenId":        pgerrcode.InvalidAuthorizationSpecification,
	"UnrecognizedClientException": pgerrcode.InvalidAuthorizationSpecification,
	"MissingAuthenticationToken":  pgerrcode.InvalidAuthorizationSpecification,
	"IncompleteSignature":         pgerrcode.InvalidAuthorizationSpecification,
	"SignatureDoesNotMatch":       pgerrcode.InvalidAuthorizationSpecification,
	"ExpiredToken":                pgerrcode.InvalidAuthorizationSpecification,
	"ExpiredTokenException":       pgerrcode.InvalidAuthorizationSpecification,
	"RequestExpired":              pgerrcode.InvalidAuthorizationSpecification,
	"RequestTimeTooSkewed":        pgerrcode.InvalidAuthorizationSpecification,
	"Blocked":                     pgerrcode.InvalidAuthorizationSpecification,
	"PendingVerification":         pgerrcode.InvalidAuthorizationSpecification,
	"OptInRequired":               pgerrcode.FDWUnableToEstablishConnection,
	"RegionDisabledException":     pgerrcode.FDWUnableToEstablishConnection,
	"RegionDisabled":              pgerrcode.FDWUnableToEstablishConnection,

	"FlowLogAlreadyExists":          pgerrcode.UniqueViolation,
	"IdempotentParameterMismatch":   pgerrcode.UniqueViolation,
	"FlowLogsLimitExceeded":         pgerrcode.ProgramLimitExceeded,
	"TagLimitExceeded":              pgerrcode.ProgramLimitExceeded,
	"FilterLimitExceeded":           pgerrcode.ProgramLimitExceeded,
	"ResourceLimitExceeded":         pgerrcode.ProgramLimitExceeded,
	"PackedPolicyTooLarge":          pgerrcode.ProgramLimitExceeded,
	"PackedPolicyTooLargeException": pgerrcode.ProgramLimitExceeded,

	"MissingParameter":       pgerrcode.NotNullViolation,
	"UnknownParameter":       pgerrcode.FDWError,
	"InvalidAction":          pgerrcode.FDWError,
	"InvalidPaginationToken": pgerrcode.FDWError,
	"InvalidNextToken":       pgerrcode.FDWError,
	"DryRunOperation":        pgerrcode.SuccessfulCompletion,

	"InternalError":           pgerrcode.ConnectionFailure,
	"InternalFailure":         pgerrcode.ConnectionFailure,
	"InternalServiceError":    pgerrcode.ConnectionFailure,
	"ServiceUnavailable":      pgerrcode.ConnectionFailure,
	"Unavailable":             pgerrcode.ConnectionFailure,
	"RequestTimeout":          pgerrcode.ConnectionFailure,
	"RequestTimeoutException": pgerrcode.ConnectionFailure,
}

// sqlState gives the SQLSTATE of an AWS error code; status is the HTTP status,
// 0 when there was none.
func sqlState(code string, status int) string {
	if s, ok := codes[code]; ok {
		return s
	}
	switch {
	case throttleCodes[code] || status == 429:
		return pgerrcode.ConfigurationLimitExceeded
	case strings.HasSuffix(code, ".NotFound"):
		return pgerrcode.ForeignKeyViolation
	case strings.HasSuffix(code, ".Malformed"), strings.HasPrefix(code, "InvalidParameter"), code == "InvalidID", code == "ValidationError":
		return pgerrcode.InvalidParameterValue
	case strings.HasSuffix(code, "LimitExceeded"):
		return pgerrcode.ProgramLimitExceeded
	case status >= 500:
		return pgerrcode.ConnectionFailure
	case status == 401 || status == 403:
		return pgerrcode.InsufficientPrivilege
	default:
		return pgerrcode.FDWError
	}
}

// hints say what helps, by SQLSTATE.
func hint(code, state string, c call) string {
	switch {
	case code == "OptInRequired" || code == "RegionDisabledException":
		return "Enable the region for the account, or leave it out of --regions."
	case code == "InvalidPaginationToken":
		return "The scan took longer than its pagination token is valid; run the query again, or fetch its rows faster."
	case code == "RequestTimeTooSkewed" || code == "RequestExpired" || code == "SignatureDoesNotMatch":
		return "Check the clock of this machine."
	case state == pgerrcode.InsufficientPrivilege:
		return fmt.Sprintf("The IAM identity needs the action %s:%s.", c.service, c.action)
	case state == pgerrcode.InvalidAuthorizationSpecification:
		return "Check the AWS credentials that the server uses for this account."
	case state == pgerrcode.ConfigurationLimitExceeded:
		return "AWS throttles this action for the account and region; other users of the account share its rate."
	case code == "FlowLogsLimitExceeded":
		return "AWS allows few flow logs on one resource; delete one first."
	}
	return ""
}

// apiError turns an SDK error into a pgerr.Error that names the call.
func apiError(ctx context.Context, err error, c call) *pgerr.Error {
	var e *pgerr.Error
	if errors.As(err, &e) {
		return e
	}
	cause := context.Cause(ctx)
	overdue := errors.Is(cause, context.DeadlineExceeded) // of toItsEnd: statements end by cancel
	if cause != nil && !overdue {
		return pgerr.From(cause)
	}
	c = c.innerCall(err)
	status, requestID := httpStatus(err), ""
	var rid interface{ ServiceRequestID() string }
	if errors.As(err, &rid) {
		requestID = rid.ServiceRequestID()
	}
	attempts := 0
	var most *retry.MaxAttemptsError
	if errors.As(err, &most) {
		attempts = most.Attempt
	}
	var api smithy.APIError
	var garbled *smithy.DeserializationError
	var late *attemptTimeout
	var netErr net.Error
	switch {
	case errors.As(err, &api):
		e = pgerr.New(sqlState(api.ErrorCode(), status), "%s failed: %s", c.action, strings.TrimSuffix(api.ErrorMessage(), "."))
		e.Hint = hint(api.ErrorCode(), e.Code, c)
		e.Detail = c.detail(api.ErrorCode(), status, requestID, attempts)
	case errors.As(err, &garbled):
		e = pgerr.New(pgerrcode.FDWInvalidDataType, "%s failed: the reply could not be read: %s", c.action, garbled.Err.Error())
		if isCutShort(garbled.Err) {
			e.Code = pgerrcode.ConnectionFailure
		}
		e.Detail = c.detail("", status, requestID, attempts)
	case overdue:
		e = pgerr.New(pgerrcode.ConnectionFailure, "%s failed: it took longer than a write may take", c.action)
		e.Detail = c.detail("", status, requestID, attempts)
	case errors.As(err, &late):
		e = pgerr.New(pgerrcode.ConnectionFailure, "%s failed: %s", c.action, late.Error())
		e.Detail = c.detail("", status, requestID, attempts)
	case errors.As(err, &netErr):
		e = pgerr.New(pgerrcode.ConnectionFailure, "%s failed: %s", c.action, innermost(err).Error())
		e.Detail = c.detail("", status, requestID, attempts)
	default:
		e = pgerr.New(pgerrcode.ConnectionFailure, "%s failed: %s", c.action, innermost(err).Error())
		if strings.Contains(err.Error(), "credentials") {
			e.Code = pgerrcode.InvalidAuthorizationSpecification
			e.Message = fmt.Sprintf("%s failed: no AWS credentials: %s", c.action, innermost(err).Error())
			e.Hint = hint("", e.Code, c)
		}
		e.Detail = c.detail("", status, requestID, attempts)
	}
	return e
}

// innerCall gives the call that failed where it was another that c needed
// first: AssumeRole, for its credentials.
func (c call) innerCall(err error) call {
	var op *smithy.OperationError
	for e := err; errors.As(e, &op); e = op.Err {
		if op.Service() == "STS" {
			c.service, c.action = "sts", op.Operation()
		}
	}
	return c
}

// httpStatus gives the HTTP status of an error's answer, 0 without one.
func httpStatus(err error) int {
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) {
		return re.HTTPStatusCode()
	}
	return 0
}

// detail is the DETAIL line that every error of a call has.
func (c call) detail(code string, status int, requestID string, attempts int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%s in region %s, account %s", c.service, c.action, c.region, c.account)
	if code != "" {
		fmt.Fprintf(&b, ": AWS code %s", code)
	}
	if status != 0 {
		fmt.Fprintf(&b, ", HTTP status %d", status)
	}
	if requestID != "" {
		fmt.Fprintf(&b, ", request id %s", requestID)
	}
	if attempts > 1 {
		fmt.Fprintf(&b, ", %d attempts", attempts)
	}
	b.WriteByte('.')
	return b.String()
}

// innermost gives the cause at the end of an error's chain.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// limitError is a wait for the rate limit that ended early.
func limitError(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return pgerr.New(pgerrcode.ConfigurationLimitExceeded, "the wait for AWS's rate limit would outlast the statement: %s", err.Error())
}
