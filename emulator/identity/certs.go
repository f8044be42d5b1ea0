package identity

import (
	"encoding/json"
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// Certs serves the public key of Token's signatures as a JSON Web Key Set (RFC 7517), as Google does at
// https://www.googleapis.com/oauth2/v3/certs.
func (i *Issuer) Certs() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		k, err := i.token()
		if err != nil {
			http.Error(w, "the signing key could not be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		// An error here means that the caller has gone.
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.public}})
	})
}
