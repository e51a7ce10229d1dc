package feed

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// hashVersion begins every hash: another one whenever the same data would be read as other bars.
const hashVersion = "agenthost/feed/1"

// Hash is the SHA-256 of what a feed delivers: the decompressed text of its files in order, whose bars
// they are and at which decimals, and how they are read (columns, time, interval, bounds, quality,
// repeat). Names of files and of the feed are no part of it, nor is what a setting was before it was
// found: the same file compressed, or with its separator declared, has the same hash.
//
// Run ids derive from it. It reads everything once; progress, if not nil, is called after every
// read, with bytes as they lie on disk. Mistakes are those of Open.
func Hash(c Config, progress func(done, total int64)) (sum [32]byte, err error) {
	o := &opener{config: c}
	if err := o.open(); err != nil {
		return sum, err
	}
	r := o.recorded()
	r.passes = 1 // Progress then counts one reading, which is what this is
	defer func() { err = errors.Join(err, r.Close()) }()
	d := digest{sha256.New()}
	d.settings(&o.config, r)
	buffer := make([]byte, 1<<20)
	for _, s := range r.sources {
		d.layout(s, &o.config)
		if err := d.content(s, buffer, func() {
			if progress != nil {
				progress(r.Progress())
			}
		}); err != nil {
			return sum, fmt.Errorf("feed %s: hash %s: %w", c.Name, s.config.Path, err)
		}
	}
	return [32]byte(d.Sum(nil)), nil
}

// digest writes values so that no two lists of them have the same bytes.
type digest struct{ hash.Hash }

func (d digest) number(v int64) {
	d.Write(binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

func (d digest) text(s string) {
	d.number(int64(len(s)))
	d.Write([]byte(s))
}

func (d digest) settings(c *Config, r *Recorded) {
	d.text(hashVersion)
	for _, v := range []int64{r.interval, c.From, c.To, int64(c.Quality.OHLC), int64(max(1, c.Repeat)), int64(len(r.sources))} {
		d.number(v)
	}
}

// layout writes what makes bars of one file's text.
func (d digest) layout(s *source, c *Config) {
	d.text(s.config.Instrument)
	d.text(string(s.symbol))
	if s.instrument == instrumentNone {
		d.number(int64(len(c.Instruments)))
		for i := range c.Instruments {
			d.instrument(c, i)
		}
	} else {
		d.instrument(c, int(s.instrument))
	}
	l := s.layout
	d.number(int64(l.separator))
	d.number(boolean(l.header))
	d.number(int64(l.fields))
	for _, column := range l.column {
		d.number(int64(column))
	}
	d.text(l.stamp.name())
	location := "UTC"
	if l.stamp.location != nil {
		location = l.stamp.location.String()
	}
	d.text(location)
	d.number(s.closeAfter)
	d.number(int64(s.calendar.kind))
}

func (d digest) instrument(c *Config, i int) {
	in := &c.Instruments[i]
	d.text(in.Name)
	d.number(int64(in.PriceDecimals))
	d.number(int64(in.QuantityDecimals))
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// content hashes the text by itself, so that its length need not be known before.
func (d digest) content(s *source, buffer []byte, progress func()) error {
	inner := sha256.New()
	for {
		n, err := s.content.Read(buffer)
		inner.Write(buffer[:n])
		progress()
		if err == io.EOF {
			d.Write(inner.Sum(nil))
			return nil
		}
		if err != nil {
			return err
		}
	}
}
