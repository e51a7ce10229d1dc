package host

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
)

// TestPartsOfACheckpointKeepTheirBytes holds the layout of what checkpoints hold by bytes written by the first
// version of each format.
func TestPartsOfACheckpointKeepTheirBytes(t *testing.T) {
	memory := agentMemory{module: 300, told: 7, run: [8]byte{1, 2, 3, 4, 5, 6, 7, 8}, state: []byte("agent"), watch: &watch{newest: []int64{-1, 1 << 40}, interval: 60e9, kept: []byte("kept")}}
	hold(t, "agent's part", "ac02070102030405060708020180808080804080e0ba84bf03046b657074056167656e74", memory.walk, (&agentMemory{watch: &watch{newest: make([]int64, 2)}}).walk)

	lane := laneMemory{members: members{Agents: []string{"a", "bb"}, Instruments: []string{"BTC"}}, state: []byte("lane")}
	hold(t, "lane's part", "010201610262620103425443046c616e65", lane.walk, (&laneMemory{}).walk)

	books := exit{flat: true, ways: []way{{closing: true, left: 4, next: 99, again: -7, tries: 3, stops: []event.Order{{Ref: 5}}}}}
	hold(t, "exit", "01010108c6010d0301000000000000000000000000000000000000000000050000000000000000000000000000000000000000000000000000000000", books.walk, (&exit{}).walk)

	running := timers{running: []timer{{id: 1, next: 2, interval: -3}, {id: 1 << 50}}}
	hold(t, "timers", "0201040580808080808080020000", running.walk, (&timers{}).walk)

	h := health{trapsInRow: -2, bankrupt: true, ordered: standing{event.Mode(2), "told"}, outside: standing{event.ModeFull, ""}}
	hold(t, "health", "0301000204746f6c64010000", h.walk, (&health{}).walk)

	in := input{dropped: 5, lastTime: []int64{8}, health: []abi.FeedHealth{{Instrument: 1, Flags: 2, Age: -3, Interval: 4, Withheld: 5, Gaps: 6}}, pending: []pendingEvent{{trade: "t", reason: "r", event: abi.Event{
		Kind: 1, Code: 2, Instrument: 3, ID: abi.ClientOrderID{4, 15: 5}, Ref: 6, Time: 7, Side: 1, Currency: 9, Flags: 10,
		Quantity: 11, Price: 12, Fee: -13, Amount: 14, Filled: 15, Remaining: 16, Found: 17, Allowed: 18,
	}}}}
	hold(t, "input", "05011001010205080506010174017201020304000000000000000000000000000005060e01090a1618191c1e202224", in.walk, (&input{lastTime: make([]int64, 1), health: make([]abi.FeedHealth, 1)}).walk)
}

func hold(t *testing.T, what, committed string, write, read func(*wire.Walker)) {
	t.Helper()
	want, err := hex.DecodeString(committed)
	w := wire.Walker{}
	write(&w)
	if err != nil || !bytes.Equal(w.Buffer, want) {
		t.Errorf("%s is written as\n%x, committed is\n%x", what, w.Buffer, want)
	}
	r := wire.Walker{Buffer: want, Reading: true}
	if read(&r); r.End() != nil {
		t.Errorf("%s cannot be read: %v", what, r.Err)
	}
	again := wire.Walker{}
	if read(&again); !bytes.Equal(again.Buffer, want) {
		t.Errorf("%s read and written again is\n%x, committed is\n%x", what, again.Buffer, want)
	}
}
