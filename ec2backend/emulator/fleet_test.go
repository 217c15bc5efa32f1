package emulator

import "testing"

func TestFleetCount(t *testing.T) {
	d := Fleet(Options{})
	n := 0
	for _, a := range d.Accounts {
		for _, r := range d.Regions {
			n += len(d.FlowLogs(a.ID, r))
		}
	}
	t.Log(n)
	if n < 400 {
		t.Fatal("too few")
	}
}
