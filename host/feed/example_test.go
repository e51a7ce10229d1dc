package feed_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/feed"
)

// Three days of a share, of which one contradicts itself.
func Example() {
	folder, err := os.MkdirTemp("", "feed")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "GOOG.csv")
	text := ",Open,High,Low,Close,Volume\n" +
		"2004-08-19,100,104.06,95.96,100.34,22351900\n" +
		"2004-08-20,101.01,100.09,109.08,108.31,11428600\n" +
		"2004-08-23,110.75,113.48,109.05,109.4,9137200\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err)
	}

	prices, err := feed.Open(feed.Config{
		Name:        "prices",
		Instruments: []event.Instrument{{Name: "GOOG", PriceDecimals: 2, Tick: 1, Lot: 1, Multiplier: event.One}},
		Sources:     []feed.Source{{Path: path, Instrument: "GOOG"}},
	})
	if err != nil {
		fmt.Println(err) // every mistake, one a line
		return
	}
	defer prices.Close()

	var market event.Market // reused from one to the next
	for err = prices.Next(&market); err == nil; err = prices.Next(&market) {
		for _, bar := range market.Bars {
			fmt.Println("close", event.FormatDecimal(bar.Close, 2), "volume", bar.Volume)
		}
		for _, note := range market.Notes {
			fmt.Println("withheld", note.Withheld, "for", note.Defect)
		}
	}
	if !errors.Is(err, io.EOF) {
		fmt.Println(err)
	}
	fmt.Println("delivered", prices.Counts()[0].Delivered)
	// Output:
	// close 100.34 volume 22351900
	// close 109.4 volume 9137200
	// withheld 1 for contradiction
	// delivered 2
}
