// Package wire is the codec of what the host keeps as bytes of its own: states in checkpoints, entries of a lane.
//
// One walk over a structure both writes and reads it, so that what is written is what is read. Numbers are
// varints as encoding/binary has them, lists and texts come behind their length. What is read may be anything:
// a walk ends in an error, and allocates no more than the bytes that are there can fill.
package wire
