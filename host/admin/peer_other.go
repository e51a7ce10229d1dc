//go:build !linux

package admin

import "net"

// peerOf does not know here: a request says by whom it is.
func peerOf(net.Conn) peer { return peer{} }
