package console

import "net/http"

// openAPI answers the description of the API to programs (spec.openapis.org/oas/v3.1.0).
func openAPI(w http.ResponseWriter, _ *http.Request) error {
	doc, err := assets.ReadFile("assets/openapi.json")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	_, err = w.Write(doc)
	return err
}
