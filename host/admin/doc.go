// Package admin lets a person look at a running host and tell it what to do: HTTP with JSON over a Unix
// socket that only the host's own user (and root) can open.
//
// Host is what the engine satisfies; Server listens and serves it; Client is the other end, for the
// command line and for tests. Numbers of money and quantity are decimal strings; a time is nanoseconds
// since the Unix epoch, UTC, 0 for never; a duration is nanoseconds.
//
// Every change says who (By) and why (Reason). The engine journals both, with the user of the system whom
// the kernel names as the other end of the socket, so that nobody acts only under a name of his choosing.
//
// An error is {"error":{"code":…,"message":…}} with a status: 400 for a request that makes no sense
// (Invalid), 404 for what is not there (NotFound), 409 for what the host refuses to do (Refusal). Server
// and Client are safe for use by several goroutines.
package admin
