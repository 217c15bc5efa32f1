package pgerr

import (
	"errors"
	"testing"
)

func TestSite(t *testing.T) {
	for _, c := range []struct {
		err     error
		routine string
	}{
		{New("42703", "column \"%s\" does not exist", "a \"b 12"), "errorMissingColumn"},
		{In(In(New("22012", "division by zero"), "int8div"), "numeric_div"), "int8div"},
		{New("22012", "division by zero"), "int4div"},
		{New("00000", "division by zero").By("exec_stmt_raise"), "exec_stmt_raise"},
		{New("XX000", "nobody says this"), ""},
		{New("XX000", "nobody says this").By("nobody"), "nobody"},
		{In(New("42883", "%s %s does not exist", "function", "f(integer)"), "nobody"), "ParseFuncOrColumn"},
	} {
		var e *Error
		if !errors.As(c.err, &e) {
			t.Fatal(c.err)
		}
		if s := e.Site(); s.Routine != c.routine || (s.Line == 0) != (s.File == "") {
			t.Errorf("%v: %+v, not %s", e, s, c.routine)
		}
	}
	if In(nil, "int8div") != nil {
		t.Error("nil has become an error")
	}
}
