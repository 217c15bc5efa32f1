package planner

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/analyze"
	"github.com/flowgres/flowgres/planner/exec"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// What a session may hold from one message to the next: its prepared
// statements and portals, both in number and in bytes, its savepoints, the channels it
// listens to, and the notifications that a transaction is to send.
const (
	maxSavepoints  = 100_000
	maxChannels    = 10_000
	maxNotifyBytes = 32 << 20
)

// holdings counts what a session holds.
type holdings struct {
	memory *adt.Memory // of all sessions
	bytes  int64
	taken  int64 // of memory
}

// countedAlone is what a holding must take to be counted among all sessions'.
const countedAlone = 16 << 10

func (h *holdings) add(n, limit int64) error {
	if limit > 0 && h.bytes+n > limit {
		return pgerr.New(pgerrcode.OutOfMemory, "out of memory").
			Detailf("The session's prepared statements and portals need more than the %d kB that flowgres.query_mem allows.", limit>>10).
			Hintf("Close those that are not needed any more.")
	}
	if n >= countedAlone {
		if err := h.memory.Take(n); err != nil {
			return err
		}
		h.taken += n
	}
	h.bytes += n
	return nil
}

func (h *holdings) drop(n int64) {
	h.bytes -= n
	if n >= countedAlone {
		h.memory.Give(n)
		h.taken -= n
	}
}

// close gives back what the session still holds.
func (h *holdings) close() { h.memory.Give(h.taken) }

// takeText takes the memory that a long text's trees need while its statements
// run; give gives it back.
func (s *Session) takeText(text string) (give func(), err error) {
	n := analyze.TreeSize(text)
	if n < memoryOfText {
		return func() {}, nil
	}
	if err := s.e.memory.Take(n); err != nil {
		return nil, err
	}
	return func() { s.e.memory.Give(n) }, nil
}

// memoryOfText is the size of trees that are counted among all sessions'.
const memoryOfText = 1 << 20

// addStatement keeps a prepared statement under its key.
func (s *Session) addStatement(name string, p *prepared) error {
	if most := s.values().maxPrepared; int64(len(s.statements)) >= most && name != "" {
		return pgerr.New(pgerrcode.ConfigurationLimitExceeded, "too many prepared statements").
			Detailf("A session may hold %d (max_prepared_statements).", most)
	}
	size := analyze.TreeSize(p.text) + 4*int64(len(p.types)+len(p.stmt.Params))
	if err := s.holdings.add(size, s.values().queryMem); err != nil {
		return err
	}
	p.size = size
	s.statements[name] = p
	return nil
}

func (s *Session) dropStatement(name string) {
	if p := s.statements[name]; p != nil {
		s.holdings.drop(p.size)
		delete(s.statements, name)
	}
}

// addPortal keeps a portal under its key.
func (s *Session) addPortal(name string, p *portal) error {
	if most := s.values().maxPrepared; int64(len(s.portals)) >= most && name != "" {
		return pgerr.New(pgerrcode.ConfigurationLimitExceeded, "too many portals").
			Detailf("A session may have %d (max_prepared_statements).", most)
	}
	size := int64(0)
	for _, v := range p.params {
		size += adt.MemorySize(v)
	}
	if p.plan != nil && p.cached == nil && name != "" {
		size += int64(p.plan.Size())
	}
	if err := s.holdings.add(size, s.values().queryMem); err != nil {
		p.end()
		return err
	}
	p.size = size
	s.portals[name] = p
	return nil
}

// addSavepoint makes a savepoint the innermost.
func (s *Session) addSavepoint(p savepoint) error {
	if len(s.tx.savepoints) >= maxSavepoints {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "cannot have more than %d subtransactions in a transaction", maxSavepoints)
	}
	s.tx.savepoints = append(s.tx.savepoints, p)
	return nil
}

// addNotify has a notification sent when the transaction commits.
func (s *Session) addNotify(channel, payload string) error {
	const alone = 64
	s.tx.notifyBytes += int64(alone + len(channel) + len(payload))
	if s.tx.notifyBytes > maxNotifyBytes {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "too many notifications in the NOTIFY queue")
	}
	s.tx.notifies = append(s.tx.notifies, notification{s.o.PID, channel, payload})
	return nil
}

// addListen has the session listen, or no longer, when the transaction commits.
func (s *Session) addListen(l listening) error {
	if len(s.tx.listens) >= maxChannels || l.on && len(s.channels)+len(s.tx.listens) >= maxChannels {
		return pgerr.New(pgerrcode.ProgramLimitExceeded, "cannot listen to more than %d channels", maxChannels)
	}
	s.tx.listens = append(s.tx.listens, l)
	return nil
}

// tempFiles makes the session's account of temporary files: temp_file_limit bounds
// them, log_temp_files logs them, pg_stat_database counts them. As in PostgreSQL a file
// is logged and counted when it goes.
func (s *Session) tempFiles() *exec.Files {
	return &exec.Files{
		Limit: func() int64 { return s.values().tempFileLimit },
		Gone: func(bytes int64) {
			s.db.stats.tempFiles.Add(1)
			s.db.stats.tempBytes.Add(bytes)
			if least := s.guc.Int("log_temp_files"); least >= 0 && bytes>>10 >= least && s.e.config.Log != nil {
				s.e.config.Log("temporary file", "pid", s.o.PID, "user", s.o.User, "size", bytes)
			}
		},
	}
}
