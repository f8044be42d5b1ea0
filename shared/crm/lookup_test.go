package crm_test

import (
	"testing"

	"sessionbridge.internal/shared/crm"
)

func TestLink(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"RECORD_ID": "4 5"}
	tests := map[string]struct{ from, text, want string }{
		"filled and encoded":             {fromURI, "https://crm/r/{record_id}", "https://crm/r/4%205"},
		"the page's address of a record": {fromRecordPages, "https://www.example.com/record/{RECORD_ID}", "https://www.example.com/record/4%205"},
		"an unknown account":             {oursLinks, "https://crm/a/{ACCOUNT_ID}", ""},
		"a page behind a hash":           {fromDisplay, "https://crm/#Case/view/{RECORD_ID}", "https://crm/#Case/view/4%205"},
		"no page is configured":          {oursLinks, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.Link(tt.text, v); got != tt.want {
				t.Errorf("Link = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLookupLink(t *testing.T) {
	t.Parallel()
	v := crm.Vars{"ANI": "+12223334444", "CHANNEL": "voice_call", "MENU_PATH": "Orders / Status", "EMAIL": "", "ACCOUNT_ID": "a/1"}
	tests := map[string]struct{ from, text, want string }{
		"all is known":                       {fromURI, "https://crm/s?q={ANI}&c={CHANNEL}", "https://crm/s?q=%2B12223334444&c=voice_call"},
		"what is empty goes with its name":   {fromLookup, "https://crm/s?email={EMAIL}&q={ANI}&uid={CUID}", "https://crm/s?q=%2B12223334444"},
		"what was typed stays":               {oursLinks, "https://crm/s?v=2&email={EMAIL}&q={ANI}&x", "https://crm/s?v=2&q=%2B12223334444&x"},
		"a half-known parameter goes":        {oursLinks, "https://crm/s?q={ANI}&z={EMAIL}-{ANI}", "https://crm/s?q=%2B12223334444"},
		"a path with a hole is no link":      {oursLinks, "https://crm/{EMAIL}/s?q={ANI}", ""},
		"a path is filled":                   {fromURI, "https://crm/{account_id}/s?q={ANI}", "https://crm/a%2F1/s?q=%2B12223334444"},
		"a query behind the hash":            {oursLinks, "https://crm/#/s?email={EMAIL}&q={ANI}", "https://crm/#/s?q=%2B12223334444"},
		"a path behind the hash has a hole":  {oursLinks, "https://crm/#/{EMAIL}?q={ANI}", ""},
		"the menu's path as documented":      {fromLookup, "https://crm/s?m={MENU_PATH}", "https://crm/s?m=Orders%2FStatus"},
		"a link that asks for nobody":        {oursAsks, "https://crm/s?email={EMAIL}&uid={CUID}&v=2", ""},
		"a link without variables":           {oursLinks, "https://crm/s?v=2", "https://crm/s?v=2"},
		"braces that are no variable's stay": {oursLinks, "https://crm/s?v={x}", "https://crm/s?v={x}"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			if got := crm.LookupLink(tt.text, v); got != tt.want {
				t.Errorf("LookupLink = %q, want %q", got, tt.want)
			}
		})
	}
	if v["MENU_PATH"] != "Orders / Status" {
		t.Error("the variables were changed")
	}
}
