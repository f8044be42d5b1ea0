package kustomer

import "slices"

// roles are what a key must have one of, the current name and the legacy one
// (https://developer.kustomer.com/docs/get-started/api-keys-and-roles).
func roles(object, verb string) []string {
	legacy := "write"
	if verb == "read" {
		legacy = "read"
	}
	return []string{"org.permission." + object + "." + verb, "org.user." + object + "." + legacy}
}

// webhookRoles are as https://developer.kustomer.com/api/apps-platform/list-outbound-webhooks names them.
func webhookRoles(verb string) []string {
	return []string{"org.outbound_webhooks", "org.permission.outbound_webhook." + verb, "org.admin.outbound_webhooks"}
}

// route mounts the API.
func (k *Kustomer) route() {
	attach := slices.Concat(roles("note", "create"), roles("message", "create"))
	setStatus := append(roles("routing", "update"), "org.permission.work_session.update")
	for path, methods := range map[string]map[string]endpoint{
		"/v1/customers":                        {"GET": {roles("customer", "read"), k.listCustomers}, "POST": {roles("customer", "create"), k.createCustomer}},
		"/v1/customers/{id}":                   {"GET": {roles("customer", "read"), k.getCustomer}, "PUT": {roles("customer", "update"), k.updateCustomer}},
		"/v1/customers/{id}/conversations":     {"GET": {roles("conversation", "read"), k.listConversationsOf}, "POST": {roles("conversation", "create"), k.createConversationOf}},
		"/v1/customers/{id}/messages":          {"POST": {roles("message", "create"), k.createMessageOf}},
		"/v1/conversations":                    {"GET": {roles("conversation", "read"), k.listConversations}, "POST": {roles("conversation", "create"), k.createConversation}},
		"/v1/conversations/{id}":               {"GET": {roles("conversation", "read"), k.getConversation}, "PUT": {roles("conversation", "update"), k.updateConversation}},
		"/v1/conversations/{id}/messages":      {"GET": {roles("message", "read"), k.listMessages}, "POST": {roles("message", "create"), k.createMessageIn}},
		"/v1/conversations/{id}/notes":         {"GET": {roles("note", "read"), k.listNotes}, "POST": {roles("note", "create"), k.createNote}},
		"/v1/messages":                         {"POST": {roles("message", "create"), k.createMessage}},
		"/v1/messages/{id}":                    {"GET": {roles("message", "read"), k.getMessage}, "PUT": {roles("message", "update"), k.updateMessage}},
		"/v1/attachments":                      {"POST": {attach, k.createAttachment}},
		"/v1/attachments/{id}":                 {"GET": {roles("message", "read"), k.getAttachment}},
		"/v1/users":                            {"GET": {roles("user", "read"), k.listUsers}},
		"/v1/users/{id}":                       {"GET": {roles("user", "read"), k.getUser}},
		"/v1/routing/statuses":                 {"GET": {roles("routing", "read"), k.listStatuses}},
		"/v1/routing/work-sessions":            {"GET": {roles("routing", "read"), k.listWorkSessions}},
		"/v1/routing/work-sessions/{id}":       {"GET": {roles("routing", "read"), k.getWorkSession}, "PUT": {setStatus, k.updateWorkSession}},
		"/v1/routing/users/{id}/work-sessions": {"GET": {roles("routing", "read"), k.listWorkSessionsOf}},
		"/v1/outbound-webhooks":                {"GET": {webhookRoles("read"), k.listWebhooks}, "POST": {webhookRoles("create"), k.createWebhook}},
		"/v1/outbound-webhooks/events":         {"GET": {webhookRoles("read"), k.listEvents}},
		"/v1/outbound-webhooks/{id}":           {"GET": {webhookRoles("read"), k.getWebhook}, "DELETE": {webhookRoles("delete"), k.deleteWebhook}},
		"/":                                    nil,
	} {
		k.mux.HandleFunc(path, k.serve(methods))
	}
	k.mux.HandleFunc("/s3/"+bucket, k.serveUpload)
}
