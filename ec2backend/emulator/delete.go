package emulator

func (e *Emulator) deleteFlowLogs(q *request) ([]byte, error) {
	ids := q.p.list("FlowLogId")
	dry := q.p.dryRun()
	if err := q.p.check(); err != nil {
		return nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, bad("MissingParameter", "The request must contain the parameter flowLogIdSet")
	case len(ids) > 1000:
		return nil, bad("InvalidParameterValue", "The maximum number of flow log ids is 1000")
	}
	for _, id := range ids {
		if !validID(id, "fl-") {
			return nil, bad("InvalidFlowLogId.Malformed", "Invalid id: \""+id+"\"")
		}
	}
	if dry != nil {
		return nil, dry
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	s := q.account.store(q.region)
	gone := map[string]bool{}
	var unknown []string
	var failed []unsuccessful
	for _, id := range ids {
		if s.byID[id] == nil {
			unknown = append(unknown, id)
			failed = append(failed, unsuccessful{id, "InvalidFlowLogId.NotFound", "The flow log ID '" + id + "' does not exist"})
			continue
		}
		gone[id] = true
	}
	s.remove(gone)
	if unknown != nil && e.opts.DeleteFails {
		return nil, notFoundIDs(unknown)
	}
	var x xmlWriter
	x.begin(q)
	appendUnsuccessful(&x, failed)
	return x.end(q), nil
}
