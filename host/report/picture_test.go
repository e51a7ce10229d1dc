package report

import "testing"

func TestAPictureStaysSmallAndLosesNoExtreme(t *testing.T) {
	const rows = 100_003
	r := NewRecorder(RecorderConfig{Instruments: oneShare(), SeriesNames: []string{"s"}})
	low, high := int64(0), int64(0)
	for i := range int64(rows) {
		price := 1000 + i%977
		if i == 54_321 {
			price = 9999
		}
		if i == 65_432 {
			price = 1
		}
		b := bar(i * day)
		b.Open, b.High, b.Low, b.Close, b.Volume = price, price, price, price, 1
		r.Bar(&b)
		r.Series(0, 0, i*day, i)
		r.Tick(i*day, price, i%50, i%3 == 0)
	}
	p := &r.picture
	if n := len(p.drawn()); n > picturePoints || n < picturePoints/2 {
		t.Fatalf("%d points for %d rows", n, rows)
	}
	var volume, ticks, fuel int64
	for i, point := range p.drawn() {
		low, high = min(low, point.low), max(high, point.high)
		volume += p.candles[0][i].volume
		ticks += point.ticks
		fuel = max(fuel, point.fuelMax)
		if first := int64(i) * p.width; point.time != first*day || p.candles[0][i].open != 1000+first%977 && first != 54_321 && first != 65_432 {
			t.Fatalf("point %d does not begin with row %d", i, first)
		}
	}
	if high != 9999 || low != 0 {
		t.Errorf("equity lies between %d and %d, want 0 (no row is below) and 9999", low, high)
	}
	if volume != rows || ticks != (rows+2)/3 || fuel != 49 {
		t.Errorf("volume %d, ticks %d, most fuel %d; want %d, %d, 49", volume, ticks, fuel, rows, (rows+2)/3)
	}
	values := p.series[0].values
	if got := values[len(p.drawn())-1].v; got != rows-1 {
		t.Errorf("the series ends at %d, want %d", got, rows-1)
	}
}

func TestABarWhoseRowNeverEndedIsNotDrawn(t *testing.T) {
	r := NewRecorder(RecorderConfig{Instruments: oneShare()})
	for i := range int64(3) {
		b := bar(i * day)
		r.Bar(&b)
		if i < 2 {
			r.Tick(i*day, 5, 0, true)
		}
	}
	if n := len(r.picture.drawn()); n != 2 {
		t.Errorf("%d points, want 2", n)
	}
	if n := len(r.Summary(End{}).Equity); n != 2 {
		t.Errorf("%d values of equity, want 2", n)
	}
}

func TestManyInstrumentsShareTheRoom(t *testing.T) {
	for instruments, want := range map[int]int{0: picturePoints, 1: picturePoints, 50: picturePoints, 100: 2000, 5000: picturePointsMin} {
		if got := newPicture(instruments, 0).pointsMax; got != want {
			t.Errorf("%d instruments: %d points, want %d", instruments, got, want)
		}
	}
}
