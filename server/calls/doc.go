// Package calls holds tests alone: which API calls statements make, on an
// engine over the emulator. testdata/calls.txt and testdata/write_calls.txt are
// the tables of them: statement, calls made, fewest possible. What a statement
// needs is also found by trying, with made-up fleets, pages and shapes.
package calls
