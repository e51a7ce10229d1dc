package sandbox

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/agenthost/agenthost/host/meter"
)

// rewritten is a module as the meter hands it on.
type rewritten struct {
	wasm []byte
	info meter.Info
	took time.Duration
	// data is what the memory begins with, taken out of wasm if lifted; else the engine puts it there.
	data   []byte
	lifted bool
}

const pageSize = 64 << 10

// meterVersion is part of every key and identity.
func meterVersion() string { return "meter" + strconv.Itoa(meter.Version) }

func meterConfig(l Limits, metered bool) meter.Config {
	c := meter.DefaultConfig()
	c.Fuel = metered
	c.FuelStart = 0 // nothing runs before a budget is set
	c.StackMax = 0
	if metered {
		c.StackMax = l.StackSlots
	}
	c.CanonicalNaN = !l.RawNaN
	c.MemoryPagesMax = uint32(l.MemoryBytes / pageSize)
	c.TableElementsMax = uint32(l.TableElements)
	c.Limits = l.Admission
	return c
}

// rewrite checks the module against the limits and meters it. Errors are *RefusedError.
func rewrite(name string, wasm []byte, c meter.Config) (*rewritten, error) {
	start := time.Now()
	r, err := meter.Rewrite(wasm, c)
	if err != nil {
		return nil, refusal(name, err)
	}
	out, err := exportStartFunction(r.Wasm)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", name, err)
	}
	r.Info.SizeOut = len(out)
	out, segments, lifted := liftData(out)
	return &rewritten{wasm: out, info: r.Info, took: time.Since(start), data: dataImage(segments), lifted: lifted}, nil
}

// refusal turns the meter's errors into ours.
func refusal(name string, err error) error {
	var refused *meter.Refusal
	var malformed *meter.MalformedError
	switch {
	case errors.As(err, &refused):
		return &RefusedError{
			Module: name, Rule: refused.Rule, Place: cleanText([]byte(refused.Place.String())),
			Found: cleanText([]byte(refused.Found)), Allowed: refused.Allowed, Hint: refused.Hint,
		}
	case errors.As(err, &malformed):
		return &RefusedError{
			Module: name, Rule: "malformed",
			Place: fmt.Sprintf("%s section, offset %#x", malformed.Section, malformed.Offset),
			Found: cleanText([]byte(malformed.Reason)), Allowed: "a WebAssembly module",
			Hint: "is the file complete? Build it again",
		}
	}
	return fmt.Errorf("module %s: %w", name, err)
}

func foundOf(info *meter.Info) []Found {
	found := make([]Found, len(info.Found))
	for i, f := range info.Found {
		found[i] = Found{Rule: f.Rule, Found: f.Value, Allowed: f.Allowed, Place: cleanText([]byte(f.Place.String()))}
	}
	return found
}
