package ec2backend

import (
	"strconv"
)

// tagSet reads the tags.
func (d *pageDecoder) tagSet() error {
	if !d.need[colTagSet] && !d.need[colTags] {
		return d.x.skip()
	}
	return d.list(func() error {
		var t, last tag
		if n := len(d.tags); n < len(d.lastTags) {
			last = d.lastTags[n]
		}
		if key, value, ok := d.x.pair("<key>", "</key>", "<value>", "</value>", "</item>"); ok {
			d.addTag(tag{d.like(last.key, key), d.like(last.value, value)})
			return nil
		}
		for {
			name, err := d.x.child()
			if err != nil {
				return err
			}
			if name == nil {
				d.addTag(t)
				return nil
			}
			switch {
			case fold(name, "key"):
				t.key, err = d.textLike(last.key)
			case fold(name, "value"):
				t.value, err = d.textLike(last.value)
			default:
				err = d.x.skip()
			}
			if err != nil {
				return err
			}
		}
	})
}

// addTag adds a tag to the row's.
func (d *pageDecoder) addTag(t tag) {
	if n := len(d.tags); n < len(d.lastTags) {
		d.lastTags[n] = t
	} else {
		d.lastTags = append(d.lastTags, t)
	}
	d.tags = append(d.tags, t)
}

// list reads the items of a list.
func (d *pageDecoder) list(item func() error) error {
	for {
		name, err := d.x.child()
		switch {
		case err != nil:
			return err
		case name == nil:
			return nil
		case fold(name, "item"):
			err = item()
		default:
			err = d.x.skip()
		}
		if err != nil {
			return err
		}
	}
}

// sharedText reads a value that likely comes again.
func (d *pageDecoder) sharedText() (string, error) {
	v, err := d.x.value()
	if err != nil {
		return "", err
	}
	return d.in.shared(v).(string), nil //nolint:errcheck // plain keys hold strings
}

// textLike reads a value that is likely a known one.
func (d *pageDecoder) textLike(known string) (string, error) {
	v, err := d.x.value()
	if err != nil {
		return "", err
	}
	return d.like(known, v), nil
}

// like gives a text that is likely a known one.
func (d *pageDecoder) like(known string, v []byte) string {
	if string(v) == known {
		return known
	}
	return d.in.shared(v).(string) //nolint:errcheck // plain keys hold strings
}

func (d *pageDecoder) options(o *destinationOptions) (*destinationOptions, error) {
	if o == nil {
		o = &destinationOptions{}
	}
	for {
		name, err := d.x.child()
		if err != nil || name == nil {
			return o, err
		}
		switch {
		case fold(name, "fileFormat"):
			o.fileFormat, err = d.sharedText()
		case fold(name, "hiveCompatiblePartitions"):
			o.hive, err = d.boolean()
		case fold(name, "perHourPartition"):
			o.perHour, err = d.boolean()
		default:
			err = d.x.skip()
		}
		if err != nil {
			return o, err
		}
	}
}

var boolTrue, boolFalse = true, false

func (d *pageDecoder) boolean() (*bool, error) {
	v, err := d.x.value()
	if err != nil {
		return nil, err
	}
	b, err := strconv.ParseBool(string(v))
	if err != nil {
		return nil, err
	}
	if b {
		return &boolTrue, nil
	}
	return &boolFalse, nil
}

func (d *pageDecoder) tagFields(fields []tagField) ([]tagField, error) {
	err := d.list(func() error {
		var f tagField
		for {
			name, err := d.x.child()
			if err != nil {
				return err
			}
			if name == nil {
				fields = append(fields, f)
				return nil
			}
			switch {
			case fold(name, "resourceType"):
				f.resourceType, err = d.sharedText()
			case fold(name, "tagKeySet"):
				err = d.list(func() error {
					k, err := d.sharedText()
					f.keys = append(f.keys, k)
					return err
				})
			default:
				err = d.x.skip()
			}
			if err != nil {
				return err
			}
		}
	})
	return fields, err
}
