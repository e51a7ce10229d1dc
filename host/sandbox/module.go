package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/meter"
	"github.com/tetratelabs/wazero"
)

// Module is an admitted, compiled module. This type is concurrency safe.
type Module struct {
	runtime     *Runtime
	name        string
	hash        [32]byte
	limits      Limits
	info        meter.Info
	version     uint32
	identity    [32]byte // hash of Identity
	description *abi.Description
	compiled    wazero.CompiledModule
	rewriteTime time.Duration
	compileTime time.Duration
	cached      bool
	data        []byte // what the memory begins with; zeros behind
	lifted      bool   // the engine does not put data there by itself
	image       *image // what instances share; nil for nothing
	canSave     bool
	canLoad     bool
}

// Load admits, meters and compiles a module, starts it once to hear its ABI version and description,
// and forgets that instance. name is for messages. Zero fields of l mean the defaults. The error is a
// *RefusedError if the module is at fault. ctx ends only a compilation aside.
func (r *Runtime) Load(ctx context.Context, name string, wasm []byte, l Limits) (*Module, error) {
	if err := l.Validate(); err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	m := &Module{runtime: r, name: name, hash: sha256.Sum256(wasm), limits: l.or(DefaultLimits())}
	metered, err := rewrite(name, wasm, meterConfig(m.limits, !r.unmetered))
	if err != nil {
		return nil, err
	}
	m.info, m.rewriteTime = metered.info, metered.took
	m.data, m.lifted = metered.data, metered.lifted
	if err := admit(name, &m.info); err != nil {
		return nil, err
	}
	start := time.Now()
	if m.compiled, m.cached, err = r.compile(ctx, name, metered.wasm); err != nil {
		return nil, err
	}
	m.compileTime = time.Since(start)
	exported := m.compiled.ExportedFunctions()
	m.canSave, m.canLoad = exported[exportSave] != nil, exported[exportLoad] != nil
	if err := m.probe(); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	m.identity = m.Identity().Hash()
	return m, nil
}

// probe starts the module once, at time zero, for its ABI version and its description, and for the memory that
// its instances share.
func (m *Module) probe() error {
	i, err := m.newInstance(InstanceConfig{Name: m.name})
	if err == nil {
		defer i.Close()
		i.fillData()
		err = i.initialize()
	}
	if err == nil {
		err = i.readVersion()
	}
	if err == nil {
		err = i.readDescription()
	}
	if err == nil {
		m.image = i.makeImage()
	}
	var trap *Trap
	if errors.As(err, &trap) {
		found := trap.Kind.String() + ": " + trap.Message
		if said, _, _ := strings.Cut(trap.Printed, "\n"); said != "" {
			found += ", having printed " + strconv.Quote(said)
		}
		return &RefusedError{
			Module: m.name, Rule: "start", Place: trap.Call, Found: found,
			Hint: "the module must start without a trap within its FuelInit", Trap: trap,
		}
	}
	return err
}

// makeImage takes the memory for others to share, as near to a started agent's as can be had here: after
// strategy_init with the declared parameters, if it takes them. It changes nothing of what an instance does.
func (i *Instance) makeImage() *image {
	m := i.module
	if !m.lifted {
		return nil
	}
	if params, err := m.parameters(nil); err == nil {
		_ = i.initStrategy(params) // Who runs the strategy is told why it refuses.
	}
	return newImage(i.wholeMemory())
}

func (m *Module) refuse(rule, place, found, allowed, hint string) error {
	return &RefusedError{Module: m.name, Rule: rule, Place: place, Found: found, Allowed: allowed, Hint: hint}
}

// readVersion calls agenthost_abi, by what is left of the budget that started the module.
func (i *Instance) readVersion() error {
	m := i.module
	if err := i.call(i.mod.ExportedFunction(exportABI)); err != nil {
		return i.poison(exportABI, m.limits.FuelInit, err)
	}
	m.version = uint32(i.stack[0])
	if abi.VersionMajor(m.version) != abi.VersionMajor(abi.Version) || m.version > abi.Version {
		return m.refuse("abi", exportABI, versionText(m.version), "up to "+versionText(abi.Version)+", of the same major",
			"build against the SDK of this host's version")
	}
	return nil
}

