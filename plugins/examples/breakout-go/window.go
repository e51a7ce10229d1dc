package main

// window holds the last bars of one instrument: the channel of highs and lows, and the true ranges.
// Sums and extremes are integers, so that they are exact however long it runs.
type window struct {
	highs, lows []int64 // Rings; bar n is at n modulo their length.
	ranges      []int64
	sum         int64 // Of ranges.
	bars        int64 // Taken so far.
	closed      int64 // The last close; 0 before the first.
}

func newWindow(lookback, atr int) window {
	return window{highs: make([]int64, lookback), lows: make([]int64, lookback), ranges: make([]int64, atr)}
}

// add takes a bar in. After a gap the close before it says nothing about this bar's range.
func (w *window) add(high, low, closed int64, afterGap bool) {
	span := high - low
	if w.closed != 0 && !afterGap {
		span = max(span, high-w.closed, w.closed-low)
	}
	place := w.bars % int64(len(w.ranges))
	w.sum += span - w.ranges[place]
	w.ranges[place] = span
	w.highs[w.bars%int64(len(w.highs))] = high
	w.lows[w.bars%int64(len(w.lows))] = low
	w.closed = closed
	w.bars++
}

// ready tells that channel and average are defined.
func (w *window) ready() bool { return w.bars >= int64(max(len(w.highs), len(w.ranges))) }

func (w *window) high() int64 {
	highest := w.highs[0]
	for _, v := range w.highs[1:] {
		highest = max(highest, v)
	}
	return highest
}

func (w *window) low() int64 {
	lowest := w.lows[0]
	for _, v := range w.lows[1:] {
		lowest = min(lowest, v)
	}
	return lowest
}

// atr is the average true range, in price units.
func (w *window) atr() float64 { return float64(w.sum) / float64(len(w.ranges)) }
