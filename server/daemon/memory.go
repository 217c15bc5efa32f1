package daemon

import (
	"errors"
	"log/slog"
	"os"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// limitMemory makes Go's memory limit nine tenths of the cgroup's, unless
// GOMEMLIMIT says otherwise.
func limitMemory(log *slog.Logger) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit, err := memlimit.Set(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.FromCgroup))
	switch {
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		log.Warn("could not read the cgroup's memory limit", "error", err)
	default:
		log.Info("memory limit from the cgroup", "bytes", limit)
	}
}
