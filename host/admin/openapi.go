package admin

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Document is this API as an OpenAPI 3.1 document, made of the routes and of the types that they read and
// answer.
func Document() map[string]any {
	d := &documenter{schemas: map[string]any{}}
	paths := map[string]any{}
	for i := range routes {
		r := &routes[i]
		operations, ok := paths[r.Path].(map[string]any)
		if !ok {
			operations = map[string]any{}
			paths[r.Path] = operations
		}
		operations[strings.ToLower(r.Method)] = d.operation(r)
	}
	d.schemas["Error"] = errorSchema()
	return map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title": "agenthost", "version": "1",
			"description": "Looks at a running host and tells it what to do. Money and quantities are decimal strings, times nanoseconds since the Unix epoch (0 for never), durations nanoseconds. Made from the code; do not edit.",
			"license":     map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []any{map[string]any{"url": "https://127.0.0.1:7777", "description": "where the control block listens"}},
		"security": []any{map[string]any{"token": []any{}}, map[string]any{"certificate": []any{}}},
		"paths":    paths,
		"components": map[string]any{
			"schemas": d.schemas,
			"securitySchemes": map[string]any{
				"token":       map[string]any{"type": "http", "scheme": "bearer", "description": "agenthost token create"},
				"certificate": map[string]any{"type": "mutualTLS"},
			},
		},
	}
}

func (s *Server) document(*request) (any, error) { return Document(), nil }

func errorSchema() any {
	return object(map[string]any{"error": object(map[string]any{
		"code":    map[string]any{"type": "string", "description": "A fixed word."},
		"message": map[string]any{"type": "string", "description": "What was found, and what to do."},
	}, "code", "message")}, "error")
}

func object(properties map[string]any, required ...string) map[string]any {
	o := map[string]any{"type": "object", "properties": properties}
	if len(required) > 0 {
		slices.Sort(required)
		o["required"] = required
	}
	return o
}

// documenter gathers the schemas of the types that routes use.
type documenter struct{ schemas map[string]any }

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

func (d *documenter) operation(r *Route) map[string]any {
	o := map[string]any{
		"operationId": operationID(r), "summary": r.Says, "tags": []any{tagOf(r.Path)},
		"description": fmt.Sprintf("Needs scope %s.", r.Scope), "x-scope": string(r.Scope),
		"responses": d.responses(r),
	}
	var parameters []any
	for _, m := range pathParameter.FindAllStringSubmatch(r.Path, -1) {
		parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
	}
	for _, q := range r.Query {
		parameters = append(parameters, map[string]any{"name": q.Name, "in": "query", "description": q.Says, "schema": map[string]any{"type": q.Type}})
	}
	if r.Changes {
		parameters = append(parameters, map[string]any{
			"name": "Idempotency-Key", "in": "header", "schema": map[string]any{"type": "string", "minLength": 1, "maxLength": keyBytesMax},
			"description": "A text of the client's own for this change: what comes twice is carried out once, and answered with the first answer for 24 hours.",
		})
		o["requestBody"] = map[string]any{"required": true, "content": content("application/json", d.schema(reflect.TypeOf(r.body)))}
	}
	if parameters != nil {
		o["parameters"] = parameters
	}
	return o
}

// operationID is the method and the path's words: post_agents_name_mode.
func operationID(r *Route) string {
	id := strings.ToLower(r.Method) + strings.TrimPrefix(r.Path, "/v1")
	return strings.Trim(strings.NewReplacer("/", "_", "{", "", "}", "", ".", "_").Replace(id), "_")
}

func tagOf(path string) string {
	tag, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(path, "/v1"), "/"), "/")
	switch {
	case tag == "" || strings.HasSuffix(tag, ".json"):
		return "api"
	case tag == "halt" || tag == "flatten":
		return "agents"
	}
	return tag
}

func content(kind string, schema any) map[string]any {
	return map[string]any{kind: map[string]any{"schema": schema}}
}

func (d *documenter) responses(r *Route) map[string]any {
	ok := map[string]any{"description": "Done."}
	schema := d.schema(reflect.TypeOf(r.answer))
	if r.Stream {
		ok["description"] = "A line for each; an empty one is a heartbeat."
		kinds := content("application/x-ndjson", schema)
		kinds["text/event-stream"] = map[string]any{"schema": map[string]any{"type": "string"}}
		ok["content"] = kinds
	} else {
		ok["content"] = content("application/json", schema)
	}
	out := map[string]any{"200": ok}
	failures := map[string]string{
		"400": "The request makes no sense.", "401": "Nobody was named: no token and no certificate that is valid.", "403": "The scope is too small.",
		"404": "There is no such thing.", "429": "Too many failed attempts to come in.", "500": "The host failed.", "503": "The host is busy, or not at work.", "504": "The host took too long; look before asking again.",
	}
	if r.Changes {
		failures["409"] = "The host refuses; or the key is at work, or was carried out before."
		failures["413"], failures["415"] = "The body is too large.", "The body is not application/json."
		failures["422"] = "The Idempotency-Key came with another request."
	}
	for status, says := range failures {
		out[status] = map[string]any{"description": says, "content": content("application/json", ref("Error"))}
	}
	return out
}

func ref(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	rawType      = reflect.TypeFor[json.RawMessage]()
	bytesType    = reflect.TypeFor[[]byte]()
)

// schema describes a type, as encoding/json writes it.
func (d *documenter) schema(t reflect.Type) any {
	switch t {
	case rawType:
		return map[string]any{"description": "Any JSON."}
	case bytesType:
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	case timeType:
		return map[string]any{"type": "string", "format": "date-time"}
	case durationType:
		return map[string]any{"type": "integer", "format": "int64", "description": "Nanoseconds."}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schema(t.Elem())
	case reflect.Struct:
		return d.named(t)
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int64:
		return map[string]any{"type": "integer", "format": "int64"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer", "minimum": 0}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32:
		return map[string]any{"type": "integer"}
	}
	return map[string]any{} // anything
}

// named describes a struct once, under its name; one of event's that admin has a name for too is told apart.
func (d *documenter) named(t reflect.Type) any {
	name := t.Name()
	if package_ := t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]; package_ != "admin" {
		name = strings.ToUpper(package_[:1]) + package_[1:] + name
	}
	if _, known := d.schemas[name]; known {
		return ref(name)
	}
	d.schemas[name] = nil // it may hold itself
	properties := map[string]any{}
	required := d.properties(t, properties)
	d.schemas[name] = object(properties, slices.Sorted(maps.Keys(required))...)
	return ref(name)
}

// properties are a struct's fields in JSON, with those of what is embedded. Required are those without omitempty.
func (d *documenter) properties(t reflect.Type, into map[string]any) (required map[string]bool) {
	required = map[string]bool{}
	for f := range fields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			maps.Copy(required, d.properties(f.Type, into))
			continue
		}
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		into[name] = d.schema(f.Type)
		if !strings.Contains(options, "omit") && f.Type.Kind() != reflect.Bool {
			required[name] = true
		}
	}
	return required
}

// fields yields a struct's fields.
func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range t.NumField() {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}
