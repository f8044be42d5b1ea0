package settings

import "strings"

// Known says whether name, in upper case, is a variable: of the generic API, of its lookup URLs, or of ours. What shared/crm
// fills them with is its own matter; which there are decides here what is typed text.
func Known(name string) bool { return known[name] || strings.HasPrefix(name, CustomDataPrefix) }

// CustomDataPrefix begins the variables of the custom data: {CUSTOM_DATA_ORDER_ID} is what the company's app or page sent as
// "order-id", letter case and punctuation aside.
const CustomDataPrefix = "CUSTOM_DATA_"

var known = func() map[string]bool {
	names := strings.Fields(`
		AGENT_ID AGENT_CUSTOM_ID AGENT_EMAIL NAME FIRST_NAME LAST_NAME UJET_ID EMAIL SESSION_TYPE SESSION_TYPE_V2
		PHONE_NUMBER CALL_ID CHAT_ID LANG CUSTOM_USER_ID ACCOUNT_ID RECORD_ID SESSION_ID MENU_PATH OUTBOUND_PHONE_NUMBER
		QUEUE_NAME QUEUE_ID SDK_NAME SDK_EMAIL SDK_PHONE SDK_IDENTIFIER SMART_ACTION_SESSION_ID RATING FEEDBACK
		CALL_DURATION HOLD_TIME WAIT_TIME DEVICE_TYPE DISCONNECTED_BY CHANNEL TICKET_SUBJECT TICKET_DESCRIPTION
		TICKET_DESCRIPTION_HTML COMMENT_BODY FILE_DATA ATTACHMENT_ID ATTACHMENT_URL
		CUSTOMER_PHONE_NUMBER ANI CUID MENU_ID TYPE SUPPORT_PHONE_NUMBER OUTBOUND_NUMBER CUSTOM_AGENT_ID
		SESSION_KEY SOURCE DIRECTION OUTCOME PHONE_RAW PHONE_DIGITS QUEUE_PATH_IDS DISPOSITION DISPOSITION_NOTE
		MENU_SELECTION IDEMPOTENCY_KEY FILE_NAME FILE_NAME_ASCII FILE_TYPE FILE_SIZE CRM_AGENT_ID`)
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}()
