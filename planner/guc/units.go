package guc

import (
	"math"
	"strings"
)

// unitDef is one unit with its size in a common measure: bytes, microseconds.
type unitDef struct {
	name string
	size float64
}

// Units from the greatest, as guc.c's conversion tables have them.
var (
	memoryUnits = []unitDef{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1}}
	timeUnits   = []unitDef{{"d", 86400e6}, {"h", 3600e6}, {"min", 60e6}, {"s", 1e6}, {"ms", 1e3}, {"us", 1}}
)

const (
	memoryHint = `Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`
	timeHint   = `Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`
)

// unitTable gives the units that go with a base unit, the size of the base,
// and the hint that lists them.
func unitTable(base string) (table []unitDef, size float64, hint string) {
	switch base {
	case "B":
		return memoryUnits, 1, memoryHint
	case "kB":
		return memoryUnits, 1 << 10, memoryHint
	case "8kB":
		return memoryUnits, 8 << 10, memoryHint
	case "MB":
		return memoryUnits, 1 << 20, memoryHint
	case "ms":
		return timeUnits, 1e3, timeHint
	case "s":
		return timeUnits, 1e6, timeHint
	case "min":
		return timeUnits, 60e6, timeHint
	}
	return nil, 0, ""
}

// withUnit applies the unit that follows a number, if one does, as
// convert_to_base_unit: fractions are rounded to the next smaller unit.
func withUnit(f float64, rest, base string) (v float64, hint string, ok bool) {
	rest = strings.TrimLeft(rest, space)
	if rest == "" {
		return f, "", true
	}
	table, size, hint := unitTable(base)
	if table == nil {
		return 0, "", false
	}
	name := strings.TrimRight(rest, space)
	for i, u := range table {
		if u.name != name {
			continue
		}
		v = f * (u.size / size)
		if i+1 < len(table) {
			next := table[i+1].size / size
			v = math.RoundToEven(v/next) * next
		}
		return v, "", true
	}
	return 0, hint, false
}

// intUnit gives a value in the greatest unit that divides it evenly
// (convert_int_from_base_unit).
func intUnit(n int64, base string) (int64, string) {
	table, size, _ := unitTable(base)
	for _, u := range table {
		factor := u.size / size
		if factor <= 1 || n%int64(factor) == 0 {
			return int64(math.RoundToEven(float64(n) / factor)), u.name
		}
	}
	return n, base
}

// realUnit is intUnit for reals (convert_real_from_base_unit).
func realUnit(f float64, base string) (float64, string) {
	table, size, _ := unitTable(base)
	for i, u := range table {
		v := f / (u.size / size)
		if i == len(table)-1 || math.Abs(math.RoundToEven(v)/v-1) <= 1e-8 {
			return v, u.name
		}
	}
	return f, base
}
