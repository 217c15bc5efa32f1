package ec2backend

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxReply bounds the body of a reply that is no page of flow logs.
const maxReply = 8 << 20

// readReplies puts checkReply between the SDK's deserialisers and the
// transport.
func readReplies(stack *middleware.Stack) error {
	return stack.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("FlowgresReply", checkReply), "OperationDeserializer", middleware.After)
}

// checkReply looks at a reply before the SDK does. The SDK takes an empty body,
// a proxy's page or another call's document for a reply in which nothing is
// set, which for a write means that nothing was done; and it reads errors from
// one form of document. Pages of DescribeFlowLogs pass, as they are streamed.
func checkReply(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	out, md, err = next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok {
		return out, md, err
	}
	action := awsmiddleware.GetOperationName(ctx)
	good := resp.StatusCode >= 200 && resp.StatusCode < 300
	if good && action == "DescribeFlowLogs" {
		return out, md, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil { // cut short; even an error might have told more
		return out, md, &smithy.DeserializationError{Err: err}
	}
	e, err := readEnvelope(body)
	setRequestID(&md, resp, e.requestID)
	switch {
	case e.code != "":
		return out, md, &smithy.GenericAPIError{Code: e.code, Message: e.message}
	case !good:
		return out, md, &smithy.GenericAPIError{
			Code: fmt.Sprintf("HTTP%d", resp.StatusCode), Message: "the endpoint answered with HTTP status " + resp.Status,
		}
	case len(bytes.TrimSpace(body)) == 0 && saysNothing[action]:
		return out, md, nil
	case err != nil:
		return out, md, &smithy.DeserializationError{Err: err}
	case !strings.EqualFold(e.root, action+"Response"):
		return out, md, &smithy.DeserializationError{Err: fmt.Errorf("unexpected element <%s>", e.root)}
	}
	return out, md, nil
}

// saysNothing are the calls whose replies tell no more than their status.
var saysNothing = map[string]bool{"CreateTags": true, "DeleteTags": true}

// isForeign tells the code of an error that did not come in a document of
// AWS's: a gateway's, which need not know what became of the call.
func isForeign(code string) bool { return strings.HasPrefix(code, "HTTP5") }

// setRequestID notes a request's id where it did not come in the header that
// the SDK reads.
func setRequestID(md *middleware.Metadata, resp *smithyhttp.Response, inBody string) {
	for _, h := range []string{"X-Amz-Request-Id", "X-Amzn-Request-Id"} {
		if id := resp.Header.Get(h); id != "" && inBody == "" {
			inBody = id
		}
	}
	if inBody != "" {
		awsmiddleware.SetRequestIDMetadata(md, inBody)
	}
}

// envelope is what replies have around their content, and errors instead of
// it.
type envelope struct{ root, code, message, requestID string }

// readEnvelope reads a whole reply. EC2's errors are
// Response/Errors/Error/Code, STS's ErrorResponse/Error/Code; of several the
// first counts. The id is RequestID in EC2's errors, requestId in its replies,
// and may be under ResponseMetadata in STS's.
func readEnvelope(body []byte) (e envelope, err error) {
	x := &xmlScanner{r: bytes.NewReader(body), buf: make([]byte, 4<<10)}
	root, err := x.child()
	if err == io.EOF {
		return e, errNoXML
	}
	if err != nil {
		return e, err
	}
	e.root = string(root)
	return e, e.read(x)
}

// errNoXML is a reply without content. The SDK takes it for one that says
// nothing.
var errNoXML = fmt.Errorf("the reply holds no XML element")

// isError tells the root of an error's document.
func isError(root []byte) bool {
	return fold(root, "Response") || fold(root, "ErrorResponse") || fold(root, "Error")
}

// read reads to the end of the element that was just started.
func (e *envelope) read(x *xmlScanner) error {
	for {
		name, err := x.child()
		if err != nil || name == nil {
			return err
		}
		var to *string
		switch {
		case fold(name, "Errors"), fold(name, "Error"), fold(name, "ResponseMetadata"):
			err = e.read(x)
		case fold(name, "Code") && isErrorIn(x):
			to = &e.code
		case fold(name, "Message") && isErrorIn(x):
			to = &e.message
		case fold(name, "RequestId"):
			to = &e.requestID
		default:
			err = x.skip()
		}
		if to != nil {
			var v []byte
			if v, err = x.value(); err == nil && *to == "" {
				*to = strings.TrimSpace(string(v))
			}
		}
		if err != nil {
			return err
		}
	}
}

// isErrorIn tells whether the element that was just started is in one that is
// an error.
func isErrorIn(x *xmlScanner) bool {
	n := len(x.open)
	return n >= 2 && fold(localName(x.names[x.open[n-2]:x.open[n-1]]), "Error")
}
