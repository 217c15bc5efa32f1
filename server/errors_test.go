package server

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgproto3/v2"

	"github.com/flowgres/flowgres/planner/pgerr"
)

func TestErrorFields(t *testing.T) {
	e := &pgerr.Error{
		Code: "23505", Message: "a\x00b", Detail: "d", Hint: "h", Position: 3, InternalPosition: 4, InternalQuery: "q", Where: "w",
		Schema: "s", Table: "t", Column: "c", DataType: "dt", Constraint: "n", Routine: "r",
	}
	m := response(e, "ERROR")
	b, err := m.Encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got pgproto3.ErrorResponse
	if err := got.Decode(b[5:]); err != nil {
		t.Fatal(err)
	}
	want := pgproto3.ErrorResponse{
		Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "23505", Message: `a\0b`, Detail: "d", Hint: "h", Position: 3,
		InternalPosition: 4, InternalQuery: "q", Where: "w", SchemaName: "s", TableName: "t", ColumnName: "c",
		DataTypeName: "dt", ConstraintName: "n", Routine: "r",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAsError(t *testing.T) {
	cause := pgerr.New("57014", "canceling statement due to statement timeout")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	if e := asError(ctx, ctx.Err()); e != cause {
		t.Error(e)
	}
	if e := asError(context.Background(), errors.New("x")); e.Code != "XX000" {
		t.Error(e)
	}
	if e := asError(context.Background(), context.Canceled); e.Code != "57014" {
		t.Error(e)
	}
}
