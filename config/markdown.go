package config

import (
	"fmt"
	"strings"
)

// Markdown is docs/CONFIG.md: what there is to know about files in words, and every block from the
// tables by which it is read.
func Markdown() string {
	var b strings.Builder
	b.WriteString(markdownHead)
	b.WriteString("```hcl\n" + Example + "```\n\n## Functions\n\n")
	b.WriteString("| call | value |\n| --- | --- |\n")
	for _, f := range Functions() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.Form, f.Says)
	}
	b.WriteString("\n## Blocks\n")
	for _, block := range Describe() {
		block.markdown(&b, 3, "")
	}
	return b.String()
}

func (b *Block) markdown(w *strings.Builder, level int, within string) {
	title := "`" + b.Title() + "`" + within
	fmt.Fprintf(w, "\n%s %s\n\n%s\n", strings.Repeat("#", level), title, b.Says)
	if b.Open != "" {
		fmt.Fprintf(w, "\n%s\n", b.Open)
	}
	if len(b.Attributes) > 0 {
		w.WriteString("\n| attribute | type | default | |\n| --- | --- | --- | --- |\n")
	}
	for i := range b.Attributes {
		a := &b.Attributes[i]
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", a.Name, cell(a.typeText()), cell(a.defaultText()), cell(a.Says))
	}
	for i := range b.Blocks {
		b.Blocks[i].markdown(w, min(level+1, 6), " in `"+b.Name+"`")
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func (a *Attribute) typeText() string {
	if len(a.Values) == 0 {
		return a.Type
	}
	return a.Type + " " + quotedList(a.Values, "or")
}

func (a *Attribute) defaultText() string {
	if a.Required {
		return "**required**"
	}
	return a.Default
}

// Example is a configuration that shows most of what there is.
const Example = `variable "data" {
  description = "The folder with the bars."
  default     = "data"
}

variable "fast" {
  type    = number
  default = 10
}

host {
  runs_dir = "runs"
  journal {
    type = "sqlite"
  }
}

instrument "GOOG" {
  price_decimals = 4
  tick           = "0.0001"
}

feed "csv" "daily" {
  interval = "1d"
  from     = "2005-01-01"
  source "GOOG" {
    file = "${var.data}/GOOG.csv"
  }
  quality {
    calendar = "weekdays"
  }
}

venue "paper" "paper" {
  cash       = 10000
  commission = "0.2%"
}

agent "sma" {
  strategy    = "sma.wasm"
  feed        = "daily"
  venue       = "paper"
  instruments = ["GOOG"]
  on_stop     = "cancel"
  params {
    fast = var.fast
    slow = 2 * var.fast
  }
  limits {
    memory        = "16MiB"
    fuel_per_tick = 2000000
  }
  risk {
    order_notional_max = 20000
    orders_rate        = "10/1s"
    price_collar       = "5%"
  }
}
`

const markdownHead = `# Configuration

<!-- Made by config.Markdown; go test ./config -run Documentation -update writes it anew. -->

A configuration is one file, or a folder: then all files in it whose names end in ` + "`.hcl`" + ` count as
one, in the order of their names. Folders within are not looked into. The language is
[HCL](https://github.com/hashicorp/hcl), as Terraform has it. ` + "`agenthost check CONFIG`" + ` tells every
mistake at once with its place, ` + "`agenthost fmt`" + ` lays a file out in the one way.

## Values

- **Numbers** are exact. Prices, quantities, money and fractions may be written as numbers or, the same,
  as text: ` + "`0.002`" + ` or ` + "`\"0.002\"`" + `. What has more decimal places than there is room for is refused,
  never rounded: money and fractions have 8, prices and quantities as many as the instrument says.
- **Fractions** may be written in percent: ` + "`\"0.2%\"`" + ` is ` + "`0.002`" + `.
- **Durations** are text with a unit: ` + "`\"250ms\"`, `\"5s\"`, `\"1m30s\"`, `\"1d\"`" + `. A bare number is refused.
- **Sizes** are text with a unit of 1024: ` + "`\"512B\"`, `\"64KiB\"`, `\"16MiB\"`" + `.
- **Rates** are a count and a time: ` + "`\"10/1s\"`" + ` lets ten go at once, and then one each 100ms, so that in any second there are
  never more than twenty.
- **Times** are dates or times, ` + "`\"2010-01-01\"` or `\"2010-01-01 09:30:00\"`" + `, in the feed's time zone, or with a
  zone of their own as in RFC 3339.
- **Names** of feeds, venues and instruments are text in quotes: the last label of their block.
- ` + "`null`" + ` is the same as not writing the attribute.

## Variables

A ` + "`variable`" + ` block declares a value that can be set from outside with ` + "`--var NAME=value`" + ` and is used as
` + "`var.NAME`" + `. What ` + "`--var`" + ` gives is read as the variable's type: text as it is, everything else as HCL.
Defaults may use other variables and ` + "`env()`" + `. A value for a variable that nobody declares is an error.

## Paths

A path that a file says is relative to the folder of that file; so is the default of a variable. A path in
which ` + "`--var` or `env()`" + ` has a part is relative to the working directory, where it was typed. If there is no
such file there, the other of the two places is tried. Paths that are written and not read (` + "`runs_dir`" + ` and
the like) are taken from the first place without looking. Where no ` + "`runs_dir`" + ` is written, it is ` + "`runs`" + ` in the
working directory.

## Secrets

A key is never written in a file: ` + "`key_env`" + ` names an environment variable and ` + "`key_file`" + ` a file that hold it. The
host reads them when it runs; ` + "`agenthost check`" + ` warns where one is not there, and does not need it.

## Live runs

A run is recorded when all its feeds are, and its venues are of this process; every other is live.
[config/live.hcl](../config/live.hcl) is one to try out, against ` + "`agenthost venue`" + `. What a venue cannot do decides
what the host dares to do: ` + "`agenthost check`" + ` says what follows. What is not written has the defaults below.

## What a configuration is known by

The hash over every value that decides what a run does, defaults included, is journaled with it. Where a
run is kept, how fast it goes and what is logged are left out, and paths count as they are written. Each
agent has such a hash of its own, over its block and those of its feeds, venue and instruments.

## Example

`
