package meter

// Depth of the stack is counted only where it can grow without bound: in functions that can reach
// themselves again, and in those whose callees together are deep.
const (
	// frameBase is what a call costs at least. With the default StackMax it allows 1,875 calls, below
	// the 2,000 at which wazero's interpreter gives up by itself.
	frameBase = 32
	// valuesPerSlot: a compiler may give every value that a body makes a place of its own.
	valuesPerSlot = 64
	// uncountedMax is how deep functions that are not counted may go together.
	uncountedMax = 2048
)

// frame is the weight of a function's frame in slots of 8 bytes. It is an upper bound in this sense:
// a native frame has at most 762 bytes for each, so that 60,000 of them stay below wazero's own
// limit of 50,000,000 bytes, which falls elsewhere on each architecture. Counted are the parameters
// and locals, and a part of what a compiler may spill besides: one value for each byte of the body,
// all results of calls, and every local again at each block.
func (w *walker) frame(fn *function) int64 {
	typ := &w.m.types[w.m.funcs[fn.index]]
	spilled := int64(fn.body.len()) + fn.values
	return frameBase + fn.slots + int64(slotsOf(typ.results)) + spilled/valuesPerSlot
}

// callGraph finds the functions to be counted (Tarjan's strongly connected components, without
// recursion of its own). Node n, after all functions, stands for "any function whose address is
// taken"; indirect calls go there.
type callGraph struct {
	w        *walker
	index    []int32
	low      []int32
	onStack  []bool
	stack    []int32
	next     int32
	static   []int64 // depth of what is not counted, from here on
	reached  []int   // functions behind the indirect node
	depthMax int64
}

func (w *walker) countStack() {
	n := len(w.functions)
	g := &callGraph{
		w: w, index: make([]int32, n+1), low: make([]int32, n+1), onStack: make([]bool, n+1),
		static: make([]int64, n+1), depthMax: int64(w.cfg.StackMax),
	}
	g.reached = w.reachableIndirectly()
	for i := 0; i <= n; i++ {
		if g.index[i] == 0 {
			g.visit(int32(i))
		}
	}
}

func (w *walker) reachableIndirectly() []int {
	m := w.m
	var fs []int
	taken := make([]bool, len(m.funcs))
	copy(taken, m.addressTaken)
	for _, e := range m.exports {
		if e.kind == kindFunc {
			taken[e.index] = true
		}
	}
	for f := m.funcsImported; f < len(taken); f++ {
		if taken[f] {
			fs = append(fs, f-m.funcsImported)
		}
	}
	return fs
}

// edge gives the i-th callee of node v, or -1.
func (g *callGraph) edge(v int32, i int) int {
	n := len(g.w.functions)
	if int(v) == n {
		if i < len(g.reached) {
			return g.reached[i]
		}
		return -1
	}
	fn := &g.w.functions[v]
	if i < fn.calls.len() {
		return g.w.callees[fn.calls.start+i]
	}
	if i == fn.calls.len() && fn.indirect {
		return n
	}
	return -1
}

type visitFrame struct {
	node int32
	edge int
}

func (g *callGraph) visit(root int32) {
	work := []visitFrame{{node: root}}
	g.enter(root)
	for len(work) > 0 {
		top := &work[len(work)-1]
		v := top.node
		to := g.edge(v, top.edge)
		top.edge++
		switch {
		case to < 0:
			work = work[:len(work)-1]
			if len(work) > 0 {
				parent := work[len(work)-1].node
				g.low[parent] = min(g.low[parent], g.low[v])
			}
			if g.low[v] == g.index[v] {
				g.component(v)
			}
		case g.index[to] == 0:
			g.enter(int32(to))
			work = append(work, visitFrame{node: int32(to)})
		case g.onStack[to]:
			g.low[v] = min(g.low[v], g.index[to])
		}
	}
}

func (g *callGraph) enter(v int32) {
	g.next++
	g.index[v], g.low[v] = g.next, g.next
	g.stack = append(g.stack, v)
	g.onStack[v] = true
}

// component takes the functions that reach one another off the stack. All that they call outside is
// settled already.
func (g *callGraph) component(root int32) {
	from := len(g.stack) - 1
	for g.stack[from] != root {
		from--
	}
	members := g.stack[from:]
	g.stack = g.stack[:from]
	cyclic := len(members) > 1 || g.callsItself(root)
	for _, v := range members {
		g.onStack[v] = false
	}
	indirect := int32(len(g.w.functions))
	for _, v := range members {
		if v == indirect { // first: the others look at it
			g.settle(v, cyclic)
		}
	}
	for _, v := range members {
		if v != indirect {
			g.settle(v, cyclic)
		}
	}
}

func (g *callGraph) callsItself(v int32) bool {
	for i := 0; ; i++ {
		to := g.edge(v, i)
		if to < 0 {
			return false
		}
		if to == int(v) {
			return true
		}
	}
}

func (g *callGraph) settle(v int32, cyclic bool) {
	var below int64
	for i := 0; ; i++ {
		to := g.edge(v, i)
		if to < 0 {
			break
		}
		below = max(below, g.static[to])
	}
	if int(v) == len(g.w.functions) {
		g.static[v] = below
		return
	}
	fn := &g.w.functions[v]
	weight := g.w.frame(fn) + below
	if !cyclic && !fn.catches && weight <= uncountedMax {
		g.static[v] = weight
		return
	}
	fn.counted = true
	fn.weight = int32(min(weight, 1<<30))
}
