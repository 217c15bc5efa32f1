package ec2backend

import (
	"context"
	"crypto/sha256"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// What a pagination may come to. EC2's tokens have some hundred bytes, and pages
// without flow logs, though more follow, come from filters that few pass; an
// endpoint that goes beyond would be followed forever.
const (
	maxNextToken  = 64 << 10
	maxEmptyPages = 1000 // unless flowgres.max_empty_pages says otherwise
	maxPageBytes  = 512 << 20
)

// trail is the pagination tokens that were followed.
type trail map[[sha256.Size]byte]bool

// follow notes the token of the next page, "" for none. It fails for one that was
// followed before and for one that is too long to be sent.
func (t trail) follow(c *client, token string) error {
	if token == "" {
		return nil
	}
	if len(token) > maxNextToken {
		return c.astray(pgerrcode.FDWError, "a pagination token is longer than 64 kB")
	}
	sum := sha256.Sum256([]byte(token))
	if t[sum] {
		return c.astray(pgerrcode.FDWError, "the endpoint repeats a pagination token")
	}
	t[sum] = true
	return nil
}

// astray is the failure of a pagination that leads nowhere.
func (c *client) astray(code, why string) *pgerr.Error {
	return pgerr.New(code, "DescribeFlowLogs failed: %s", why).
		Detailf("%s", call{"ec2", "DescribeFlowLogs", c.account.label(), c.region}.detail("", 0, "", 0))
}

// barren counts pages without flow logs that follow one another.
type barren struct{ n, most int }

// page notes how many flow logs a page had.
func (b *barren) page(c *client, rows int) error {
	if rows > 0 {
		b.n = 0
		return nil
	}
	if b.n++; b.most > 0 && b.n > b.most {
		return c.astray(pgerrcode.ProgramLimitExceeded, strconv.Itoa(b.most)+" pages in a row hold no flow logs and more are said to follow").
			Hintf("flowgres.max_empty_pages sets how many are read.")
	}
	return nil
}

// emptyPages is the setting flowgres.max_empty_pages.
func (s *flowLogScan) emptyPages() int {
	n, err := strconv.Atoi(s.setting("flowgres.max_empty_pages"))
	if err != nil {
		return maxEmptyPages
	}
	return n
}

// describeAll reads all pages of a question into a decoder.
func (c *client) describeAll(ctx context.Context, in *ec2.DescribeFlowLogsInput, d *pageDecoder) error {
	seen, empty := trail{}, barren{most: maxEmptyPages}
	for {
		d.begin()
		if err := c.describe(ctx, in, d); err != nil {
			return c.error(ctx, err, "DescribeFlowLogs")
		}
		if d.next == "" {
			return nil
		}
		if err := seen.follow(c, d.next); err != nil {
			return err
		}
		if err := empty.page(c, d.read); err != nil {
			return err
		}
		in.NextToken = aws.String(d.next)
	}
}
