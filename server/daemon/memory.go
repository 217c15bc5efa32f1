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
	// What version 1 of cgroups says where there is no limit is almost 2^63.
	limit, err := memlimit.Set(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.FromCgroup))
	switch {
	case errors.Is(err, memlimit.ErrNoLimit), errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		log.Warn("could not read the cgroup's memory limit", "error", err)
	case limit < 1<<60:
		log.Info("memory limit from the cgroup", "bytes", limit)
	}
}
