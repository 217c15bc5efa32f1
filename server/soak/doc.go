// Package soak has the tests that run a whole server as a process of its own
// and hurt it: herds of clients, hostile ones, bad networks, faults of the API,
// rotations, little memory, full disks. Nothing imports it.
//
// Each test is named after its row of the list that deploy/README.md shows the
// figures of (N network, R running, S security, A everything at once). `go test`
// runs them small; with FLOWGRES_SOAK set they run with the list's parameters
// and judge by its pass marks, which takes about an hour:
//
//	FLOWGRES_SOAK=1 FLOWGRES_SOAK_OUT=figures.tsv go test ./server/soak -timeout 3h
//
// FLOWGRES_SOAK_MINUTES (10) is how long R4 and A take, FLOWGRES_SOAK_ONLY a regular expression
// of the names of what TestS5Statements and TestS5Floods run. W1 to W3 and A1 to A5 of the
// API are in ec2backend, under the same variable; Q1 is TestRandom in planner.
//
// The child is this package's test binary running daemon.Serve, as main does;
// the EC2 endpoint stays in the test, which orders faults and counts calls.
package soak
