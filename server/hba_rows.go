package server

import (
	"net/netip"

	"github.com/flowgres/flowgres/planner/adt"
)

// HBARows gives the rows of pg_hba_file_rules for a file as it is now, which
// need not be what is in force (fill_hba_view). Lines with errors are rows, too.
func HBARows(path string, trustAnywhere bool) []adt.Row {
	if path == "" {
		return nil
	}
	lines, err := hbaLines(path, trustAnywhere, readAuthFile)
	if err != nil {
		return []adt.Row{{nil, path, nil, nil, nil, nil, nil, nil, nil, nil, err.Error()}}
	}
	out := make([]adt.Row, 0, len(lines))
	n := int32(0)
	for _, l := range lines {
		row := adt.Row{nil, l.rule.file, int32(l.rule.line), nil, nil, nil, nil, nil, nil, nil, nil}
		if l.err != nil {
			row[10] = l.err.Msg
			out = append(out, row)
			continue
		}
		n++
		row[0], row[3], row[4], row[5], row[8] = n, l.rule.kind, names(l.rule.databases), names(l.rule.users), l.rule.name
		row[6], row[7] = l.rule.addr.columns()
		row[9] = l.rule.shownOptions()
		out = append(out, row)
	}
	return out
}

// IdentRows gives the rows of pg_ident_file_mappings for a file as it is now
// (fill_ident_view).
func IdentRows(path string) []adt.Row {
	if path == "" {
		return nil
	}
	lines, errs, err := identLines(path, readAuthFile)
	if err != nil {
		return []adt.Row{{nil, path, nil, nil, nil, nil, err.Error()}}
	}
	out := make([]adt.Row, 0, len(lines))
	n := int32(0)
	for i, l := range lines {
		if e := errs[i]; e != nil {
			out = append(out, adt.Row{nil, l.file, int32(l.line), nil, nil, nil, e.Msg})
			continue
		}
		n++
		out = append(out, adt.Row{n, l.file, int32(l.line), l.usemap, l.system.text, l.role.text, nil})
	}
	return out
}

// shownOptions gives a rule's options as pg_hba_file_rules shows them
// (get_hba_options), which leaves clientname out.
func (r *rule) shownOptions() adt.Datum {
	var out []string
	if r.usermap != "" {
		out = append(out, "map="+r.usermap)
	}
	if r.clientCert != "" {
		out = append(out, "clientcert="+r.clientCert)
	}
	if out == nil {
		return nil
	}
	return textArray(out)
}

// columns gives an address as pg_hba_file_rules shows it.
func (a address) columns() (addr, mask adt.Datum) {
	switch {
	case a.keyword != "":
		return a.keyword, nil
	case a.host != "":
		return a.host, nil
	}
	m, ok := netip.AddrFromSlice(a.mask)
	if !ok {
		return nil, nil // a local rule's
	}
	return a.ip.String(), m.String()
}

func names(list []pattern) adt.Datum {
	out := make([]string, len(list))
	for i, t := range list {
		out[i] = t.text
	}
	return textArray(out)
}

func textArray(list []string) adt.Datum {
	const text = 25
	elems := make([]adt.Datum, len(list))
	for i, s := range list {
		elems[i] = s
	}
	return adt.NewArray(text, elems)
}
