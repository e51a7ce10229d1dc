package admin

import (
	"context"
	"fmt"
	"os/user"
	"strconv"
)

// peer is the system's user at the other end of a connection, as the kernel tells.
type peer struct {
	known bool
	uid   int
	// user is the name, or the number where there is no name; empty if not known.
	user string
}

// name is the user with the number, which cannot be renamed.
func (p peer) name() string {
	if !p.known {
		return ""
	}
	return fmt.Sprintf("%s (uid %d)", p.user, p.uid)
}

func userOf(uid int) peer {
	p := peer{known: true, uid: uid, user: strconv.Itoa(uid)}
	if u, err := user.LookupId(p.user); err == nil {
		p.user = u.Username
	}
	return p
}

type peerKey struct{}

func withPeer(ctx context.Context, p peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// peerFrom is the connection's peer, not known if there is none.
func peerFrom(ctx context.Context) peer {
	p, _ := ctx.Value(peerKey{}).(peer)
	return p
}
