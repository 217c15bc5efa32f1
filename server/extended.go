package server

import (
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner"
)

// sync ends a run of extended-protocol messages.
func (c *conn) sync(body []byte) error {
	c.skip = false
	err := validate('S', body, c.enc)
	if err == nil {
		err = c.session.Sync(c.statement())
	} else {
		c.session.Fail()
	}
	return c.finish(err)
}

// extended handles one message of the extended query protocol, whose body is
// valid. After an error the caller ignores messages until Sync.
func (c *conn) extended(typ byte, body []byte) error {
	switch typ {
	case 'P':
		var m pgproto3.Parse
		if err := m.Decode(body); err != nil {
			return err
		}
		if err := c.decoded(&m.Name, &m.Query); err != nil {
			return err
		}
		if err := c.session.Parse(c.statement(), m.Name, m.Query, m.ParameterOIDs); err != nil {
			return err
		}
		c.w.putEmpty('1')
	case 'B':
		m, err := decodeBind(body, c.enc)
		if err != nil {
			c.session.Fail()
			return err
		}
		if err := c.decoded(&m.portal, &m.statement); err != nil {
			return err
		}
		if err := c.session.Bind(c.statement(), m.portal, m.statement, m.params, m.results); err != nil {
			return err
		}
		c.w.putEmpty('2')
	case 'D':
		var m pgproto3.Describe
		if err := m.Decode(body); err != nil {
			return err
		}
		if err := c.decoded(&m.Name); err != nil {
			return err
		}
		return c.describe(&m)
	case 'E':
		var m pgproto3.Execute
		if err := m.Decode(body); err != nil {
			return err
		}
		if err := c.decoded(&m.Portal); err != nil {
			return err
		}
		return c.execute(&m)
	case 'C':
		var m pgproto3.Close
		if err := m.Decode(body); err != nil {
			return err
		}
		if err := c.decoded(&m.Name); err != nil {
			return err
		}
		closeIt := c.session.ClosePortal
		if m.ObjectType == 'S' {
			closeIt = c.session.CloseStatement
		}
		if err := closeIt(m.Name); err != nil {
			return err
		}
		c.w.putEmpty('3')
	case 'H':
		return c.w.flush()
	default:
		return fmt.Errorf("unhandled message type %q", typ)
	}
	return nil
}

// parameterDescription is pgproto3's, but for more than 65,535 parameters, which
// that refuses: PostgreSQL sends all of them, and the low 16 bits of their count.
type parameterDescription struct{ pgproto3.ParameterDescription }

// Encode implements pgproto3.Message.
func (m *parameterDescription) Encode(dst []byte) ([]byte, error) {
	n := len(m.ParameterOIDs)
	dst = binary.BigEndian.AppendUint32(append(dst, 't'), uint32(4+2+4*n))
	dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	for _, oid := range m.ParameterOIDs {
		dst = binary.BigEndian.AppendUint32(dst, oid)
	}
	return dst, nil
}

func (c *conn) describe(m *pgproto3.Describe) error {
	var columns []planner.Column
	var err error
	if m.ObjectType == 'S' {
		var params []uint32
		if params, columns, err = c.session.DescribeStatement(c.statement(), m.Name); err != nil {
			return err
		}
		c.w.put(&parameterDescription{pgproto3.ParameterDescription{ParameterOIDs: params}})
	} else if columns, err = c.session.DescribePortal(c.statement(), m.Name); err != nil {
		return err
	}
	if columns == nil {
		c.w.putEmpty('n')
		return nil
	}
	return output{c}.RowDescription(columns)
}

func (c *conn) execute(m *pgproto3.Execute) error {
	suspended, err := c.session.Execute(c.statement(), m.Portal, max(0, int(int32(m.MaxRows))), output{c})
	if err != nil {
		return err
	}
	if suspended {
		c.w.putEmpty('s')
	}
	return c.w.err
}
