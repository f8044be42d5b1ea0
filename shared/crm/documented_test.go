package crm_test

import (
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/crm"
)

// documented are the variables of "Custom CRM" (customCRM) by the part of the page that lists them, in its order. What it
// lists as coming soon has no variable.
var documented = map[string]string{
	fromVariables: `AGENT_ID AGENT_CUSTOM_ID AGENT_EMAIL NAME FIRST_NAME LAST_NAME UJET_ID EMAIL SESSION_TYPE PHONE_NUMBER
		Call_ID Chat_ID LANG CUSTOM_USER_ID ACCOUNT_ID RECORD_ID SESSION_ID MENU_PATH OUTBOUND_PHONE_NUMBER QUEUE_NAME
		QUEUE_ID SDK_NAME SDK_EMAIL SDK_PHONE SDK_IDENTIFIER SMART_ACTION_SESSION_ID RATING FEEDBACK CALL_DURATION
		HOLD_TIME WAIT_TIME DEVICE_TYPE DISCONNECTED_BY CHANNEL TICKET_SUBJECT TICKET_DESCRIPTION TICKET_DESCRIPTION_HTML
		COMMENT_BODY FILE_DATA`,
	fromUpload: `ATTACHMENT_ID`,
	fromTypes:  `SESSION_TYPE_V2`,
	fromLookup: `CUSTOMER_PHONE_NUMBER ANI CUID EMAIL MENU_PATH MENU_ID CHANNEL TYPE SUPPORT_PHONE_NUMBER OUTBOUND_NUMBER
		SESSION_ID CUSTOM_AGENT_ID`,
}

// noValue are the variables that no session has a value for: those of one step, which the request of that step has
// (TestBuildBody, TestUploadInJSON, TestReadAttachment), and those that no source tells.
var noValue = []string{"COMMENT_BODY", "FILE_DATA", "ATTACHMENT_ID", "SMART_ACTION_SESSION_ID", "DEVICE_TYPE"}

func TestEveryDocumentedVariableHasARow(t *testing.T) {
	t.Parallel()
	filled, empty := map[string]bool{}, map[string]bool{}
	for _, row := range variableRows() {
		if row.want != "" {
			filled[row.name] = true
		} else {
			empty[row.name] = true
		}
	}
	for from, names := range documented {
		for _, typed := range strings.Fields(names) {
			name := strings.ToUpper(typed)
			if has := filled[name] || slices.Contains(noValue, name) && empty[name]; !has {
				t.Errorf("no row says what {%s} holds (%s)", typed, from)
			}
			if !crm.Known(name) {
				t.Errorf("{%s} is not known (%s)", typed, from)
			}
		}
	}
}

func TestEveryDocumentedTypeOfLookupLinksHasARow(t *testing.T) {
	t.Parallel()
	var got []string
	for _, row := range lookupTypeRows() {
		got = append(got, row.want)
	}
	for _, want := range strings.Fields(`Incoming_Call_(app) Scheduled_Call_(app) Incoming_Call_(web) Scheduled_Call_(web) Outbound_Call
		Outbound_Call_(api) Incoming_Call_(api) IVR_Call IVR_Call_(app) Voicemail Mobile Web SMS`) {
		if !slices.Contains(got, want) {
			t.Errorf("no row has {TYPE} be %s (%s)", want, fromLookup)
		}
	}
}
