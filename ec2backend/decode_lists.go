package ec2backend

import (
	"slices"
	"strconv"
)

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
	return d.in.text(v).(string), nil //nolint:errcheck // they are strings
}

// options reads destinationOptions.
func (d *pageDecoder) options() error {
	o := &destinationOptions{}
	if d.flow.options != nil {
		*o = *d.flow.options
	}
	d.flow.options = o
	for {
		name, err := d.x.child()
		if err != nil || name == nil {
			return err
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
			return err
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

// tagFields reads tagFieldSpecificationSet.
func (d *pageDecoder) tagFields() error {
	return d.list(func() error {
		var f tagField
		for {
			name, err := d.x.child()
			if err != nil {
				return err
			}
			if name == nil {
				d.flow.fields = append(slices.Clip(d.flow.fields), f)
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
}
