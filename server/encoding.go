package server

import (
	"strings"

	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// decoded converts a message's texts from the client's encoding
// (pq_getmsgstring). Parameters are the session's to convert.
func (c *conn) decoded(texts ...*string) error {
	if c.enc == nil {
		return nil
	}
	for _, t := range texts {
		s, err := c.enc.FromClientText(*t)
		if err != nil {
			c.session.Fail()
			return err
		}
		*t = s
	}
	return nil
}

// encoded converts a text that is no part of a result. What has no equivalent
// becomes question marks, for the message must go out.
func (c *conn) encoded(s string) string {
	if c.enc == nil {
		return s
	}
	if b, err := c.enc.ToClient([]byte(s)); err == nil {
		return string(b)
	}
	var out strings.Builder
	for _, r := range s {
		b, err := c.enc.ToClient([]byte(string(r)))
		if err != nil {
			b = []byte{'?'}
		}
		out.Write(b)
	}
	return out.String()
}

// encodedError converts an error's texts. One that cannot be converted is
// replaced by the error of the conversion, as in PostgreSQL.
func (c *conn) encodedError(m pgproto3.ErrorResponse) pgproto3.ErrorResponse {
	if c.enc == nil {
		return m
	}
	texts := []*string{
		&m.Message, &m.Detail, &m.Hint, &m.InternalQuery, &m.Where,
		&m.SchemaName, &m.TableName, &m.ColumnName, &m.DataTypeName, &m.ConstraintName,
	}
	for _, t := range texts {
		b, err := c.enc.ToClient([]byte(*t))
		if err != nil {
			return response(pgerr.From(err), "ERROR")
		}
		*t = string(b)
	}
	return m
}
