package adt

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones on machines without a zone database

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// tzNames are the zones that PostgreSQL 16 knows, one a line.
//
//go:embed tz_names.txt
var tzNames string

// tzLinks are zones of which databases differ on the years before 1970: the
// machine's may keep a history of their own for them. PostgreSQL's has, for each,
// that of another zone.
//
//go:embed tz_links.tsv
var tzLinks string

// tzAbbrevs is PostgreSQL's Default set of zone abbreviations: name, then
// seconds east of UTC and D for daylight saving, or the zone whose history says.
//
//go:embed tz_abbrevs.tsv
var tzAbbrevs string

// ZoneAbbrev is a zone abbreviation of the Default set.
type ZoneAbbrev struct {
	Name   string // lower case
	Offset int    // seconds east of UTC
	DST    bool
	Zone   string // not empty: the offset is the one the zone last meant by it
}

var zoneTables = sync.OnceValue(func() (t struct {
	canonical map[string]string
	names     []string
	links     map[string]string
	abbrevs   map[string]ZoneAbbrev
},
) {
	t.canonical, t.abbrevs = map[string]string{}, map[string]ZoneAbbrev{}
	for line := range strings.Lines(tzNames) {
		name := strings.TrimSpace(line)
		t.canonical[strings.ToLower(name)] = name
		t.names = append(t.names, name)
	}
	t.links = map[string]string{}
	for line := range strings.Lines(tzLinks) {
		name, target, _ := strings.Cut(strings.TrimSpace(line), "\t")
		t.links[name] = target
	}
	for line := range strings.Lines(tzAbbrevs) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		a := ZoneAbbrev{Name: f[0], DST: len(f) > 2}
		if off, err := strconv.Atoi(f[1]); err == nil {
			a.Offset = off
		} else {
			a.Zone = f[1]
		}
		t.abbrevs[a.Name] = a
	}
	return t
})

// ZoneNames lists the zones of pg_timezone_names.
func ZoneNames() []string { return zoneTables().names }

// ZoneAbbrevs gives the zone abbreviations by name.
func ZoneAbbrevs() map[string]ZoneAbbrev { return zoneTables().abbrevs }

// At gives the offset and whether it is summer time that the abbreviation means
// at an instant (DetermineTimeZoneAbbrevOffsetTS): its zone's there, when the
// zone never used the abbreviation.
func (a ZoneAbbrev) At(unix int64) (east int, dst bool, err error) {
	if a.Zone == "" {
		return a.Offset, a.DST, nil
	}
	loc, err := LoadZone(a.Zone)
	if err != nil {
		return 0, false, err
	}
	if west, dst, ok := abbrevOffset(loc, a.Name, unix); ok {
		return -west, dst, nil
	}
	east, _, dst = zoneAt(loc, unix)
	return east, dst, nil
}

// zones keeps what LoadZone found, by lower-case name.
var zones sync.Map

// LoadZone finds a time zone as pg_tzset does: by its name in any case, or by a
// POSIX specification such as EST5EDT or <+03>-3.
func LoadZone(name string) (*time.Location, error) {
	if len(name) > 255 {
		return nil, unknownZone(name)
	}
	name = strings.TrimPrefix(name, ":") // POSIX's mark of a file's name
	key := strings.ToLower(name)
	if key == "utc" || key == "gmt" {
		if key == "utc" {
			return time.UTC, nil
		}
	}
	if loc, ok := zones.Load(key); ok {
		return loc.(*time.Location), nil
	}
	if canonical, ok := zoneTables().canonical[key]; ok {
		if target := zoneTables().links[canonical]; target != "" {
			canonical = target
		}
		loc, err := time.LoadLocation(canonical)
		if err == nil {
			zones.Store(key, loc)
			return loc, nil
		}
	}
	// POSIX specifications are not kept: there is no end of them.
	if loc := posixZone(strings.ToUpper(name)); loc != nil {
		return loc, nil
	}
	return nil, unknownZone(name)
}

// ZoneName gives the canonical name of a zone that LoadZone finds.
func ZoneName(name string, loc *time.Location) string {
	if canonical, ok := zoneTables().canonical[strings.ToLower(strings.TrimPrefix(name, ":"))]; ok {
		return canonical
	}
	return loc.String()
}

func unknownZone(name string) error {
	return pgerr.New(pgerrcode.InvalidParameterValue, "time zone \"%s\" not recognized", name)
}

// zone gives the session's time zone.
func (e *Env) zone() *time.Location {
	if e == nil || e.TimeZone == nil {
		return time.UTC
	}
	return e.TimeZone
}

// zoneAt tells a zone's offset east, abbreviation and daylight saving at an
// instant.
func zoneAt(loc *time.Location, unix int64) (east int, abbrev string, dst bool) {
	if loc == time.UTC {
		return 0, "UTC", false
	}
	t := time.Unix(unix, 0).In(loc)
	abbrev, east = t.Zone()
	return east, abbrev, t.IsDST()
}

