package examples_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

var languages = []string{"sma-cross-go", "sma-cross-c", "sma-cross-as", "sma-cross-wat"}

// market is a series of closes and how they are given.
type market struct {
	closes []int64
	tick   int64
}

// walk makes closes that go up and down by whole steps, so that averages often tie.
func walk(seed uint64, n int, start, step int64) []int64 {
	r := rand.New(rand.NewPCG(seed, 1))
	closes := make([]int64, n)
	price := start
	for i := range closes {
		price += (r.Int64N(5) - 2) * step
		price = max(price, step)
		closes[i] = price
	}
	return closes
}

// input makes tick i: the instruments, another instrument's bar in front, a bar still open, the closed
// bar of instrument 0, and the position that the last order left.
func (m *market) input(w *abi.Writer, i int, position int64) []byte {
	w.Begin(&abi.Header{Trigger: abi.TriggerMarket, Mode: abi.ModeFull, Sequence: uint64(i) + 7, Time: int64(i) * 60e9})
	w.Section(abi.SectionInstruments)
	w.Instrument(&abi.Instrument{ID: 0, Name: w.String("A"), PriceTick: m.tick, QuantityLot: 1})
	w.Instrument(&abi.Instrument{ID: 1, Name: w.String("B"), PriceTick: 7, QuantityLot: 1})
	w.Section(abi.SectionBars)
	w.Bar(&abi.Bar{Instrument: 1, Flags: abi.BarClosed, Close: 1 + int64(i%3)})
	w.Bar(&abi.Bar{Instrument: 0, Close: 1})
	w.Bar(&abi.Bar{Instrument: 0, Flags: abi.BarClosed, Close: m.closes[i]})
	w.Section(abi.SectionPositions)
	w.Position(&abi.Position{Instrument: 0, Owner: abi.OwnerForeign, Quantity: 5})
	if position != 0 {
		w.Position(&abi.Position{Instrument: 0, Owner: abi.OwnerAgent, Quantity: position})
	}
	input, err := w.Finish()
	if err != nil {
		panic(err)
	}
	return input
}

// run feeds a market to an example and returns all outputs, and which side it ordered at each tick.
func run(g *guest, m *market, values map[string]int64) (outputs [][]byte, sides []abi.Side) {
	g.t.Helper()
	if code := g.init(values); code != 0 {
		g.t.Fatalf("parameters refused: %d, log %q", code, g.logs)
	}
	position := int64(0)
	for i := range m.closes {
		output, intents := g.tick(m.input(g.writer, i, position))
		side := abi.Side(0)
		for _, in := range intents {
			if in.Kind == abi.IntentSubmit && in.Submit.ParentRef == 0 {
				side = in.Submit.Side
				position = 3 - 2*int64(side)
			}
		}
		outputs, sides = append(outputs, output), append(sides, side)
	}
	return outputs, sides
}

// crossings is the rule, the slow way: strict crosses of averages that are both defined before and now.
func crossings(closes []int64, fast, slow int) []abi.Side {
	sum := func(end, n int) (s int64) {
		for _, c := range closes[end-n+1 : end+1] {
			s += c
		}
		return s
	}
	sides := make([]abi.Side, len(closes))
	for i := slow; i < len(closes); i++ {
		before := sum(i-1, fast)*int64(slow) - sum(i-1, slow)*int64(fast)
		now := sum(i, fast)*int64(slow) - sum(i, slow)*int64(fast)
		if before < 0 && now > 0 {
			sides[i] = abi.SideBuy
		}
		if before > 0 && now < 0 {
			sides[i] = abi.SideSell
		}
	}
	return sides
}

func TestEveryLanguageGivesTheSameOrders(t *testing.T) {
	cases := []struct {
		name   string
		market market
		values map[string]int64
	}{
		{"with its defaults", market{walk(1, 800, 10_000, 10), 1}, nil},
		{"with stop, target and a coarse tick", market{walk(2, 800, 10_000, 10), 25}, map[string]int64{"stop_loss": 5_000_000, "take_profit": 12_345_678}},
		{"with short averages that often tie", market{walk(3, 800, 1_000, 1), 1}, map[string]int64{"fast": 2, "slow": 3, "stop_loss": 1}},
		{"with the longest averages and the greatest prices", market{walk(4, 1500, 20_000_000_000_000, 40_000_000_000), 1}, map[string]int64{"fast": 499, "slow": 500, "stop_loss": 99_000_000, "take_profit": 1_000_000_000}},
		{"with a part of the margin", market{walk(5, 300, 500, 3), 2}, map[string]int64{"size": 33_333_333}},
	}
	paths := map[string]string{}
	for _, name := range languages {
		paths[name] = modulePath(t, name)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var first [][]byte
			for _, name := range languages {
				g := loadFile(t, paths[name])
				outputs, sides := run(g, &c.market, c.values)
				checkSides(t, name, c.market.closes, c.values, sides)
				if first == nil {
					first = outputs
				}
				for i := range outputs {
					if !bytes.Equal(outputs[i], first[i]) {
						t.Fatalf("tick %d: %s gives\n% x\nand %s\n% x", i, languages[0], first[i], name, outputs[i])
					}
				}
			}
		})
	}
}

func checkSides(t *testing.T, name string, closes []int64, values map[string]int64, sides []abi.Side) {
	t.Helper()
	fast, slow := 10, 20
	if values["fast"] != 0 {
		fast, slow = int(values["fast"]), int(values["slow"])
	}
	want := crossings(closes, fast, slow)
	count := 0
	for i := range want {
		if want[i] != sides[i] {
			t.Fatalf("%s at bar %d orders %s, the rule says %s", name, i, sides[i], want[i])
		}
		if want[i] != 0 {
			count++
		}
	}
	if count < 4 {
		t.Fatalf("only %d crosses in this market: it shows nothing", count)
	}
}

