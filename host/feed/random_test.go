package feed

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// randomRows writes a file in which everything goes wrong that can, and what the gate must make of it
// if it is read alone, by the words of the package's documentation: the closes delivered (they number
// the rows) and the defects withheld.
func randomRows(random *rand.Rand, backwards bool) (text string, closes []int64, withheld [Defects]uint64) {
	var b bytes.Buffer
	second := int64(1709542800) + random.Int64N(600)
	var last int64
	leapt := false // the row before, leaving out those without a time, is good but for a leap in time
	for i := range 40 {
		second += 60 * random.Int64N(3)
		at, form, defect := second, "%[1]s,%[2]d,%[2]d,%[2]d,%[2]d,1\n", event.DefectNone
		kind := random.IntN(9)
		if leapt && (kind == 4 || kind == 5) || i == 39 {
			kind = 8 // a leap is seen by the next row's taking it back
		}
		leapt = kind == 5 || (leapt && kind == 3)
		switch kind {
		case 0:
			form, defect = "%[1]s,NaN,%[2]d,%[2]d,%[2]d,1\n", event.DefectNotANumber
		case 1:
			form, defect = "%[1]s,%[2]d,%[2]d,-%[2]d,%[2]d,1\n", event.DefectNotPositive
		case 2:
			form, defect = "%[1]s,9999,%[2]d,%[2]d,%[2]d,1\n", event.DefectContradiction
		case 3:
			form, defect = "?%[1]s,%[2]d,%[2]d,%[2]d,%[2]d,1\n", event.DefectNotANumber
		case 4: // a wild time on a row that is bad anyway
			at += 1_000_000_000
			form, defect = "%[1]s,,%[2]d,%[2]d,%[2]d,1\n", event.DefectNotANumber
		case 5: // and on one that is not
			at += 1_000_000_000
			defect = event.DefectTimeBack
		case 6:
			if backwards {
				at -= 60 * random.Int64N(10)
			}
		}
		if defect == event.DefectNone {
			switch {
			case last != 0 && at == last:
				defect = event.DefectDuplicate
			case last != 0 && at < last:
				defect = event.DefectTimeBack
			default:
				last = at
				closes = append(closes, int64(i+1))
			}
		}
		if defect != event.DefectNone {
			withheld[defect]++
		}
		fmt.Fprintf(&b, form, time.Unix(at, 0).UTC().Format("2006-01-02 15:04:05"), i+1)
	}
	return b.String(), closes, withheld
}

func TestRandomRowsOfOneSource(t *testing.T) {
	for seed := range uint64(500) {
		text, closes, withheld := randomRows(rand.New(rand.NewPCG(seed, 1)), true)
		c := one(save(t, "a.csv", text))
		c.Interval, c.Instruments[0].PriceDecimals, c.Instruments[0].QuantityDecimals = time.Minute, 0, 0
		markets, r := readAll(t, c)
		var got []int64
		for _, m := range markets {
			got = append(got, m.Bars[0].Close)
		}
		if fmt.Sprint(got) != fmt.Sprint(closes) {
			t.Fatalf("seed %d: delivered %v, want %v, of\n%s", seed, got, closes, text)
		}
		for d := range withheld {
			if n := r.Counts()[0].Found[d].Withheld; n != withheld[d] {
				t.Fatalf("seed %d: withheld %d for %v, want %d, of\n%s", seed, n, event.Defect(d), withheld[d], text)
			}
		}
	}
}

// Rows that are good in their own file are delivered whatever stands in the others.
func TestRandomRowsOfSeveralSources(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		c := Config{Interval: time.Minute}
		var wants [][]int64
		for i := range 4 {
			name := string(rune('A' + i))
			text, closes, _ := randomRows(random, false)
			c.Instruments = append(c.Instruments, instrument(name, 0, 0))
			c.Sources = append(c.Sources, Source{Path: save(t, name, text), Instrument: name})
			wants = append(wants, closes)
		}
		markets, _ := readAll(t, c)
		got := make([][]int64, len(wants))
		for _, m := range markets {
			for _, b := range m.Bars {
				got[b.Instrument] = append(got[b.Instrument], b.Close)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(wants) {
			t.Fatalf("seed %d: delivered\n%v, want\n%v", seed, got, wants)
		}
		r, err := Open(c)
		if err != nil {
			t.Fatal(err)
		}
		checkFeed(t, c, r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
