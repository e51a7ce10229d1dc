package sandbox

import "github.com/hashicorp/go-hclog"

// Stream says where a guest's line came from.
type Stream uint8

// The streams. Those of agenthost.log carry the guest's level.
const (
	StreamStdout Stream = iota + 1
	StreamStderr
	StreamLogDebug
	StreamLogInfo
	StreamLogWarn
	StreamLogError
	StreamHost // A word of the sandbox itself, such as that lines were cut.
)

var streamNames = [...]string{"", "stdout", "stderr", "debug", "info", "warn", "error", "host"}

func (s Stream) String() string {
	if int(s) < len(streamNames) {
		return streamNames[s]
	}
	return "unknown"
}

// Level is how the host should log a line of the stream.
func (s Stream) Level() hclog.Level {
	switch s {
	case StreamLogDebug:
		return hclog.Debug
	case StreamLogWarn, StreamStderr, StreamHost:
		return hclog.Warn
	case StreamLogError:
		return hclog.Error
	}
	return hclog.Info
}
