package ec2backend

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/fdw"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// journal is the file of intents: one JSON object a line. What a transaction
// is about to do at AWS is on disk before it is done, so that a new process
// can end what a killed one left open (recover.go).
//
// A transaction's lines are
//
//	create   before a CreateFlowLogs call, with the whole call and its token (synced)
//	made     the ids that it made
//	void     it made nothing after all
//	undone   ids that were deleted again
//	decide   before deletes and changes of tags (synced): from here on they will be done
//	did      they are
//	failed   they could not be (synced); what can be undone is
//	end      the transaction is over (synced when it committed)
//	doubt    something of it is left that could neither be known nor be undone
//	partly   deletes of it were done though it has failed
//	why      why a create or a decision is in doubt
//
// Lines that are not synced may be lost: then recovery does again what does no
// harm twice. Each ends in a checksum (journal_sum.go), since what stands in it is done.
//
// Without a file the same is kept in memory, for flowgres.in_doubt.
type journal struct {
	path string
	tell func(OutcomeRecord) // nil: nobody

	mu    sync.Mutex
	file  *os.File // nil: memory only
	size  int64
	since int64 // size after the last rewrite
	open  map[string]*intents
	order []string
}

// line is one line of the journal.
type line struct {
	Tx   string    `json:"tx"`
	Op   string    `json:"op"`
	Time time.Time `json:"time"`

	PID       int32  `json:"pid,omitempty"`
	User      string `json:"user,omitempty"`
	Login     string `json:"login,omitempty"`
	Identity  string `json:"identity,omitempty"`
	Statement uint64 `json:"statement,omitempty"`
	Query     string `json:"query,omitempty"`

	journalPlace

	Token string                   `json:"token,omitempty"`
	Input *ec2.CreateFlowLogsInput `json:"input,omitempty"`
	IDs   []string                 `json:"ids,omitempty"`

	N       int             `json:"n,omitempty"` // of a decision
	Final   bool            `json:"final,omitempty"`
	Deletes []journalDelete `json:"deletes,omitempty"`
	Tags    []journalTags   `json:"tags,omitempty"`
	Why     string          `json:"why,omitempty"`
}

// journalPlace is where a call goes, and as whom: the identity may be another
// than the transaction's, which SET ROLE changes.
type journalPlace struct {
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	As      string `json:"as,omitempty"`  // name of the identity
	ForUser string `json:"for,omitempty"` // who logged in
}

func placeOf(c *client) journalPlace {
	return journalPlace{c.account.label(), c.region, c.account.of.role, c.account.of.login}
}

type journalDelete struct {
	journalPlace
	ID       string `json:"id"`
	Resource string `json:"resource"`
}

type journalTags struct {
	journalDelete
	Old [][2]string `json:"old"`
	New [][2]string `json:"new"`
}

// intents is what the journal holds of one transaction.
type intents struct {
	j     *journal
	id    string
	who   who
	lines []line // guarded by j.mu

	left bool // of another process, or doubtful: listed in flowgres.in_doubt
	next int  // number of the next decision
}

// openJournal reads the file and takes it for this process alone.
func openJournal(path string) (*journal, error) {
	j := &journal{path: path, open: map[string]*intents{}}
	if path == "" {
		return j, nil
	}
	f, err := j.openFile()
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(pgerr.New(pgerrcode.LockFileExists, "journal %q is in use by another server", path), f.Close())
	}
	j.file = f
	if err := j.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := j.rewrite(); err != nil {
		return nil, errors.Join(pgerr.New(pgerrcode.IOError, "could not write journal %q: %s", path, err.Error()), j.file.Close())
	}
	return j, nil
}

// openFile opens the file that the path leads to. What stands in it is undone at
// a start, so it must be a file that not everybody can write, and one that can be replaced.
func (j *journal) openFile() (*os.File, error) {
	fail := func(format string, args ...any) *pgerr.Error {
		return pgerr.New(pgerrcode.ConfigFileError, format, args...)
	}
	if target, err := filepath.EvalSymlinks(j.path); err == nil {
		j.path = target // the link stays when the file is replaced
	}
	if s, err := os.Stat(j.path); err == nil {
		switch {
		case !s.Mode().IsRegular():
			return nil, fail("journal \"%s\" is not a regular file", j.path)
		case s.Mode().Perm()&0o002 != 0:
			return nil, fail("journal \"%s\" can be written by everybody", j.path).
				Hintf("The server undoes at its start what the journal says is unfinished. Look at what is in it, then chmod o-w.")
		}
	}
	f, err := os.OpenFile(filepath.Clean(j.path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fail("could not open journal: %s", err.Error())
	}
	return f, nil
}

// load reads the lines; a last one that was not written to its end does not
// count.
func (j *journal) load() error {
	r := bufio.NewReader(j.file)
	for n := 1; ; n++ {
		text, err := r.ReadBytes('\n')
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return pgerr.New(pgerrcode.IOError, "could not read journal %q: %s", j.path, err.Error())
		}
		text, whole := bytes.CutSuffix(text, []byte{'\n'})
		if len(text) == 0 || !whole && torn(text) {
			if ended {
				return nil
			}
			continue
		}
		l, ok := readLine(text)
		if !ok {
			return pgerr.New(pgerrcode.DataCorrupted, "line %d of journal %q is not one of ours", n, j.path).
				Hintf("If the file is of another program, name another; if it is damaged, keep it for inspection and start with a new one.")
		}
		j.enterLine(l)
		if ended {
			return nil
		}
	}
}

