package crm

import (
	"errors"
	"fmt"
	"maps"
	"net/url"

	"sessionbridge.internal/shared/settings"
)

// ReadAttachment finds what a CRM calls an uploaded file: its address at attachment_url, or its id at attachment_id
// ("Location" as for a create), from which builder_url makes the address ("Custom CRM", upload file). Both locations are below
// response_data_location. An upload with none of the three is one whose answer says nothing that is needed, and gives
// neither. link is empty, too, where builder_url has a variable that is not known.
//
// The error says what was looked for and what was there; the CRM has the file all the same.
func ReadAttachment(u *settings.Upload, v Vars, a Answer) (id, link string, err error) {
	byID := u.AttachmentID != "" || u.BuilderURL != ""
	if u.AttachmentURL != "" {
		raw, err := readText(u.Response, u.AttachmentURL, a)
		if err == nil {
			link, err = absolute(raw, u.URL, v)
		} else if byID {
			return readBuilt(u, v, a)
		}
		return "", link, asUploaded("attachment_url", err)
	}
	if byID {
		return readBuilt(u, v, a)
	}
	return "", "", nil
}

// readBuilt reads the id and makes the address of it.
func readBuilt(u *settings.Upload, v Vars, a Answer) (id, link string, err error) {
	id, err = readID(u.Response, orDefault(u.AttachmentID, "id"), a)
	if err != nil {
		return "", "", asUploaded("attachment_id", err)
	}
	with := Vars{}
	maps.Copy(with, v)
	with["ATTACHMENT_ID"] = id
	return id, Link(u.BuilderURL, with), nil
}

func asUploaded(setting string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("crm: the file was accepted, but its answer has nothing usable where %s says: %w", setting, err)
}

// readText reads one text out of an answer.
func readText(response, path string, a Answer) (string, error) {
	place, err := parseLocation(below(response, path))
	if err != nil {
		return "", err
	}
	doc, err := decode(a)
	if err != nil {
		return "", err
	}
	v, _ := first(doc, place.steps)
	text, ok := v.(string)
	if !ok || text == "" {
		return "", fmt.Errorf("looked at %q, but %s", place.text, place.instead(doc))
	}
	return text, nil
}

// maxURL is how long an address may be: what browsers and servers bear.
const maxURL = 4096

// absolute is the address a CRM gave, which may be relative to that of the endpoint. Only addresses that a person can
// open on the web are taken, and none with a user's name in it, which may look like a host (RFC 3986, section 7.6).
func absolute(raw, endpoint string, v Vars) (string, error) {
	filled, _, err := expand(endpoint, v, inURL)
	if err != nil {
		return "", fmt.Errorf("the URL of the endpoint: %w", err)
	}
	base, err := url.Parse(filled)
	if err != nil {
		return "", errors.New("the URL of the endpoint is not one")
	}
	if len(raw) > maxURL {
		return "", fmt.Errorf("the address in the answer is longer than %d bytes", maxURL)
	}
	u, err := base.Parse(raw)
	if err != nil {
		return "", errors.New("the address in the answer is not a URL")
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return "", errors.New("the address in the answer must be an http or https URL with a host and without credentials")
	}
	return u.String(), nil
}
