package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// measured is the JSON of plugin bench. Times are nanoseconds.
type measured struct {
	FormatVersion string    `json:"format_version"`
	Module        string    `json:"module"`
	SHA256        string    `json:"sha256"`
	Ticks         int       `json:"ticks"`
	Fuel          fuelStats `json:"fuel"`
	NsPerTick     float64   `json:"ns_per_tick"`
	NsPerUnit     float64   `json:"ns_per_unit"`
	MemoryBytes   int64     `json:"memory_bytes"`
	InputBytes    int       `json:"input_bytes"` // median
	InputNs       float64   `json:"input_ns"`
	InputShare    float64   `json:"input_share"` // of ns_per_tick
	Proposed      proposal  `json:"proposed"`
}

type fuelStats struct {
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
	Max int64 `json:"max"`
}

type proposal struct {
	FuelPerTick int64 `json:"fuel_per_tick"`
	FuelBank    int64 `json:"fuel_bank"`
	MemoryBytes int64 `json:"memory_bytes"`
}

// tickRecord is one tick as it went: what it takes to do it again.
type tickRecord struct {
	input []byte
	now   int64
	used  int64
}

// record runs the module over the data and keeps every tick's input.
func record(ctx context.Context, p *prepared) ([]tickRecord, error) {
	plan, err := host.NewPlan(p.config, p.strategies, nil)
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(journal.NewMemory(journal.MemoryOptions{}), journal.Options{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	var ticks []tickRecord
	run, err := host.NewRun(ctx, plan, host.Options{
		Journal: j, Owner: owner(), Log: p.log,
		OnTick: func(_ string, input []byte, now, used int64) {
			ticks = append(ticks, tickRecord{slices.Clone(input), now, used})
		},
	})
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if err := run.Do(ctx); err != nil {
		return nil, err
	}
	if len(ticks) == 0 {
		return nil, errors.New("not one tick succeeded: see the log above")
	}
	return ticks, nil
}

// measure runs the ticks through fresh instances with the clock on, and takes the fastest of several
// passes: the others were slowed by something else.
func measure(ctx context.Context, s *host.Strategy, ticks []tickRecord) (*measured, error) {
	m := &measured{FormatVersion: "1.0", SHA256: fmt.Sprintf("%x", s.Module.SHA256()), Ticks: len(ticks)}
	for range 5 {
		elapsed, memory, err := pass(ctx, s, ticks)
		if err != nil {
			return nil, err
		}
		perTick := float64(elapsed.Nanoseconds()) / float64(len(ticks))
		if m.NsPerTick == 0 || perTick < m.NsPerTick {
			m.NsPerTick = perTick
		}
		m.MemoryBytes = memory
	}
	var fuel, sizes []int64
	var total int64
	for i := range ticks {
		fuel, sizes = append(fuel, ticks[i].used), append(sizes, int64(len(ticks[i].input)))
		total += ticks[i].used
	}
	slices.Sort(fuel)
	slices.Sort(sizes)
	m.Fuel = fuelStats{P50: at(fuel, 50), P99: at(fuel, 99), Max: fuel[len(fuel)-1]}
	m.InputBytes = int(at(sizes, 50))
	m.NsPerUnit = m.NsPerTick * float64(len(ticks)) / float64(max(1, total))
	m.InputNs = copyTime(ticks)
	m.InputShare = m.InputNs / m.NsPerTick
	m.Proposed = propose(m)
	return m, nil
}

func pass(ctx context.Context, s *host.Strategy, ticks []tickRecord) (elapsed time.Duration, memory int64, err error) {
	instance, err := s.Module.Instantiate(ctx, sandbox.InstanceConfig{
		Name: "bench", Time: ticks[0].now, Parameters: s.Parameters, Limits: s.Limits,
	})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, instance.Close()) }()
	begun := time.Now()
	for i := range ticks {
		if _, _, err := instance.Tick(ticks[i].input, ticks[i].now, benchFuel); err != nil {
			return 0, 0, fmt.Errorf("tick %d: %w", i+1, err)
		}
	}
	return time.Since(begun), instance.MemoryBytes(), nil
}

// copyTime is what it takes to copy the inputs once: the part of a tick that is neither call nor guest.
func copyTime(ticks []tickRecord) float64 {
	size := 0
	for i := range ticks {
		size = max(size, len(ticks[i].input))
	}
	into := make([]byte, size)
	best := 0.0
	for range 5 {
		begun := time.Now()
		for i := range ticks {
			copy(into, ticks[i].input)
		}
		if t := float64(time.Since(begun).Nanoseconds()) / float64(len(ticks)); best == 0 || t < best {
			best = t
		}
	}
	return best
}

// at is the nearest-rank percentile of sorted values.
func at(sorted []int64, percent int) int64 {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// propose leaves room for twice the usual, and puts what a rare tick needs (a Go guest's collector) into
// the bank.
func propose(m *measured) proposal {
	p := proposal{FuelPerTick: nice(2 * m.Fuel.P99), MemoryBytes: (m.MemoryBytes*2 + 1<<20 - 1) >> 20 << 20}
	if need := m.Fuel.Max + m.Fuel.Max/2; need > p.FuelPerTick {
		p.FuelBank = nice(need - p.FuelPerTick)
	}
	return p
}

// nice rounds up to two digits, so that a limit reads as one.
func nice(v int64) int64 {
	step := int64(1000)
	for step*100 < v {
		step *= 10
	}
	return (v + step - 1) / step * step
}