func (j *journal) enterLine(l line) {
	x := j.open[l.Tx]
	if x == nil {
		x = j.enter(l.Tx, who{PID: l.PID, User: l.User, Login: l.Login, Identity: l.Identity, Statement: l.Statement, Query: l.Query})
		x.left = true
	}
	if l.Op == "end" {
		j.forget(x)
		return
	}
	x.lines = append(x.lines, l)
	x.next = max(x.next, l.N)
}

func (j *journal) enter(id string, w who) *intents {
	x := &intents{j: j, id: id, who: w}
	j.open[id] = x
	j.order = append(j.order, id)
	return x
}

func (j *journal) forget(x *intents) {
	delete(j.open, x.id)
	j.order = slices.DeleteFunc(j.order, func(id string) bool { return id == x.id })
}

// rewrite replaces the file by one that holds only what is open.
func (j *journal) rewrite() error {
	f, err := os.CreateTemp(filepath.Dir(j.path), filepath.Base(j.path)+".*")
	if err != nil {
		return err
	}
	drop := func(err error) error { return errors.Join(err, f.Close(), os.Remove(f.Name())) }
	if err := lockFile(f); err != nil {
		return drop(err)
	}
	w := bufio.NewWriter(f)
	for _, id := range j.order {
		for _, l := range j.open[id].lines {
			text, err := l.text()
			if err != nil {
				return drop(err)
			}
			if _, err := w.Write(text); err != nil {
				return drop(err)
			}
		}
	}
	if err := w.Flush(); err != nil {
		return drop(err)
	}
	if err := f.Sync(); err != nil {
		return drop(err)
	}
	if err := os.Rename(f.Name(), j.path); err != nil {
		return drop(err)
	}
	old := j.file
	j.file = f
	if j.size, err = f.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	j.since = j.size
	return errors.Join(old.Close(), syncDir(filepath.Dir(j.path)))
}

// syncDir makes a rename last.
func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// rewriteAfter is how much a journal may grow before what is over is dropped.
const rewriteAfter = 1 << 20

// begin gives a transaction its place; nothing is written yet.
func (j *journal) begin(s *fdw.Session) *intents {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.enter(rand.Text(), whoIs(s))
}

// write appends a line.
func (x *intents) write(l line, sync bool) error {
	j := x.j
	j.mu.Lock()
	defer j.mu.Unlock()
	return x.writeLocked(l, sync)
}

func (x *intents) writeLocked(l line, sync bool) error {
	j := x.j
	l.Tx, l.Time = x.id, time.Now().UTC()
	l.PID, l.User, l.Login, l.Identity = x.who.PID, x.who.User, x.who.Login, x.who.Identity
	l.Statement, l.Query = x.who.Statement, x.who.Query
	if l.Op == "end" {
		known := len(x.lines) > 0
		j.forget(x)
		if !known {
			return nil
		}
	} else {
		x.lines = append(x.lines, l)
		if j.open[x.id] == nil {
			j.open[x.id] = x
			j.order = append(j.order, x.id)
		}
	}
	if j.file == nil {
		return nil
	}
	text, err := l.text()
	if err != nil {
		return pgerr.Internal("journal: %s", err.Error())
	}
	// Each line goes where the last whole one ended: what a full disk took of one is
	// overwritten by the next.
	if _, err = j.file.WriteAt(text, j.size); err == nil {
		j.size += int64(len(text))
	} else {
		err = errors.Join(err, j.file.Truncate(j.size))
	}
	if err == nil && sync {
		err = j.file.Sync()
	}
	if err == nil && j.size-j.since > rewriteAfter {
		err = j.rewrite()
	}
	if err != nil {
		return pgerr.New(pgerrcode.IOError, "could not write journal %q: %s", j.path, err.Error())
	}
	return nil
}

// hasLeft tells whether there is anything of another process.
func (j *journal) hasLeft() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, x := range j.open {
		if x.left {
			return true
		}
	}
	return false
}

// close lets the file go.
func (j *journal) close() {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file != nil {
		_ = j.file.Close() // every line that matters has been synced
		j.file = nil
	}
}
