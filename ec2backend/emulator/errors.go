package emulator

import (
	"errors"
	"net/http"
)

// APIError is an error as the API answers it.
type APIError struct {
	Status        int
	Code, Message string
}

func (e *APIError) Error() string { return e.Code + ": " + e.Message }

func fail(status int, code, message string) error {
	return &APIError{Status: status, Code: code, Message: message}
}

// bad is an error of the request's content.
func bad(code, message string) error { return fail(http.StatusBadRequest, code, message) }

func asAPIError(err error) *APIError {
	var ae *APIError
	if errors.As(err, &ae) {
		return ae
	}
	return &APIError{Status: http.StatusInternalServerError, Code: "InternalError", Message: err.Error()}
}

// Throttled is the error of a call over its rate.
func Throttled() *APIError {
	return &APIError{Status: http.StatusServiceUnavailable, Code: "RequestLimitExceeded", Message: "Request limit exceeded."}
}

// Unauthorized is the error of a call that IAM denies.
func Unauthorized() *APIError {
	return &APIError{Status: http.StatusForbidden, Code: "UnauthorizedOperation", Message: "You are not authorized to perform this operation."}
}

// errorBody is the XML of an error; EC2's and STS's differ.
func errorBody(e *APIError, q *request) []byte {
	var x xmlWriter
	if isSTS(q.action) {
		x.raw(`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>`)
		if e.Status < 500 {
			x.element("Type", "Sender")
		} else {
			x.element("Type", "Receiver")
		}
		x.element("Code", e.Code)
		x.element("Message", e.Message)
		x.raw("</Error>")
		x.element("RequestId", q.id)
		x.raw("</ErrorResponse>")
		return x.b
	}
	x.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>")
	x.element("Code", e.Code)
	x.element("Message", e.Message)
	x.raw("</Error></Errors>")
	x.element("RequestID", q.id)
	x.raw("</Response>")
	return x.b
}
