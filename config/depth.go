package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const (
	// nestingMax bounds brackets within brackets, and operators before an operand. The parser descends
	// into each, and the end of a goroutine's stack is the end of the process.
	nestingMax = 200
	// chainMax bounds the operators of one attribute: evaluation descends into each of a chain.
	chainMax = 5_000
)

// depthCounter looks at a file's tokens, which the scanner finds without descending.
type depthCounter struct {
	open                         []hclsyntax.TokenType
	prefixes, questions, chained int
}

// tooDeep finds nesting that would make the parser's or the evaluation's own stack deep, or returns nil.
func tooDeep(source []byte, name string) *hcl.Diagnostic {
	tokens, _ := hclsyntax.LexConfig(source, name, hcl.InitialPos) // the parser reports what the scanner finds
	var c depthCounter
	for i := range tokens {
		if c.add(tokens[i].Type) {
			continue
		}
		return &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Nested too deep", Subject: &tokens[i].Range,
			Detail: fmt.Sprintf("Brackets, conditions or signs are nested more than %d deep here, or an attribute has more than %d operators. Write it in several variables.", nestingMax, chainMax),
		}
	}
	return nil
}

// add counts a token and reports whether all is within bounds.
func (c *depthCounter) add(t hclsyntax.TokenType) bool {
	c.brackets(t)
	switch t {
	case hclsyntax.TokenNewline:
		c.newline()
	case hclsyntax.TokenMinus, hclsyntax.TokenBang:
		c.prefixes++
	case hclsyntax.TokenQuestion, hclsyntax.TokenTemplateControl:
		c.questions++
		c.prefixes = 0
	default:
		c.prefixes = 0
	}
	if chains(t) {
		c.chained++
	}
	return len(c.open) <= nestingMax && c.prefixes <= nestingMax && c.questions <= nestingMax && c.chained <= chainMax
}

func (c *depthCounter) brackets(t hclsyntax.TokenType) {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		c.open = append(c.open, t)
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		if len(c.open) > 0 {
			c.open = c.open[:len(c.open)-1]
		}
	}
}

// newline ends an attribute, unless it is in brackets or text.
func (c *depthCounter) newline() {
	if n := len(c.open); n == 0 || c.open[n-1] == hclsyntax.TokenOBrace {
		c.prefixes, c.questions, c.chained = 0, 0, 0
	}
}

// chains reports whether a token makes the expression around it one deeper.
func chains(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq,
		hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenAnd, hclsyntax.TokenOr,
		hclsyntax.TokenDot, hclsyntax.TokenOBrack:
		return true
	}
	return false
}
