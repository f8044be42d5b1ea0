package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/shared/fault"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	busy := fault.New(fault.Busy, "the session is being worked on")
	for name, row := range map[string]struct {
		err  error
		want fault.Kind
	}{
		"nil has none":                          {nil, ""},
		"a fault is its kind":                   {busy, fault.Busy},
		"a wrapped fault is its kind":           {fmt.Errorf("flow.Run: %w", busy), fault.Busy},
		"a joined fault is its kind":            {errors.Join(io.EOF, busy), fault.Busy},
		"the outermost fault decides":           {fault.Wrap(fault.Conflict, busy, "no"), fault.Conflict},
		"a fault outranks what it wraps":        {fault.Wrap(fault.Malformed, context.Canceled, "no"), fault.Malformed},
		"a cancelled context":                   {fmt.Errorf("store.Get: %w", context.Canceled), fault.Canceled},
		"a context past its deadline":           {fmt.Errorf("store.Get: %w", context.DeadlineExceeded), fault.Timeout},
		"a connection past its deadline":        {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, fault.Timeout},
		"a connection refused is not a timeout": {&net.OpError{Op: "dial", Err: io.EOF}, fault.Internal},
		"a body over its limit":                 {&http.MaxBytesError{Limit: 1}, fault.TooLarge},
		"grpc unavailable":                      {status.Error(codes.Unavailable, "x"), fault.Unavailable},
		"grpc aborted":                          {status.Error(codes.Aborted, "x"), fault.Unavailable},
		"grpc out of quota":                     {status.Error(codes.ResourceExhausted, "x"), fault.Unavailable},
		"grpc deadline":                         {status.Error(codes.DeadlineExceeded, "x"), fault.Timeout},
		"grpc cancelled":                        {status.Error(codes.Canceled, "x"), fault.Canceled},
		"a wrapped grpc status":                 {fmt.Errorf("publish: %w", status.Error(codes.Unavailable, "x")), fault.Unavailable},
		"grpc not found is ours":                {status.Error(codes.NotFound, "x"), fault.Internal},
		"grpc permission denied is ours":        {status.Error(codes.PermissionDenied, "x"), fault.Internal},
		"anything else is ours":                 {io.ErrUnexpectedEOF, fault.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fault.KindOf(row.err); got != row.want {
				t.Errorf("KindOf(%v) = %q, want %q", row.err, got, row.want)
			}
		})
	}
}

func TestWrapKeepsTheCause(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("webhook: %w", fault.Wrap(fault.Unavailable, io.ErrUnexpectedEOF, "topic %s is away", "events"))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	if want := "webhook: unavailable: topic events is away: unexpected EOF"; err.Error() != want {
		t.Errorf("Error() = %q, want %q", err, want)
	}
}

func TestDecoratingLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	base := fault.New(fault.Unprocessable, "the settings are not valid").At("crm.url", "is missing")
	one, two := base.At("crm.timeout", "must be 1 to 10 s"), base.At("queue", "is unknown")
	if len(base.Fields) != 1 || one.Fields[1].Path != "crm.timeout" || two.Fields[1].Path != "queue" {
		t.Errorf("base %v, one %v, two %v", base.Fields, one.Fields, two.Fields)
	}
}

func TestEveryKindHasARule(t *testing.T) {
	t.Parallel()
	for kind, status := range map[fault.Kind]int{
		fault.Malformed: 400, fault.Unauthorized: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.MethodNotAllowed: 405, fault.Conflict: 409, fault.Stale: 412, fault.TooLarge: 413,
		fault.UnsupportedMedia: 415, fault.Unprocessable: 422, fault.TooMany: 429,
		fault.TooSlow: 408, fault.Busy: 409, fault.Canceled: 503, fault.Unavailable: 503, fault.Timeout: 504,
		fault.Internal: 500, "nobody knows": 500,
	} {
		rule := kind.Rule()
		if rule.Status != status {
			t.Errorf("%s answers %d, want %d", kind, rule.Status, status)
		}
		if rule.Retry && rule.DeadLetter {
			t.Errorf("%s is both retried and set aside", kind)
		}
		if status >= 500 && !rule.Retry {
			t.Errorf("%s answers %d and is not retried", kind, status)
		}
	}
}
