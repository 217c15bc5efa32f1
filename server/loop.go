package server

import "github.com/jackc/pgproto3/v2"

// loop handles messages until the connection ends.
func (c *conn) loop() error {
	for {
		if c.r.buffered() == 0 {
			if err := c.await(); err != nil {
				return err
			}
		}
		typ, body, err := c.r.message(c.limit)
		if err != nil {
			return err
		}
		if err := c.handle(typ, body); err != nil {
			return err
		}
	}
}

// limit gives the longest body of a message type, after authentication.
func (c *conn) limit(typ byte) int {
	switch typ {
	case 'Q', 'P', 'B', 'F', 'd':
		return c.cfg.MaxMessage
	case 'D', 'C', 'E', 'H', 'S', 'X', 'c', 'f':
		return maxSmall - 4
	}
	return -1
}

// handle does what one message asks. An error ends the connection.
func (c *conn) handle(typ byte, body []byte) error {
	switch typ {
	case 'X':
		return errClosed
	case 'S':
		return c.sync(body)
	case 'd', 'c', 'f':
		return nil // left over from a COPY that failed
	}
	if c.skip {
		return nil
	}
	switch typ {
	case 'Q':
		return c.query(body)
	case 'F':
		return c.functionCall(body)
	}
	err := validate(typ, body, c.enc)
	if err == nil {
		err = c.extended(typ, body)
	} else {
		c.session.Fail()
	}
	if err != nil {
		c.skip = true
		return c.fail(err)
	}
	return nil
}

// query runs a simple query.
func (c *conn) query(body []byte) error {
	err := validate('Q', body, c.enc)
	if err == nil {
		var m pgproto3.Query
		if err = m.Decode(body); err == nil {
			err = c.decoded(&m.String)
		}
		if err == nil {
			err = c.session.Simple(c.statement(), m.String, output{c})
		}
	} else {
		c.session.Fail()
	}
	return c.finish(err)
}

// finish tells of an error, if there is one, and that the next query may come.
func (c *conn) finish(err error) error {
	if err != nil {
		if err := c.fail(err); err != nil {
			return err
		}
	}
	return c.ready()
}
