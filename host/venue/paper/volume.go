package paper

import "github.com/agenthost/agenthost/host/event"

// budget is what all orders together may take of a bar, in whole lots.
func (v *Venue) budget(in *market, volume int64) int64 {
	b, _ := event.MulDiv(max(volume, 0), v.config.SlippageVolume, event.One, event.Down)
	return b - b%in.Lot
}

// left is how much of want the bar's volume still gives.
func (v *Venue) left(in *market, want int64) int64 {
	if v.config.SlippageVolume == 0 || v.unbounded {
		return want
	}
	return min(want, in.budget)
}

// take is left, and takes it.
func (v *Venue) take(in *market, want int64) int64 {
	got := v.left(in, want)
	in.budget -= got
	return got
}
