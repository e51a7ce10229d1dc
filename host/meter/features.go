package meter

import "strings"

// Features is a set of WebAssembly proposals that a module may use. The bits are those of wazero's
// api.CoreFeatures and its experimental package, so a set can be converted to and from them.
type Features uint64

// The proposals known here: all that wazero 1.12 has.
const (
	FeatureBulkMemory Features = 1 << iota
	FeatureMultiValue
	FeatureMutableGlobal
	FeatureNonTrappingFloatToInt
	FeatureReferenceTypes
	FeatureSignExtension
	FeatureSIMD
	FeatureThreads
	FeatureTailCall
	FeatureExtendedConst
	FeatureExceptionHandling
	FeatureTypedFunctionReferences
)

const (
	// FeaturesV1 is WebAssembly 1.0.
	FeaturesV1 = FeatureMutableGlobal
	// FeaturesV2 is WebAssembly 2.0.
	FeaturesV2 = FeaturesV1 | FeatureBulkMemory | FeatureMultiValue | FeatureNonTrappingFloatToInt |
		FeatureReferenceTypes | FeatureSignExtension | FeatureSIMD
	// FeaturesStrategy is what agenthost accepts in a strategy: 2.0, extended constants and tail
	// calls. Threads would break determinism. Exceptions and typed references are experimental in
	// wazero 1.12 (the time of a throw grows with the number of throws before it in the same call), and
	// no compiler needs them for a strategy.
	FeaturesStrategy = FeaturesV2 | FeatureExtendedConst | FeatureTailCall
	// FeaturesAll is every proposal that the meter can rewrite.
	FeaturesAll = FeaturesV2 | FeatureThreads | FeatureTailCall | FeatureExtendedConst |
		FeatureExceptionHandling | FeatureTypedFunctionReferences
)

var featureNames = [...]string{
	"bulk-memory", "multi-value", "mutable-globals", "nontrapping-fptoint", "reference-types",
	"sign-ext", "simd128", "threads", "tail-call", "extended-const", "exception-handling",
	"typed-function-references",
}

// Has tells whether all of want are in the set.
func (f Features) Has(want Features) bool { return f&want == want }

// String lists the features by the names that clang's and rustc's flags use, joined by "|".
func (f Features) String() string {
	var names []string
	for i, name := range featureNames {
		if f&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// hint names the compiler switch that leaves a proposal out.
func (f Features) hint() string {
	switch f {
	case FeatureThreads:
		return "build without threads (clang: no -pthread; rustc: no +atomics)"
	case FeatureExceptionHandling:
		return "build with -fno-exceptions (C++) or panic=abort (Rust)"
	case FeatureTypedFunctionReferences:
		return "build without typed function references"
	default:
		return "build with -mno-" + f.String() + " (clang) or -C target-feature=-" + f.String() + " (rustc)"
	}
}
