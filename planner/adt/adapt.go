package adt

import (
	"iter"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// The adapters below turn typed Go functions into Func. Fn takes pure
// functions that may fail, Cn those that also want the Call.

// F0 adapts a function without arguments.
func F0[R any](f func() (R, error)) Func {
	return Func{Call: func(*Call, []Datum) (Datum, error) { return box(f()) }}
}

// F1 adapts a function of one argument.
func F1[A, R any](f func(A) (R, error)) Func {
	return Func{Call: func(_ *Call, a []Datum) (Datum, error) { return box(f(a[0].(A))) }}
}

// F2 adapts a function of two arguments.
func F2[A, B, R any](f func(A, B) (R, error)) Func {
	return Func{Call: func(_ *Call, a []Datum) (Datum, error) { return box(f(a[0].(A), a[1].(B))) }}
}

// F3 adapts a function of three arguments.
func F3[A, B, C, R any](f func(A, B, C) (R, error)) Func {
	return Func{Call: func(_ *Call, a []Datum) (Datum, error) { return box(f(a[0].(A), a[1].(B), a[2].(C))) }}
}

// F4 adapts a function of four arguments.
func F4[A, B, C, D, R any](f func(A, B, C, D) (R, error)) Func {
	return Func{Call: func(_ *Call, a []Datum) (Datum, error) {
		return box(f(a[0].(A), a[1].(B), a[2].(C), a[3].(D)))
	}}
}

// P1 adapts a function of one argument that cannot fail.
func P1[A, R any](f func(A) R) Func {
	return Func{Call: func(_ *Call, a []Datum) (Datum, error) { return f(a[0].(A)), nil }}
}

// P2 adapts a function of two arguments that cannot fail.
func P2[A, B, R any](f func(A, B) R) Func {
	return Func{Call: func(_ *Call, a []Datum) (Datum, error) { return f(a[0].(A), a[1].(B)), nil }}
}

// C0 adapts a function of its call alone.
func C0[R any](f func(*Call) (R, error)) Func {
	return Func{Call: func(c *Call, _ []Datum) (Datum, error) { return box(f(c)) }}
}

// C1 adapts a function of its call and one argument.
func C1[A, R any](f func(*Call, A) (R, error)) Func {
	return Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(f(c, a[0].(A))) }}
}

// C2 adapts a function of its call and two arguments.
func C2[A, B, R any](f func(*Call, A, B) (R, error)) Func {
	return Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(f(c, a[0].(A), a[1].(B))) }}
}

// C3 adapts a function of its call and three arguments.
func C3[A, B, C, R any](f func(*Call, A, B, C) (R, error)) Func {
	return Func{Call: func(c *Call, a []Datum) (Datum, error) { return box(f(c, a[0].(A), a[1].(B), a[2].(C))) }}
}

// C4 adapts a function of its call and four arguments.
func C4[A, B, C, D, R any](f func(*Call, A, B, C, D) (R, error)) Func {
	return Func{Call: func(c *Call, a []Datum) (Datum, error) {
		return box(f(c, a[0].(A), a[1].(B), a[2].(C), a[3].(D)))
	}}
}

// Raw adapts a function that sees its arguments as they are, NULLs as nil: for
// routines that are not strict, take any type or any number of arguments, or
// may return NULL.
func Raw(f func(c *Call, args []Datum) (Datum, error)) Func { return Func{Call: f} }

// Set adapts a set-returning function.
func Set(f func(c *Call, args []Datum) iter.Seq2[Datum, error]) Func { return Func{Set: f} }

// In adapts a type's input function: text, and the typmod to apply (-1: none).
func In[R any](f func(c *Call, s string, typmod int32) (R, error)) Func {
	return Func{Call: func(c *Call, a []Datum) (Datum, error) {
		return box(f(c, a[0].(string), typmodArg(a)))
	}}
}

// Recv adapts a type's receive function: binary form, and the typmod to apply.
func Recv[R any](f func(c *Call, b []byte, typmod int32) (R, error)) Func {
	return Func{Call: func(c *Call, a []Datum) (Datum, error) {
		return box(f(c, a[0].([]byte), typmodArg(a)))
	}}
}

func typmodArg(a []Datum) int32 {
	if len(a) > 2 {
		return a[2].(int32)
	}
	return -1
}

// Out adapts a type's output function, which appends the text form.
func Out[A any](f func(c *Call, dst []byte, v A) ([]byte, error)) Func {
	return Func{
		Append: func(c *Call, dst []byte, d Datum) ([]byte, error) { return f(c, dst, d.(A)) },
		Call: func(c *Call, a []Datum) (Datum, error) {
			b, err := f(c, nil, a[0].(A))
			return textFrom(b), err
		},
	}
}

// Send adapts a type's send function, which appends the binary form.
func Send[A any](f func(c *Call, dst []byte, v A) ([]byte, error)) Func {
	return Func{
		Append: func(c *Call, dst []byte, d Datum) ([]byte, error) { return f(c, dst, d.(A)) },
		Call: func(c *Call, a []Datum) (Datum, error) {
			b, err := f(c, []byte{}, a[0].(A))
			return b, err
		},
	}
}

// Cmp adapts a btree comparison support function.
func Cmp[A any](f func(a, b A) int) Func {
	return Func{
		Compare: func(a, b Datum) int { return f(a.(A), b.(A)) },
		Call:    func(_ *Call, a []Datum) (Datum, error) { return int32(f(a[0].(A), a[1].(A))), nil },
	}
}

// aggOnly makes a function that is only for aggregates to call.
func aggOnly(f Func) Func {
	call := f.Call
	f.Call = func(c *Call, a []Datum) (Datum, error) {
		if !c.Agg {
			return nil, pgerr.Internal("%s called in non-aggregate context", c.Name)
		}
		return call(c, a)
	}
	return f
}

// box turns a typed result into a Datum.
func box[R any](r R, err error) (Datum, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

// noIO is the error of a type's input or output that is not there: some have no
// binary form.
func (t *Type) noIO(env *Env, f *Func, what string) error {
	if f == nil && strings.HasPrefix(what, "binary") {
		return pgerr.New(pgerrcode.UndefinedFunction, "no %s function available for type %s", what, typeName(env, t))
	}
	return unsupportedIO(t, what)
}

func unsupportedIO(t *Type, what string) error {
	return pgerr.Unsupported("%s of type %s is not supported", what, t.Name)
}
