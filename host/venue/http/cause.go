package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/agenthost/agenthost/resilience"
)

// causeOf names an error of the transport. ended is why the call's context ended, nil if it had not; handshake
// the error of TLS, if it had one; toProxy that there is a proxy and the request was not begun. What nobody
// foresaw is CauseProtocol: its meaning is the phase's.
func causeOf(err, ended, handshake error, toProxy bool) resilience.Cause {
	if c := endedCause(err, ended); c != resilience.CauseNone {
		return c
	}
	if c := systemCause(err); c != resilience.CauseNone {
		return c
	}
	if c := certificateCause(err, handshake); c != resilience.CauseNone {
		return c
	}
	switch {
	case broken(err):
		return resilience.CauseReset
	case toProxy: // net/http tells a CONNECT that was refused by the status' words alone
		return resilience.CauseProxy
	}
	return resilience.CauseProtocol
}

// endedCause finds time that ran out, and calls that we ended.
func endedCause(err, ended error) resilience.Cause {
	var wait net.Error
	timeout := errors.As(err, &wait) && wait.Timeout()
	var name *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded) || timeout && errors.Is(ended, context.DeadlineExceeded):
		return resilience.CauseTimeout
	case errors.Is(err, context.Canceled) || errors.Is(ended, context.Canceled) && errors.As(err, &name):
		if errors.Is(ended, context.DeadlineExceeded) {
			return resilience.CauseTimeout
		}
		return resilience.CauseAborted
	case errors.As(err, &name):
		return resilience.CauseDNS
	case timeout:
		return resilience.CauseTimeout
	}
	return resilience.CauseNone
}

var systemCauses = []struct {
	number syscall.Errno
	cause  resilience.Cause
}{
	{syscall.ECONNREFUSED, resilience.CauseRefused},
	{syscall.EHOSTUNREACH, resilience.CauseUnreachable},
	{syscall.ENETUNREACH, resilience.CauseUnreachable},
	{syscall.EHOSTDOWN, resilience.CauseUnreachable},
	{syscall.ENETDOWN, resilience.CauseUnreachable},
	{syscall.EADDRNOTAVAIL, resilience.CauseUnreachable},
	{syscall.EACCES, resilience.CauseUnreachable},
	{syscall.EPERM, resilience.CauseUnreachable},
	{syscall.EINVAL, resilience.CauseUnreachable},
	{syscall.EMFILE, resilience.CauseDescriptors},
	{syscall.ENFILE, resilience.CauseDescriptors},
	{syscall.ENOMEM, resilience.CauseMemory},
	{syscall.ENOBUFS, resilience.CauseMemory},
}

// systemCause is of errors before a connection was made. A proxy that cannot be reached is told by them too.
func systemCause(err error) resilience.Cause {
	for _, s := range systemCauses {
		if errors.Is(err, s.number) {
			return s.cause
		}
	}
	return resilience.CauseNone
}

func certificateCause(err, handshake error) resilience.Cause {
	both := errors.Join(err, handshake)
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case errors.As(both, &verification), errors.As(both, &authority), errors.As(both, &host), errors.As(both, &invalid):
		return resilience.CauseCertificate
	case handshake != nil, errors.As(both, &alert), errors.As(both, &record), strings.Contains(err.Error(), "tls: "):
		return resilience.CauseTLS
	}
	return resilience.CauseNone
}

// broken reports whether a connection ended. net/http has no value for one of its ways to say so.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, errSealed) || errors.Is(err, errCopy) || strings.Contains(err.Error(), "server closed idle connection")
}
