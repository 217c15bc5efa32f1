package analyze

import (
	"strings"

	"github.com/jackc/pgerrcode"
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"github.com/flowgres/flowgres/planner/guc"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Vacuum is VACUUM or ANALYZE, which do nothing but complain as ExecVacuum does.
type Vacuum struct {
	plain
	Analyze bool  // ANALYZE, not VACUUM
	Missing error // what is wrong with its tables, which comes after where it stands
}

// CommandTag is VACUUM or ANALYZE.
func (v *Vacuum) CommandTag() string {
	if v.Analyze {
		return "ANALYZE"
	}
	return "VACUUM"
}

// vacuumFlags are VACUUM's options that are on or off, with their defaults.
var vacuumFlags = map[string]bool{
	"verbose": false, "skip_locked": false, "analyze": false, "freeze": false, "full": false,
	"disable_page_skipping": false, "process_main": true, "process_toast": true, "truncate": true,
	"skip_database_stats": false, "only_database_stats": false,
}

// maxParallelWorkers is MAX_PARALLEL_WORKER_LIMIT.
const maxParallelWorkers = 1024

func (u *utilityContext) vacuum(s *pg_query.VacuumStmt) (Utility, error) {
	o, err := vacuumOptions(s)
	if err != nil {
		return nil, err
	}
	if err := o.check(s); err != nil {
		return nil, err
	}
	return &Vacuum{Analyze: !s.IsVacuumcmd, Missing: u.vacuumed(s)}, nil
}

// vacuumed looks for the tables and columns.
func (u *utilityContext) vacuumed(s *pg_query.VacuumStmt) error {
	ps := u.state()
	for _, n := range s.Rels {
		v := n.GetVacuumRelation()
		if v.GetRelation() == nil {
			continue
		}
		rel, err := ps.openCommandTable(v.Relation)
		if err != nil {
			return err
		}
		seen := map[int]bool{}
		for _, name := range names(v.VaCols) {
			i := columnIndex(rel, name)
			if i < 0 {
				return pgerr.New(pgerrcode.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", name, rel.Name)
			}
			if seen[i] {
				return pgerr.New(pgerrcode.DuplicateColumn, "column \"%s\" of relation \"%s\" appears more than once", name, rel.Name)
			}
			seen[i] = true
		}
	}
	return nil
}

// vacuumSettings is what the options of VACUUM say.
type vacuumSettings struct {
	on       map[string]bool // the flags that are not as by default
	parallel bool
	ring     bool // BUFFER_USAGE_LIMIT
}

func vacuumOptions(s *pg_query.VacuumStmt) (vacuumSettings, error) {
	o := vacuumSettings{on: map[string]bool{}}
	for _, n := range s.Options {
		d := n.GetDefElem()
		def, flag := vacuumFlags[d.Defname]
		common := d.Defname == "verbose" || d.Defname == "skip_locked" || d.Defname == "buffer_usage_limit"
		var err error
		switch {
		case !s.IsVacuumcmd && !common:
			err = pgerr.New(pgerrcode.SyntaxError, "unrecognized ANALYZE option \"%s\"", d.Defname).At(int(d.Location))
		case d.Defname == "buffer_usage_limit":
			o.ring = true
			err = ringSize(d)
		case d.Defname == "index_cleanup":
			if text, serr := defString(d); d.Arg != nil && (serr != nil || !strings.EqualFold(text, "auto")) {
				_, err = defBool(d)
			}
		case d.Defname == "parallel":
			o.parallel, err = parallelWorkers(d)
		case flag:
			var on bool
			if on, err = defBool(d); on != def {
				o.on[d.Defname] = true
			} else {
				delete(o.on, d.Defname)
			}
		default:
			err = pgerr.New(pgerrcode.SyntaxError, "unrecognized VACUUM option \"%s\"", d.Defname).At(int(d.Location))
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// parallelWorkers tells whether there are to be any.
func parallelWorkers(d *pg_query.DefElem) (bool, error) {
	if d.Arg == nil {
		return false, pgerr.New(pgerrcode.SyntaxError, "parallel option requires a value between 0 and %d", maxParallelWorkers).At(int(d.Location))
	}
	n, ok := d.Arg.Node.(*pg_query.Node_Integer)
	if !ok {
		return false, pgerr.New(pgerrcode.SyntaxError, "%s requires an integer value", d.Defname)
	}
	if v := n.Integer.GetIval(); v < 0 || v > maxParallelWorkers {
		return false, pgerr.New(pgerrcode.SyntaxError, "parallel workers for vacuum must be between 0 and %d", maxParallelWorkers).At(int(d.Location))
	}
	return n.Integer.GetIval() > 0, nil
}

// check refuses options that do not go together.
func (o vacuumSettings) check(s *pg_query.VacuumStmt) error {
	refuse := func(message string) error { return pgerr.New(pgerrcode.FeatureNotSupported, "%s", message) }
	full, analyze := o.on["full"], o.on["analyze"] || !s.IsVacuumcmd
	if full && o.parallel {
		return refuse("VACUUM FULL cannot be performed in parallel")
	}
	if o.ring && full && !analyze {
		return refuse("BUFFER_USAGE_LIMIT cannot be specified for VACUUM FULL")
	}
	for _, n := range s.Rels {
		if len(n.GetVacuumRelation().GetVaCols()) > 0 && !analyze {
			return refuse("ANALYZE option must be specified when a column list is provided")
		}
	}
	switch {
	case full && o.on["disable_page_skipping"]:
		return refuse("VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL")
	case full && o.on["process_toast"]:
		return refuse("PROCESS_TOAST required with VACUUM FULL")
	case o.on["only_database_stats"] && len(s.Rels) > 0:
		return refuse("ONLY_DATABASE_STATS cannot be specified with a list of tables")
	}
	if o.on["only_database_stats"] {
		for name := range o.on {
			if name != "only_database_stats" && name != "verbose" && name != "process_main" && name != "process_toast" {
				return refuse("ONLY_DATABASE_STATS cannot be specified with other VACUUM options")
			}
		}
	}
	return nil
}

// ringSize checks the size of BUFFER_USAGE_LIMIT, in kB.
func ringSize(d *pg_query.DefElem) error {
	text, err := defString(d)
	if err != nil {
		return err
	}
	const least, most = 128, 16777216
	n, hint, ok := guc.ParseInt(text, "kB")
	if ok && (n == 0 || n >= least && n <= most) {
		return nil
	}
	out := pgerr.New(pgerrcode.InvalidParameterValue, "BUFFER_USAGE_LIMIT option must be 0 or between %d kB and %d kB", least, most)
	if hint != "" {
		out = out.Hintf("%s", hint)
	}
	return out
}
