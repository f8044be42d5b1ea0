package outbound_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/outbound"
)

func TestGuardKnowsPublicAddresses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		address string
		public  bool
	}{
		"public IPv4":                    {"8.8.8.8:443", true},
		"public IPv6":                    {"[2606:4700:4700::1111]:443", true},
		"public IPv6 near Teredo":        {"[2001:4860:4860::8888]:443", true},
		"just below the private 172":     {"172.15.255.255:443", true},
		"just above the private 172":     {"172.32.0.0:443", true},
		"public IPv4 mapped into IPv6":   {"[::ffff:8.8.8.8]:443", true},
		"loopback":                       {"127.0.0.1:443", false},
		"loopback, another":              {"127.255.255.254:443", false},
		"loopback IPv6":                  {"[::1]:443", false},
		"unspecified":                    {"0.0.0.0:443", false},
		"unspecified IPv6":               {"[::]:443", false},
		"this network":                   {"0.1.2.3:443", false},
		"private 10":                     {"10.0.0.1:443", false},
		"private 172":                    {"172.16.0.1:443", false},
		"private 192.168":                {"192.168.1.1:443", false},
		"the metadata server":            {"169.254.169.254:80", false},
		"the metadata server by IPv6":    {"[fd20:ce::254]:80", false},
		"link-local IPv6":                {"[fe80::1]:443", false},
		"link-local IPv6 with a zone":    {"[fe80::1%eth0]:443", false},
		"site-local IPv6":                {"[fec0::1]:443", false},
		"carrier-grade NAT":              {"100.64.0.1:443", false},
		"multicast":                      {"224.0.0.1:443", false},
		"multicast IPv6":                 {"[ff02::1]:443", false},
		"broadcast":                      {"255.255.255.255:443", false},
		"reserved":                       {"240.0.0.1:443", false},
		"benchmarks":                     {"198.18.0.1:443", false},
		"documentation":                  {"203.0.113.9:443", false},
		"documentation IPv6":             {"[2001:db8::1]:443", false},
		"loopback mapped into IPv6":      {"[::ffff:127.0.0.1]:443", false},
		"metadata mapped into IPv6":      {"[::ffff:a9fe:a9fe]:80", false},
		"loopback, IPv4-compatible":      {"[::7f00:1]:443", false},
		"loopback through NAT64":         {"[64:ff9b::7f00:1]:443", false},
		"loopback through local NAT64":   {"[64:ff9b:1::7f00:1]:443", false},
		"loopback through 6to4":          {"[2002:7f00:1::]:443", false},
		"Teredo":                         {"[2001:0:7f00:1::1]:443", false},
		"loopback, IPv4-translated":      {"[::ffff:0:7f00:1]:443", false},
		"discard-only IPv6":              {"[100::1]:443", false},
		"not an address":                 {"example.com:443", false},
		"an address without port":        {"8.8.8.8", false},
		"a number the resolver may read": {"2130706433:443", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := outbound.Check(nil, row.address, false); (err == nil) != row.public {
				t.Errorf("Check(%s) = %v, want public %v", row.address, err, row.public)
			}
			if err := outbound.Check(nil, row.address, true); err == nil {
				t.Errorf("%s may be called without TLS", row.address)
			}
		})
	}
}

func TestGuardAllowsNetworks(t *testing.T) {
	t.Parallel()
	allow := []string{" 10.1.0.0/16", "", "FD00::/8", "127.0.0.0/8 "}
	for address, ok := range map[string]bool{
		"10.1.2.3:80": true, "[::ffff:10.1.2.3]:80": true, "[fd00::5]:80": true, "127.0.0.1:80": true,
		"10.2.0.1:80": false, "192.168.0.1:80": false, "[fc00::1]:80": false, "8.8.8.8:80": false,
	} {
		if err := outbound.Check(allow, address, true); (err == nil) != ok {
			t.Errorf("Check(%s) = %v, want ok %v", address, err, ok)
		}
	}
}

func FuzzGuard(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add(netip.MustParseAddr("64:ff9b::7f00:1").AsSlice())
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok || outbound.Check(nil, netip.AddrPortFrom(a, 443).String(), false) != nil {
			return
		}
		if u := a.Unmap(); u.IsLoopback() || u.IsPrivate() || u.IsLinkLocalUnicast() || u.IsMulticast() || u.IsUnspecified() {
			t.Errorf("%s may be called", a)
		}
	})
}

func TestNewNamesABadEntry(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"crm.internal", "10.0.0.0/33", ":80", "crm:http", "crm:99999", "http://crm:80"} {
		if _, err := outbound.New(outbound.Options{Allow: []string{entry}, Now: time.Now}); err == nil || !strings.Contains(err.Error(), entry) {
			t.Errorf("%q: error %v, want one that names it", entry, err)
		}
	}
	if _, err := outbound.New(outbound.Options{}); err == nil {
		t.Error("a client without a clock")
	}
}

// What is refused must never reach the server, whichever way the address is written.
func TestDoRefuses(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server was reached") }))
	t.Cleanup(s.Close)
	host := s.Listener.Addr().String()
	port := host[strings.LastIndex(host, ":"):]
	for name, url := range map[string]string{
		"loopback":               "http://" + host,
		"loopback with TLS":      "https://" + host,
		"a name of loopback":     "http://localhost" + port,
		"the unspecified":        "http://0.0.0.0" + port,
		"the metadata server":    "http://169.254.169.254/computeMetadata/v1/",
		"a file":                 "file:///etc/passwd",
		"no scheme":              "//" + host,
		"no host":                "https:///path",
		"credentials in the URL": "https://user:canary@example.com/",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Another port of the same machine is allowed, which must not help.
			c := newClient(t, "127.0.0.1:1", "localhost:1")
			_, err := c.Do(t.Context(), request(t, "GET", url, ""), outbound.Limits{})
			var e *outbound.Error
			if !errors.As(err, &e) || e.Verdict != outbound.Refused || e.Timeout || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v, want refused", err)
			}
		})
	}
}

func TestDialIsGuardedToo(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	closed, err := outbound.New(outbound.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if c, err := closed.Dial(t.Context(), "tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("a loopback address could be dialled")
	}
	open, err := outbound.New(outbound.Options{Now: time.Now, Allow: []string{l.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := open.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}
