// Package http speaks to venues over HTTP with JSON: the adapter between a lane's calls (event.Call) and a
// server's requests. Paths, fields and words are configuration; DefaultConfig is the API of docs/VENUE.md.
//
// One call is one request on the wire. Nothing here tries again: Go's transport would, for a request with an
// Idempotency-Key whose reused connection broke, so each call owns one connection and no copy can be written
// to a second (exchange.go). Redirects are not followed, HTTP/2 and proxies are off, cookies unknown.
//
// What a reply proves is not decided here either: Happening says what was seen, and how far the request had
// come (its phase, which is never too early), in the words of package resilience; Classify says what it means.
//
// Not here: requests that are signed (a key is sent, never used to sign), lists in several pages other than of
// fills (they are told as not complete), sizes in money or as fractions, mutual TLS, proxies with a password.
//
// Goroutines: those of net/http, one for each connection direction, ended by Close; Stream has one for pings,
// ended with it.
package http
