// Package journal is station 6: append-only streams of entries, one stream per agent and one per venue
// account, and the source of truth for all that happened.
//
// An entry is bytes with a header: kind, stream, position, event sequence, time, fencing token, the
// hash of the entry before it, and a CRC (docs/JOURNAL.md has the byte offsets; they are frozen). The
// owner of a stream writes entries into a frame; Submit hands the frame to the writer; the writer merges
// the frames of all streams into one durable transaction of the device (group commit) and then moves
// each stream's Durable. Nothing may leave the host before the entry that orders it is durable.
//
// A stream belongs to who holds its lease. Each Acquire raises the stream's token by one, and every
// append carries its token and the position it expects; the device compares both in the transaction
// that stores the frames, so an owner that was paused past its lease is refused (ErrFenced), always.
//
// # Goroutines
//
// Open starts two, unless the device is read-only; Close stops both:
//   - the writer commits what streams submit, batch after batch;
//   - the marker, if Options.HighWaterPath is set, rewrites the high-water mark at most every
//     Options.MarkEvery.
//
// # Failure
//
// A failure of a stream is sticky: after it the stream accepts nothing, and the owner rebuilds its state
// from the journal after a new Acquire. ErrFenced, ErrConflict and ErrFull are definite: nothing of the
// batch was stored. ErrIndeterminate is not, and fails the whole journal: close it, open it again, and
// look at the heads.
package journal
