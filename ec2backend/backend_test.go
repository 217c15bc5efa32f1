package ec2backend

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

const (
	testKey     = "AKIAIOSFODNN7EXAMPLE"
	testSecret  = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	testAccount = "111122223333"
)

// TestMain keeps the machine's own AWS settings out of all tests. Most wait more than
// they compute, so that more of those that may run at a time than there are processors.
func TestMain(m *testing.M) {
	for _, v := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_STS", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"} {
		os.Unsetenv(v)
	}
	none := filepath.Join(os.TempDir(), "flowgres-no-such-file")
	os.Setenv("AWS_CONFIG_FILE", none)
	os.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	flag.Parse()
	if runtime.GOMAXPROCS(0) < 4 {
		_ = flag.Set("test.parallel", "4")
	}
	os.Exit(m.Run())
}

// fixture is an emulator with a backend on it.
type fixture struct {
	*emulator.Emulator
	b    *Backend
	url  string
	warn *warnings
}

type warnings struct {
	mu   sync.Mutex
	list []error
}

// newFixture starts an emulator with one account and a backend on it.
func newFixture(t testing.TB, opts emulator.Options, change func(*Config)) *fixture {
	t.Helper()
	e := emulator.New(opts)
	e.AddAccount(testAccount, testKey)
	url, err := e.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	cfg := Config{
		Regions: []string{"us-east-1"}, EndpointURL: url, NoRateLimit: true, MaxBackoff: 20 * time.Millisecond,
		Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	}
	if change != nil {
		change(&cfg)
	}
	b, err := New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return &fixture{Emulator: e, b: b, url: url, warn: &warnings{}}
}

// session is a session with settings, given as name, value, ….
func (f *fixture) session(settings ...string) *fdw.Session {
	return &fdw.Session{
		ID: 7, PID: 4711, User: "tester", Statement: 1,
		Setting: func(name string) string {
			for i := 0; i+1 < len(settings); i += 2 {
				if settings[i] == name {
					return settings[i+1]
				}
			}
			return ""
		},
		Warn: func(err error) {
			f.warn.mu.Lock()
			defer f.warn.mu.Unlock()
			f.warn.list = append(f.warn.list, err)
		},
	}
}

// allColumns asks for every column.
func allColumns() []int {
	out := make([]int, numColumns)
	for i := range out {
		out[i] = i
	}
	return out
}

// fewColumns asks for none that costs a call.
func fewColumns() []int { return []int{colFlowLogID, colResourceID, colTrafficType, colRegion} }

// scan plans and runs a request.
func (f *fixture) scan(t testing.TB, req fdw.Request, args ...[]adt.Datum) ([]adt.Row, fdw.Scan, error) {
	t.Helper()
	return f.scanContext(context.Background(), t, req, args...)
}

func (f *fixture) scanContext(ctx context.Context, t testing.TB, req fdw.Request, args ...[]adt.Datum) ([]adt.Row, fdw.Scan, error) {
	t.Helper()
	if req.Session == nil {
		req.Session = f.session()
	}
	if req.Columns == nil {
		req.Columns = fewColumns()
	}
	s, err := f.b.flowLogs.Plan(req)
	if err != nil {
		t.Fatal(err)
	}
	var rows []adt.Row
	for page, err := range s.Open(ctx, args) {
		if err != nil {
			return rows, s, err
		}
		rows = append(rows, page...)
	}
	return rows, s, nil
}

// eq is column = values.
func eq(col int, values ...string) fdw.Qual {
	q := fdw.Qual{Column: col, Op: fdw.OpEq, Text: fmt.Sprint(values)}
	if len(values) != 1 {
		q.Op = fdw.OpIn
	}
	for _, v := range values {
		q.Values = append(q.Values, v)
	}
	return q
}

func op(col int, o fdw.Op, values ...adt.Datum) fdw.Qual {
	return fdw.Qual{Column: col, Op: o, Values: values, Text: "condition"}
}

func tagEq(key string, values ...string) fdw.Qual {
	q := eq(colTags, values...)
	q.Key = &key
	return q
}

// describes counts the DescribeFlowLogs calls since the last reset.
func (f *fixture) describes() int { return len(f.Calls("DescribeFlowLogs")) }

func wantCode(t *testing.T, err error, code string) *pgerr.Error {
	t.Helper()
	var e *pgerr.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want SQLSTATE %s", err, code)
	}
	if e.Code != code {
		t.Fatalf("SQLSTATE %s (%s; %s), want %s", e.Code, e.Message, e.Detail, code)
	}
	return e
}
