package feed

import (
	"strconv"
	"testing"
)

// One operation is one row, from the file's bytes to the market.
func BenchmarkNext(b *testing.B) {
	text := minutes(50000)
	for name, path := range map[string]string{
		"plain": save(b, "a.csv", text),
		"gzip":  save(b, "a.csv.gz", compressed(b, text, gzipped)),
		"zstd":  save(b, "a.csv.zst", compressed(b, text, zstded)),
	} {
		b.Run(name, func(b *testing.B) { benchmarkRows(b, one(path)) })
	}
	b.Run("merge of 16", func(b *testing.B) {
		var c Config
		path := save(b, "b.csv", text)
		for i := range 16 {
			name := strconv.Itoa(i)
			c.Instruments = append(c.Instruments, instrument(name, 2, 0))
			c.Sources = append(c.Sources, Source{Path: path, Instrument: name})
		}
		benchmarkRows(b, c)
	})
}

func BenchmarkParseNumber(b *testing.B) {
	text := []byte("46319.25")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := parseNumber(text, 2); !ok {
			b.Fatal("not a number")
		}
	}
}

func BenchmarkParseTime(b *testing.B) {
	stamp := newTimestamp("", nil)
	text := []byte("2022-01-01 03:03:00.000000")
	stamp.detect(text)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := stamp.parse(text); !ok {
			b.Fatal("not a time")
		}
	}
}
