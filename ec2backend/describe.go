package ec2backend

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// describe calls DescribeFlowLogs with our own deserialiser in the SDK's place;
// signing, endpoint, retries and the rest stay the SDK's.
func (c *client) describe(ctx context.Context, in *ec2.DescribeFlowLogsInput, d *pageDecoder) error {
	_, err := c.ec2.DescribeFlowLogs(ctx, in, func(o *ec2.Options) {
		o.APIOptions = append(o.APIOptions[:len(o.APIOptions):len(o.APIOptions)], func(stack *middleware.Stack) error {
			_, err := stack.Deserialize.Swap("OperationDeserializer", &decodeReply{d: d, shared: &c.account.b.shared})
			return err
		})
	})
	return err
}

// decodeReply is the deserialiser.
type decodeReply struct {
	d      *pageDecoder
	shared *interners
}

// ID implements middleware.DeserializeMiddleware.
func (*decodeReply) ID() string { return "OperationDeserializer" }

// HandleDeserialize implements middleware.DeserializeMiddleware.
func (m *decodeReply) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	out, md, err = next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok {
		if err == nil {
			err = &smithy.DeserializationError{Err: fmt.Errorf("unknown transport type %T", out.RawResponse)}
		}
		return out, md, err
	}
	defer func() {
		if err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // lets the connection be used again
		}
		_ = resp.Body.Close()
	}()
	if err != nil {
		return out, md, err
	}
	out.Result = &ec2.DescribeFlowLogsOutput{}
	body := &counter{r: resp.Body}
	err = m.page(body)
	setRequestID(&md, resp, m.d.request)
	if rec, ok := ctx.Value(attemptKey{}).(*CallRecord); ok {
		rec.Rows, rec.Bytes = m.d.read, body.n
	}
	if s, ok := ctx.Value(statsKey{}).(*scanStats); ok {
		s.mu.Lock()
		s.bytes += body.n
		s.mu.Unlock()
	}
	if err != nil {
		var stop *permanent
		var api *smithy.GenericAPIError // an error's document with a good status
		if errors.As(err, &stop) || errors.As(err, &api) {
			return out, md, err
		}
		if cause := context.Cause(ctx); cause != nil {
			return out, md, cause
		}
		err = &smithy.DeserializationError{Err: err}
	}
	return out, md, err
}

// page reads a reply with an interner that others have while there is none to read: calls
// wait for their turn, and there may be many.
func (m *decodeReply) page(body io.Reader) error {
	m.d.in = m.shared.take()
	defer m.shared.give(m.d.in)
	return m.d.page(body)
}

// isCutShort tells a reply that ended early from one that makes no sense.
func isCutShort(err error) bool {
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// counter counts the bytes read, of which there may be so many: what is packed may
// become any number of them.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n > maxPageBytes {
		return 0, &permanent{&smithy.DeserializationError{Err: fmt.Errorf("it is longer than %d MB", maxPageBytes>>20)}}
	}
	return n, err
}
