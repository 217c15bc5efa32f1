package ec2backend

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// TestHostile reads from endpoints that never come to an end, or answer with what
// would take any amount of memory. Each scan fails, and names the call.
func TestHostile(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	endless := func(items ...string) answer {
		return answer{do: func(url.Values) answer {
			return set(fmt.Sprintf("token-%d", n.Add(1)), items...)
		}}
	}
	deep := strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000)
	for name, x := range map[string]struct {
		answer answer
		code   string
	}{
		"empty pages without end": {endless(), pgerrcode.ProgramLimitExceeded},
		"a token that comes back": {set("again", item("fl-0a", "vpc-01")), pgerrcode.FDWError},
		"a token of a megabyte":   {set(strings.Repeat("x", 1<<20), item("fl-0a", "vpc-01")), pgerrcode.FDWError},
		"deep elements":           {ok("DescribeFlowLogs", deep), pgerrcode.FDWInvalidDataType},
		"a value without end":     {ok("DescribeFlowLogs", "<flowLogSet><item><flowLogId>"+strings.Repeat("x", 9<<20)), pgerrcode.FDWInvalidDataType},
		"an attribute too long":   {ok("DescribeFlowLogs", `<flowLogSet a="`+strings.Repeat("x", 9<<20)+`"/>`), pgerrcode.FDWInvalidDataType},
		"elsewhere":               {answer{status: 302, header: map[string]string{"Location": "http://127.0.0.1:1/"}}, pgerrcode.FDWError},
		"packed zeros": {
			answer{body: string(packed(strings.Repeat("\x00", 20<<20))), header: map[string]string{"Content-Encoding": "gzip"}}, pgerrcode.FDWInvalidDataType,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What is measured is how much is read, not how long a busy machine takes over it.
			o, f := newOther(t, one(x.answer), func(c *Config) { c.CallTimeout = 5 * time.Minute })
			_, _, err := f.scan(t, fdw.Request{Session: f.session("flowgres.max_empty_pages", "20"), Columns: allColumns()})
			var e *pgerr.Error
			if !errors.As(err, &e) || e.Code != x.code || !strings.Contains(e.Detail, "ec2:DescribeFlowLogs in region us-east-1") {
				t.Errorf("%v, want %s", err, x.code)
			}
			if got := len(o.calls("DescribeFlowLogs")); got > 22 {
				t.Errorf("%d calls", got)
			}
		})
	}
	t.Run("no limit of empty pages", func(t *testing.T) {
		var pages []answer
		for i := range 30 {
			pages = append(pages, set(fmt.Sprint(i)))
		}
		_, f := newOther(t, one(append(pages, set("", item("fl-0a", "vpc-01")))...), nil)
		rows, _, err := f.scan(t, fdw.Request{Session: f.session("flowgres.max_empty_pages", "0")})
		if err != nil || len(rows) != 1 {
			t.Errorf("%d rows, %v", len(rows), err)
		}
	})
}

// TestPageTwice reads from endpoints that give a page twice: its flow logs come once. Where
// every page is the same, the endpoint has flow logs of the same ids, and all of them come.
func TestPageTwice(t *testing.T) {
	t.Parallel()
	a, b := []string{item("fl-0a", "vpc-01"), item("fl-0b", "vpc-02")}, []string{item("fl-0c", "vpc-03")}
	more := append(append([]string{}, a...), item("fl-0d", "vpc-04"))
	for name, x := range map[string]struct {
		pages []answer
		ids   string
	}{
		"at the end":           {[]answer{set("1", a...), set("", a...)}, "fl-0a fl-0b"},
		"in the middle":        {[]answer{set("1", a...), set("2", a...), set("", b...)}, "fl-0a fl-0b fl-0c"},
		"before the end":       {[]answer{set("1", b...), set("2", a...), set("", a...)}, "fl-0c fl-0a fl-0b"},
		"with one more":        {[]answer{set("1", a...), set("", more...)}, "fl-0a fl-0b fl-0d"},
		"two of them":          {[]answer{set("1", a...), set("2", a...), set("3", b...), set("", b...)}, "fl-0a fl-0b fl-0c"},
		"an empty one between": {[]answer{set("1", a...), set("2"), set("", a...)}, "fl-0a fl-0b"},
		"all the same":         {[]answer{set("1", a...), set("2", a...), set("3", a...), set("", a...)}, "fl-0a fl-0b fl-0a fl-0b fl-0a fl-0b fl-0a fl-0b"},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := newOther(t, one(x.pages...), nil)
			rows, _, err := f.scan(t, fdw.Request{Session: f.session()})
			var ids []string
			for _, r := range rows {
				ids = append(ids, r[colFlowLogID].(string))
			}
			if got := strings.Join(ids, " "); err != nil || got != x.ids {
				t.Errorf("%s, %v, want %s", got, err, x.ids)
			}
		})
	}
}
