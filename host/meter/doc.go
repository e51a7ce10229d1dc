// Package meter rewrites WebAssembly modules so that they cannot take more than they were given: fuel,
// depth of the stack, memory, tables, and what it costs to compile them. It needs nothing but the
// standard library and knows no engine; it was made for wazero, which has no fuel of its own.
//
//	res, err := meter.Rewrite(wasm, meter.DefaultConfig())   // *MalformedError or *Refusal
//	mod, err := runtime.Instantiate(ctx, res.Wasm)
//	fuel := mod.ExportedGlobal(meter.ExportFuel).(api.MutableGlobal)
//	fuel.Set(2_000_000)
//	_, err = mod.ExportedFunction("tick").Call(ctx)
//	left := int64(fuel.Get())                                // below zero: out of fuel
//
// # What is one unit?
//
// One executed instruction. Instructions that only structure the code or throw a value away (block,
// loop, else, end, nop, drop, return, unreachable) are free. Instructions that leave the compiled code
// for the runtime cost what that takes, and instructions that work on a range pay by its length before
// they run. [CostTable] has the numbers. The table and the algorithm are one [Version].
//
// # What is promised
//
// A call that completes has used exactly the sum of the costs of the instructions it executed, and a
// budget of that size suffices for it. A call that would use more either traps, or returns with the
// fuel below zero, overdrawn by no more than what was executed since the last check; the host treats
// both as out of fuel. Checks are at function entries and once in each turn of a loop, so no loop and
// no recursion gets past the budget, and between two checks no code runs twice. The same module, input
// and budget give the same fuel, the same trap and the same memory on every engine and architecture,
// at completion and at every check.
//
// Most code is paid before it runs, and always before it calls anything; a piece without calls that
// ends where a charge stands anyway is paid there. So a trap, an exit by the host, or an exception
// that leaves a function in a module without tags and try_table of its own may find up to one
// straight-line piece paid and not run, or run and not paid. That too is the same everywhere.
//
// # How
//
// The module is decoded strictly: every section, integer, count and index, in dead code and constant
// expressions too, against the module as its author made it, for after the rewriting one index more
// would name something of the meter's. Types are left to the engine's validation, which the result
// must pass as the original had to. Then code is spliced in, and the rest is copied byte for byte.
//
//   - Fuel is a mutable i64 global after all others. Code is divided into regions that run as a whole or
//     not at all; what follows a block that can only be left at its end belongs to the region before it.
//     A loop's first iteration is paid with what stands before the loop, every further one on the
//     branch that begins it. A region is paid at its end instead of its beginning if it ends in such a
//     branch, or in an if of which both ways are charged anyway: then one charge pays for all. Where a
//     region cannot be paid later, what both arms of an if have in common is paid with it. A br_if that
//     repeats a loop becomes an if with a br in it, which compilers make better code of; in C programs
//     this pays for the charges. A loop is checked on its back-edges, or at its header if it has more
//     than three (Go compiles functions to a loop around a jump table), and charged at its header if a
//     back-edge cannot be charged by itself.
//   - The stack is a mutable i32 global. Functions that can reach themselves again, and those above
//     deep ones, take their frame's weight from it at entry and give it back at their only exit; a
//     catch restores it; a tail call gives it back before.
//   - NaN bits are made canonical where they can be seen, if arithmetic made the NaN. Values that only
//     move keep their bits, as the specification demands.
//   - Neighbouring data segments are joined, hidden mutable globals and the memory exported, memory and
//     tables given a maximum, debug sections dropped.
//
// # What the host does
//
// Set [ExportFuel] (at most [FuelMax]) and [ExportDepth] before each call from outside. The start
// function runs on Config.FuelStart and Config.StackMax. A host function takes what it costs from the
// same global. A host function that calls back into the guest gets a new native stack from wazero, but
// goes on counting the same depth. After a trap the instance's memory is half changed; the globals
// here are only set anew. Hide names with [ReservedPrefix] from whoever lists exports.
//
// The interpreter of wazero gives up at 2,000 calls by itself. A StackMax of up to 60,000 stays below
// that, since a call weighs at least 32, and below the limit of wazero's compiled code.
package meter
