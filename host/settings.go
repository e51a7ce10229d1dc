package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// moduleEntry is the body of an agent's entry of kind module: all that makes the turns after it, so that
// they can be taken again from the journal and the module's bytes alone.
type moduleEntry struct {
	ModuleSHA256 string `json:"module_sha256"`
	ConfigSHA256 string `json:"config_sha256"`
	Meter        string `json:"meter"`
	ABI          uint32 `json:"abi"`
	Engine       string `json:"engine"`
	Wazero       string `json:"wazero"`
	Arch         string `json:"arch"`
	// Start is when the agent's data begins, where its genesis does not say; Index its place among the
	// agents of its account, which its orders bear.
	Start int64  `json:"start,omitempty"`
	Index uint32 `json:"index"`
	// Configured is the hash of what the configuration asked for when this was written. Where a person has
	// swapped since, the configuration is not asked again until it changes.
	Configured string `json:"configured"`
	// Before is the position of the entry of this kind before this one, 0 for none.
	Before uint64 `json:"before,omitempty"`
	// Swap says how this took the place of what was before; nil for an agent's first.
	Swap *swapFacts `json:"swap,omitempty"`
	// Settings is the agent's plan.
	Settings json.RawMessage `json:"settings"`
}

// madeBy is the entry of what an agent's plan asks for.
func madeBy(p *AgentPlan) (moduleEntry, error) {
	as := *p
	if len(as.Parameters) == 0 {
		as.Parameters = nil // none and an empty list are the same
	}
	settings, err := json.Marshal(&as)
	if err != nil {
		return moduleEntry{}, fmt.Errorf("agent %s: encode settings: %w", p.Name, err)
	}
	id := p.Module.Identity()
	e := moduleEntry{
		ModuleSHA256: hex.EncodeToString(id.Module[:]), ConfigSHA256: hex.EncodeToString(p.ConfigSHA256[:]),
		Meter: id.Meter, ABI: id.ABI, Engine: id.Engine, Wazero: id.Wazero, Arch: id.Arch, Settings: settings,
	}
	e.Configured = e.asked()
	return e, nil
}

// putModule keeps a module's bytes and then appends the entry that puts it in place.
func (l *ledger) putModule(e *moduleEntry, wasm []byte, modules ModuleSource, sequence uint64, at int64) error {
	if modules != nil && len(wasm) > 0 {
		if err := modules.Keep(wasm); err != nil {
			return err
		}
	}
	e.Before = l.module
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode module entry: %w", err)
	}
	if l.module = l.stream.Append(journal.KindModule, sequence, at, body); l.module == 0 {
		return l.stream.Failed()
	}
	return nil
}

// asked hashes what of an entry a person decides: module and settings, not the engine.
func (e *moduleEntry) asked() string {
	sum := sha256.Sum256([]byte(e.ModuleSHA256 + "\n" + string(e.Settings)))
	return hex.EncodeToString(sum[:])
}

// differences names what of two entries is not the same, in words for a person: nil for nothing.
func (e *moduleEntry) differences(o *moduleEntry) []string {
	var names []string
	differ := func(name string, equal bool) {
		if !equal {
			names = append(names, name)
		}
	}
	differ("module", e.ModuleSHA256 == o.ModuleSHA256)
	differ("configuration", e.ConfigSHA256 == o.ConfigSHA256)
	differ("meter", e.Meter == o.Meter)
	differ("ABI", e.ABI == o.ABI)
	differ("engine", e.Engine == o.Engine)
	differ("wazero", e.Wazero == o.Wazero)
	differ("processor architecture", e.Arch == o.Arch)
	differ("start of the data", e.Start == o.Start)
	differ("place among the agents of its account", e.Index == o.Index)
	return append(names, differentSettings(e.Settings, o.Settings)...)
}

