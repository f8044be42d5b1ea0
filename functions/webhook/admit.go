package webhook

import (
	"net/http"

	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/secrets"
	"sessionbridge.internal/shared/settings"
)

// signatureHeader has the signature of what Kustomer sends (developer.kustomer.com/docs/events/delivery-and-retries).
const signatureHeader = "X-Kustomer-Webhook-Signature"

// MaxSigned is the longest signed body that is read, in bytes. It is more than MaxBody, of which a record in its envelope may
// have somewhat more: only of what was read is it known who sent it. Anybody can have that much read, so an instance must bear
// as many of them as it takes requests at once.
const MaxSigned = 4 << 20

// admit checks who sends, and reads the body. Of a request with a signature the body is read first, since it is what is
// signed; any other is refused unread. What it says it has may be wrong: once signed, it is never the sender's fault.
func (d *doorway) admit(r *http.Request, set settings.Source) (body []byte, signed bool, err error) {
	signature := r.Header.Get(signatureHeader)
	if set.Signature == "" || signature == "" && set.Username != "" {
		if err := d.signIn(r, set); err != nil {
			return nil, false, err
		}
		body, err = inbound.JSON(r, MaxBody)
		return body, false, err
	}
	key, err := d.secret(set.Signature)
	if err != nil {
		return nil, false, err
	}
	if body, err = inbound.Body(r, MaxSigned); err != nil {
		return nil, false, err
	}
	if !inbound.Signed(body, signature, key) {
		return nil, false, fault.New(fault.Unauthorized, "sign the body with this source's key").Challenge(`Signature realm="webhook"`)
	}
	return body, true, nil
}

// signIn checks HTTP Basic authentication.
func (d *doorway) signIn(r *http.Request, set settings.Source) error {
	password, err := d.secret(set.Password)
	if err != nil {
		return err
	}
	if !inbound.Basic(r, set.Username, password) {
		return fault.New(fault.Unauthorized, "sign in with this source's user name and password").Challenge(`Basic realm="webhook", charset="UTF-8"`)
	}
	return nil
}

func (d *doorway) secret(named string) (string, error) {
	ref, err := secrets.ParseRef(named)
	if err != nil {
		return "", err
	}
	value, err := d.secrets.Resolve(ref)
	if err != nil {
		return "", err
	}
	return value.Reveal(), nil
}
