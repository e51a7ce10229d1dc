package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// placeholder is a word in braces, as paths and bodies have it.
var placeholder = regexp.MustCompile(`\{([a-zA-Z_]+)\}`)

// placeholderRule refuses words that are not filled in.
func placeholderRule(allowed []string) func(string) string {
	return func(s string) string {
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			if slices.Contains(allowed, m[1]) {
				continue
			}
			braced := make([]string, len(allowed))
			for i, word := range allowed {
				braced[i] = "{" + word + "}"
			}
			return fmt.Sprintf("there is no %s here.%s It can have %s.", m[0], didYouMean(m[1], allowed, false), wordList(braced, "and"))
		}
		return ""
	}
}

func pathRule(allowed []string) func(string) string {
	return func(s string) string {
		switch {
		case s == "":
			return ""
		case s[0] != '/':
			return "a path begins with a slash; base_url stands before it."
		case strings.ContainsAny(s, " \t\r\n#"):
			return "a path has no blanks and no #."
		}
		return placeholderRule(allowed)(s)
	}
}

// streamRule also takes a URL: streams are often on a host of their own.
func streamRule(s string) string {
	if strings.HasPrefix(s, "ws://") || strings.HasPrefix(s, "wss://") {
		return urlRule("ws", "wss")(s)
	}
	return pathRule([]string{"account"})(s)
}

func endpointBlock(name, says string, standard Endpoint, allowed ...string) *block[Endpoint] {
	allowed = append(allowed, "account")
	return &block[Endpoint]{
		name: name, says: says,
		defaults: func() Endpoint { return standard }, source: func(e *Endpoint) *Source { return &e.Source },
		fields: []field[Endpoint]{
			oneOf("method", func(e *Endpoint) *string { return &e.Method }, []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, "The method."),
			text("path", func(e *Endpoint) *string { return &e.Path }, pathRule(allowed), `The path; "" says that the venue cannot.`).like(quoted(standard.Path)),
			text("body", func(e *Endpoint) *string { return &e.Body }, placeholderRule(allowed), "The body, where it is not made of the fields of the request.").like(`"{}"`),
		},
	}
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

func streamBlock() *block[Endpoint] {
	return &block[Endpoint]{
		name: "stream", says: "The WebSocket on which the venue tells fills and changes of orders by itself. Fills are asked for all the same.",
		defaults: func() Endpoint { return DefaultEndpoints().Stream }, source: func(e *Endpoint) *Source { return &e.Source },
		fields: []field[Endpoint]{
			text("path", func(e *Endpoint) *string { return &e.Path }, streamRule, `The path, or a URL of scheme ws or wss; "" says that the venue has none.`).like(`"/api/stream"`),
		},
	}
}

func endpointsBlock() *block[Endpoints] {
	d := DefaultEndpoints()
	order := []string{"client_order_id", "order_id", "symbol"}
	endpoint := func(name, says string, get func(*Endpoints) *Endpoint, allowed ...string) child[Endpoints] {
		return one(endpointBlock(name, says, *get(&d), allowed...), get)
	}
	return &block[Endpoints]{
		name: "endpoints", says: "What the venue can be asked, and how. An endpoint that is not written is as `agenthost venue` has it; one whose path is \"\" is not there.",
		defaults: DefaultEndpoints, source: func(e *Endpoints) *Source { return &e.Source },
		children: []child[Endpoints]{
			endpoint("submit", "Place an order.", func(e *Endpoints) *Endpoint { return &e.Submit }, "client_order_id", "symbol"),
			endpoint("cancel", "Cancel an order.", func(e *Endpoints) *Endpoint { return &e.Cancel }, order...),
			endpoint("lookup", "Find an order by its client order id, whether it is open or over.", func(e *Endpoints) *Endpoint { return &e.Lookup }, "client_order_id", "symbol"),
			endpoint("open_orders", "All open orders of the account.", func(e *Endpoints) *Endpoint { return &e.OpenOrders }),
			endpoint("fills", "The fills of the account, after a cursor.", func(e *Endpoints) *Endpoint { return &e.Fills }, "cursor"),
			endpoint("positions", "The positions of the account.", func(e *Endpoints) *Endpoint { return &e.Positions }),
			endpoint("balances", "The money of the account.", func(e *Endpoints) *Endpoint { return &e.Balances }),
			endpoint("replace", "Change an order in place. Without it an order is cancelled, and what is left of it placed anew.", func(e *Endpoints) *Endpoint { return &e.Replace }, order...),
			endpoint("time", "The venue's clock.", func(e *Endpoints) *Endpoint { return &e.Time }),
			one(streamBlock(), func(e *Endpoints) *Endpoint { return &e.Stream }),
		},
		check: checkEndpoints,
	}
}

func checkEndpoints(p *place, e *Endpoints) {
	if e.Submit.Off() {
		p.fail(e.Submit.At("path"), "Missing attribute", "A venue needs the endpoint submit: without it no order goes out.")
	}
	checkNamesOrder(p, "lookup", &e.Lookup, "client_order_id")
	checkNamesOrder(p, "cancel", &e.Cancel, "client_order_id", "order_id")
	checkNamesOrder(p, "replace", &e.Replace, "client_order_id", "order_id")
}

// checkNamesOrder refuses a request about one order that does not say which.
func checkNamesOrder(p *place, name string, e *Endpoint, words ...string) {
	if e.Off() || !e.Written("path") && !e.Written("body") {
		return
	}
	for _, word := range words {
		if strings.Contains(e.Path+e.Body, "{"+word+"}") {
			return
		}
	}
	p.fail(e.nearest("path", "body"), "Settings that contradict", "%s does not say which order: neither path nor body has {%s}. Write, for example, `path = %q`.", name, strings.Join(words, "} or {"), DefaultEndpoints().Lookup.Path)
}
