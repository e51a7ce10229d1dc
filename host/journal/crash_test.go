package journal

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// crashFolder names the environment variable that turns this test binary into the host that is killed.
const crashFolder = "AGENTHOST_JOURNAL_CRASH_FOLDER"

// crashPruning is set where that host also prunes.
const crashPruning = "AGENTHOST_JOURNAL_CRASH_PRUNING"

const crashStreams = 8

func TestMain(m *testing.M) {
	if folder := os.Getenv(crashFolder); folder != "" {
		die := appendUntilKilled
		if os.Getenv(crashPruning) != "" {
			die = pruneUntilKilled
		}
		if err := die(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func crashSite(folder string) site {
	return site{filepath.Join(folder, "journal.db"), filepath.Join(folder, "journal.mark")}
}

func crashBody(name string, position uint64) string {
	return fmt.Sprintf("%s entry %d", name, position)
}

// appendUntilKilled appends to several streams and writes a line to standard output, outside of what is
// lost in the crash, for each position that was acknowledged.
func appendUntilKilled(folder string) error {
	s := crashSite(folder)
	d, err := OpenSQLite(s.journal, SQLiteOptions{})
	if err != nil {
		return err
	}
	j, err := Open(d, Options{HighWaterPath: s.mark, MarkEvery: 5 * time.Millisecond})
	if err != nil {
		return err
	}
	var owners sync.WaitGroup
	for n := range crashStreams {
		stream, err := j.Acquire(fmt.Sprint("agent/", n), "host", 0, time.Minute)
		if err != nil {
			return err
		}
		owners.Go(func() { appendAndSay(stream, n+1) })
	}
	owners.Wait()
	return fmt.Errorf("a stream ended before it was killed")
}

// appendAndSay waits for every count-th entry.
func appendAndSay(s *Stream, count int) {
	for {
		var position uint64
		for range count {
			head, sequence := s.Head()
			position = s.Append(KindTurn, sequence+1, 0, []byte(crashBody(s.Name(), head+1)))
		}
		if err := s.Wait(position); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		fmt.Printf("%s %d\n", s.Name(), position)
	}
}

// killAfter runs a host until it has acknowledged so many appends, kills it with SIGKILL, and returns the
// highest position acknowledged per stream.
func killAfter(t *testing.T, folder string, acks int) map[string]uint64 {
	t.Helper()
	host := exec.Command(os.Args[0])
	host.Env = append(os.Environ(), crashFolder+"="+folder)
	host.Stderr = os.Stderr
	out, err := host.StdoutPipe()
	if err == nil {
		err = host.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	acked := make(map[string]uint64)
	for lines := bufio.NewScanner(out); lines.Scan(); acks-- {
		var name string
		var position uint64
		if _, err := fmt.Sscan(lines.Text(), &name, &position); err != nil {
			break // the last line, cut by the kill
		}
		acked[name] = position
		if acks == 0 {
			if err := host.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := host.Wait(); err == nil || host.ProcessState.Exited() {
		t.Fatalf("the host was not killed: %v", err)
	}
	return acked
}

func TestKill(t *testing.T) {
	t.Run("a host killed while it appends has lost nothing that it acknowledged", func(t *testing.T) {
		seed := uint64(time.Now().UnixNano())
		t.Log("seed", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		folder := t.TempDir()
		for range 6 {
			acked := killAfter(t, folder, 1+random.IntN(600))
			checkAcked(t, crashSite(folder), acked)
		}
	})
}

func checkAcked(t *testing.T, s site, acked map[string]uint64) {
	t.Helper()
	j := s.open(t)
	for name, position := range acked {
		r, err := j.Verify(name, nil)
		if err != nil || r.Entries < position {
			t.Errorf("%s: %d acknowledged, %d there: %v", name, position, r.Entries, err)
		}
		for e, err := range j.Read(name, 1) {
			if err != nil || string(e.Body) != crashBody(name, e.Position) {
				t.Fatalf("%s: %q at %d: %v", name, e.Body, e.Position, err)
			}
		}
		if _, err := j.Acquire(name, "host", 0, time.Minute); err != nil {
			t.Error(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

// pruneUntilKilled appends a few frames and prunes what is before them, again and again.
func pruneUntilKilled(folder string) error {
	s := crashSite(folder)
	d, err := OpenSQLite(s.journal, SQLiteOptions{})
	if err != nil {
		return err
	}
	j, err := Open(d, Options{HighWaterPath: s.mark, MarkEvery: time.Millisecond, FrameBytesMax: 300})
	if err != nil {
		return err
	}
	stream, err := j.Acquire("agent/a", "host", 0, time.Minute)
	if err != nil {
		return err
	}
	if head, _ := stream.Head(); head == 0 {
		stream.Append(KindGenesis, 0, 0, []byte("genesis"))
	}
	for {
		for range 200 {
			head, sequence := stream.Head()
			stream.Append(KindTurn, sequence+1, 0, []byte(crashBody(stream.Name(), head+1)))
		}
		head, sequence := stream.Head()
		if err := stream.Wait(head); err != nil {
			return err
		}
		c, err := j.Cut(stream.Name(), head-50, func(e *Entry) bool { return e.Kind == KindGenesis })
		if err != nil {
			return err
		}
		body, err := c.Body()
		if err != nil {
			return err
		}
		at := stream.Append(KindPruned, sequence, 0, body)
		if err := stream.Wait(at); err != nil {
			return err
		}
		fmt.Printf("agent/a %d\n", at)
		if err := j.Prune(&c, at); err != nil {
			return err
		}
		fmt.Printf("agent/a %d\n", at)
	}
}

// A host killed anywhere in a pruning leaves a journal that is whole, begins where an entry of it says, and can be pruned on.
func TestKillWhilePruning(t *testing.T) {
	t.Setenv(crashPruning, "yes")
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	folder := t.TempDir()
	for range 12 {
		acked := killAfter(t, folder, 1+random.IntN(40))["agent/a"]
		j := crashSite(folder).open(t)
		r, err := j.Verify("agent/a", nil)
		if err != nil || r.Stream.Position < acked || r.From > 1 && r.Carried != 1 {
			t.Errorf("%d acknowledged: %+v, %v", acked, r, err)
		}
		first := uint64(0)
		for e, err := range j.ReadKept("agent/a", 1) {
			if err != nil {
				t.Fatal(err)
			}
			if first = e.Position; first != 1 {
				t.Errorf("it begins with entry %d", first)
			}
			break
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}
