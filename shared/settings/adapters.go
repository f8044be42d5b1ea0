package settings

import (
	"cmp"
	"net/url"
)

// URL is the address at which the desk shows an adapter, with its parameters (docs.cloud.google.com, CCAI Platform, "Custom CRM",
// agent adapters); empty where the settings have none. The kind is "call" or "chat".
func (d *Desk) URL(kind string) string {
	address := map[string]string{"call": d.Adapters.Call, "chat": d.Adapters.Chat}[kind]
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return ""
	}
	added := "type=" + kind + "&from=" + url.QueryEscape(cmp.Or(d.From, "custom")) // what is there stays as it was written
	if u.RawQuery != "" {
		added = u.RawQuery + "&" + added
	}
	u.RawQuery = added
	return u.String()
}