func versionText(v uint32) string {
	return fmt.Sprintf("%d.%d", abi.VersionMajor(v), abi.VersionMinor(v))
}

// readDescription calls strategy_describe, by what is left of the budget that started the module.
func (i *Instance) readDescription() error {
	m := i.module
	m.description = &abi.Description{Name: m.name}
	describe := i.mod.ExportedFunction(exportDescribe)
	if describe == nil {
		return nil
	}
	if err := i.call(describe); err != nil {
		return i.poison(exportDescribe, m.limits.FuelInit, err)
	}
	raw, err := i.result("description", abi.DescriptionSizeMax, "the ABI's")
	if err != nil {
		return i.poison(exportDescribe, m.limits.FuelInit, err)
	}
	d, err := abi.ParseDescription(raw)
	if err != nil {
		return m.refuse("description", exportDescribe, cleanText([]byte(err.Error())), "", "correct the JSON that strategy_describe returns")
	}
	if len(d.Parameters) > 0 && i.mod.ExportedFunction(exportInit) == nil {
		return m.refuse("export", exportInit, "no such export", kindFunction+" (i32, i32) -> i32",
			"a module that declares parameters must export strategy_init to take them")
	}
	m.description = d
	return nil
}

// SHA256 is of the author's bytes.
func (m *Module) SHA256() [32]byte { return m.hash }

// Description is what the module says about itself; without strategy_describe it has the name given to
// Load only. It must not be changed.
func (m *Module) Description() *abi.Description { return m.description }

// ABI is the version that the module was built for.
func (m *Module) ABI() (major, minor int) {
	return int(abi.VersionMajor(m.version)), int(abi.VersionMinor(m.version))
}

// CanSave and CanLoad tell whether it has strategy_save and strategy_load.
func (m *Module) CanSave() bool { return m.canSave }

// CanLoad: see CanSave.
func (m *Module) CanLoad() bool { return m.canLoad }

// Limits are those given to Load, defaults filled in.
func (m *Module) Limits() Limits { return m.limits }

// Close frees the module's compiled code; its instances must be closed.
func (m *Module) Close() error { return m.compiled.Close(context.Background()) }

// Identity is all that decides what a guest does with an input. A snapshot made under one identity is
// refused under another.
type Identity struct {
	Module      [32]byte // SHA-256 of the author's bytes.
	Meter       string   // Version of the meter and of the host functions' costs.
	ABI         uint32   // major<<16 | minor, of the guest.
	Engine      string   // "compiler" or "interpreter".
	Wazero      string   // Version of wazero.
	Arch        string   // GOARCH.
	MemoryBytes int64
	StackSlots  int32
	Tables      int
	RawNaN      bool
}

// Identity is what decides how the module behaves.
func (m *Module) Identity() Identity {
	return Identity{
		Module: m.hash, Meter: fmt.Sprintf("%s host%d", meterVersion(), hostCostVersion), ABI: m.version,
		Engine: m.runtime.engine(), Wazero: wazeroVersion, Arch: goArch,
		MemoryBytes: m.limits.MemoryBytes, StackSlots: m.limits.StackSlots, Tables: m.limits.TableElements, RawNaN: m.limits.RawNaN,
	}
}

// Hash is the SHA-256 of all fields.
func (id Identity) Hash() [32]byte {
	h := sha256.New()
	h.Write(id.Module[:])
	for _, s := range []string{id.Meter, id.Engine, id.Wazero, id.Arch} {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	var raw uint64
	if id.RawNaN {
		raw = 1
	}
	for _, v := range []uint64{uint64(id.ABI), uint64(id.MemoryBytes), uint64(id.StackSlots), uint64(id.Tables), raw} {
		h.Write(binary.LittleEndian.AppendUint64(nil, v))
	}
	return [32]byte(h.Sum(nil))
}
