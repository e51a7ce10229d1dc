package resilience

import "slices"

// Fair chooses which agent of a lane goes next: the one that has had least, by its weight. An agent that
// was idle saves up nothing (self-clocked fair queueing; Golestani, 1994). Agents that have nothing
// waiting and no advantage left are forgotten, so it holds no more than the lane's agents.
// Used by one goroutine at a time.
type Fair struct {
	clock  uint64
	agents []fairShare // by agent
}

type fairShare struct {
	agent uint32
	tag   uint64 // the virtual time at which it has had its share
}

// fairScale is what one cell costs an agent of weight 1.
const fairScale = 1 << 20

// Pick returns the index in waiting of the agent that goes next; -1 if nobody waits. Of equals, the one
// with the lowest agent number goes first. It changes nothing.
func (f *Fair) Pick(waiting []uint32) int {
	best, least := -1, uint64(0)
	for i, a := range waiting {
		tag := f.tag(a)
		if best < 0 || tag < least || tag == least && a < waiting[best] {
			best, least = i, tag
		}
	}
	return best
}

func (f *Fair) tag(agent uint32) uint64 {
	if i, ok := f.find(agent); ok {
		return max(f.agents[i].tag, f.clock)
	}
	return f.clock
}

func (f *Fair) find(agent uint32) (int, bool) {
	return slices.BinarySearchFunc(f.agents, agent, func(s fairShare, a uint32) int {
		switch {
		case s.agent < a:
			return -1
		case s.agent > a:
			return 1
		}
		return 0
	})
}

// Serve counts cells for an agent. weight is what it may have beside others, 1 if all are equal; zero is
// taken as 1. It allocates when an agent is new.
func (f *Fair) Serve(agent uint32, cells int64, weight uint32) {
	tag := f.tag(agent)
	f.clock = max(f.clock, tag)
	tag += uint64(max(cells, 0)) * fairScale / uint64(max(weight, 1))
	if i, ok := f.find(agent); ok {
		f.agents[i].tag = tag
	} else {
		f.forget()
		i, _ = f.find(agent)
		f.agents = slices.Insert(f.agents, i, fairShare{agent, tag})
	}
}

// forget drops whom the clock has passed: they stand where a new agent stands.
func (f *Fair) forget() {
	f.agents = slices.DeleteFunc(f.agents, func(s fairShare) bool { return s.tag <= f.clock })
}

const (
	fairVersion = 1
	agentsMax   = 1 << 20
)

// AppendState appends the state to dst.
func (f *Fair) AppendState(dst []byte) []byte {
	dst = appendUint32(appendUint(append(dst, fairVersion), f.clock), uint32(len(f.agents)))
	for _, s := range f.agents {
		dst = appendUint(appendUint32(dst, s.agent), s.tag)
	}
	return dst
}

// ReadState restores what AppendState wrote and returns the bytes after it. On an error f is unchanged.
func (f *Fair) ReadState(src []byte) (rest []byte, err error) {
	r := openState(src, "fairness", fairVersion)
	n := Fair{clock: r.uint64()}
	for i := range min(r.count("agents", agentsMax), len(r.b)/12+1) {
		s := fairShare{r.uint32(), r.uint64()}
		if r.err == nil && i > 0 && s.agent <= n.agents[i-1].agent {
			r.damaged("agents out of order")
		}
		if r.err != nil {
			break
		}
		n.agents = append(n.agents, s)
	}
	if rest, err = r.end("fairness"); err == nil {
		*f = n
	}
	return rest, err
}
