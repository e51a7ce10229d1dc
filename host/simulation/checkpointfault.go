package simulation

import (
	"slices"

	"github.com/agenthost/agenthost/host/checkpoint"
)

// lose is what a failure of power does to what was never synced: the transactions up to one of them are left.
func (f *CheckpointFile) lose() {
	kept := f.random.IntN(len(f.states))
	if f.states[kept].last < f.now().last {
		f.injected.add("checkpoints lost that were not synced", 1)
	}
	torn := kept > 0 && f.states[kept].last > f.states[kept-1].last && f.random.chance(f.faults.Tears)
	f.states = append(f.states[:0], f.states[kept])
	if torn && f.damage(len(f.now().checkpoints)-1) {
		f.injected.add("checkpoint torn", 1)
	}
}

// age is what happens to the file before a start of the host.
func (f *CheckpointFile) age() {
	if len(f.now().checkpoints) == 0 {
		return
	}
	if newest := len(f.now().checkpoints) - 1; f.random.chance(f.faults.Rot) && f.damage(newest) {
		f.injected.add("newest checkpoint damaged", 1)
	}
	if f.random.chance(f.faults.Other) && f.change(f.foreign()) {
		f.injected.add("checkpoints of another engine", 1)
	}
	if f.random.chance(f.faults.Gone) && f.change(checkpointState{partLast: f.now().partLast, last: f.now().last}) {
		f.injected.add("checkpoints deleted", 1)
	}
}

// damage changes something of a checkpoint, at its place.
func (f *CheckpointFile) damage(place int) bool {
	next := *f.now()
	next.parts, next.checkpoints = slices.Clone(next.parts), slices.Clone(next.checkpoints)
	c := &next.checkpoints[place]
	member := c.members[f.random.IntN(len(c.members))]
	at := slices.IndexFunc(next.parts, func(p storedPart) bool { return p.info.ID == member })
	if at < 0 { // damaged before
		return false
	}
	p := &next.parts[at]
	switch f.random.IntN(6) {
	case 0:
		p.body = p.body[:f.random.IntN(len(p.body))]
	case 1:
		p.body = slices.Clone(p.body)
		p.body[f.random.IntN(len(p.body))] ^= 1 << f.random.IntN(8)
	case 2:
		p.info.Position++
	case 3:
		next.parts = slices.Delete(next.parts, at, at+1)
	case 4:
		c.Time++
	case 5:
		c.Format++
	}
	return f.change(next)
}

// foreign is the file as another engine would have written it.
func (f *CheckpointFile) foreign() checkpointState {
	next := *f.now()
	next.parts, next.checkpoints = slices.Clone(next.parts), slices.Clone(next.checkpoints)
	for i := range next.parts {
		p := &next.parts[i]
		part, err := f.codec.Unpack(&p.info, p.body)
		if err != nil {
			continue // damaged
		}
		id := p.info.ID
		part.Maker[0]++
		p.info, p.body = f.codec.Pack(part)
		p.info.ID = id
	}
	for i := range next.checkpoints {
		c := &next.checkpoints[i]
		if was := f.now().filled(c); was.Verify() != nil {
			continue
		}
		is := next.filled(c)
		is.Seal()
		c.SHA256 = is.SHA256
	}
	return next
}

// change puts a fault's work in the place of the file, unless the journal could not do without what it takes.
func (f *CheckpointFile) change(next checkpointState) bool {
	if f.spare && !f.suffices(&next) {
		return false
	}
	f.states = append(f.states[:0], next)
	return true
}

// suffices reports whether every group that has a checkpoint still has a whole one.
func (f *CheckpointFile) suffices(next *checkpointState) bool {
	for i := range f.now().checkpoints {
		group := f.now().checkpoints[i].Group
		if !slices.ContainsFunc(next.group(group), func(c checkpoint.Checkpoint) bool { return f.whole(next, &c) }) {
			return false
		}
	}
	return true
}

// whole reports whether a checkpoint of a state can be used, as it was made.
func (f *CheckpointFile) whole(s *checkpointState, c *checkpoint.Checkpoint) bool {
	if c.Verify() != nil {
		return false
	}
	for i := range c.Parts {
		p, made := &c.Parts[i], f.now().part(c.Parts[i].ID)
		if _, err := f.codec.Unpack(p, s.part(p.ID).body); err != nil || made == nil || made.info.Maker != p.Maker {
			return false
		}
	}
	return true
}
