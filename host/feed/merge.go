package feed

// merge is a binary heap of sources by the time of their heads; of one time, in the order of the
// configuration.
type merge []*source

func (m merge) before(i, j int) bool {
	if m[i].key != m[j].key {
		return m[i].key < m[j].key
	}
	return m[i].index < m[j].index
}

// add puts a source in its place.
func (m *merge) add(s *source) {
	*m = append(*m, s)
	h := *m
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

// settle restores the order after the first source went on or ended.
func (m *merge) settle() {
	h := *m
	if h[0].ended {
		h[0] = h[len(h)-1]
		h[len(h)-1] = nil
		h = h[:len(h)-1]
		*m = h
	}
	for i := 0; ; {
		least := i
		if left := 2*i + 1; left < len(h) && h.before(left, least) {
			least = left
		}
		if right := 2*i + 2; right < len(h) && h.before(right, least) {
			least = right
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
