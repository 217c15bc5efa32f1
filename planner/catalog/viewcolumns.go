package catalog

import (
	"fmt"
	"strings"
)

// ColumnUse is a column that a view reads.
type ColumnUse struct {
	Relation OID
	Column   int16
}

// ViewColumns are the columns of tables in a view.
type ViewColumns struct {
	Uses    []ColumnUse // what it reads, each once
	Origins []ColumnUse // what its own columns are, the zero value for those that are made
}

// SetViewColumns makes f tell what columns a view of ours reads and shows:
// pg_depend and pg_rewrite have them. It must be set before anybody reads those.
func (c *Catalog) SetViewColumns(f func(*Relation) ViewColumns) { c.viewColumns.Store(&f) }

// columnsOf tells what columns a view has to do with.
func (c *Catalog) columnsOf(view *Relation) ViewColumns {
	if f := c.viewColumns.Load(); f != nil {
		return (*f)(view)
	}
	return ViewColumns{}
}

// viewAction is the query of a view's rule as far as clients take it apart, to
// see which columns of which tables the view shows: its target list.
func viewAction(r *Relation, origins []ColumnUse) string {
	var b strings.Builder
	b.WriteString("({QUERY :commandType 1 :querySource 0 :canSetTag true :utilityStmt <> :resultRelation 0 :targetList (")
	for i, col := range r.Columns {
		var from ColumnUse
		if i < len(origins) {
			from = origins[i]
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "{TARGETENTRY :expr <> :resno %d :resname %s :ressortgroupref 0 :resorigtbl %d :resorigcol %d :resjunk false}",
			i+1, nodeToken(col.Name), from.Relation, from.Column)
	}
	b.WriteString(") :override 0})")
	return b.String()
}

// nodeToken writes a name within a node tree (outToken).
func nodeToken(s string) string {
	var b strings.Builder
	for i := range len(s) {
		first := i == 0 && (s[0] == '<' || s[0] == '"' || s[0] >= '0' && s[0] <= '9' || (s[0] == '+' || s[0] == '-') && len(s) > 1 && (s[1] >= '0' && s[1] <= '9' || s[1] == '.'))
		if first || strings.IndexByte(" \n\t(){}\\", s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
