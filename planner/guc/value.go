package guc

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// Parse reads a value of the setting by PostgreSQL's rules, check function
// included (parse_and_validate_value).
func (d *Def) Parse(s *Session, text string) (any, error) { return d.parse(s, d.Name, text) }

// parse does so for a setting that somebody calls by a name of his own case.
func (d *Def) parse(s *Session, name, text string) (any, error) {
	v, err := d.called(name).parseKind(text)
	if err != nil || d.Check == nil {
		return v, err
	}
	v, err = d.Check(s, v)
	if err == nil {
		return v, nil
	}
	var e *pgerr.Error
	if errors.As(err, &e) {
		return nil, e
	}
	return nil, Invalid(d.Name, text).Detailf("%s", err.Error())
}

func (d *Def) parseKind(text string) (any, error) {
	switch d.Kind {
	case Bool:
		b, ok := parseBool(text)
		if !ok {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "parameter \"%s\" requires a Boolean value", d.Name)
		}
		return b, nil
	case Int:
		n, hint, ok := ParseInt(text, d.Unit)
		if !ok {
			return nil, d.invalidNumber(text, hint)
		}
		if float64(n) < d.Min || float64(n) > d.Max {
			return nil, d.outOfRange(strconv.FormatInt(n, 10),
				strconv.FormatFloat(d.Min, 'f', 0, 64), strconv.FormatFloat(d.Max, 'f', 0, 64))
		}
		return n, nil
	case Real:
		f, hint, ok := parseReal(text, d.Unit)
		if !ok {
			return nil, d.invalidNumber(text, hint)
		}
		if f < d.Min || f > d.Max {
			return nil, d.outOfRange(formatG(f), formatG(d.Min), formatG(d.Max))
		}
		return f, nil
	case Enum:
		for _, v := range d.Values {
			if strings.EqualFold(v, text) {
				return v, nil
			}
		}
		if v, ok := d.Aliases[strings.ToLower(text)]; ok {
			return v, nil
		}
		return nil, Invalid(d.Name, text).Hintf("Available values: %s.", strings.Join(d.Values, ", "))
	}
	return text, nil
}

func (d *Def) invalidNumber(text, hint string) error {
	e := Invalid(d.Name, text)
	e.Hint = hint
	return e
}

func (d *Def) outOfRange(value, low, high string) error {
	unit := d.Unit
	if unit != "" {
		unit = " " + unit
	}
	return pgerr.New(pgerrcode.InvalidParameterValue,
		"%s%s is outside the valid range for parameter \"%s\" (%s .. %s)", value, unit, d.Name, low, high)
}

// parseBool mirrors parse_bool: unique prefixes of true, false, yes, no, on,
// off in any case, and 1 and 0.
func parseBool(s string) (value, ok bool) {
	s = strings.ToLower(s)
	switch {
	case s == "":
		return false, false
	case s == "1", strings.HasPrefix("true", s), strings.HasPrefix("yes", s), s == "on":
		return true, true
	case s == "0", strings.HasPrefix("false", s), strings.HasPrefix("no", s), s == "of", s == "off":
		return false, true
	}
	return false, false
}

const space = " \t\n\v\f\r"

var (
	cInteger = regexp.MustCompile(`^[+-]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)`)
	cFloat   = regexp.MustCompile(`^[+-]?(0[xX]([0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)([pP][+-]?[0-9]+)?|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|(?i:inf(inity)?|nan))`)
)

// ParseInt mirrors parse_int: C integers (octal and hexadecimal too) or
// fractions, with a unit where the setting has one; rounded to an int.
func ParseInt(s, unit string) (n int64, hint string, ok bool) {
	body := strings.TrimLeft(s, space)
	num := cInteger.FindString(body)
	v, err := strconv.ParseInt(num, 0, 64)
	f, rest := float64(v), body[len(num):]
	if err != nil || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "e") || strings.HasPrefix(rest, "E") {
		if f, rest, ok = strtod(body); !ok {
			return 0, "", false
		}
	}
	if f, hint, ok = withUnit(f, rest, unit); !ok || math.IsNaN(f) {
		return 0, hint, false
	}
	f = math.RoundToEven(f)
	if f > math.MaxInt32 || f < math.MinInt32 {
		return 0, "Value exceeds integer range.", false
	}
	return int64(f), "", true
}

// parseReal mirrors parse_real.
func parseReal(s, unit string) (f float64, hint string, ok bool) {
	f, rest, ok := strtod(strings.TrimLeft(s, space))
	if !ok {
		return 0, "", false
	}
	f, hint, ok = withUnit(f, rest, unit)
	if math.IsNaN(f) {
		ok = false
	}
	return f, hint, ok
}

// strtod reads C's longest floating-point prefix of s.
func strtod(s string) (f float64, rest string, ok bool) {
	num := cFloat.FindString(s)
	if num == "" {
		return 0, s, false
	}
	text := num
	if strings.ContainsAny(text, "xX") && !strings.ContainsAny(text, "pP") {
		text += "p0"
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, s[len(num):], err == nil
}

// Text prints a value without unit, as pg_settings.setting does.
func (d *Def) Text(v any) string { return d.print(v, false) }

// Show prints a value as SHOW does.
func (d *Def) Show(v any) string { return d.print(v, true) }

func (d *Def) print(v any, units bool) string {
	if d.Secret {
		return "********"
	}
	switch v := v.(type) {
	case bool:
		return onOff(v)
	case int64:
		if d.Octal {
			return "0" + strconv.FormatInt(v, 8)
		}
		unit := ""
		if units && v > 0 && d.Unit != "" {
			v, unit = intUnit(v, d.Unit)
		}
		return strconv.FormatInt(v, 10) + unit
	case float64:
		unit := ""
		if units && v > 0 && d.Unit != "" {
			v, unit = realUnit(v, d.Unit)
		}
		return formatG(v) + unit
	case string:
		return v
	}
	return ""
}

// bootText prints the boot value as pg_settings.boot_val does: modes in decimal.
func (d *Def) bootText(v any) string {
	if n, ok := v.(int64); ok {
		return strconv.FormatInt(n, 10)
	}
	return d.print(v, false)
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// formatG prints as C's %g: six significant digits, exponents of two digits.
func formatG(f float64) string {
	if f == 0 {
		return "0"
	}
	text := strconv.FormatFloat(f, 'e', 5, 64)
	mantissa, exponent, found := strings.Cut(text, "e")
	if !found {
		return strings.NewReplacer("+", "", "Inf", "Infinity").Replace(text)
	}
	if e, _ := strconv.Atoi(exponent); e >= -4 && e < 6 {
		text = strconv.FormatFloat(f, 'f', 5-e, 64)
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return text
	}
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	return mantissa + "e" + exponent
}

// formatBound prints a limit as pg_settings.min_val and max_val do.
func formatBound(d *Def, f float64) string {
	if d.Kind == Int {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return formatG(f)
}
