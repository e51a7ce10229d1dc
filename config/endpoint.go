package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// placeholder is a word in braces.
var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// templateRule refuses words in braces that are not filled in.
func templateRule(s string) string {
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		if slices.Contains(Placeholders, m[1]) {
			continue
		}
		help := didYouMean(m[1], Placeholders, false)
		if help == "" {
			help = " There are {" + strings.Join(Placeholders, "}, {") + "}."
		}
		return fmt.Sprintf("nothing is filled in for %s.%s", m[0], help)
	}
	if strings.ContainsAny(placeholder.ReplaceAllString(s, ""), "{}") {
		return "a brace is not closed, or not opened."
	}
	return ""
}

func endpointRule(s string) string {
	switch {
	case s == "":
		return ""
	case s[0] != '/':
		return "a path begins with a slash; base_url stands before it."
	case strings.ContainsAny(s, "?#"):
		return `a path has no query; put it into query: { status = "open" }.`
	case strings.ContainsAny(s, " \t\r\n"):
		return "a path has no blanks."
	}
	return templateRule(s)
}

func endpointBlock(name, says string, standard Endpoint) *block[Endpoint] {
	b := &block[Endpoint]{
		name: name, says: says,
		defaults: func() Endpoint { return standard }, source: func(e *Endpoint) *Source { return &e.Source },
		fields: []field[Endpoint]{
			oneOf("method", func(e *Endpoint) *string { return &e.Method }, []string{"GET", "POST", "PUT", "PATCH", "DELETE"}, "The method."),
			text("path", func(e *Endpoint) *string { return &e.Path }, endpointRule, `The path; "" says that the venue cannot.`).like(quoted(standard.Path)),
			replacing(mapping("query", func(e *Endpoint) *map[string]string { return &e.Query }, nil, nil, "The query, by name. One whose placeholder has no value is left out.", `{ after = "{cursor}" }`), func(e *Endpoint) *map[string]string { return &e.Query }),
			mapping("body", func(e *Endpoint) *map[string]string { return &e.Body }, nil, nil, "What the body has beside the fields of the request, by dotted path.", `{ "order.id" = "{venue_order_id}" }`),
		},
		check: checkEndpoint,
	}
	if name == "stream" {
		b.fields = b.fields[1:3]
	}
	return b
}

// replacing makes a mapping take the place of the default instead of being laid over it.
func replacing[T any](f field[T], get func(*T) *map[string]string) field[T] {
	read := f.read
	f.read = func(v value, t *T) {
		*get(t) = nil
		read(v, t)
	}
	return f
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

func checkEndpoint(p *place, e *Endpoint) {
	for _, list := range []struct {
		name string
		of   map[string]string
	}{{"query", e.Query}, {"body", e.Body}} {
		for _, name := range slices.Sorted(maps.Keys(list.of)) {
			if wrong := templateRule(list.of[name]); wrong != "" {
				p.fail(e.nearest(list.name, "path"), "Value not allowed", "%s in %s is %s: %s", name, list.name, shownText(list.of[name]), wrong)
			}
		}
	}
	if len(e.Body) > 0 && !e.hasBody() {
		p.fail(e.At("body"), "Settings that contradict", "A request of method %s has no body. Use query, or method POST, PUT or PATCH.", e.Method)
	}
}

func (e *Endpoint) hasBody() bool {
	return e.Method == "POST" || e.Method == "PUT" || e.Method == "PATCH"
}

// mentions reports whether path, query or body hold a placeholder.
func (e *Endpoint) mentions(word string) bool {
	has := func(s string) bool { return strings.Contains(s, "{"+word+"}") }
	return has(e.Path) || slices.ContainsFunc(slices.Collect(maps.Values(e.Query)), has) || slices.ContainsFunc(slices.Collect(maps.Values(e.Body)), has)
}

func endpointsBlock() *block[Endpoints] {
	d := DefaultEndpoints()
	endpoint := func(name, says string, get func(*Endpoints) *Endpoint) child[Endpoints] {
		return one(endpointBlock(name, says, *get(&d)), get)
	}
	return &block[Endpoints]{
		name: "endpoints", says: "What the venue can be asked, and how. An endpoint that is not written is as `agenthost venue` has it; one whose path is \"\" is not there. Paths, and values of query and body, have words in braces, which are filled in: {" + strings.Join(Placeholders, "}, {") + "}.",
		defaults: DefaultEndpoints, source: func(e *Endpoints) *Source { return &e.Source },
		children: []child[Endpoints]{
			endpoint("submit", "Place an order.", func(e *Endpoints) *Endpoint { return &e.Submit }),
			endpoint("cancel", "Cancel an order.", func(e *Endpoints) *Endpoint { return &e.Cancel }),
			endpoint("lookup", "Find an order by its client order id, whether it is open or over (lookup_past).", func(e *Endpoints) *Endpoint { return &e.Lookup }),
			endpoint("open_orders", "All open orders of the account.", func(e *Endpoints) *Endpoint { return &e.OpenOrders }),
			endpoint("fills", "The fills of the account, after a cursor.", func(e *Endpoints) *Endpoint { return &e.Fills }),
			endpoint("positions", "The positions of the account.", func(e *Endpoints) *Endpoint { return &e.Positions }),
			endpoint("balances", "The money of the account.", func(e *Endpoints) *Endpoint { return &e.Balances }),
			endpoint("replace", "Change an order in place. Without it an order is cancelled, and what is left of it placed anew.", func(e *Endpoints) *Endpoint { return &e.Replace }),
			endpoint("time", "The venue's clock.", func(e *Endpoints) *Endpoint { return &e.Time }),
			endpoint("stream", "The WebSocket on which the venue tells fills and changes of orders by itself. They are asked for all the same, but less often.", func(e *Endpoints) *Endpoint { return &e.Stream }),
		},
	}
}

// checkEndpoints looks at the endpoints beside the fields that their requests are made of.
func checkEndpoints(p *place, h *HTTP) {
	e := &h.Endpoints
	if e.Submit.Off() {
		p.fail(firstPlace(e.Submit.At("path"), p.header), "Missing attribute", "A venue needs the endpoint submit: without it no order goes out.")
	}
	type named struct {
		name string
		*Endpoint
	}
	for _, x := range []named{{"submit", &e.Submit}, {"replace", &e.Replace}} {
		if !x.Off() && !x.hasBody() {
			p.fail(x.nearest("method", "path"), "Settings that contradict", "%s has method %s, whose requests have no body to say it in. Use POST, PUT or PATCH.", x.name, x.Method)
		}
	}
	byField := h.Fields.Request["client_order_id"] != "" || h.Fields.Request["venue_order_id"] != ""
	for _, x := range []named{{"lookup", &e.Lookup}, {"cancel", &e.Cancel}, {"replace", &e.Replace}} {
		if x.Off() || x.mentions("client_order_id") || x.mentions("venue_order_id") || x.hasBody() && byField {
			continue
		}
		p.fail(x.nearest("path", "query"), "Settings that contradict", "%s does not say which order. Write, for example, `path = %q`.", x.name, DefaultEndpoints().Lookup.Path)
	}
	if x := &e.Fills; !x.Off() && h.Fields.Response["cursor"] != "" && !x.mentions("cursor") {
		p.fail(x.nearest("query", "path"), "Settings that contradict", "An answer with fills has a cursor, and the request does not send it. Write, for example, `query = { after = \"{cursor}\" }`; or, where the venue has no cursor, cursor = \"\" in fields.response.")
	}
}
