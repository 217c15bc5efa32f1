package soak

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/server/tlscert/certtest"
)

// TestAllAtOnce has thousands of idle clients, a slow reader, a throttle storm
// and rotations of the certificate at once. Nothing fails that was not asked
// to, memory stays within its limit, and at the end everything is as at the
// beginning.
func TestAllAtOnce(t *testing.T) {
	e, url := endpoint(t, 20_000)
	dir := t.TempDir()
	certtest.Write(t, dir+"/cert", dir+"/key", 1)
	const limit = 512 << 20
	c := serve(t, url, roles+fmt.Sprintf(
		"max_connections: 12000\nmax_preauth_connections: 1000\nflowgres.query_mem: 32MB\ntls: {cert: %s/cert, key: %s/key}\n", dir, dir), "GOMEMLIMIT=512MiB")
	first := c.connect("app", "sslmode=disable")
	if got := run(first, "select count(*) from ec2.flow_logs"); got != "" {
		t.Fatal(got)
	}
	_ = first.Close(t.Context())
	idle, length := size(100, 10_000), span(3*time.Second)
	herd := c.herd(idle/2, "sslmode=disable")
	herd = append(herd, c.herd(idle-idle/2, "sslmode=require")...)

	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var wg sync.WaitGroup
	var scans, failures, read atomic.Int64
	spawn := func(f func()) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f()
		}()
	}
	// The slow reader.
	spawn(func() {
		cfg, err := pgconn.ParseConfig(c.dsn("app", "sslmode=disable"))
		if err != nil {
			t.Error(err)
			return
		}
		d := net.Dialer{Control: smallBuffers}
		cfg.DialFunc = d.DialContext
		conn, err := pgconn.ConnectConfig(t.Context(), cfg)
		if err != nil {
			t.Error(err)
			return
		}
		hijacked, err := conn.Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer hijacked.Conn.Close()
		if err := sendQuery(hijacked.Conn, "select repeat('x', 200) from generate_series(1, 100000000)"); err != nil {
			t.Error(err)
			return
		}
		chunk := make([]byte, 1000)
		for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) {
			n, err := io.ReadFull(hijacked.Conn, chunk)
			if err != nil {
				t.Errorf("the slow reader: %v", err)
				return
			}
			read.Add(int64(n))
		}
	})
	// The storm: half of the calls are throttled, and now and then all are.
	e.Order(emulator.Fault{Action: "DescribeFlowLogs", Probability: 0.3, Error: emulator.Throttled()})
	spawn(func() {
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(length / 6):
				e.Order(emulator.Fault{Action: "DescribeFlowLogs", For: 2 * time.Second, Error: emulator.Throttled()})
			}
		}
	})
	for range 8 {
		spawn(func() {
			conn, err := pgconn.Connect(t.Context(), c.dsn("app", "sslmode=disable"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(context.Background())
			for ctx.Err() == nil {
				switch got := run(conn, `select count(*), max("creationTime") from ec2.flow_logs where "trafficType" = 'ALL'`); got {
				case "":
					scans.Add(1)
				case "53400": // throttled to the end: asked for
					failures.Add(1)
				default:
					t.Errorf("a scan failed with %s", got)
				}
			}
		})
	}
	// The rotation, under logins.
	spawn(func() {
		for i := int64(2); ctx.Err() == nil; i++ {
			certtest.Write(t, dir+"/cert", dir+"/key", i)
			time.Sleep(min(length/10, 3*time.Second))
		}
	})
	done, failed, wait := c.logins(ctx, 4, 50*time.Millisecond, dir)
	var peak int64
	for ctx.Err() == nil {
		peak = max(peak, c.rss())
		time.Sleep(200 * time.Millisecond)
	}
	wg.Wait()
	wait()
	c.alive()
	// The idle ones are all still there.
	lost := 0
	for _, conn := range herd {
		if conn == nil || run(conn, "select 1") != "" {
			lost++
		}
	}
	figure(t, "All", fmt.Sprintf("%d idle clients for %v: sessions lost", idle, length), lost, "0")
	figure(t, "All", fmt.Sprintf("scans through the storm (%d gave up with 53400), logins (failed), bytes to the slow reader", failures.Load()),
		fmt.Sprintf("%d, %d (%d), %d", scans.Load(), done.Load(), failed.Load(), read.Load()), "no other error")
	figure(t, "All", "peak resident MiB", peak>>20, "at most 614 (512 + 20%)")
	if lost > 0 {
		t.Errorf("%d idle sessions were lost", lost)
	}
	if peak > limit*12/10 {
		t.Errorf("it took %d MiB", peak>>20)
	}
	for _, conn := range herd {
		if conn != nil {
			_ = conn.Conn().Close()
		}
	}
	c.calm()
	figure(t, "All", "goroutines, descriptors after it", fmt.Sprintf("%v, %v", c.metric("go_goroutines"), c.metric("process_open_fds")), "at base")
}
