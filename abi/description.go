package abi

// Description is what a module says about itself by strategy_describe.
type Description struct {
	Name       string // Name of the strategy: lower-case letters, digits, '-' and '_'.
	Version    string // Version, in the author's own numbering.
	Summary    string // A sentence about what it does; may be empty.
	Parameters []Parameter
	Series     []SeriesDeclaration
}

// Parameter is a declared parameter. Values reach strategy_init in the order of declaration.
type Parameter struct {
	Name    string
	Type    ParameterType
	Default Value
	Min     int64 // Least value; math.MinInt64 if there is none. Texts have none.
	Max     int64 // Greatest value; math.MaxInt64 if there is none. Texts have none.
	Help    string
}

// Value is the value of a parameter: Text of a text, else Number (integer, decimal in 1e-8,
// nanoseconds, or 0 and 1).
type Value struct {
	Number int64
	Text   string
}

// SeriesUnit is how the values of a series are scaled and shown.
type SeriesUnit string

const (
	UnitPrice    SeriesUnit = "price"    // By the price decimals of its instrument; drawn over the price.
	UnitQuantity SeriesUnit = "quantity" // By the quantity decimals of its instrument.
	UnitMoney    SeriesUnit = "money"    // By the decimals of the account's currency.
	UnitFraction SeriesUnit = "fraction" // In 1e-8, shown in percent.
	UnitNumber   SeriesUnit = "number"   // In 1e-8, shown as it is.
)

// SeriesDeclaration is a series that the strategy gives values to; a Series record names it by its
// place in the description.
type SeriesDeclaration struct {
	Name string
	Unit SeriesUnit
}
