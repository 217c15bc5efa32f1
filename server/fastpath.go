package server

import "github.com/jackc/pgproto3/v2"

// functionCall answers the fast-path protocol (fastpath.c): one function, by
// its oid. pgproto3's decoder is not used: it knows no NULL argument.
func (c *conn) functionCall(body []byte) error {
	m, err := decodeCall(body)
	if err == nil || c.session.TxStatus() == 'E' { // a failed block is looked at before the message
		var value []byte
		value, err = c.session.Call(c.statement(), m.fn, m.args, m.result)
		if err == nil && value != nil && m.result == 0 {
			value, err = c.enc.Tail(value, 0)
		}
		if err == nil {
			c.w.put(&pgproto3.FunctionCallResponse{Result: value})
		}
	} else {
		c.session.Fail()
	}
	return c.finish(err)
}
