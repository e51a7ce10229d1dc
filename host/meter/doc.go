// Package meter rewrites WebAssembly modules so that they cannot take more than they were given:
// fuel, depth of the stack, memory, tables and what it costs to compile them.
package meter
