package adt

// carryTime makes whole days of the time; false: they are too many.
func (v *Interval) carryTime() bool {
	days := v.Time / usecsPerDay
	v.Time -= days * usecsPerDay
	return add32(&v.Day, days)
}

// carryDays makes months of each 30 days; false: they are too many.
func (v *Interval) carryDays() bool {
	months := v.Day / daysPerMonth
	v.Day -= months * daysPerMonth
	return add32(&v.Month, int64(months))
}

// alignTime gives the time, less than a day, the sign of the days.
func (v *Interval) alignTime() {
	if v.Day > 0 && v.Time < 0 {
		v.Time += usecsPerDay
		v.Day--
	} else if v.Day < 0 && v.Time > 0 {
		v.Time -= usecsPerDay
		v.Day++
	}
}

// alignDays gives the days, less than a month, the sign of the months; time stands
// for them where there are none.
func (v *Interval) alignDays(time int64) {
	if v.Month > 0 && (v.Day < 0 || v.Day == 0 && time < 0) {
		v.Day += daysPerMonth
		v.Month--
	} else if v.Month < 0 && (v.Day > 0 || v.Day == 0 && time > 0) {
		v.Day -= daysPerMonth
		v.Month++
	}
}

// justifyHours turns each 24 hours into a day, all of one sign.
func (v Interval) justifyHours() (Interval, error) {
	if !v.carryTime() {
		return v, intervalRange()
	}
	v.alignTime()
	return v, nil
}

// justifyDays turns each 30 days into a month.
func (v Interval) justifyDays() (Interval, error) {
	if !v.carryDays() {
		return v, intervalRange()
	}
	v.alignDays(0)
	return v, nil
}

// justify does both and makes all signs the same.
func (v Interval) justify() (Interval, error) {
	// Days first where they share the time's sign, so that they cannot overflow.
	if (v.Day > 0 && v.Time > 0 || v.Day < 0 && v.Time < 0) && !v.carryDays() {
		return v, intervalRange()
	}
	if !v.carryTime() || !v.carryDays() {
		return v, intervalRange()
	}
	v.alignDays(v.Time)
	v.alignTime()
	return v, nil
}
