package local

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// The ports, counted from the base port.
const (
	portFront = iota
	portFirestore
	portPubSub
	portTasks
	portStorage
	portSMTP
	portCRM
	portSFTP
	portMedia
	portKustomer
	portQM
	portAdapter
	portCentre
	portAgentDesktop
)

// address is where a service listens: at its place after the base port, or anywhere.
func (c *Cloud) address(place int) string {
	port := 0
	if c.opts.BasePort != 0 {
		port = c.opts.BasePort + place
	}
	return net.JoinHostPort(c.opts.Listen, strconv.Itoa(port))
}

func (c *Cloud) listen(place int, what string) (net.Listener, error) {
	l, err := net.Listen("tcp", c.address(place))
	if err != nil {
		return nil, c.taken(err, place, what)
	}
	return l, nil
}

// taken says what to do about a port that is not free.
func (c *Cloud) taken(err error, place int, what string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("local cloud: %s is taken, and it is needed for %s; is a local cloud running already? "+
			"Stop it, or choose other ports with -base-port %d", c.address(place), what, c.opts.BasePort+1000)
	}
	return fmt.Errorf("local cloud: listening for %s: %w", what, err)
}

// dialable is an address at which this machine reaches what listens on l: a server on all addresses is reached on the
// loopback one.
func dialable(l net.Listener) string { return dialableAddress(l.Addr().String()) }

func dialableAddress(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return addr
}
