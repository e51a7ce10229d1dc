package http

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/agenthost/agenthost/resilience"
)

// TestCauses: errors that a loopback server cannot make are told apart, too.
func TestCauses(t *testing.T) {
	dial := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
	}
	late := context.DeadlineExceeded
	for _, c := range []struct {
		err, ended, handshake error
		proxy                 bool
		want                  resilience.Cause
	}{
		{dial(syscall.ECONNREFUSED), nil, nil, false, resilience.CauseRefused},
		{dial(syscall.EHOSTUNREACH), nil, nil, false, resilience.CauseUnreachable},
		{dial(syscall.ENETUNREACH), nil, nil, false, resilience.CauseUnreachable},
		{dial(syscall.EADDRNOTAVAIL), nil, nil, false, resilience.CauseUnreachable},
		{dial(syscall.EMFILE), nil, nil, false, resilience.CauseDescriptors},
		{dial(syscall.ENFILE), nil, nil, false, resilience.CauseDescriptors},
		{dial(syscall.ENOMEM), nil, nil, false, resilience.CauseMemory},
		{dial(syscall.ETIMEDOUT), nil, nil, false, resilience.CauseTimeout},
		{dial(os.ErrDeadlineExceeded), nil, nil, false, resilience.CauseTimeout},
		{&net.DNSError{Err: "no such host", IsNotFound: true}, nil, nil, false, resilience.CauseDNS},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, nil, nil, false, resilience.CauseDNS},
		{&net.DNSError{Err: "i/o timeout", IsTimeout: true}, late, nil, false, resilience.CauseTimeout},
		{&net.DNSError{Err: "operation was canceled"}, context.Canceled, nil, false, resilience.CauseAborted},
		{late, late, nil, false, resilience.CauseTimeout},
		{context.Canceled, context.Canceled, nil, false, resilience.CauseAborted},
		{context.Canceled, late, nil, false, resilience.CauseTimeout},
		{io.EOF, nil, nil, false, resilience.CauseReset},
		{fmt.Errorf("read: %w", syscall.ECONNRESET), nil, nil, false, resilience.CauseReset},
		{fmt.Errorf("write: %w", syscall.EPIPE), nil, nil, false, resilience.CauseReset},
		{errors.New("http: server closed idle connection"), nil, nil, false, resilience.CauseReset},
		{io.EOF, nil, io.EOF, false, resilience.CauseTLS},
		{&net.OpError{Op: "remote error", Err: tls.AlertError(40)}, nil, nil, false, resilience.CauseTLS},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a"}, nil, nil, false, resilience.CauseCertificate},
		{&tls.CertificateVerificationError{Err: errors.New("expired")}, nil, nil, false, resilience.CauseCertificate},
		{errors.New("Bad Gateway"), nil, nil, true, resilience.CauseProxy},
		{errors.New("something new"), nil, nil, false, resilience.CauseProtocol},
	} {
		if got := causeOf(c.err, c.ended, c.handshake, c.proxy); got != c.want {
			t.Errorf("%v (%v, %v) is %s, want %s", c.err, c.ended, c.handshake, got, c.want)
		}
	}
}
