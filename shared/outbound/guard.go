package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

// AllowEnv names the environment variable with the addresses that may be called although they are not public: entries of
// Options.Allow, separated by commas.
const AllowEnv = "OUTBOUND_ALLOW"

// errRefused is what the guard answers a dial with.
var errRefused = errors.New("the address may not be called")

// Addresses that are not the public internet's, after IANA's special-purpose registries
// (www.iana.org/assignments/iana-ipv4-special-registry and …-ipv6-special-registry), beyond what netip.Addr's own
// methods know. In IPv6 only 2000::/3 is given out at all, so what is not in it is refused as a whole: loopback, mapped
// and compatible IPv4, NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), unique local (fd20:ce::254 is a metadata server),
// link-local, multicast.
var (
	public6 = netip.MustParsePrefix("2000::/3")
	special = prefixes(
		"0.0.0.0/8",       // this network
		"100.64.0.0/10",   // carrier-grade NAT
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // 6to4 relays
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"240.0.0.0/4",     // reserved, and broadcast
		"2001::/23",       // protocol assignments, Teredo among them, which holds an IPv4 address
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4, which holds an IPv4 address
		"3fff::/20",       // documentation
	)
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// isPublic says whether an address, unmapped and without zone, is one anybody on the internet can reach.
func isPublic(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() || (a.Is6() && !public6.Contains(a)) {
		return false
	}
	return !containsAny(special, a)
}

func containsAny(ps []netip.Prefix, a netip.Addr) bool {
	for _, p := range ps {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// guard decides which addresses may be dialled. It looks at the address the name resolved to, in the moment of the
// dial, so that a name that resolves to something else the second time gains nothing.
type guard struct {
	hosts    map[string]bool // "host:port", lower case
	networks []netip.Prefix
}

func newGuard(allow []string) (*guard, error) {
	g := &guard{hosts: map[string]bool{}}
	for _, entry := range allow {
		if entry = strings.ToLower(strings.TrimSpace(entry)); entry == "" {
			continue
		}
		if p, err := netip.ParsePrefix(entry); err == nil {
			g.networks = append(g.networks, p.Masked())
			continue
		}
		host, port, err := net.SplitHostPort(entry)
		if _, numErr := strconv.ParseUint(port, 10, 16); err != nil || numErr != nil || host == "" {
			return nil, fmt.Errorf("outbound: %q in %s: write host:port or a network such as 10.1.0.0/16", entry, AllowEnv)
		}
		g.hosts[net.JoinHostPort(host, port)] = true
	}
	return g, nil
}

type plainKey struct{}

// withPlain marks a request that goes without TLS. The mark reaches the dial because net/http hands the request's
// values on to it, and connections are never shared between schemes.
func withPlain(ctx context.Context) context.Context { return context.WithValue(ctx, plainKey{}, true) }

// dial connects to addr, "host:port" as the request names it, if the address it resolves to may be called.
func (g *guard) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	plain, _ := ctx.Value(plainKey{}).(bool)
	d := net.Dialer{}
	if !g.hosts[strings.ToLower(addr)] {
		d.Control = func(_, resolved string, _ syscall.RawConn) error { return g.check(resolved, plain) }
	}
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return &countedConn{Conn: c}, nil
}

// check is called with the address about to be dialled, "ip:port".
func (g *guard) check(resolved string, plain bool) error {
	ap, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("%w: %s is none", errRefused, resolved)
	}
	switch a := ap.Addr().Unmap().WithZone(""); {
	case containsAny(g.networks, a):
		return nil
	case !isPublic(a):
		return fmt.Errorf("%w: %s is not public: list it in %s if it is meant", errRefused, a, AllowEnv)
	case plain:
		return fmt.Errorf("%w without TLS: use https, or list it in %s", errRefused, AllowEnv)
	}
	return nil
}
