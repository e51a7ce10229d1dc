// Package chaos puts faults between the host and what it depends on: a venue, a feed, the journal's disk.
// It is for users too, to see what their set-up survives, and only for venues that are a test: New refuses
// without Config.Allowed.
//
// A fault is honest: what a reply claims is never more than the truth. A call that was made, or is still
// to be made, is never reported as one that was not. What each fault does, and what the host may conclude
// from it, in the words of resilience.Proof:
//
//	fault                  the venue                 the host gets                 proves
//	fail                   never sees it             a status of Codes             what the status proves
//	drop_before, proved    never sees it             connection refused            not sent
//	drop_before, unproved  never sees it             connection ended, written     nothing
//	drop_after             carries it out            connection ended, written     nothing
//	delay                  carries it out later      connection ended, written     nothing
//	duplicate              sees it twice             the first answer              what the answer proves
//	late                   carries it out            timeout, written              nothing
//	reorder                carries it out            its answer after the next     what the answer proves
//	cut                    answers                   half of a list, not complete  nothing about the rest
//	split                  answers                   a fill in two parts           the same in sum
//
// Calls, bars and fills are drawn by what they are (seed, seam, call, attempt; seed, instrument, time), not
// by when they come, so that a run repeats its faults whatever the scheduler does. Messages of a stream and
// appends have no name of their own and are drawn by their number.
//
// Everything here may be used by several goroutines, unless it says otherwise.
package chaos