// splitIn breaks up a finite timestamp in a zone (timestamp2tm).
func (t TimestampTZ) splitIn(loc *time.Location) tm {
	unix := t.unix()
	east, abbrev, dst := zoneAt(loc, unix)
	local, ok := add64(int64(t), int64(east)*usecsPerSec)
	if !ok { // of infinity, which age takes for an instant, east of Greenwich
		local -= usecsPerDay
	}
	r := Timestamp(local).split()
	if !ok {
		r.mday++
	}
	r.gmtoff, r.zone, r.hasZone = east, abbrev, true
	r.isdst = int(boolInt4(dst))
	return r
}

// localUnix is the fields as seconds since 1970 as if they were in UTC.
func (t *tm) localUnix() int64 {
	return int64(date2j(t.year, t.mon, t.mday)-unixEpochJDate)*secsPerDay +
		int64(t.sec) + int64(t.min+t.hour*60)*60
}

// zoneOffset finds the offset west, in seconds, that a zone has at a local time
// (DetermineTimeZoneOffset). A local time that a change of clocks skips is read
// by the clock before the change; one that comes twice by the clock after it,
// which is standard time.
func (t *tm) zoneOffset(loc *time.Location) int {
	if loc == time.UTC || !validJulian(t.year, t.mon, t.mday) {
		t.isdst = 0
		return 0
	}
	local := t.localUnix()
	before := time.Unix(local-secsPerDay, 0).In(loc)
	_, beforeOff := before.Zone()
	_, boundary := before.ZoneBounds()
	if boundary.IsZero() {
		t.isdst = int(boolInt4(before.IsDST()))
		return -beforeOff
	}
	_, afterOff := boundary.Zone()
	at := boundary.Unix()
	beforeTime, afterTime := local-int64(beforeOff), local-int64(afterOff)
	useBefore := false
	switch {
	case beforeTime < at && afterTime < at:
		useBefore = true
	case beforeTime > at && afterTime >= at:
	default:
		useBefore = beforeTime > afterTime
	}
	if useBefore {
		t.isdst = int(boolInt4(before.IsDST()))
		return -beforeOff
	}
	t.isdst = int(boolInt4(boundary.IsDST()))
	return -afterOff
}

// abbrevOffset finds the offset west of an abbreviation that belongs to a zone,
// at an instant: what it means there, else what it last meant before
// (DetermineTimeZoneAbbrevOffsetInternal). ok is false when the zone never used it.
func abbrevOffset(loc *time.Location, abbrev string, unix int64) (west int, dst, ok bool) {
	abbrev = strings.ToUpper(abbrev)
	t := time.Unix(unix, 0).In(loc)
	for range 4000 {
		name, off := t.Zone()
		if name == abbrev {
			return -off, t.IsDST(), true
		}
		start, _ := t.ZoneBounds()
		if start.IsZero() {
			break
		}
		t = start.Add(-time.Second)
	}
	// Not before: the first use after it.
	t = time.Unix(unix, 0).In(loc)
	for range 4000 {
		name, off := t.Zone()
		if name == abbrev {
			return -off, t.IsDST(), true
		}
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Year() > 2100 {
			break
		}
		t = end
	}
	return 0, false, false
}

// abbrevOffsetLocal is abbrevOffset at a local time (DetermineTimeZoneAbbrevOffset).
func (t *tm) abbrevOffsetLocal(abbrev string, loc *time.Location) int {
	west := t.zoneOffset(loc)
	if w, dst, ok := abbrevOffset(loc, abbrev, t.localUnix()+int64(west)); ok {
		t.isdst = int(boolInt4(dst))
		return w
	}
	return west
}

// zoneFromArg is what the zone argument of timezone(), date_trunc and their kin
// means (DecodeTimezoneName): an abbreviation of fixed offset, one that depends
// on the date, or a zone.
type namedZone struct {
	fixed  bool
	west   int // of a fixed abbreviation
	abbrev string
	loc    *time.Location
}

// lookupZone finds the zone of a name, abbreviations first.
func lookupZone(name string) (namedZone, error) {
	low := strings.ToLower(name)
	if len(low) > tokenMaxLen {
		low = low[:tokenMaxLen]
	}
	if a, ok := zoneTables().abbrevs[low]; ok && len(name) <= tokenMaxLen {
		if a.Zone == "" {
			return namedZone{fixed: true, west: -a.Offset}, nil
		}
		loc, err := LoadZone(a.Zone)
		return namedZone{abbrev: low, loc: loc}, err
	}
	loc, err := LoadZone(name)
	return namedZone{loc: loc}, err
}

// westAt is the offset west at an instant.
func (z namedZone) westAt(t TimestampTZ) int {
	if z.fixed {
		return z.west
	}
	unix := t.unix()
	if z.abbrev != "" {
		if w, _, ok := abbrevOffset(z.loc, z.abbrev, unix); ok {
			return w
		}
	}
	east, _, _ := zoneAt(z.loc, unix)
	return -east
}

// westLocal is the offset west at a local time.
func (z namedZone) westLocal(t *tm) int {
	switch {
	case z.fixed:
		return z.west
	case z.abbrev != "":
		return t.abbrevOffsetLocal(z.abbrev, z.loc)
	}
	return t.zoneOffset(z.loc)
}
