package server

import "github.com/jackc/pgproto3/v2"

// functionCall answers the fast-path protocol (fastpath.c): one function, by
// its oid. pgproto3's decoder is not used: it knows no NULL argument.
func (c *conn) functionCall(body []byte) error {
	m, err := decodeCall(body)
	if err == nil || c.session.TxStatus() == 'E' { // a failed block is looked at before the message

		var value []byte
		value, err = c.session.Call(c.statement(), m.fn, m.formats, m.args, m.result)
		if err == nil && value != nil && m.result == 0 {
			value, err = c.enc.Tail(value, 0)
		}
		if err == nil {
			c.w.put(&pgproto3.FunctionCallResponse{Result: value})
		}
	} else {
		c.session.Fail()
	}
	if err != nil {
		if err := c.fail(err); err != nil {
			return err
		}
	}
	return c.ready()
}

// call is a FunctionCall message.
type call struct {
	fn      uint32
	formats []int16
	args    [][]byte // nil: NULL
	result  int16
}

// decodeCall reads a FunctionCall message's body (parse_fcall_arguments).
func decodeCall(body []byte) (call, error) {
	b := walker{rest: body}
	m := call{fn: uint32(b.int32())}
	for range b.int16() {
		if b.err != nil {
			break
		}
		m.formats = append(m.formats, int16(b.int16()))
	}
	for range b.int16() {
		if b.err != nil {
			break
		}
		n := b.int32()
		if n == -1 {
			m.args = append(m.args, nil)
			continue
		}
		if n < 0 && b.err == nil {
			return m, protocolError("invalid argument size %d in function call message", n)
		}
		at := b.rest
		if b.skip(n); b.err == nil {
			m.args = append(m.args, at[:n:n])
		}
	}
	m.result = int16(b.int16())
	if b.err == nil && len(b.rest) > 0 {
		return m, protocolError("invalid message format")
	}
	return m, b.err
}
