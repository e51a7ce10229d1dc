package report

// FeedQuality is what a feed's gate did to what an agent was fed.
type FeedQuality struct {
	Feed       string `json:"feed"`
	Instrument string `json:"instrument,omitempty"`
	// Bars were delivered; Withheld were not; Flagged were, with a flag; Gaps are places where bars
	// are missing, Missing how many where the calendar can tell.
	Bars     int64 `json:"bars"`
	Withheld int64 `json:"withheld"`
	Flagged  int64 `json:"flagged"`
	Gaps     int64 `json:"gaps"`
	Missing  int64 `json:"missing"`
	// Rounded counts delivered bars whose prices are finer than the instrument's decimals.
	Rounded int64 `json:"rounded,omitempty"`
	// Defects has one entry per kind found.
	Defects []DefectCount `json:"defects,omitempty"`
}

// DefectCount is one kind of defect, how often, and where it was first.
type DefectCount struct {
	Defect string `json:"defect"` // event.Defect's name
	Count  int64  `json:"count"`
	First  string `json:"first"` // file:line, and what was found there
}
