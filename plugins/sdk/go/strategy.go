// Package agenthost is what a strategy written in Go needs to run in agenthost. A strategy is a
// package main that registers itself in an init function and has an empty main:
//
//	func init() {
//		agenthost.Register(agenthost.Strategy{Description: …, Init: …, Tick: …})
//	}
//
//	func main() {}
//
// built by
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags='-s -w' -o my.wasm .
//
// Ticks and orders are read and written by package abi; ../../../abi/SPEC.md is the contract. Nothing
// in this package allocates in a tick. A strategy should not either: Go's collector costs a strategy
// fuel, and a tick's fuel is limited. Keep state in variables made once, in Init.
//
// On other platforms the package compiles too, so that a strategy can be tested without WebAssembly:
// there the functions of the registered Strategy are called directly.
package agenthost

import "github.com/agenthost/agenthost/abi"

// Strategy is what a module does. Description and Tick must be there; nil functions are not called.
// The host calls one function at a time.
type Strategy struct {
	// Description says name, version, parameters and series. It is read once.
	Description abi.Description

	// Init is given the parameters in the order in which the description declares them. An error
	// refuses them, and its text is logged. The views of texts do not outlive the call.
	Init func(params *abi.Params) error

	// Tick is given what the strategy may know and an empty output to put its wishes into. Both are
	// valid during the call only.
	Tick func(tick *abi.Tick, out *abi.OutputWriter)

	// Save appends to dst what a later Load needs. An empty result means that nothing was saved.
	Save func(dst []byte) []byte

	// Load takes over what a former module saved. An error refuses it, and the host warms the
	// strategy up by history instead.
	Load func(from *abi.StateHeader, saved []byte) error
}

var registered Strategy

// Register makes s the module's strategy. To be called once, in an init function.
func Register(s Strategy) {
	if s.Tick == nil {
		panic("agenthost: a strategy needs a Tick")
	}
	registered = s
}

// Registered returns the strategy, for tests.
func Registered() *Strategy { return &registered }
