package admin

import (
	"net/netip"
	"sync"
	"time"
)

// Bounds of failed attempts to come in: this many at once from one address, and one more in each period.
const (
	attemptsBurst  = 10
	attemptsPeriod = 6 * time.Second
	addressesMax   = 4096
)

// attempts bounds failed attempts by address. Safe for concurrent use.
type attempts struct {
	now func() time.Time

	mu     sync.Mutex
	failed map[netip.Prefix]allowance
	swept  time.Time // when forget was called last: looking at all of them takes its time
}

// allowance is how many more failures an address has, at a time.
type allowance struct {
	left float64
	at   time.Time
}

// wait is how long an address is not listened to, 0 if it is.
func (a *attempts) wait(from string) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	left := a.left(network(from))
	if left >= 1 {
		return 0
	}
	return time.Duration((1 - left) * float64(attemptsPeriod))
}

func (a *attempts) left(address netip.Prefix) float64 {
	was, ok := a.failed[address]
	if !ok {
		return attemptsBurst
	}
	return min(attemptsBurst, was.left+float64(a.now().Sub(was.at))/float64(attemptsPeriod))
}

// fail counts one.
func (a *attempts) fail(from string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	address := network(from)
	if _, known := a.failed[address]; !known && len(a.failed) >= addressesMax {
		if a.now().Sub(a.swept) >= attemptsPeriod {
			a.forget()
			a.swept = a.now()
		}
		if len(a.failed) >= addressesMax {
			address = netip.Prefix{} // so many at once share one allowance
		}
	}
	a.failed[address] = allowance{a.left(address) - 1, a.now()}
}

// forget lets go of addresses that have their whole allowance again.
func (a *attempts) forget() {
	for address := range a.failed {
		if a.left(address) >= attemptsBurst {
			delete(a.failed, address)
		}
	}
}

// network is whom failures are counted for: an address, or all of a subscriber's IPv6 addresses.
func network(from string) netip.Prefix {
	at, err := netip.ParseAddrPort(from)
	if err != nil {
		return netip.Prefix{}
	}
	address, bits := at.Addr().Unmap(), 32
	if address.Is6() {
		bits = 64
	}
	p, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