func TestAnOrderOfTheExample(t *testing.T) {
	// 20 closes at 1000, one at 900 so that the fast average is below, then 1300: a cross upwards.
	m := market{tick: 5}
	for range 20 {
		m.closes = append(m.closes, 1000)
	}
	m.closes = append(m.closes, 900, 1301)
	g := load(t, "sma-cross-c")
	g.init(map[string]int64{"stop_loss": 10_000_000, "take_profit": 20_000_000})
	var intents []abi.Intent
	for i := range m.closes {
		_, intents = g.tick(m.input(g.writer, i, -4))
	}
	const ref = (21 + 7) * 4
	got := fmt.Sprint(kinds(intents))
	if want := "[close submit submit submit series series]"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	entry, stop, target := intents[1].Submit, intents[2].Submit, intents[3].Submit
	if entry.Side != abi.SideBuy || entry.Type != abi.OrderMarket || entry.SizeKind != abi.SizeFraction || entry.Size != abi.FractionOne || entry.Ref != ref {
		t.Errorf("entry is %+v", entry)
	}
	// 1301 * 0.9 = 1170.9 and 1301 * 1.2 = 1561.2, to the nearest 5.
	if stop.Type != abi.OrderStop || stop.StopPrice != 1170 || stop.Side != abi.SideSell || stop.ParentRef != ref || stop.Size != 0 {
		t.Errorf("stop is %+v", stop)
	}
	if target.Type != abi.OrderLimit || target.Price != 1560 || target.Side != abi.SideSell || target.ParentRef != ref || target.StopPrice != 0 {
		t.Errorf("target is %+v", target)
	}
	if v := intents[4].Series.Value; v != (8*1000+900+1301+5)/10 {
		t.Errorf("sma_fast is %d", v)
	}
}

func kinds(intents []abi.Intent) (names []abi.IntentKind) {
	for _, in := range intents {
		names = append(names, in.Kind)
	}
	return names
}

func TestEveryLanguageDescribesItselfAlike(t *testing.T) {
	want := load(t, languages[0]).describe()
	if len(want.Parameters) != 5 || len(want.Series) != 2 {
		t.Fatalf("description is %+v", want)
	}
	for _, name := range languages[1:] {
		if got := load(t, name).describe(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s describes itself as\n%+v, want\n%+v", name, got, want)
		}
	}
}

func TestEveryLanguageRefusesAveragesThatCannotCross(t *testing.T) {
	for _, name := range languages {
		for _, values := range []map[string]int64{{"fast": 20}, {"fast": 0}, {"slow": 501}, {"fast": 30, "slow": 3}} {
			g := load(t, name)
			if g.init(values) == 0 || len(g.logs) != 1 {
				t.Errorf("%s takes %v, or does not say why: %q", name, values, g.logs)
			}
		}
	}
}

func TestEveryLanguageTakesATickLargerThanItsBuffer(t *testing.T) {
	for _, name := range languages {
		g := load(t, name)
		g.init(map[string]int64{"fast": 1, "slow": 2})
		g.writer.Begin(&abi.Header{Sequence: 1})
		g.writer.Section(abi.SectionBars)
		for i := range 3000 { // 216,000 bytes
			g.writer.Bar(&abi.Bar{Flags: abi.BarClosed, Close: 100 + int64(i%7)})
		}
		input, err := g.writer.Finish()
		if err != nil {
			t.Fatal(err)
		}
		_, intents := g.tick(input)
		last := intents[len(intents)-1].Series
		if last.Series != 1 || last.Value != 103 { // (102 + 103) / 2, halves up; 2999 % 7 = 3
			t.Errorf("%s ends with %+v", name, last)
		}
	}
}

// A strategy that allocates in each tick pays for the collector in fuel. Whatever a language's memory
// is after some ticks, it must stay so.
func TestNoLanguageGrowsWithTicks(t *testing.T) {
	m := market{walk(9, 5_000, 10_000, 10), 1}
	for _, name := range languages {
		g := load(t, name)
		g.init(map[string]int64{"stop_loss": 1_000_000})
		var size uint32
		for i := range m.closes {
			g.tick(m.input(g.writer, i, 1))
			if i == 100 {
				size = g.module.Memory().Size()
			}
		}
		if now := g.module.Memory().Size(); now != size {
			t.Errorf("%s grew from %d to %d bytes", name, size, now)
		}
		t.Logf("%s: %d KiB", name, size>>10)
	}
}

// The .wasm files that are checked in come from the sources beside them. Another version of a compiler
// may make other bytes, and that is no mistake.
func TestCheckedInModulesAreBuiltFromTheirSources(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not here")
	}
	out, err := exec.Command("sh", "../rebuild.sh").CombinedOutput()
	t.Logf("%s", out)
	same := 0
	for line := range strings.Lines(string(out)) {
		pinned := strings.Contains(line, "clang version 14.0.6") || strings.Contains(line, "asc Version 0.28.20") || strings.Contains(line, "built with wat2wasm 1.0.32")
		switch {
		case strings.Contains(line, "the same"):
			same++
		case strings.Contains(line, "DIFFERS") && pinned:
			t.Errorf("%s", line)
		}
	}
	if err != nil && same == 0 && !strings.Contains(string(out), "DIFFERS") {
		t.Errorf("rebuild.sh: %v", err)
	}
}
