package crm

import (
	"encoding/json"
	"fmt"

	"sessionbridge.internal/shared/settings"
)

// object is the JSON body of parameters, in the order of the settings, in one of the documented formats ("Custom CRM",
// request data format): Property, or a container that is a map or an array.
func object(e *settings.Endpoint, params []filled) ([]byte, error) {
	var members settings.Body
	for _, p := range params {
		value, err := settings.Encode(p.text, p.kind)
		if err == nil {
			err = members.Put(p.key, value)
		}
		if err != nil {
			return nil, fmt.Errorf("crm: parameter %q: %w", p.key, err)
		}
	}
	body, err := json.Marshal(&members)
	if err != nil {
		return nil, fmt.Errorf("crm: %w", err)
	}
	container, _ := json.Marshal(e.Container) // a string always has a JSON form
	switch e.Format {
	case "", "property":
		return body, nil
	case "map":
		return fmt.Appendf(nil, "{%s:%s}", container, body), nil
	case "array":
		return fmt.Appendf(nil, "{%s:[%s]}", container, body), nil
	}
	return nil, fmt.Errorf("crm: format %q is none of property, map and array", e.Format)
}
