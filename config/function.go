package config

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// origin marks values that did not come out of a file, and all that is made of them.
type origin string

const (
	fromCommandLine origin = "command line"
	fromEnvironment origin = "environment"
)

// Function describes a function that expressions may call.
type Function struct{ Form, Says string }

// Functions are those that expressions may call, as the documentation lists them.
func Functions() []Function {
	return []Function{
		{`env("NAME")`, "The environment variable, which must be set."},
		{`env("NAME", "default")`, "The environment variable, or the default where it is not set."},
		{"min(a, b, …)", "The least of the numbers."},
		{"max(a, b, …)", "The greatest of the numbers."},
		{`join(", ", list)`, "The texts of a list as one, with something between."},
	}
}

func functions(environ func(string) (string, bool)) map[string]function.Function {
	return map[string]function.Function{
		"env":  envFunction(environ),
		"min":  stdlib.MinFunc,
		"max":  stdlib.MaxFunc,
		"join": stdlib.JoinFunc,
	}
}

func envFunction(environ func(string) (string, bool)) function.Function {
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "name", Type: cty.String}},
		VarParam: &function.Parameter{Name: "default", Type: cty.String},
		Type:     function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			text, ok := environ(name)
			switch {
			case len(args) > 2:
				return cty.NilVal, function.NewArgErrorf(2, "env takes a name and at most one default")
			case ok:
				return cty.StringVal(text).Mark(fromEnvironment), nil
			case len(args) == 2:
				return args[1], nil
			}
			return cty.NilVal, function.NewArgErrorf(0, "the environment variable %s is not set. Set it, or write a default: env(%q, \"…\")", name, name)
		},
	})
}
