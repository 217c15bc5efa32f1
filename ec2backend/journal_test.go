package ec2backend

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/ec2backend/emulator"
	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/fdw"
)

// soak gives a number of runs: few by default, many with FLOWGRES_SOAK=1.
func soak(few, many int) int {
	if os.Getenv("FLOWGRES_SOAK") != "" {
		return many
	}
	return few
}

// reopen makes a backend on the fixture's endpoint with a journal.
func (f *fixture) reopen(t testing.TB, path string) *Backend {
	t.Helper()
	b, err := New(t.Context(), journalConfig(f.url, path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func journalConfig(url, path string) Config {
	return Config{
		Regions: []string{"us-east-1"}, EndpointURL: url, NoRateLimit: true, MaxBackoff: 20 * time.Millisecond, Journal: path,
		Accounts: []Account{{AccessKeyID: testKey, SecretAccessKey: testSecret}},
	}
}

func doubts(t testing.TB, b *Backend) []adt.Row {
	t.Helper()
	rows, err := b.doubtRows(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestJournalRecovery leaves transactions open at different points, as a
// crash would.
func TestJournalRecovery(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	path := filepath.Join(t.TempDir(), "journal")
	b := f.reopen(t, path)
	begin := func() *tx { return b.flowLogs.Begin(f.session(), true).(*tx) }
	insert := func(x *tx, rows ...adt.Row) []adt.Row {
		t.Helper()
		out, err := b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session(), Tx: x}, rows, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// Committed.
	x := begin()
	kept := insert(x, toS3("vpc-00000000"))
	if err := x.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Open, with one create taken back to a savepoint.
	x = begin()
	insert(x, toS3("vpc-00000001"))
	mark := x.Mark()
	insert(x, toS3("vpc-00000002"))
	if err := x.RollbackTo(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
	// Sent, without an answer seen: only the intent is there.
	y := begin()
	k := &chunk{c: b.server.accounts[0].client("us-east-1"), of: &newFlowLog{typ: "VPC", traffic: "ALL", destType: "s3", dest: "arn:aws:s3:::bucket"}, resources: []string{"vpc-00000003"}, token: "token"}
	if err := y.j.create(k.c, k.input(false)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.c.ec2.CreateFlowLogs(t.Context(), k.input(false)); err != nil {
		t.Fatal(err)
	}
	// Decided, not done.
	z := begin()
	victim := insert(z, toS3("vpc-00000004"))
	if err := z.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := begin()
	made := insert(w, toS3("vpc-00000005"))
	targets, err := b.flowLogs.targets(t.Context(), nil, victim)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.j.decide(targets, nil, true); err != nil {
		t.Fatal(err)
	}
	if n := len(f.FlowLogs(testAccount, "us-east-1")); n != 5 {
		t.Fatalf("%d flow logs before the crash", n)
	}
	if _, err := New(t.Context(), journalConfig(f.url, path)); err == nil {
		t.Fatal("two servers share a journal")
	}
	b.Close()

	b = f.reopen(t, path)
	if n := len(doubts(t, b)); n != 3 {
		t.Errorf("%d in doubt before recovery", n)
	}
	if ended, left := b.Recover(t.Context()); ended != 3 || left != 0 {
		t.Errorf("recovered %d, left %d: %v", ended, left, doubts(t, b))
	}
	var ids []string
	for _, l := range f.FlowLogs(testAccount, "us-east-1") {
		ids = append(ids, l.ID)
	}
	if want := []string{kept[0][colFlowLogID].(string), made[0][colFlowLogID].(string)}; !slices.Equal(ids, want) {
		t.Errorf("flow logs %v, want %v", ids, want)
	}
	b.Close()
	if text, err := os.ReadFile(path); err != nil || strings.Count(string(text), `"op":"end"`) != 3 {
		t.Errorf("journal after recovery: %v\n%s", err, text)
	}
	b = f.reopen(t, path)
	defer b.Close()
	if text, err := os.ReadFile(path); err != nil || len(text) != 0 {
		t.Errorf("journal after the next start: %v\n%s", err, text)
	}
	if b.journal.hasLeft() {
		t.Error("something is left")
	}
}

// TestInDoubt holds that what cannot be undone is listed, survives a restart,
// and goes when it was struck off or could be dealt with.
func TestInDoubt(t *testing.T) {
	f := writeFixture(t, emulator.Options{})
	path := filepath.Join(t.TempDir(), "journal")
	b := f.reopen(t, path)
	x := b.flowLogs.Begin(f.session(), true)
	if _, err := b.flowLogs.Insert(t.Context(), fdw.WriteRequest{Session: f.session(), Tx: x}, []adt.Row{toS3("vpc-00000000")}, nil, false); err != nil {
		t.Fatal(err)
	}
	f.Order(emulator.Fault{Action: "DeleteFlowLogs", Error: emulator.Unauthorized()})
	wantCode(t, x.Rollback(t.Context()), pgerrcode.StatementCompletionUnknown)
	rows := doubts(t, b)
	if len(rows) != 1 || rows[0][6].(*adt.Array).Values[0] != f.FlowLogs(testAccount, "us-east-1")[0].ID {
		t.Fatalf("in doubt: %v", rows)
	}
	b.Close()
	b = f.reopen(t, path)
	if ended, left := b.Recover(t.Context()); ended != 0 || left != 1 {
		t.Errorf("recovered %d, left %d", ended, left)
	}
	if rows = doubts(t, b); len(rows) != 1 || !strings.Contains(rows[0][8].(string), "could not be deleted again") {
		t.Errorf("in doubt: %v", rows)
	}
	b.Close()
	f.ClearFaults()
	b = f.reopen(t, path)
	if ended, left := b.Recover(t.Context()); ended != 1 || left != 0 || len(f.FlowLogs(testAccount, "us-east-1")) != 0 {
		t.Errorf("recovered %d, left %d", ended, left)
	}
	// An outcome that stays unknown.
	b.journal.begin(nil).doubt(b.server.accounts[0].client("us-east-1"), "t", nil, []string{"fl-1"}, "no answer")
	rows = doubts(t, b)
	rel := b.statusRelations()
	table := rel[len(rel)-1].Table.(fdw.Deleter)
	if was, err := table.Delete(t.Context(), fdw.WriteRequest{}, rows); err != nil || !slices.Equal(was, []bool{true}) || len(doubts(t, b)) != 0 {
		t.Errorf("struck off: %v, %v", was, err)
	}
	b.Close()
}

// TestJournalFile reads damaged files.
func TestJournalFile(t *testing.T) {
	dir := t.TempDir()
	open := func(text string) (*journal, error) {
		path := filepath.Join(dir, "j")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return openJournal(path)
	}
	good := `{"tx":"a","op":"create","time":"2026-01-01T00:00:00Z","token":"t","input":{"ResourceIds":["vpc-1"]}}` + "\n"
	j, err := open(good + `{"tx":"a","op":"en`)
	if err != nil || len(j.open) != 1 || j.open["a"].lines[0].Input.ResourceIds[0] != "vpc-1" {
		t.Errorf("a torn line: %v", err)
	}
	j.close()
	if j, err = open(good + `{"tx":"a","op":"end"}` + "\n"); err != nil || len(j.open) != 0 {
		t.Errorf("an end: %v", err)
	}
	j.close()
	_, err = open("hello\n" + good)
	wantCode(t, err, pgerrcode.DataCorrupted)
	_, err = openJournal(filepath.Join(dir, "none", "j"))
	wantCode(t, err, pgerrcode.ConfigFileError)

	// What everybody can write, or cannot be replaced, is refused; a link stays.
	shared := filepath.Join(dir, "open")
	if err := os.WriteFile(shared, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(shared, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{shared, dir, "/dev/null"} {
		_, err = openJournal(path)
		wantCode(t, err, pgerrcode.ConfigFileError)
	}
	link := filepath.Join(dir, "link")
	if err := os.WriteFile(filepath.Join(dir, "k"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("k", link); err != nil {
		t.Fatal(err)
	}
	if j, err = openJournal(link); err != nil {
		t.Fatal(err)
	}
	j.close()
	if s, err := os.Lstat(link); err != nil || s.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link: %v, %v", s, err)
	}

	// It does not grow beyond what is open.
	j, err = open("")
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	stay := j.begin(nil)
	if err := stay.write(line{Op: "create", Token: "stay"}, false); err != nil {
		t.Fatal(err)
	}
	for range 6000 {
		x := j.begin(nil)
		x.made("t", []string{strings.Repeat("x", 200)})
		if err := x.end(false); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := os.Stat(filepath.Join(dir, "j")); err != nil || s.Size() > rewriteAfter+4096 {
		t.Errorf("size %d, %v", s.Size(), err)
	}
	if len(j.order) != 1 {
		t.Errorf("%d open", len(j.order))
	}
}

// TestKill kills a process in the middle of transactions: nothing that it
// made without committing stays, unless it is listed.
func TestKill(t *testing.T) {
	if url := os.Getenv("FLOWGRES_KILL_URL"); url != "" {
		writeUntilKilled(t, url, os.Getenv("FLOWGRES_KILL_JOURNAL"))
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f := writeFixture(t, emulator.Options{LogsPerResource: -1})
	f.Order(emulator.Fault{Action: "CreateFlowLogs", Drop: emulator.DropAfter, Probability: 0.1})
	f.Order(emulator.Fault{Latency: 3 * time.Millisecond})
	path := filepath.Join(t.TempDir(), "journal")
	committed := map[int]bool{}
	n := 0
	for range soak(8, 200) {
		from := n
		cmd := exec.Command(exe, "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "FLOWGRES_KILL_URL="+f.url, "FLOWGRES_KILL_JOURNAL="+path, "FLOWGRES_KILL_FROM="+strconv.Itoa(n))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var timer *time.Timer
		for lines.Scan() {
			if timer == nil { // it has begun
				timer = time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
			word, num, _ := strings.Cut(lines.Text(), " ")
			i, err := strconv.Atoi(num)
			if err != nil {
				continue
			}
			n = max(n, i+1)
			if word == "committed" {
				committed[i] = true
			}
		}
		_ = cmd.Wait()
		b := f.reopen(t, path)
		b.Recover(t.Context())
		listed := map[adt.Datum]bool{}
		for _, r := range doubts(t, b) {
			for _, id := range r[6].(*adt.Array).Values {
				listed[id] = true
			}
		}
		checkAfterKill(t, f, committed, from, n-1, listed)
		b.Close()
	}
	t.Logf("%d transactions, %d committed", n, len(committed))
}

// checkAfterKill holds the endpoint's flow logs against what was committed.
// Each transaction i makes two flow logs tagged i and deletes those of an
// earlier one; the last may have committed without saying so.
func checkAfterKill(t *testing.T, f *fixture, committed map[int]bool, from, last int, listed map[adt.Datum]bool) {
	t.Helper()
	per := map[int]int{}
	for _, l := range f.FlowLogs(testAccount, "us-east-1") {
		i, err := strconv.Atoi(l.Tags[0].Value)
		if err != nil {
			t.Fatal(err)
		}
		if !committed[i] && i != last && !listed[l.ID] {
			t.Errorf("orphan %s of transaction %d", l.ID, i)
		}
		per[i]++
	}
	if n := per[last]; n == 1 {
		t.Errorf("half of transaction %d is there", last)
	}
	if per[last] == 2 {
		committed[last] = true
	}
	if committed[last] && last > from && per[last-1] != 0 && committed[last-1] {
		t.Errorf("transaction %d committed without its deletes", last)
	}
}

// writeUntilKilled makes transactions, each of two creates in two statements
// and a delete of what the one before made.
func writeUntilKilled(t *testing.T, url, path string) {
	b, err := New(context.Background(), journalConfig(url, path))
	if err != nil {
		t.Fatal(err)
	}
	from, err := strconv.Atoi(os.Getenv("FLOWGRES_KILL_FROM"))
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{b: b, warn: &warnings{}}
	s := f.session()
	var before []adt.Row
	for i := from; ; i++ {
		fmt.Println("begin", i)
		x := b.flowLogs.Begin(s, true)
		req := fdw.WriteRequest{Session: s, Tx: x}
		var made []adt.Row
		for k := range 2 {
			row := toS3(fmt.Sprintf("vpc-%08d", k), colLogDestination, fmt.Sprintf("arn:aws:s3:::bucket%d", i), colTags, jsonb(t, fmt.Sprintf(`{"i": "%d"}`, i)))
			out, err := b.flowLogs.Insert(context.Background(), req, []adt.Row{row}, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, out...)
		}
		if _, err := b.flowLogs.Delete(context.Background(), req, before); err != nil {
			t.Fatal(err)
		}
		if i%4 == 3 {
			if err := x.Rollback(context.Background()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := x.Commit(context.Background()); err != nil {
			t.Fatal(err)
		}
		fmt.Println("committed", i)
		before = made
	}
}
