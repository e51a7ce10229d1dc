package journal

import "fmt"

// Report is what Verify found.
type Report struct {
	Stream StreamInfo
	// From is the first position: 1, or that of the anchor where the beginning was pruned. Carried counts
	// the entries of what was pruned that stay.
	From, Carried uint64
	// Entries is how many are sound, from From on, and Bytes what they take, headers included.
	Entries, Bytes uint64
	// Kinds counts them by kind; index 0 counts the kinds that this host does not know.
	Kinds [kindMax + 1]uint64
	// FirstTime and LastTime are those of the first and the last entry.
	FirstTime, LastTime int64
	// Tokens counts the leases under which entries were written.
	Tokens uint64
	// Mark is the position in the high-water mark, 0 if there is none.
	Mark uint64
}

// progressEvery is after how many entries Verify calls progress.
const progressEvery = 4096

// Verify checks a whole stream: every CRC, the hash chain from the stream's name to its head, dense
// positions, tokens and sequences that never fall, that nothing lies beyond the head, and the high-water
// mark. Of a pruned stream the chain is that from the anchor, and the anchor must be the one that an entry of
// this chain names. progress may be nil; it is called now and then, and at the end. The report tells what is sound
// also when there is an error: *CorruptError, *OlderThanMarkError, *DroppedError, ErrNotExist, ErrFormat.
func (j *Journal) Verify(name string, progress func(done, total uint64)) (Report, error) {
	if progress == nil {
		progress = func(done, total uint64) {}
	}
	r, err := j.verify(name, progress)
	if err != nil {
		return r, fmt.Errorf("verify stream %q: %w", name, err)
	}
	progress(r.Entries, r.Entries)
	return r, nil
}

func (j *Journal) verify(name string, progress func(done, total uint64)) (r Report, err error) {
	m := j.mark.head(name)
	r.Mark = m.position
	if r.Stream, err = j.find(name); err != nil {
		if m.position > 0 {
			return r, &OlderThanMarkError{Stream: name, Mark: m.position, Path: j.mark.path}
		}
		return r, err
	}
	token, named := uint64(0), false
	r.From = r.Stream.Anchor.first()
	err = j.scan(r.Stream, r.From, func(e *Entry) bool {
		r.count(e)
		named = named || e.Kind == KindPruned && r.Stream.Anchor.named(e.Body)
		if e.Token != token {
			token = e.Token
			r.Tokens++
		}
		if r.Entries%progressEvery == 0 {
			progress(r.Entries, r.Stream.Position-r.From+1)
		}
		return true
	})
	if err == nil && r.From > 1 {
		err = r.checkAnchor(named || j.archive)
	}
	if err == nil {
		err = j.checkBeyond(r.Stream)
	}
	if err == nil {
		err = j.checkMark(r.Stream, m)
	}
	return r, err
}

func (r *Report) count(e *Entry) {
	if r.Entries == 0 {
		r.FirstTime = e.Time
	}
	r.LastTime = e.Time
	r.Entries++
	r.Bytes += uint64(entryOverhead + len(e.Body))
	if e.Kind <= kindMax {
		r.Kinds[e.Kind]++
	} else {
		r.Kinds[0]++
	}
}

// checkBeyond refuses frames after the head, unless the head has moved since.
func (j *Journal) checkBeyond(info StreamInfo) error {
	for f, err := range j.device.Frames(info.ID, info.Position+1) {
		if err != nil {
			return err
		}
		now, err := j.find(info.Name)
		if err != nil {
			return err
		}
		if now.Position < f.Last {
			return &CorruptError{
				Stream: info.ID, Position: f.First, What: "head",
				Found: fmt.Sprintf("a frame up to %d", f.Last), Expected: fmt.Sprintf("none beyond %d", now.Position),
			}
		}
		break
	}
	return nil
}
