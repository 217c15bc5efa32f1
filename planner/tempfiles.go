package planner

import "github.com/flowgres/flowgres/planner/exec"

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