// differentSettings names the fields of two plans that are not the same.
func differentSettings(a, b json.RawMessage) (names []string) {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return []string{"settings"}
	}
	for name := range y {
		if string(orNull(x[name])) != string(orNull(y[name])) {
			names = append(names, name)
		}
	}
	for name := range x {
		if _, there := y[name]; !there && string(orNull(x[name])) != "null" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// orNull takes a setting without anything in it for one that is not there: another version may not have had
// it.
func orNull(setting json.RawMessage) json.RawMessage {
	switch string(setting) {
	case "", "[]", "{}", "0", "false", `""`:
		return json.RawMessage("null")
	}
	return setting
}

// sameEngine reports whether the same meter and engine are at work.
func (e *moduleEntry) sameEngine(o *moduleEntry) bool {
	return e.Meter == o.Meter && e.ABI == o.ABI && e.Engine == o.Engine && e.Wazero == o.Wazero && e.Arch == o.Arch
}

// plan makes the agent's plan again, its module from the source. Run is left to the genesis.
func (e *moduleEntry) plan(ctx context.Context, modules ModuleSource) (*AgentPlan, error) {
	if len(e.Settings) == 0 {
		return nil, errors.New("the journal was made before it kept settings: only the agenthost that made it can take its turns again. " +
			"Go on with that one; or close with it what is held (agenthost flatten), and begin anew in another data_dir")
	}
	p := &AgentPlan{}
	if err := json.Unmarshal(e.Settings, p); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if c, ok := modules.(configured); ok {
		p.share(c.plan)
	}
	sha, err := hex.DecodeString(e.ModuleSHA256)
	if err != nil || len(sha) != 32 {
		return nil, fmt.Errorf("settings: module_sha256 %q is no SHA-256", e.ModuleSHA256)
	}
	config, err := hex.DecodeString(e.ConfigSHA256)
	if err != nil || len(config) != 32 {
		return nil, fmt.Errorf("settings: config_sha256 %q is no SHA-256", e.ConfigSHA256)
	}
	p.ConfigSHA256 = [32]byte(config)
	if modules == nil {
		return nil, errors.New("no modules are kept")
	}
	p.Module, err = modules.Load(ctx, [32]byte(sha), p.Limits)
	return p, err
}

// share lets a plan hold what another holds as well, and does not change: thousands of agents that a configuration
// makes hold it once. Both stay what they are.
func (p *AgentPlan) share(o *AgentPlan) {
	p.Name, p.Currency = sharedText(p.Name, o.Name), sharedText(p.Currency, o.Currency)
	p.OnStop, p.OnQuarantine = sharedText(p.OnStop, o.OnStop), sharedText(p.OnQuarantine, o.OnQuarantine)
	p.Parameters, p.Instruments, p.Feeds = shared(p.Parameters, o.Parameters), shared(p.Instruments, o.Instruments), shared(p.Feeds, o.Feeds)
	p.Health, p.Conditions = shared(p.Health, o.Health), shared(p.Conditions, o.Conditions)
	p.Risk.OrderQuantityMax, p.Risk.PositionMax = shared(p.Risk.OrderQuantityMax, o.Risk.OrderQuantityMax), shared(p.Risk.PositionMax, o.Risk.PositionMax)
}

func shared[T any](own, other []T) []T {
	if reflect.DeepEqual(own, other) {
		return other
	}
	return own
}

func sharedText(own, other string) string {
	if own == other {
		return other
	}
	return own
}

// placed is a module entry at its position.
type placed struct {
	position uint64
	// sequence is the last turn before it.
	sequence uint64
	entry    moduleEntry
}

func placeModule(e *journal.Entry) (placed, error) {
	p := placed{position: e.Position, sequence: e.Sequence}
	if err := json.Unmarshal(e.Body, &p.entry); err != nil {
		return p, fmt.Errorf("position %d: module entry: %w", e.Position, err)
	}
	return p, nil
}

// modulesOf are the module entries of an agent's stream, oldest first; back is how many are wanted, 0 for
// all. It goes from the end from one to the one before, and reads nothing else.
func modulesOf(j *journal.Journal, stream string, head uint64, back int) ([]placed, error) {
	at, err := newestModule(j, stream, head)
	if err != nil {
		return nil, err
	}
	var found []placed
	for at != 0 && (back == 0 || len(found) < back) {
		p, err := moduleAt(j, stream, at)
		if err != nil {
			return nil, err
		}
		found = append(found, p)
		at = p.entry.Before
	}
	slices.Reverse(found)
	return found, nil
}

func moduleAt(j *journal.Journal, stream string, position uint64) (placed, error) {
	for e, err := range j.ReadKept(stream, position) {
		if err != nil {
			return placed{}, err
		}
		if e.Kind != journal.KindModule {
			return placed{}, fmt.Errorf("stream %q, position %d: a %s entry where a module entry was expected", stream, position, e.Kind)
		}
		return placeModule(&e)
	}
	return placed{}, fmt.Errorf("stream %q ends before position %d", stream, position)
}

// newestModule is the position of a stream's last module entry, 0 if it has none. A turn names the one
// that made it; so a few entries before the end are enough, unless a person's acts have piled up there.
func newestModule(j *journal.Journal, stream string, head uint64) (uint64, error) {
	var turn event.Turn
	for span := uint64(64); head > 0; span *= 64 {
		from, newest := uint64(1), uint64(0)
		if head > span {
			from = head - span + 1
		}
		for e, err := range j.ReadKept(stream, from) {
			if err != nil {
				return 0, err
			}
			switch e.Kind {
			case journal.KindModule:
				newest = e.Position
			case journal.KindTurn:
				if err := event.ReadTurn(e.Body, &turn); err != nil {
					return 0, fmt.Errorf("stream %q, position %d: %w", stream, e.Position, err)
				}
				newest = max(newest, turn.Module)
			}
		}
		if newest != 0 || from == 1 {
			return newest, nil
		}
	}
	return 0, nil
}
