package remote

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// address is where a file is fetched. Its host is written the one way there is for it, lower case, punycode and without a
// final dot, so that what is checked is what is dialled.
type address struct {
	*url.URL
	host, port string // the port is the scheme's own where the URL has none
}

var (
	schemePorts = map[string]string{"https": "443", "http": "80"} // that http is refused is the guard's to say
	errNoURL    = errors.New("it is no https URL")                // not even a part of it is shown: it may hold a secret
)

// parse reads an address; base, if there is one, is what it is relative to.
func parse(base *url.URL, text string) (address, error) {
	u, err := url.Parse(text)
	if err != nil {
		return address{}, errNoURL
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	host, err := canonical(u.Hostname())
	port, known := schemePorts[u.Scheme]
	if err != nil || host == "" || !known {
		return address{}, errNoURL
	}
	written := host
	if strings.Contains(host, ":") {
		written = "[" + host + "]"
	}
	if u.Port() != "" {
		port = u.Port()
		written += ":" + port
	}
	u.Host = written
	return address{u, host, port}, nil
}

// server is how the address's server is written in file_hosts.
func (a address) server() string {
	if a.URL.Port() == "" {
		return a.URL.Host
	}
	return net.JoinHostPort(a.host, a.port)
}

// sameServer says whether what one may be told, the other may.
func (a address) sameServer(b address) bool {
	return a.Scheme == b.Scheme && a.host == b.host && a.port == b.port
}

// canonical maps a host name to its ASCII form (RFC 5891 and UTS 46), as net/http does only for names that are not ASCII:
// the others may have an underscore, which the standard forbids and some servers have.
func canonical(host string) (string, error) {
	if strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", err
		}
		host = ascii
	}
	return strings.ToLower(strings.TrimSuffix(host, ".")), nil
}

// check refuses an address whose server is in none of the entries of file_hosts.
func (a address) check(entries []string) error {
	for _, entry := range entries {
		if a.meant(strings.TrimSpace(entry)) {
			return nil
		}
	}
	return fmt.Errorf("%w: %.300q is none of the source's servers: add it to sources.<name>.file_hosts if files are kept there",
		ErrHost, a.server())
}

// meant says whether an entry means the server: "media.example.com" or "media.example.com:8443", or with "*." in front all
// names below that one, though not itself. Without a port the scheme's own is meant.
func (a address) meant(entry string) bool {
	name, below := strings.CutPrefix(entry, "*.")
	e, err := parse(nil, a.Scheme+"://"+name)
	if err != nil || e.port != a.port {
		return false
	}
	if !below {
		return e.host == a.host
	}
	_, noIP := netip.ParseAddr(a.host)
	sub, ok := strings.CutSuffix(a.host, "."+e.host)
	return noIP != nil && ok && sub != ""
}
