package exec

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Files are the temporary files of a session, all together: those of running
// statements and of cursors that stay open.
type Files struct {
	Dir   string            // where they are; "": the system's directory for such files
	Limit func() int64      // the bytes that they may have (temp_file_limit), negative: any number; nil: any
	Gone  func(bytes int64) // is told of each that is closed and how large it was; may be nil
	size  int64
	open  int
}

// grow makes room for bytes that are about to be written (FileWrite of fd.c).
func (f *Files) grow(n int64) error {
	if f.Limit != nil {
		if limit := f.Limit(); limit >= 0 && f.size+n > limit {
			return pgerr.New(pgerrcode.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (%dkB)", limit>>10)
		}
	}
	f.size += n
	return nil
}

// Size is how many bytes the files have now, Open how many files there are.
func (f *Files) Size() int64 { return f.size }

// Open is how many files there are.
func (f *Files) Open() int { return f.open }
