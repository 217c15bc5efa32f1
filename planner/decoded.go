package planner

import (
	"strings"
	"time"

	"github.com/flowgres/flowgres/planner/guc"
)

// decoded are the settings that each statement asks for, decoded once and
// again only when a setting has changed.
type decoded struct {
	stamp            guc.Stamp
	statementTimeout time.Duration
	idle             time.Duration // idle_session_timeout
	idleInTx         time.Duration // idle_in_transaction_session_timeout
	workMem          int64         // bytes
	hashMem          float64       // hash_mem_multiplier
	queryMem         int64         // bytes
	maxPrepared      int64         // max_prepared_statements
	tempFileLimit    int64         // bytes, negative: no limit
	pushDown         string
	planCacheMode    string
	logging          Logging
	tracking
}

// Logging is what a session's settings ask the server's log to hold.
type Logging struct {
	Statement   string        // log_statement
	MinDuration time.Duration // log_min_duration_statement; negative: none
	Errors      bool          // statements that fail with an ERROR (log_min_error_statement)
}

// values gives the settings of statements as they are now.
func (s *Session) values() *decoded {
	d := &s.decoded
	if stamp := s.guc.Stamp(); d.stamp != stamp {
		millis := func(name string) time.Duration { return time.Duration(s.guc.Int(name)) * time.Millisecond }
		*d = decoded{
			stamp:            stamp,
			statementTimeout: millis("statement_timeout"),
			idle:             millis("idle_session_timeout"),
			idleInTx:         millis("idle_in_transaction_session_timeout"),
			workMem:          s.guc.Int("work_mem") << 10,
			hashMem:          s.guc.Real("hash_mem_multiplier"),
			queryMem:         s.guc.Int("flowgres.query_mem") << 10,
			maxPrepared:      s.guc.Int("max_prepared_statements"),
			tempFileLimit:    s.guc.Int("temp_file_limit") << 10,
			pushDown:         s.guc.Text("flowgres.push_down"),
			planCacheMode:    strings.ToLower(s.guc.Text("plan_cache_mode")),
			logging: Logging{
				Statement: s.guc.Text("log_statement"), MinDuration: millis("log_min_duration_statement"), Errors: true,
			},
			tracking: s.trackingSettings(),
		}
		switch strings.ToLower(s.guc.Text("log_min_error_statement")) {
		case "log", "fatal", "panic":
			d.logging.Errors = false
		}
	}
	return d
}

// Logging tells what the session's settings ask the server to log.
func (s *Session) Logging() Logging { return s.values().logging }
