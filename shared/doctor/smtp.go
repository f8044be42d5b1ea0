package doctor

import (
	"context"
	"crypto/tls"
	"net"
	"net/smtp"
	"strconv"
	"strings"

	"sessionbridge.internal/shared/settings"
)

// mail connects, encrypts and signs in as shared/mail does, and goes without having sent anything. It speaks by the standard
// library's client: the other one would cost every start of the console, for this one page.
func (d *Doctor) mail(set settings.Settings) []check {
	m := set.Mail
	if m == nil {
		return nil
	}
	return []check{{"Mail server", "mail.host", func(ctx context.Context) finding {
		conn, err := d.Client.Dial(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
		if err != nil {
			return broken(err.Error(), "Correct mail.host and mail.port, or see whether a firewall lets us through.")
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		defer func() { _ = conn.Close() }() // QUIT was said, or nothing is to be saved
		return d.greet(conn, m)
	}}}
}

const implicitTLSPort = 465 // RFC 8314, section 7.3

func (d *Doctor) greet(conn net.Conn, m *settings.Mail) finding {
	config := &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12}
	local := m.Host == "localhost" || net.ParseIP(m.Host).IsLoopback()
	if m.Port == implicitTLSPort && !local {
		conn = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(conn, m.Host)
	if err == nil {
		err = c.Hello("localhost")
	}
	if err != nil {
		return broken("No greeting of a mail server: "+err.Error(), "Correct mail.host and mail.port: 587 as a rule, or 465.")
	}
	if m.Port != implicitTLSPort && !local {
		if err := c.StartTLS(config); err != nil {
			return broken("The connection cannot be encrypted: "+err.Error(), "Use a server with STARTTLS and a valid certificate; mail is sent by no other.")
		}
	}
	f := d.signIn(c, m)
	_ = c.Quit() // what was to be found out is found out
	return f
}

func (d *Doctor) signIn(c *smtp.Client, m *settings.Mail) finding {
	if m.Username == "" {
		return fine("It greets. Nobody signs in.")
	}
	password, err := d.Signer.Secret("mail.password", m.Password)
	if err != nil {
		return broken(err.Error(), "Create the secret and mount it in the functions.")
	}
	if ok, ways := c.Extension("AUTH"); !ok || !strings.Contains(" "+ways+" ", " PLAIN ") {
		return finding{Warning, "It greets; it offers no sign-in of the kind PLAIN, by which we could try it.", ""}
	}
	if err := c.Auth(smtp.PlainAuth("", m.Username, password, m.Host)); err != nil {
		return broken("The sign-in is refused.", "Correct mail.username, or the value of the secret in mail.password.")
	}
	return fine("It greets and lets us in.")
}
