package adt

import "time"

// LoadZone finds a time zone by the name that a TimeZone setting gives it.
func LoadZone(name string) (*time.Location, error) { return time.LoadLocation(name) }
