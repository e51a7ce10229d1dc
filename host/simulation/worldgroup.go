package simulation

import (
	"strconv"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/execution"
)

// worldGroup is one account: the venue's side, the host's, and who compares them.
type worldGroup struct {
	index    int
	lane     execution.Config
	venue    *Venue
	checker  *Checker
	seam     *seam
	host     Hosted
	books    *folded
	inputs   []Input
	person   person
	watch    watch
	operator operator
	// saves is the host's way to its checkpoints, nil where it keeps none; retention prunes.
	saves     host.Checkpoints
	recovered recovered
	saving    saving
	retention retention
	trace     *Trace
}

// newGroup makes the account of a plan at a place, without a host.
func (w *World) newGroup(place int, scene, broken Break, o *Options) (*worldGroup, error) {
	p := w.plan
	g := &worldGroup{index: place, lane: p.LaneConfig(place), trace: w.trace.tagged(strconv.Itoa(place))}
	g.operator = operator{fates: map[string]fate{}, hashes: map[string]map[uint64]string{}}
	g.venue = NewVenue(p.Seed+uint64(place), p.Groups[place].Venue, g.trace)
	scene.sceneLane(&g.lane)
	broken.lane(&g.lane)
	limits := Limits{Budget: g.lane.Budget}
	if !o.NoLimits && !o.Guest {
		p.limit(&limits, place)
	}
	g.checker = NewChecker(p.Seed, start, g.venue, limits)
	var err error
	if g.books, err = newFolded(w.disk, &p.Groups[place], g.lane); err != nil {
		return nil, err
	}
	g.person = person{newRandom(p.Seed, "person/"+strconv.Itoa(place)), p.Person}
	g.seam = newSeam(scene, broken, g.venue, newRandom(p.Seed, "seam"))
	return g, nil
}

// name is "VENUE/ACCOUNT", as the host calls the group.
func (g *worldGroup) name() string { return g.lane.Venue + "/" + g.lane.Account }
