package adt

// work paces a loop that may be long: now and then it looks whether the
// statement has ended.
type work struct {
	env  *Env
	left int
}

// workStep is how much a loop does between two looks, about a millisecond's
// worth of single bytes.
const workStep = 1 << 18

func (e *Env) work() work { return work{env: e, left: workStep} }

func (c *Call) work() work { return c.Env.work() }

// done notes n steps, each about what a byte takes.
func (w *work) done(n int) error {
	if w.left -= n; w.left > 0 {
		return nil
	}
	w.left = workStep
	return w.env.Interrupted()
}

// grown is done for a value that has come to size bytes.
func (w *work) grown(n, size int) error {
	if w.left -= n; w.left > 0 {
		return nil
	}
	w.left = workStep
	if err := w.env.Interrupted(); err != nil {
		return err
	}
	return w.env.Room(int64(size))
}
