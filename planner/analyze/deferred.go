package analyze

// Deferred is a command that Parse takes without a look at what is in it, as
// PostgreSQL does: only when it is run can it fail.
type Deferred struct {
	plain
	Raw *RawStmt

	tag string
}

// CommandTag is the command's.
func (d *Deferred) CommandTag() string { return d.tag }

// Defer gives a statement that could not be analysed as one that fails when it
// is run; nil for those that PostgreSQL's parse analysis looks into
// (transformStmt). Of its parameters only the types can be wrong then.
func Defer(raw *RawStmt, types []OID) (*Analyzed, error) {
	if raw.HasQuery() {
		return nil, nil
	}
	p := &Params{Types: types}
	if err := p.check(nil); err != nil {
		return nil, err
	}
	return &Analyzed{Utility: &Deferred{Raw: raw, tag: ddlTag(raw.Node)}, Params: append([]OID{}, types...), identity: identity{raw: raw}}, nil
}
