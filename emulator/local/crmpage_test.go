package local_test

import (
	"net/http"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/local"
)

func TestPeopleSeeTheDemoCRM(t *testing.T) {
	t.Parallel()
	c := start(t, local.Options{})
	for path, want := range map[string]string{"/emulator/crm/page/": `href="/emulator/crm/page/page.css"`, "/emulator/crm/page/page.css": "color-scheme"} {
		if resp, body := c.call(http.MethodGet, path, "", nil); resp.StatusCode != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %s", path, resp.StatusCode, want)
		}
	}
}
