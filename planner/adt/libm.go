package adt

// PostgreSQL shows a float's last digit, and takes it from the C library's
// mathematical functions (float.c). package math differs from those by a unit in
// the last place now and then, so these are the C library's too.

// #cgo LDFLAGS: -lm
// #include <math.h>
import "C"

func mathExp(x float64) float64 { return float64(C.exp(C.double(x))) }

func mathLog(x float64) float64 { return float64(C.log(C.double(x))) }

func mathLog10(x float64) float64 { return float64(C.log10(C.double(x))) }

func mathSin(x float64) float64 { return float64(C.sin(C.double(x))) }

func mathCos(x float64) float64 { return float64(C.cos(C.double(x))) }

func mathTan(x float64) float64 { return float64(C.tan(C.double(x))) }

func mathAsin(x float64) float64 { return float64(C.asin(C.double(x))) }

func mathAcos(x float64) float64 { return float64(C.acos(C.double(x))) }

func mathAtan(x float64) float64 { return float64(C.atan(C.double(x))) }

func mathSinh(x float64) float64 { return float64(C.sinh(C.double(x))) }

func mathCosh(x float64) float64 { return float64(C.cosh(C.double(x))) }

func mathTanh(x float64) float64 { return float64(C.tanh(C.double(x))) }

func mathAsinh(x float64) float64 { return float64(C.asinh(C.double(x))) }

func mathAcosh(x float64) float64 { return float64(C.acosh(C.double(x))) }

func mathAtanh(x float64) float64 { return float64(C.atanh(C.double(x))) }

func mathCbrt(x float64) float64 { return float64(C.cbrt(C.double(x))) }

func mathErf(x float64) float64 { return float64(C.erf(C.double(x))) }

func mathErfc(x float64) float64 { return float64(C.erfc(C.double(x))) }

func mathPow(x, y float64) float64 { return float64(C.pow(C.double(x), C.double(y))) }

func mathAtan2(y, x float64) float64 { return float64(C.atan2(C.double(y), C.double(x))) }
