package analyze

import (
	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/catalog"
	"github.com/flowgres/flowgres/planner/nodes"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Bits of WindowDef.FrameOptions (parsenodes.h).
const (
	frameNonDefault       = 0x00001
	frameRange            = 0x00002
	frameRows             = 0x00004
	frameGroups           = 0x00008
	frameStartUnboundedP  = 0x00020
	frameEndUnboundedP    = 0x00040
	frameStartUnboundedF  = 0x00080
	frameEndUnboundedF    = 0x00100
	frameStartCurrent     = 0x00200
	frameEndCurrent       = 0x00400
	frameStartOffsetP     = 0x00800
	frameEndOffsetP       = 0x01000
	frameStartOffsetF     = 0x02000
	frameEndOffsetF       = 0x04000
	frameExcludeCurrent   = 0x08000
	frameExcludeGroup     = 0x10000
	frameExcludeTies      = 0x20000
	frameDefaults         = frameRange | frameStartUnboundedP | frameEndCurrent
	frameOffsets          = frameStartOffsetP | frameStartOffsetF | frameEndOffsetP | frameEndOffsetF
	btreeInRange          = 3 // support procedure number
	btreeLess, btreeGreat = 1, 5
)

// transformWindowFuncCall finishes a call with OVER: it finds or adds its
// window and refuses it where it may not stand.
func (ps *ParseState) transformWindowFuncCall(w *nodes.WindowFunc, def *pg_query.WindowDef) error {
	if ps.hasWindowFuncs {
		for _, a := range w.Args {
			if loc, found := locateWindowFunc(a); found {
				return pgerr.New(pgerrcode.WindowingError, "window function calls cannot be nested").At(loc)
			}
		}
	}
	where := ""
	switch ps.kind {
	case KindWindowPartition, KindWindowOrder, KindWindowFrameRange, KindWindowFrameRows, KindWindowFrameGroups:
		where = "window definitions"
	case KindJoinOn, KindJoinUsing, KindFromFunction, KindMergeWhen, KindCheckConstraint, KindFunctionDefault, KindExecuteParameter, KindIndexExpression, KindIndexPredicate,
		KindCallArgument, KindFromSubselect, KindWhere, KindHaving, KindFilter, KindInsertTarget, KindUpdateSource, KindUpdateTarget,
		KindGroupBy, KindLimit, KindOffset, KindReturning, KindValues, KindValuesSingle, KindCycleMark:
		where = ps.kind.clause()
	}
	if where != "" {
		return pgerr.New(pgerrcode.WindowingError, "window functions are not allowed in %s", where).At(w.Location)
	}
	ps.hasWindowFuncs = true
	if def.Name != "" {
		for i, d := range ps.windowDefs {
			if d.Name == def.Name {
				w.Window = i + 1
				return nil
			}
		}
		return pgerr.New(pgerrcode.UndefinedObject, "window \"%s\" does not exist", def.Name).At(int(def.Location))
	}
	for i, d := range ps.windowDefs {
		if d.Refname == def.Refname && d.FrameOptions == def.FrameOptions &&
			rawNodesEqual(d.PartitionClause, def.PartitionClause) && rawNodesEqual(d.OrderClause, def.OrderClause) &&
			rawEqual(d.StartOffset, def.StartOffset) && rawEqual(d.EndOffset, def.EndOffset) {
			w.Window = i + 1
			return nil
		}
	}
	ps.windowDefs = append(ps.windowDefs, def)
	w.Window = len(ps.windowDefs)
	return nil
}

// transformWindowDefinitions resolves the WINDOW clause and all OVER (…).
func (ps *ParseState) transformWindowDefinitions(tl *[]*nodes.TargetEntry) ([]*nodes.WindowClause, error) {
	var out []*nodes.WindowClause
	options := map[*nodes.WindowClause]int32{}
	find := func(name string) *nodes.WindowClause {
		for _, w := range out {
			if w.Name == name {
				return w
			}
		}
		return nil
	}
	// The list may grow while it is worked on only by errors; a window can't hold
	// a window function.
	for i, def := range ps.windowDefs {
		loc := int(def.Location)
		if def.Name != "" && find(def.Name) != nil {
			return nil, pgerr.New(pgerrcode.WindowingError, "window \"%s\" is already defined", def.Name).At(loc)
		}
		var ref *nodes.WindowClause
		if def.Refname != "" {
			if ref = find(def.Refname); ref == nil {
				return nil, pgerr.New(pgerrcode.UndefinedObject, "window \"%s\" does not exist", def.Refname).At(loc)
			}
		}
		w, err := ps.windowClause(def, ref, options[ref], tl)
		if err != nil {
			return nil, err
		}
		w.Ref = i + 1
		options[w] = def.FrameOptions
		out = append(out, w)
	}
	return out, nil
}

// windowClause resolves one window; ref is the window that it builds on.
func (ps *ParseState) windowClause(def *pg_query.WindowDef, ref *nodes.WindowClause, refOptions int32, tl *[]*nodes.TargetEntry) (*nodes.WindowClause, error) {
	loc := int(def.Location)
	order, err := ps.transformSortClause(def.OrderClause, tl, KindWindowOrder, true)
	if err != nil {
		return nil, err
	}
	partition, _, err := ps.transformGroupClause(def.PartitionClause, tl, order, KindWindowPartition, true)
	if err != nil {
		return nil, err
	}
	w := &nodes.WindowClause{Name: def.Name, RefName: def.Refname, Partition: partition, Order: order}
	if ref != nil {
		if len(partition) > 0 {
			return nil, pgerr.New(pgerrcode.WindowingError, "cannot override PARTITION BY clause of window \"%s\"", def.Refname).At(loc)
		}
		w.Partition = ref.Partition
		if len(order) > 0 && len(ref.Order) > 0 {
			return nil, pgerr.New(pgerrcode.WindowingError, "cannot override ORDER BY clause of window \"%s\"", def.Refname).At(loc)
		}
		if len(order) == 0 {
			w.Order = ref.Order
		}
		if refOptions != frameDefaults {
			err := pgerr.New(pgerrcode.WindowingError, "cannot copy window \"%s\" because it has a frame clause", def.Refname).At(loc)
			if def.Name == "" && len(order) == 0 && def.FrameOptions == frameDefaults {
				err = err.Hintf("Omit the parentheses in this OVER clause.")
			}
			return nil, err
		}
	}
	w.Frame = frameOf(def.FrameOptions)
	var family, inputType OID
	if def.FrameOptions&frameRange != 0 && def.FrameOptions&frameOffsets != 0 {
		if len(w.Order) != 1 {
			return nil, pgerr.New(pgerrcode.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column").At(loc)
		}
		key := w.Order[0]
		if family, inputType = ps.orderingFamily(key.Sort); family == 0 {
			return nil, pgerr.Internal("operator %d is not a valid ordering operator", key.Sort)
		}
		w.InRangeCollation = nodes.TypeOf(targetByRef(key.Ref, *tl).Expr).Collation
		w.InRangeAsc = !key.Desc
		w.InRangeNullsFirst = key.NullsFirst
	}
	if def.FrameOptions&frameGroups != 0 && len(w.Order) == 0 {
		return nil, pgerr.New(pgerrcode.WindowingError, "GROUPS mode requires an ORDER BY clause").At(loc)
	}
	if w.Frame.StartOffset, w.StartInRange, err = ps.transformFrameOffset(def.FrameOptions, family, inputType, def.StartOffset); err != nil {
		return nil, err
	}
	w.Frame.EndOffset, w.EndInRange, err = ps.transformFrameOffset(def.FrameOptions, family, inputType, def.EndOffset)
	return w, err
}

// orderingFamily finds the btree family in which op is < or >, and the type the
// operator works on, get_ordering_op_properties.
func (ps *ParseState) orderingFamily(op OID) (family, typ OID) {
	for _, m := range ps.catalog.OpFamilyMembers(op) {
		if m.Method == catalog.BtreeAM && (m.Strategy == btreeLess || m.Strategy == btreeGreat) && m.Left == m.Right {
			return m.Family, m.Left
		}
	}
	return 0, 0
}

func frameOf(options int32) nodes.Frame {
	f := nodes.Frame{Explicit: options&frameNonDefault != 0, Mode: nodes.FrameRange, Start: nodes.UnboundedPreceding, End: nodes.CurrentRow}
	switch {
	case options&frameRows != 0:
		f.Mode = nodes.FrameRows
	case options&frameGroups != 0:
		f.Mode = nodes.FrameGroups
	}
	switch {
	case options&frameStartCurrent != 0:
		f.Start = nodes.CurrentRow
	case options&frameStartOffsetP != 0:
		f.Start = nodes.OffsetPreceding
	case options&frameStartOffsetF != 0:
		f.Start = nodes.OffsetFollowing
	case options&frameStartUnboundedF != 0:
		f.Start = nodes.UnboundedFollowing
	}
	switch {
	case options&frameEndUnboundedP != 0:
		f.End = nodes.UnboundedPreceding
	case options&frameEndUnboundedF != 0:
		f.End = nodes.UnboundedFollowing
	case options&frameEndOffsetP != 0:
		f.End = nodes.OffsetPreceding
	case options&frameEndOffsetF != 0:
		f.End = nodes.OffsetFollowing
	}
	switch {
	case options&frameExcludeCurrent != 0:
		f.Exclude = nodes.ExcludeCurrentRow
	case options&frameExcludeGroup != 0:
		f.Exclude = nodes.ExcludeGroup
	case options&frameExcludeTies != 0:
		f.Exclude = nodes.ExcludeTies
	}
	return f
}

// transformFrameOffset resolves the offset of a frame bound; in RANGE mode also
// the in_range function that applies it.
func (ps *ParseState) transformFrameOffset(options int32, family, inputType OID, n *pg_query.Node) (nodes.Expr, OID, error) {
	if n == nil {
		return nil, 0, nil
	}
	kind, construct, typ := KindWindowFrameRange, "RANGE", OID(0)
	switch {
	case options&frameRows != 0:
		kind, construct, typ = KindWindowFrameRows, "ROWS", adt.Int8OID
	case options&frameGroups != 0:
		kind, construct, typ = KindWindowFrameGroups, "GROUPS", adt.Int8OID
	}
	e, err := ps.transformExpr(n, kind)
	if err != nil {
		return nil, 0, err
	}
	var fn OID
	if typ == 0 {
		if typ, fn, err = ps.inRange(family, inputType, e); err != nil {
			return nil, 0, err
		}
	}
	if e, err = ps.coerceToSpecificType(e, typ, construct); err != nil {
		return nil, 0, err
	}
	return e, fn, checkVarFree(e, construct)
}

// inRangeTypes are the offset types that built-in in_range functions take.
var inRangeTypes = []OID{adt.Int8OID, adt.Int4OID, adt.Int2OID, adt.Float8OID, adt.NumericOID, adt.IntervalOID}

// inRange chooses the in_range function for an offset: the one of its very type
// (for an unknown literal, of the column's), else the only one it can be coerced
// to.
func (ps *ParseState) inRange(family, inputType OID, e nodes.Expr) (typ, fn OID, err error) {
	have := nodes.TypeOf(e).Type
	preferred := have
	if have == adt.UnknownOID {
		preferred = inputType
	}
	funcs, matches := 0, 0
	for _, t := range inRangeTypes {
		p := ps.catalog.SupportProc(family, inputType, t, btreeInRange)
		if p == 0 {
			continue
		}
		funcs++
		if !ps.canCoerce([]OID{have}, []OID{t}, CoerceImplicit) {
			continue
		}
		matches++
		if typ != preferred {
			typ, fn = t, p
		}
	}
	column, offset := ps.catalog.FormatType(inputType, -1), ps.catalog.FormatType(have, -1)
	loc := exprLocation(e)
	const mode = "RANGE with offset PRECEDING/FOLLOWING"
	switch {
	case funcs == 0:
		return 0, 0, pgerr.New(pgerrcode.FeatureNotSupported, "%s is not supported for column type %s", mode, column).At(loc)
	case matches == 0:
		return 0, 0, pgerr.New(pgerrcode.FeatureNotSupported, "%s is not supported for column type %s and offset type %s", mode, column, offset).
			Hintf("Cast the offset value to an appropriate type.").At(loc)
	case matches != 1 && typ != preferred:
		return 0, 0, pgerr.New(pgerrcode.FeatureNotSupported, "%s has multiple interpretations for column type %s and offset type %s", mode, column, offset).
			Hintf("Cast the offset value to the exact intended type.").At(loc)
	}
	return typ, fn, nil
}
