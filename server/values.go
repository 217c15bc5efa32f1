package server

import (
	"github.com/flowgres/flowgres/planner"
	"github.com/flowgres/flowgres/planner/adt"
)

// bind is a Bind message.
type bind struct {
	portal, statement string
	params            planner.Values
	results           []int16
}

// decodeBind reads a Bind message's body as exec_bind_message does. An error
// is of its names; what is wrong behind them stands in the parameters.
func decodeBind(body []byte, enc *adt.Encoding) (bind, error) {
	b := walker{rest: body}
	m := bind{portal: string(b.text()), statement: string(b.text())}
	if b.err != nil {
		return m, b.first(enc, b.err)
	}
	m.params = b.values(func(int) error { return nil })
	m.results = b.formats()
	m.params.Err = b.end()
	return m, nil
}

// call is a FunctionCall message.
type call struct {
	fn     uint32
	args   planner.Values
	result int16
}

// decodeCall reads a FunctionCall message's body as HandleFunctionRequest does.
// An error is of the function's oid; what is wrong behind it stands in the arguments.
func decodeCall(body []byte) (call, error) {
	b := walker{rest: body}
	m := call{fn: uint32(b.int32())}
	if b.err != nil {
		return m, b.err
	}
	m.args = b.values(func(n int) error {
		if n < -1 {
			return protocolError("invalid argument size %d in function call message", n)
		}
		return nil
	})
	m.result = int16(b.int16())
	m.args.Err = b.end()
	return m, nil
}

// values reads formats and values, whose sizes may be refused.
func (b *walker) values(refuse func(size int) error) (v planner.Values) {
	v.Formats = b.formats()
	v.Count = b.int16()
	if b.err != nil {
		v.Count = -1
		return v
	}
	v.Data = make([][]byte, 0, min(v.Count, len(b.rest)/4))
	for range v.Count {
		n := b.int32()
		if b.err == nil {
			b.err = refuse(n)
		}
		if b.err == nil && n == -1 {
			v.Data = append(v.Data, nil)
			continue
		}
		at := b.rest
		if b.skip(n); b.err != nil {
			break
		}
		v.Data = append(v.Data, at[:n:n])
	}
	return v
}

// formats reads format codes.
func (b *walker) formats() (codes []int16) {
	n := b.int16()
	if b.err == nil && len(b.rest) >= 2*n {
		codes = make([]int16, 0, n)
	}
	for range n {
		code := b.int16()
		if b.err != nil {
			break
		}
		codes = append(codes, int16(code))
	}
	return codes
}

// end gives what was wrong, or that something is left (pq_getmsgend).
func (b *walker) end() error {
	if b.err == nil && len(b.rest) > 0 {
		return protocolError("invalid message format")
	}
	return b.err
}
