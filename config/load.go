package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Options are what a caller brings to Load. The zero Options has no variables and reads the process's
// own environment and working directory.
type Options struct {
	// Variables are values given with --var, by name.
	Variables map[string]string
	// Environ looks up an environment variable; nil means os.LookupEnv.
	Environ func(string) (string, bool)
	// WorkDir is what paths given on the command line or by the environment are relative to; empty
	// means the process's working directory.
	WorkDir string
}

func (o *Options) environ() func(string) (string, bool) {
	if o.Environ != nil {
		return o.Environ
	}
	return os.LookupEnv
}

// Load reads a file, or every *.hcl of a folder in the order of their names as if they were one file.
// It does not stop at a mistake. The Config is never nil and holds as much as could be read; it is fit
// to run only if the Diagnostics, never nil either, have no error.
func Load(path string, o Options) (*Config, *Diagnostics) {
	d := &Diagnostics{sources: map[string][]byte{}}
	r := &reader{
		config:      &Config{Host: DefaultHost(), diagnostics: d},
		diagnostics: d,
		folders:     map[string]string{},
	}
	if err := r.begin(path, o); err != nil {
		d.add(Diagnostic{Severity: SeverityError, Summary: "Configuration cannot be read", Detail: fileError(path, err)})
		return r.config, d
	}
	r.read(o)
	return r.config, d
}

// begin finds and parses the files.
func (r *reader) begin(path string, o Options) (err error) {
	if r.workDir, err = filepath.Abs(o.WorkDir); err != nil {
		return fmt.Errorf("find the working directory: %w", err)
	}
	files, folder, err := listFiles(path)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := r.parseFile(name); err != nil {
			return err
		}
	}
	r.config.Root = r.folders[files[0]]
	if folder {
		r.config.Root, err = filepath.Abs(path)
	}
	return err
}

