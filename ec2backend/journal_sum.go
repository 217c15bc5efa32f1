package ec2backend

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
)

// A line of the journal ends in the member "sum": the CRC-32C, in hexadecimal digits, of
// the object without it. Lines of servers before that have none.

// journalOps are what lines of the journal tell.
var journalOps = []string{"create", "made", "void", "undone", "decide", "did", "failed", "end", "doubt", "partly", "why"}

var (
	summed     = regexp.MustCompile(`,"sum":"[0-9a-f]{8}"\}$`)
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func lineSum(object []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(object, castagnoli))
}

// text is the line as the file has it.
func (l line) text() ([]byte, error) {
	object, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	return append(object[:len(object)-1], `,"sum":"`+lineSum(object)+"\"}\n"...), nil
}

// readLine reads a line without its end; false: it is none, or is damaged.
func readLine(text []byte) (l line, ok bool) {
	if at := summed.FindIndex(text); at != nil {
		object := append(slices.Clone(text[:at[0]]), '}')
		if !bytes.HasSuffix(text, []byte(`"`+lineSum(object)+`"}`)) {
			return l, false
		}
		text = object
	}
	err := json.Unmarshal(text, &l)
	return l, err == nil && l.Tx != "" && slices.Contains(journalOps, l.Op)
}

var pastSum = regexp.MustCompile(`,"sum":"[0-9a-f]{8}"\}`)

// torn tells of a text without an end of line whether it is the beginning of a line: one
// that a crash kept from being written to its end.
func torn(text []byte) bool { return !pastSum.Match(text) }
