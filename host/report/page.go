package report

// Page is what WriteHTML shows: a summary and the recorders it was made from, in the same order.
type Page struct {
	Summary   Summary
	Recorders []*Recorder
}
