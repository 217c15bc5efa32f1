package daemon

import (
	"math"
	"os"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// limitMemory makes Go's memory limit nine tenths of the cgroup's, or else of the
// machine's memory, unless GOMEMLIMIT says otherwise.
func limitMemory() error {
	if os.Getenv("GOMEMLIMIT") != "" {
		return nil
	}
	_, err := memlimit.Set(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.ApplyFallback(cgroupMemory, memlimit.FromSystem)))
	return err
}

// cgroupMemory is the cgroup's limit. What version 1 of cgroups says where there is
// none is almost 2^63.
func cgroupMemory() (uint64, error) {
	limit, err := memlimit.FromCgroup()
	if err == nil && limit >= 1<<60 {
		err = memlimit.ErrNoLimit
	}
	return limit, err
}

// queryMemory is what all sessions' queries may hold: half of Go's memory limit,
// since what is collected as garbage, what values are made of, caches and buffers
// need memory, too. 0: there is no limit.
func queryMemory() int64 { return heapMemory() / 2 }

// heapMemory is Go's memory limit. 0: there is none.
func heapMemory() int64 {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return 0
	}
	return limit
}
