// Package agenthost is the root of the module; what it builds is cmd/agenthost. README.md says how to
// begin, docs/ARCHITECTURE.md how it works.
package agenthost
