// Package config reads agenthost's configuration: HCL, a file or a folder of files, into plain structs.
//
// Load returns as much as can be read together with everything that is wrong, each mistake with its
// file, line and column. Two mistakes take one look, not two runs.
//
// Numbers arrive ready for use. A price counts 10^-PriceDecimals and a quantity 10^-QuantityDecimals of
// its instrument; money counts 10^-8 of its currency; a fraction counts 10^-8 (One is the whole); a
// time is nanoseconds since the Unix epoch, UTC. They are converted exactly from the decimal text: what
// does not fit its scale is refused where it is written, never rounded.
//
// Every block, attribute and default is described once, in the schema from which the reader, Describe
// and docs/CONFIG.md are made. The values of defaults are in the Default functions beside the structs.
//
// Nothing of this package is safe for use by several goroutines while one of them changes it; a Config
// that nobody changes may be read by any number.
package config
