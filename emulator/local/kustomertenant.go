package local

import (
	"regexp"

	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/presets"
)

// The second ready-made tenant, whose CRM is Kustomer, and its queue.
const (
	kustomerTenant = "kustomer"
	kustomerQueue  = "crm-kustomer"
)

// The preset's placeholders: the organisation's host, and the name of the secret with the API key.
var (
	kustomerHost    = regexp.MustCompile(`https://[a-z0-9-]+\.api\.kustomerapp\.com`)
	kustomerSecrets = regexp.MustCompile(`secret://[A-Za-z0-9_-]+`)
	queueName       = regexp.MustCompile(`"queue": *"[A-Za-z0-9-]+"`)
)

// kustomerSettings are the preset for Kustomer, as a company would fill it in, and doors for what reports of it.
func (c *Cloud) kustomerSettings() (settings.Settings, error) {
	doc, err := presets.Read("kustomer")
	if err != nil {
		return settings.Settings{}, err
	}
	doc = kustomerHost.ReplaceAll(doc, []byte("http://"+c.services.kustomerAddr))
	doc = kustomerSecrets.ReplaceAll(doc, []byte("secret://"+kustomerSecret))
	doc = queueName.ReplaceAll(doc, []byte(`"queue": "`+kustomerQueue+`"`))
	set, err := settings.Parse(doc)
	if err != nil {
		return set, err
	}
	set.CRM.Rate = settings.Rate{} // the stand-in has the 1,000 a minute to itself, and nobody wants to wait
	set.CRM.AccountURL = c.URL + "/emulator/kustomer/page/customers/{ACCOUNT_ID}"
	set.CRM.RecordURL = c.URL + "/emulator/kustomer/page/conversations/{RECORD_ID}"
	door := settings.Source{Username: demoUser, Password: "secret://demo-webhook", FileHosts: []string{c.services.mediaAddr}}
	hooks := settings.Source{Username: demoUser, Password: "secret://demo-webhook", Signature: "secret://" + kustomerHookSecret}
	set.Sources = map[string]settings.Source{
		"ccai": door, "ccai-adapter": door, "agentdesktop": door, "kustomer": hooks,
	}
	set.Storage = &settings.Storage{Bucket: bucket, Folder: "{TENANT}"}
	set.Presence = c.demoPresence()
	set.Desk = c.demoDesk()
	return set, nil
}
