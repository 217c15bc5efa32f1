package emulator

import (
	"sort"
	"strconv"
	"time"
)

// FlowLog is a flow log as AWS keeps it. Empty strings are left out of
// replies.
type FlowLog struct {
	ID               string
	ResourceID       string
	TrafficType      string
	Status           string
	DestinationType  string
	Destination      string
	LogGroupName     string
	Format           string
	PermissionARN    string
	CrossAccountRole string
	DeliverStatus    string
	DeliverError     string
	Interval         int32
	Options          *DestinationOptions
	Tags             []Tag
	TagFields        []TagField
	Created          time.Time
	account          string
}

// DestinationOptions are those of an S3 destination.
type DestinationOptions struct {
	FileFormat               string
	HiveCompatiblePartitions bool
	PerHourPartition         bool
}

// Tag is a tag of a flow log.
type Tag struct{ Key, Value string }

// TagField names tags of resources that appear in the log records.
type TagField struct {
	ResourceType string
	TagKeys      []string
}

// entry is a stored flow log.
type entry struct {
	FlowLog
	seq     uint64
	xml     []byte
	visible time.Time

	was   *entry    // what replies show before its tags were changed…
	until time.Time // …up to then
}

// shown is what replies show of an entry at a time.
func (en *entry) shown(now time.Time) *entry {
	if en.was != nil && now.Before(en.until) {
		return en.was
	}
	return en
}

// retag gives an entry other tags, which replies show after a while.
func (en *entry) retag(tags []Tag, now time.Time, after time.Duration) {
	if after > 0 {
		if en.shown(now) == en {
			en.was = &entry{FlowLog: en.FlowLog, xml: en.xml}
		}
		en.until = now.Add(after)
	}
	en.Tags = tags
	en.xml = appendFlowLog(nil, &en.FlowLog)
}

// store is what one account has in one region. Its logs are in the order they
// were made; seq grows along them.
type store struct {
	logs      []*entry
	byID      map[string]*entry
	resources map[string]bool
	perRes    map[string]int
	created   map[string]*created // CreateFlowLogs replies by client token
}

func (a *account) store(region string) *store {
	s := a.stores[region]
	if s == nil {
		s = &store{byID: map[string]*entry{}, resources: map[string]bool{}, perRes: map[string]int{}, created: map[string]*created{}}
		a.stores[region] = s
	}
	return s
}

// find gives the store for reading; it may be empty.
func (a *account) find(region string) *store {
	if s := a.stores[region]; s != nil {
		return s
	}
	return &store{}
}

// from gives the position of the first log with at least this seq.
func (s *store) from(seq uint64) int {
	return sort.Search(len(s.logs), func(i int) bool { return s.logs[i].seq >= seq })
}

func (s *store) add(en *entry) {
	en.xml = appendFlowLog(nil, &en.FlowLog)
	s.logs = append(s.logs, en)
	s.byID[en.ID] = en
	s.perRes[en.ResourceID]++
}

func (s *store) remove(ids map[string]bool) {
	kept := s.logs[:0:0]
	for _, en := range s.logs {
		if ids[en.ID] {
			delete(s.byID, en.ID)
			s.perRes[en.ResourceID]--
			continue
		}
		kept = append(kept, en)
	}
	s.logs = kept
}

// Seed stores flow logs as they are, with the resources they are on. Missing
// ids are made, a missing status is ACTIVE.
func (e *Emulator) Seed(account, region string, logs []FlowLog) {
	e.mu.Lock()
	defer e.mu.Unlock()
	a := e.account(account)
	s := a.store(region)
	for _, l := range logs {
		if l.ID == "" {
			l.ID = "fl-" + randomHex(17)
		}
		if l.Status == "" {
			l.Status = "ACTIVE"
		}
		if l.Created.IsZero() {
			l.Created = e.opts.Now()
		}
		l.account = account
		e.seq++
		s.resources[l.ResourceID] = true
		s.add(&entry{FlowLog: l, seq: e.seq})
	}
}

// FlowLogs gives what an account has in a region, in order.
func (e *Emulator) FlowLogs(account, region string) []FlowLog {
	e.mu.RLock()
	defer e.mu.RUnlock()
	a := e.accounts[account]
	if a == nil {
		return nil
	}
	var out []FlowLog
	for _, en := range a.find(region).logs {
		out = append(out, en.FlowLog)
	}
	return out
}

// appendFlowLog appends a flow log's <item>.
func appendFlowLog(b []byte, l *FlowLog) []byte {
	x := xmlWriter{b: b}
	x.raw("<item>")
	x.element("creationTime", l.Created.UTC().Format("2006-01-02T15:04:05.000Z"))
	x.optional("deliverCrossAccountRole", l.CrossAccountRole)
	x.optional("deliverLogsErrorMessage", l.DeliverError)
	x.optional("deliverLogsPermissionArn", l.PermissionARN)
	x.optional("deliverLogsStatus", l.DeliverStatus)
	if o := l.Options; o != nil {
		x.raw("<destinationOptions>")
		x.optional("fileFormat", o.FileFormat)
		x.boolean("hiveCompatiblePartitions", o.HiveCompatiblePartitions)
		x.boolean("perHourPartition", o.PerHourPartition)
		x.raw("</destinationOptions>")
	}
	x.element("flowLogId", l.ID)
	x.optional("flowLogStatus", l.Status)
	x.optional("logDestination", l.Destination)
	x.optional("logDestinationType", l.DestinationType)
	x.optional("logFormat", l.Format)
	x.optional("logGroupName", l.LogGroupName)
	if l.Interval != 0 {
		x.raw("<maxAggregationInterval>")
		x.b = strconv.AppendInt(x.b, int64(l.Interval), 10)
		x.raw("</maxAggregationInterval>")
	}
	x.element("resourceId", l.ResourceID)
	if len(l.TagFields) > 0 {
		x.raw("<tagFieldSpecificationSet>")
		for _, f := range l.TagFields {
			x.raw("<item>")
			x.element("resourceType", f.ResourceType)
			x.raw("<tagKeySet>")
			for _, k := range f.TagKeys {
				x.element("item", k)
			}
			x.raw("</tagKeySet></item>")
		}
		x.raw("</tagFieldSpecificationSet>")
	}
	if len(l.Tags) > 0 {
		x.raw("<tagSet>")
		for _, t := range l.Tags {
			x.raw("<item>")
			x.element("key", t.Key)
			x.element("value", t.Value)
			x.raw("</item>")
		}
		x.raw("</tagSet>")
	}
	x.optional("trafficType", l.TrafficType)
	x.raw("</item>\n")
	return x.b
}
