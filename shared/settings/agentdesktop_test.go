package settings_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	widgetDoc = `{"desk": {"agentdesktop": {"widget_url": "https://cti.example.com/AD/widget/agentdesktop_widget.js", "consultation": "Consult"}}}`

	fromWidget = "enghouseglobal.atlassian.net/wiki, AgentDesktop, Esempio completo di integrazione: Inclusione della libreria"
	fromName   = "ecma-international.org/publications-and-standards/standards/ecma-262: section 12.7, names and keywords"
)

func TestADeskMayHaveAgentDesktopAlone(t *testing.T) {
	t.Parallel()
	set, err := settings.Parse([]byte(widgetDoc))
	if err != nil {
		t.Fatal(err)
	}
	if !validBySchema(compiled(t), widgetDoc) {
		t.Error("the schema does not take it")
	}
	if a := set.Desk.AgentDesktop; a == nil || a.Consultation != "Consult" || set.Desk.Adapters != (settings.Adapters{}) {
		t.Errorf("it is read as %+v", set.Desk)
	}
}

func TestMistakesInAgentDesktop(t *testing.T) {
	t.Parallel()
	const address, name = `"https://cti.example.com/AD/widget/agentdesktop_widget.js"`, `"Consult"`
	tests := map[string]struct {
		from, part, by, path, says string
		lax                        bool
	}{
		"a widget without an address":    {fromWidget, `"widget_url": ` + address + `,`, ``, "desk.agentdesktop.widget_url", "the whole URL of the widget's script", false},
		"a widget that is a path":        {oursURL, address, `"/AD/widget/agentdesktop_widget.js"`, "desk.agentdesktop.widget_url", "the whole URL", false},
		"a site without a script":        {fromWidget, address, `"https://cti.example.com"`, "desk.agentdesktop.widget_url", "the whole URL", false},
		"a script of the address itself": {fromWidget, address, `"data:text/javascript,alert(1)"`, "desk.agentdesktop.widget_url", "the whole URL", false},
		"a widget with a password":       {oursSecrets, address, `"https://u:p@cti.example.com/w.js"`, "desk.agentdesktop.widget_url", "the whole URL", false},
		"a policy within the host":       {fromPolicy, address, `"https://a;script-src */w.js"`, "desk.agentdesktop.widget_url", "the whole URL", false},
		"a widget with half an escape":   {fromURL, address, `"https://cti.example.com/100%"`, "desk.agentdesktop.widget_url", "two hexadecimal digits", true},
		"a port that is none":            {fromURL, address, `"https://cti.example.com:99999/w.js"`, "desk.agentdesktop.widget_url", "65535", true},
		"a consultation that is a call":  {fromName, name, `"Consult()"`, "desk.agentdesktop.consultation", "name of a function", false},
		"a consultation with its place":  {fromName, name, `"CONTACT.Consult"`, "desk.agentdesktop.consultation", "name of a function", false},
	}
	schema := compiled(t)
	for what, tt := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			doc := strings.Replace(widgetDoc, tt.part, tt.by, 1)
			if doc == widgetDoc {
				t.Fatal("nothing was changed")
			}
			_, err := settings.Parse([]byte(doc))
			if err == nil || !strings.Contains(err.Error(), tt.path+": ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("it says %v, want %s: … %s", err, tt.path, tt.says)
			}
			if validBySchema(schema, doc) != tt.lax {
				t.Errorf("the schema takes it: %v", !tt.lax)
			}
		})
	}
}