func (r *reader) parseFile(name string) error {
	source, err := readSource(name)
	if err != nil {
		return err
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	f := parse(source, name)
	r.diagnostics.sources[name] = source
	r.folders[name] = filepath.Dir(absolute)
	r.report(f.problems, "", nil)
	r.broken, r.lost = append(r.broken, f.broken...), r.lost || f.lost
	if f.body != nil {
		r.bodies = append(r.bodies, f.body)
	}
	return nil
}

// read goes through the blocks: variables first, for all others use them; agents last, for they name
// the others.
func (r *reader) read(o Options) {
	top := &place{reader: r, body: &hclsyntax.Body{}}
	blocks := map[string][]*hclsyntax.Block{}
	for _, body := range r.bodies {
		for _, x := range body.Blocks {
			typ := meant(x.Type, topBlocks)
			blocks[typ] = append(blocks[typ], x)
		}
	}
	r.environ = o.environ()
	r.readVariables(top, blocks["variable"], o)
	r.readTop(top)
	r.readHost(top, blocks["host"])
	r.readInstruments(top, blocks["instrument"])
	r.readFeeds(top, blocks["feed"])
	r.readVenues(top, blocks["venue"])
	r.readAgents(top, blocks["agent"])
	r.check(top)
	r.hash()
}

var topBlocks = []string{"variable", "host", "feed", "venue", "instrument", "agent"}

// readTop reports what stands at the top of a file and is no block that belongs there.
func (r *reader) readTop(top *place) {
	for _, body := range r.bodies {
		for _, a := range sortedAttributes(body) {
			top.unknownAttribute(a, nil, topBlocks)
		}
		top.unknownBlocks(body, topBlocks, nil)
	}
}

func (r *reader) readHost(top *place, blocks []*hclsyntax.Block) {
	h := &r.config.Host
	c := one(hostBlock(), func(*Config) *Host { return h })
	c.readAll(top, blocks, r.config)
	if h.RunsDir == DefaultHost().RunsDir {
		h.RunsDir = filepath.Join(r.workDir, h.RunsDir)
	}
	if h.DataDir == DefaultHost().DataDir {
		h.DataDir = filepath.Join(r.workDir, h.DataDir)
	}
	if h.Control.Socket == "" {
		h.Control.Socket = filepath.Join(h.DataDir, "control.sock")
	}
}

func (r *reader) readInstruments(top *place, blocks []*hclsyntax.Block) {
	b, first := instrumentBlock(), map[string]Range{}
	for _, x := range blocks {
		i := DefaultInstrument("", "share")
		named := top.labels(x, `"NAME"`) && top.nameRule(x, 0, instrumentRule) && top.once(x, first)
		if named {
			i = DefaultInstrument(x.Labels[0], "share")
		}
		b.read(top.inner(x), &i)
		if named {
			r.config.Instruments = append(r.config.Instruments, i)
		}
	}
}

func (r *reader) readFeeds(top *place, blocks []*hclsyntax.Block) {
	first := map[string]Range{}
	for _, x := range blocks {
		b := feedBlock(firstLabel(x))
		f := b.defaults()
		named := top.typed(x, feedNames...) && top.nameRule(x, 1, nameRule) && top.once(x, first)
		if named {
			f.Type, f.Name = x.Labels[0], x.Labels[1]
		}
		b.read(top.inner(x), &f)
		if named {
			r.config.Feeds = append(r.config.Feeds, f)
		}
	}
}

func (r *reader) readVenues(top *place, blocks []*hclsyntax.Block) {
	first := map[string]Range{}
	for _, x := range blocks {
		b := venueBlock(firstLabel(x))
		v := b.defaults()
		named := top.typed(x, venueNames...) && top.nameRule(x, 1, nameRule) && top.once(x, first)
		if named {
			v.Type, v.Name = x.Labels[0], x.Labels[1]
		}
		b.read(top.inner(x), &v)
		if named {
			r.config.Venues = append(r.config.Venues, v)
		}
	}
}

func (r *reader) readAgents(top *place, blocks []*hclsyntax.Block) {
	b, first := agentBlock(), map[string]Range{}
	for _, x := range blocks {
		a := DefaultAgent()
		named := top.labels(x, `"NAME"`) && top.nameRule(x, 0, nameRule) && top.once(x, first)
		if named {
			a.Name = x.Labels[0]
		}
		b.read(top.inner(x), &a)
		if named {
			r.config.Agents = append(r.config.Agents, a)
		}
	}
}

func firstLabel(x *hclsyntax.Block) string {
	if len(x.Labels) == 0 {
		return ""
	}
	return x.Labels[0]
}

// meantOr is the type of those known that was probably meant, else the first: its other mistakes are worth
// telling too.
func meantOr(found string, known []string) string {
	if typ := meant(found, known); typ != "" {
		return typ
	}
	return known[0]
}

// typed checks the two labels of a block that has a type. An unknown type is reported, and its content
// read as if it were one that there is.
func (p *place) typed(x *hclsyntax.Block, types ...string) bool {
	if !p.labels(x, fmt.Sprintf("%q", types[0]), `"NAME"`) {
		return false
	}
	if !slices.Contains(types, x.Labels[0]) {
		p.fail(rangeOf(x.LabelRanges[0]), "Unknown type", "There is no %s of type %q.%s This version has %s.",
			x.Type, x.Labels[0], didYouMean(x.Labels[0], types, true), quotedList(types, "and"))
	}
	return true
}

// once reports a name that was given before to a block of this type.
func (p *place) once(x *hclsyntax.Block, first map[string]Range) bool {
	name := x.Labels[len(x.Labels)-1]
	if before, twice := first[name]; twice {
		p.fail(rangeOf(x.DefRange()), "Duplicate name", "%s %q is there already, at %s. Give this one another name.", x.Type, name, before)
		return false
	}
	first[name] = rangeOf(x.DefRange())
	return true
}
