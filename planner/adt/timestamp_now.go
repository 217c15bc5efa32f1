package adt

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// timestampNow are the clocks and pg_sleep.
func timestampNow() Funcs {
	return Funcs{
		"now":                 C0(func(c *Call) (TimestampTZ, error) { return c.Env.TransactionTime, nil }),
		"statement_timestamp": C0(func(c *Call) (TimestampTZ, error) { return c.Env.StatementTime, nil }),
		"clock_timestamp":     C0(func(*Call) (TimestampTZ, error) { return timestampTZOf(time.Now()), nil }),
		"timeofday":           C0(timeOfDayText),
		"pg_sleep":            C1(sleep),
		"sql:pg_sleep_for/interval": C1(func(c *Call, v Interval) (Void, error) {
			now := timestampTZOf(time.Now())
			until, err := timestampTZAdd(now, v, c.Env.zone())
			if err != nil {
				return Void{}, err
			}
			return sleep(c, float64(until-now)/usecsPerSec)
		}),
		"sql:pg_sleep_until/timestamptz": C1(func(c *Call, t TimestampTZ) (Void, error) {
			switch t {
			case TimestampTZInfinity:
				return sleep(c, math.Inf(1))
			case TimestampTZNegInfinity:
				return Void{}, nil
			}
			return sleep(c, float64(t-timestampTZOf(time.Now()))/usecsPerSec)
		}),
	}
}

// timestampTZOf converts a Go time.
func timestampTZOf(t time.Time) TimestampTZ {
	return TimestampTZ(t.UnixMicro() + unixEpoch)
}

// unix is seconds since 1970, cut down.
func (t TimestampTZ) unix() int64 { return floorDiv(int64(t), usecsPerSec) - unixEpoch/usecsPerSec }

func timeOfDayText(c *Call) (string, error) {
	t := timestampTZOf(time.Now()).splitIn(c.Env.zone())
	b := []byte(dayNames[j2day(date2j(t.year, t.mon, t.mday))] + " " + monthNames[t.mon-1] + " ")
	b = append(append2(b, t.mday), ' ')
	b = append(append2(b, t.hour), ':')
	b = append(append2(b, t.min), ':')
	b = append(append2(b, t.sec), '.')
	b = append(appendPadded(b, int64(t.fsec), 6), ' ')
	b = append(strconv.AppendInt(b, int64(t.year), 10), ' ')
	return string(append(b, t.zone...)), nil
}

// Sleeper is what a Session may offer: to be told that pg_sleep begins, and by
// calling the function that it gives, ends.
type Sleeper interface{ Sleeping() (end func()) }

// sleep waits for a number of seconds or the end of the statement.
func sleep(c *Call, secs float64) (Void, error) {
	if !(secs > 0) {
		return Void{}, nil
	}
	d := time.Duration(math.MaxInt64)
	if secs < float64(math.MaxInt64)/1e9 {
		d = time.Duration(secs * 1e9)
	}
	if s, ok := c.Env.Session.(Sleeper); ok {
		defer s.Sleeping()()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return Void{}, nil
	case <-c.Env.Context.Done():
		return Void{}, pgerr.From(contextCause(c.Env))
	}
}

// contextCause is why the statement's context has ended.
func contextCause(e *Env) error {
	if err := context.Cause(e.Context); err != nil {
		return err
	}
	return e.Context.Err()
}
