package settings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	crm       = "crm."
	endpoints = "crm.endpoints."
	account   = "crm.endpoints.find_account."
	parameter = "crm.endpoints.find_account.parameters[0]."
	made      = "crm.endpoints.create_account."
	upload    = "crm.endpoints.upload."
)

// mistake is a change of the full document that makes it wrong at exactly one place. lax marks what the JSON Schema lets
// pass, as Schema's comment says.
type mistake struct {
	from string
	edits
	path, says string
	lax        bool
}

var mistakes = map[string]mistake{
	// documents
	"an unknown key":                    {oursNoKey, edits{"crm.phones": `{"a":[1,{"b":2}]}`}, "crm.phones", "is no setting; here there are queue, rate", false},
	"an unknown key at the top":         {oursNoKey, edits{"crms": `[[1],{}]`}, "crms", "is no setting; here there are version, sources, crm, storage, mail", false},
	"an unknown key in a list":          {oursNoKey, edits{parameter + "kee": `true`}, "crm.endpoints.find_account.parameters[0].kee", "key, value, type", false},
	"an unknown key of an upload":       {oursNoKey, edits{upload + "name": `"x"`}, upload + "name", "url, method", false},
	"a key in capitals":                 {oursNoKey, edits{"crm.Queue": `"x"`}, "crm.Queue", "is no setting", false},
	"a null":                            {oursKinds, edits{"crm.retry_on": `null`}, "crm.retry_on", "not null; leave the key out", false},
	"a null in a list":                  {oursKinds, edits{endpoints + "find_account_also[0]": `null`}, endpoints + "find_account_also[0]", "not null", false},
	"a fraction where there is none":    {oursKinds, edits{"crm.timeout_seconds": `1.5`}, "crm.timeout_seconds", "without a fraction, not 1.5", false},
	"a whole number with a point":       {oursKinds, edits{"crm.timeout_seconds": `1.0`}, "crm.timeout_seconds", "without a fraction, not 1.0", true},
	"a number beyond all bounds":        {oursKinds, edits{"crm.rate.per_second": `1e999`}, "crm.rate.per_second", "fits 64 bits", false},
	"a text where a number belongs":     {oursKinds, edits{"crm.rate.per_second": `"1"`}, "crm.rate.per_second", "must be a JSON number, not of type string", false},
	"a number where a list has texts":   {oursKinds, edits{"crm.retry_on[1]": `503`}, "crm.retry_on[1]", "must be a JSON string, not of type number", false},
	"a text where an endpoint belongs":  {oursKinds, edits{endpoints + "find_account": `"GET https://crm.example.com"`}, endpoints + "find_account", "a JSON object, not of type string", false},
	"yes or no where a list belongs":    {oursKinds, edits{"crm.comment_on": `true`}, "crm.comment_on", "a JSON array, not of type boolean", false},
	"an object in the place of a list":  {oursKinds, edits{"crm.headers": `{}`}, "crm.headers", "a JSON array, not of type object", false},
	"a list where a source belongs":     {oursKinds, edits{"sources.ccai": `[]`}, "sources.ccai", "a JSON object, not of type array", false},
	"a source without a user name":      {oursSource, edits{"sources.ccai.username": ``}, "sources.ccai.username", "is required", true},
	"a source without a password":       {oursSource, edits{"sources.ccai.password": ``}, "sources.ccai.password", "secret://", true},
	"a source that nobody signs":        {oursSigned, edits{"sources.ccai": `{"signature":"secret://t"}`}, "sources.ccai.signature", "only for the source", true},
	"a signature beside half a sign-in": {oursSource, edits{"sources.kustomer.username": `"u"`}, "sources.kustomer.password", "is required", true},
	"a signed source without its key":   {fromHooks, edits{"sources.kustomer": `{"password":"secret://p"}`}, "sources.kustomer.username", "or a signature alone", true},
	"a signature's key written out":     {oursSecrets, edits{"sources.kustomer.signature": `"key"`}, "sources.kustomer.signature", "secret://", false},
	"a source an odd time away":         {oursZone, edits{"sources.ccai.utc_offset": `"+24:00"`}, "sources.ccai.utc_offset", "+09:00", false},
	"a mail password without its user":  {oursMail, edits{"mail.username": ``}, "mail.username", "with a password", true},
	"a mail user without a password":    {oursMail, edits{"mail.password": ``}, "mail.password", "with a user name", true},
	"two mail addresses":                {fromMailbox, edits{"mail.to": `"a@example.com, b@example.com"`}, "mail.to", "one mail address", true},
	"a mail server on port 65536":       {fromPorts, edits{"mail.port": `65536`}, "mail.port", "587", false},
	"a bucket with capitals":            {fromBucket, edits{"storage.bucket": `"Demo"`}, "storage.bucket", "3 to 222", false},

	// signing in
	"two ways to sign in": {oursOneWay, edits{"crm.headers": ``, "crm.basic": `{"username":"u","password":"secret://p"}`,
		"crm.oauth": `{"grant":"client_credentials","token_url":"https://crm.example.com/token","client_id":"i","client_secret":"secret://s"}`}, "crm.oauth", "one way", true},
	"a user name with a colon":          {fromBasic, edits{"crm.headers": ``, "crm.basic": `{"username":"u:v","password":"secret://p"}`}, "crm.basic.username", "colon", false},
	"a password written out":            {oursSecrets, edits{"crm.headers": ``, "crm.basic": `{"username":"u","password":"p"}`}, "crm.basic.password", "secret://", false},
	"signing in twice by one header":    {oursOneWay, edits{"crm.basic": `{"username":"u","password":"secret://p"}`}, "crm.headers[0].name", "crm.basic", true},
	"a header without a name":           {fromField, edits{"crm.headers[1].name": `""`}, "crm.headers[1].name", "a header's name", false},
	"a header's name with a colon":      {fromField, edits{"crm.headers[1].name": `"X:"`}, "crm.headers[1].name", "a header's name", false},
	"the header of a connection":        {fromHop, edits{"crm.headers[1].name": `"Transfer-Encoding"`}, "crm.headers[1].name", "cannot be set", true},
	"the header Host":                   {fromHost, edits{"crm.headers[1].name": `"host"`}, "crm.headers[1].name", "cannot be set", true},
	"the header Content-Length":         {fromLength, edits{"crm.headers[1].name": `"Content-Length"`}, "crm.headers[1].name", "cannot be set", true},
	"a header twice":                    {oursTwice, edits{"crm.headers[2]": `{"name":"x-tenant","value":"8"}`}, "crm.headers[2].name", "already at crm.headers[1].name", true},
	"a header that says nothing":        {fromSignIn, edits{"crm.headers[1].value": ``}, "crm.headers[1].value", "or a secret", true},
	"a header that says two things":     {oursTwice, edits{"crm.headers[0].value": `"x"`, "crm.headers[0].name": `"X-Key"`}, "crm.headers[0].secret", "beside a value", true},
	"a header of two lines":             {fromValue, edits{"crm.headers[1].value": `"a\r\nHost: b"`}, "crm.headers[1].value", "printable", false},
	"a prefix of two lines":             {fromValue, edits{"crm.headers[0].prefix": `"a\n"`}, "crm.headers[0].prefix", "printable", false},
	"a token written out":               {oursSecrets, edits{"crm.headers[0].value": `"hunter2"`, "crm.headers[0].secret": ``}, "crm.headers[0].value", "must be a secret", true},
	"a header's secret that is none":    {oursSecrets, edits{"crm.headers[0].secret": `"hunter2"`}, "crm.headers[0].secret", "secret://", false},
	"the key of repeats as a header":    {oursTwice, edits{"crm.headers[1].name": `"idempotency-key"`}, "crm.headers[1].name", "already", true},
	"a reserved header for repeats":     {fromHop, edits{"crm.idempotency_header": `"Connection"`}, "crm.idempotency_header", "Idempotency-Key", true},
	"a header for repeats that is none": {fromField, edits{"crm.idempotency_header": `"Key: x"`}, "crm.idempotency_header", "Idempotency-Key", false},
	"an unknown grant":                  {oursGrants, oauth("grant", `"password"`), "crm.oauth.grant", `"client_credentials" or "authorization_code"`, false},
	"no grant":                          {oursGrants, oauth("grant", ``), "crm.oauth.grant", "client_credentials", false},
	"no token URL":                      {fromSignIn, oauth("token_url", ``), "crm.oauth.token_url", "is required", false},
	"a token URL that is a path":        {oursURL, oauth("token_url", `"/token"`), "crm.oauth.token_url", "whole URL", true},
	"a token URL with a variable":       {oursHosts, oauth("token_url", `"https://crm.example.com/{EMAIL}"`), "crm.oauth.token_url", "no variables", true},
	"no client id":                      {fromSignIn, oauth("client_id", ``), "crm.oauth.client_id", "is required", false},
	"a client secret written out":       {oursSecrets, oauth("client_secret", `"s"`), "crm.oauth.client_secret", "secret://", false},
	"no page for a person to sign in":   {fromCode, oauth("grant", `"authorization_code"`), "crm.oauth.authorization_url", "is required where", true},
	"a page to sign in that is none":    {oursURL, oauth("authorization_url", `"crm"`), "crm.oauth.authorization_url", "whole URL", true},
	"a page to sign in with a variable": {oursHosts, oauth("authorization_url", `"https://crm.example.com/{EMAIL}"`), "crm.oauth.authorization_url", "no variables", true},

	// the CRM as a whole
	"no queue":                          {oursQueue, edits{"crm.queue": ``}, "crm.queue", "Cloud Tasks", false},
	"a timeout of eleven seconds":       {fromTimeout, edits{"crm.timeout_seconds": `11`}, "crm.timeout_seconds", "from 1 to 10", false},
	"a timeout below nothing":           {fromTimeout, edits{"crm.timeout_seconds": `-1`}, "crm.timeout_seconds", "from 1 to 10", false},
	"501 requests a second":             {fromTasks, edits{"crm.rate.per_second": `501`}, "crm.rate.per_second", "from 0 to 500", false},
	"fewer requests than none":          {oursRate, edits{"crm.rate.per_second": `-0.5`}, "crm.rate.per_second", "from 0 to 500", false},
	"101 sessions at once":              {oursRate, edits{"crm.rate.per_second": `500`, "crm.rate.at_once": `101`}, "crm.rate.at_once", "from 1 to 100", false},
	"a phone format nobody knows":       {fromFormat, edits{"crm.phone.format": `"E.164"`}, "crm.phone.format", `"e164"`, false},
	"a region by its name":              {fromCountry, edits{"crm.phone.region": `"Italy"`}, "crm.phone.region", `"IT"`, false},
	"a region in small letters":         {fromCountry, edits{"crm.phone.region": `"it"`}, "crm.phone.region", `"IT"`, false},
	"a phone form nobody knows":         {oursForms, edits{"crm.phone.lookup[1]": `"first:3"`}, "crm.phone.lookup[1]", `"last:7"`, false},
	"so few digits that all fit":        {oursForms, edits{"crm.phone.lookup[1]": `"last:3"`}, "crm.phone.lookup[1]", "from 4 to 15", false},
	"an empty phone form":               {oursForms, edits{"crm.phone.lookup[1]": `""`}, "crm.phone.lookup[1]", "last:7", false},
	"a phone form twice":                {oursForms, edits{"crm.phone.lookup[1]": `"e164"`}, "crm.phone.lookup[1]", "already at crm.phone.lookup[0]", false},
	"an unknown set of retries":         {oursRetry, edits{"crm.retry": `"always"`, "crm.retry_on": ``}, "crm.retry", `"documented", "safe" or "custom"`, false},
	"retries of nothing":                {oursRetry, edits{"crm.retry_on": `[]`}, "crm.retry_on", "is required", true},
	"retries that do not count":         {oursRetry, edits{"crm.retry": `"safe"`}, "crm.retry_on", "counts only", true},
	"a retry of a success":              {oursRetry, edits{"crm.retry_on[0]": `"200"`}, "crm.retry_on[0]", `"503"`, false},
	"a retry of anything":               {oursRetry, edits{"crm.retry_on[0]": `"xxx"`}, "crm.retry_on[0]", `"5xx"`, false},
	"a moment for records nobody knows": {fromDelay, edits{"crm.records.at": `"end"`, "crm.records.no_abandoned": ``, "crm.records.no_voicemail": ``}, "crm.records.at", `"arrival" or "answer"`, false},
	"abandoned ones known at arrival":   {oursPolicy, edits{"crm.records.at": `"arrival"`, "crm.records.no_voicemail": ``}, "crm.records.no_abandoned", "answer", true},
	"voicemails known at arrival":       {oursPolicy, edits{"crm.records.at": ``, "crm.records.no_abandoned": ``}, "crm.records.no_voicemail", "answer", true},
	"a match of nothing":                {oursMatch, edits{"crm.reuse_records": ``, "crm.skip_record_creation": ``}, "crm.records.match", "reuse_records", true},
	"a match nobody knows":              {oursMatch, edits{"crm.records.match[0]": `"agent"`}, "crm.records.match[0]", `"menu" or "channel"`, false},
	"a comment on nothing known":        {fromComment, edits{"crm.comment_on[0]": `"hold"`}, "crm.comment_on[0]", `"start"`, false},
	"a comment on one thing twice":      {oursTwice, edits{"crm.comment_on[1]": `"start"`}, "crm.comment_on[1]", "already", false},
	"an update on nothing known":        {fromUpdate, edits{"crm.update_on[0]": `"start"`}, "crm.update_on[0]", `"verified"`, false},
	"a subject that does not end":       {oursTexts, edits{"crm.ticket_subject": `"=CONCAT_OR({NAME}"`}, "crm.ticket_subject", "at 1", true},
	"a description that does not end":   {oursTexts, edits{"crm.ticket_description": `"=CONCAT_OR({NAME}"`}, "crm.ticket_description", "cannot be read", true},

	// links
	"an account page without its id":     {fromPages, edits{"crm.account_url": `"https://crm.example.com/"`}, "crm.account_url", "{ACCOUNT_ID}", true},
	"a record page without its id":       {fromPages, edits{"crm.record_url": `"https://crm.example.com/{ACCOUNT_ID}"`}, "crm.record_url", "{RECORD_ID}", true},
	"a record page without a host":       {oursURL, edits{"crm.page_url": `"/cases"`}, "crm.page_url", "whole URL", true},
	"a page of another scheme":           {oursURL, edits{"crm.page_url": `"javascript:alert(1)"`}, "crm.page_url", "whole URL", true},
	"a lookup link without a host":       {oursURL, edits{"crm.lookup_urls.phone": `"find?tel={ANI}"`}, "crm.lookup_urls.phone", "whole URL", true},
	"a lookup link to where a caller is": {oursHosts, edits{"crm.lookup_urls.web": `"https://{EMAIL}/"`}, "crm.lookup_urls.web", "host", true},
	"a lookup variable nobody knows":     {fromLookup, edits{"crm.lookup_urls.phone": `"https://crm.example.com/?t={PHONE_NUMBER}"`}, "crm.lookup_urls.phone", "{PHONE_NUMBER}, which is not known there; known are ANI", true},

	// the ladder
	"an account that is not made":     {fromAPI, edits{endpoints + "create_account": ``, endpoints + "create_record": ``, endpoints + "find_own_record": ``}, endpoints + "find_account", "create_account, or crm.skip_account_creation", true},
	"a record of nobody":              {fromAPI, only("create_record"), endpoints + "create_record", "create_account", true},
	"an account only by its id":       {fromByID, edits{endpoints + "find_account": ``, endpoints + "find_account_also": ``, made + "answers": ``}, endpoints + "find_account_by_id", "find_account", true},
	"a second search without a first": {oursLadder, edits{endpoints + "find_account": ``, endpoints + "find_account_by_id": ``, made + "answers": ``}, endpoints + "find_account_also", "find_account", true},
	"own records that are not made":   {oursLadder, edits{endpoints + "create_record": ``}, endpoints + "find_own_record", "create_record", true},
	"records that cannot be found":    {fromRecord, edits{endpoints + "find_record": ``}, "crm.reuse_records", "find_record", true},
	"records neither found nor made":  {oursLadder, edits{"crm.reuse_records": ``, "crm.records": ``}, "crm.skip_record_creation", "reuse_records", true},
	"comments on no record":           {fromAPI, only("comment"), endpoints + "comment", "create_record", true},
	"updates of no record":            {fromAPI, only("update_record"), endpoints + "update_record", "create_record", true},
	"records found that are not made": {fromAPI, only("find_record"), endpoints + "find_record", "create_record", true},
	"files of no record":              {fromAPI, with(only("upload"), upload+"comment", ``), endpoints + "upload", "create_record", true},
	"an account that exists unseen":   {oursMeaning, with(only("create_account"), "", ``), made + "answers[0].means", "find_account", true},
	"a record that exists unseen":     {oursMeaning, with(edits{endpoints + "find_record": ``, endpoints + "find_own_record": ``, "crm.skip_record_creation": ``, "crm.reuse_records": ``, "crm.records": ``}, endpoints+"create_record.answers", `[{"status":409,"means":"exists"}]`), endpoints + "create_record.answers[0].means", "find_own_record", true},

	// endpoints
	"no URL":                            {fromConfig, edits{account + "url": ``}, account + "url", "is required", false},
	"a URL without a scheme":            {oursURL, edits{account + "url": `"crm.example.com/api"`}, account + "url", "whole URL", true},
	"a URL of control characters":       {oursURL, edits{account + "url": `"https://crm.example.com/\u0001"`}, account + "url", "whole URL", true},
	"a variable that is the host":       {oursHosts, edits{account + "url": `"https://{EMAIL}/api"`}, account + "url", "host", true},
	"a variable within the host":        {oursHosts, edits{account + "url": `"https://crm.{QUEUE_NAME}.example.com?x=1"`}, account + "url", "host", true},
	"a password within the URL":         {oursSecrets, edits{account + "url": `"https://u:p@crm.example.com/"`}, account + "url", "their place is basic", true},
	"no method":                         {fromConfig, edits{account + "method": ``}, account + "method", `"GET", "POST", "PUT" or "PATCH"`, false},
	"the method DELETE":                 {fromConfig, edits{account + "method": `"DELETE"`}, account + "method", `"GET"`, false},
	"an id that is not asked for":       {fromByID, edits{endpoints + "find_account_by_id.url": `"https://crm.example.com/api/accounts"`}, endpoints + "find_account_by_id.url", "{ACCOUNT_ID}", true},
	"a file before its time":            {fromFileData, edits{endpoints + "comment.parameters[0].value": `"{file_data}"`}, endpoints + "comment", "only in crm.endpoints.upload", true},
	"a body of a GET":                   {fromGet, edits{account + "body": `"{}"`, parameter + "in": `"query"`}, account + "body", "GET", true},
	"a format of a GET":                 {fromConfig, edits{account + "format": `"property"`}, account + "format", "GET", true},
	"a format nobody knows":             {fromConfig, edits{made + "format": `"xml"`, made + "container": ``}, made + "format", `"property", "map" or "array"`, false},
	"a map without a name":              {fromConfig, edits{made + "container": ``}, made + "container", "the outer key", true},
	"an array without a name":           {fromConfig, edits{made + "format": `"array"`, made + "container": ``}, made + "container", "is required", true},
	"a name of no container":            {fromConfig, edits{made + "format": `"property"`}, made + "container", "counts only", true},
	"a body that is no JSON":            {oursBody, edits{endpoints + "find_account_also[0].body": `"{\"email\": {EMAIL}}"`}, endpoints + "find_account_also[0].body", "its variables within quotes", true},
	"a body of two values":              {oursBody, edits{endpoints + "find_account_also[0].body": `"{} {}"`}, endpoints + "find_account_also[0].body", "after top-level value", true},
	"a body with a broken template":     {oursBody, edits{endpoints + "find_account_also[0].body": `"[{\"a\":\"=CONCAT_OR(\"}]"`}, endpoints + "find_account_also[0].body", "cannot be read", true},
	"a body beside a format":            {oursBody, edits{endpoints + "find_account_also[0].format": `"property"`}, endpoints + "find_account_also[0].format", "which body replaces", true},
	"a body beside parameters of it":    {oursBody, edits{endpoints + "find_account_also[0].parameters[0].in": ``}, endpoints + "find_account_also[0].parameters[0].in", "beside a body", true},
	"a Location of a search":            {fromCreated, edits{account + "custom_id_location": `"Location"`}, account + "custom_id_location", "created", true},
	"a Location that is a path":         {oursPaths, edits{made + "response_data_location": `"Location"`}, made + "response_data_location", "custom_id_location", true},
	"a place in the answer with a hole": {oursPaths, edits{account + "response_data_location": `"data..items"`}, account + "response_data_location", "data.id", false},
	"an id behind half a bracket":       {oursPaths, edits{account + "custom_id_location": `"items[0.id"`}, account + "custom_id_location", "items[0].id", false},
	"a time at a dot":                   {oursChoose, edits{account + "choose_by": `"."`}, account + "choose_by", "data.id", false},
	"a check of empty brackets":         {oursVerify, edits{account + "verify[0].field": `"a[]"`}, account + "verify[0].field", "data.id", false},
	"a check of no field":               {oursVerify, edits{account + "verify[0].field": ``}, account + "verify[0].field", "data.id", false},
	"a check with nothing":              {oursVerify, edits{account + "verify[0].equals": `""`}, account + "verify[0].equals", "is required", false},
	"a check with a broken template":    {oursVerify, edits{account + "verify[0].equals": `"=DEFAULT_VALUE({NAME})"`}, account + "verify[0].equals", "2 arguments", true},
	"a check of a create":               {oursVerify, edits{made + "verify": `[{"field":"a","equals":"b"}]`}, made + "verify", "for searches", true},
	"hits of a create":                  {oursVerify, edits{made + "max_hits": `1`}, made + "max_hits", "for searches", true},
	"fewer hits than none":              {oursVerify, edits{account + "max_hits": `-1`}, account + "max_hits", "from 1", false},
	"a choice of a comment":             {oursChoose, edits{endpoints + "comment.choose": `"first"`}, endpoints + "comment.choose", "for searches", true},
	"a choice nobody knows":             {oursChoose, edits{account + "choose": `"last"`, account + "choose_by": ``}, account + "choose", `"first"`, false},
	"the newest by nothing":             {oursChoose, edits{account + "choose_by": ``}, account + "choose_by", "is required", true},
	"the first by something":            {oursChoose, edits{account + "choose": `"first"`}, account + "choose_by", "counts only", true},
	"an answer that is any":             {oursMeaning, edits{account + "answers[0].status": ``}, account + "answers[0]", "every answer", true},
	"a status nobody sends":             {fromStatus, edits{account + "answers[0].status": `99`}, account + "answers[0].status", "from 100 to 599", false},
	"a meaning nobody knows":            {oursMeaning, edits{account + "answers[0].means": `"ignore"`}, account + "answers[0].means", `"retry"`, false},
	"no meaning":                        {oursMeaning, edits{account + "answers[0].means": ``}, account + "answers[0].means", `"retry"`, false},
	"a search that finds it exists":     {oursMeaning, edits{account + "answers[0].means": `"exists"`}, account + "answers[0].means", "for creates", true},
	"a create that is not found":        {oursMeaning, edits{made + "answers[0].means": `"not_found"`}, made + "answers[0].means", "for searches", true},

	// parameters
	"a parameter without a key":    {fromConfig, edits{parameter + "key": `""`}, parameter + "key", "is required", false},
	"a function that does not end": {oursTexts, edits{parameter + "value": `"=CONCAT_OR({EMAIL}"`}, parameter + "value", "at 19", true},
	"a type nobody knows":          {oursTypes, edits{endpoints + "create_record.parameters[0].type": `"integer"`}, endpoints + "create_record.parameters[0].type", `"number"`, false},
	"a type within a query":        {oursTypes, edits{parameter + "type": `"number"`, parameter + "max": ``}, parameter + "type", "JSON body", true},
	"an escape nobody knows":       {oursTypes, edits{parameter + "escape": `"url"`}, parameter + "escape", `"json"`, false},
	"a place nobody knows":         {oursTypes, edits{parameter + "in": `"header"`}, parameter + "in", `"query" or "body"`, false},
	"a body parameter of a GET":    {fromGet, edits{parameter + "in": `"body"`}, parameter + "in", "GET", true},
	"a value shorter than nothing": {oursTypes, edits{parameter + "max": `-1`}, parameter + "max", "from 1", false},
	"a number that is cut":         {oursTypes, edits{endpoints + "create_record.parameters[0].max": `3`}, endpoints + "create_record.parameters[0].max", "a cut number", true},
	"a key that ends in a dot":     {oursKeys, edits{made + "parameters[0].key": `"name."`}, made + "parameters[0].key", `"a[0].b"`, true},
	"a list of a thousand million": {oursKeys, edits{made + "parameters[2].key": `"a[999999999]"`}, made + "parameters[2].key", `"a[0].b"`, true},
	"a bracket that is not closed": {oursKeys, edits{made + "parameters[2].key": `"a[0"`}, made + "parameters[2].key", `"a[0].b"`, true},
	"a key twice in a body":        {oursKeys, edits{made + "parameters[1].key": `"name.first"`}, made + "parameters[1].key", `the place of "name.first"`, true},
	"a key above another":          {oursKeys, edits{made + "parameters[1].key": `"name"`}, made + "parameters[1].key", `the place of "name.first"`, true},
	"a key below another":          {oursKeys, edits{made + "parameters[1].key": `"name.first[0]"`}, made + "parameters[1].key", `that of "name.first"`, true},

	// uploads
	"no type of upload":                 {fromUpload, edits{upload + "type": ``}, upload + "type", `"base64", "multipart", "raw" or "presigned"`, false},
	"no files to upload":                {fromUpload, edits{upload + "files": `[]`}, upload + "files", `"recordings"`, false},
	"files nobody knows":                {fromUpload, edits{upload + "files[0]": `"images"`}, upload + "files[0]", `"photos"`, false},
	"files twice":                       {oursTwice, edits{upload + "files[1]": `"recordings"`}, upload + "files[1]", "already", false},
	"no data of the file":               {oursFiles, edits{upload + "parameters[1].value": `"{FILE_NAME}"`}, upload + "parameters", "{FILE_DATA}", true},
	"the data of the file twice":        {oursFiles, edits{upload + "parameters[0].value": `"{FILE_DATA}"`}, upload + "parameters", "more than once", true},
	"the data of the file twice in one": {oursFiles, edits{upload + "parameters[1].value": `"{FILE_DATA}{file_data}"`}, upload + "parameters", "more than once", true},
	"a file in the URL":                 {oursFiles, edits{upload + "url": `"https://crm.example.com/{FILE_DATA}"`}, upload + "url", "in the body", true},
	"a file in the query":               {oursFiles, edits{upload + "parameters[1].in": `"query"`}, upload + "parameters[1].in", "in the body", true},
	"a file that is cut":                {oursFiles, edits{upload + "parameters[1].max": `10`}, upload + "parameters[1].max", "cut the file", true},
	"the part of no form":               {fromPart, edits{upload + "file_part": `"file"`}, upload + "file_part", "multipart", true},
	"the data in a form's text":         {oursFiles, edits{upload + "type": `"multipart"`}, upload + "parameters", "file_part", true},
	"a form with a format":              {oursFiles, form("format", `"property"`), upload + "format", "a form", true},
	"a form with a JSON body":           {oursFiles, with(form("body", `"{}"`), upload+"parameters", ``), upload + "body", "a form", true},
	"a form with types":                 {oursTypes, form("parameters", `[{"key":"a","value":"1","type":"number"}]`), upload + "parameters[0].type", "JSON body", true},
	"a file that is gotten":             {fromGet, edits{upload + "method": `"GET"`, upload + "parameters[1].in": ``}, upload + "method", "sent in the body", true},
	"an address that is a header":       {oursPaths, edits{upload + "attachment_url": `"Location"`, upload + "attachment_id": ``, upload + "builder_url": ``}, upload + "attachment_url", "attachment_id", true},
	"an address that has no id in it":   {fromUpload, edits{upload + "builder_url": `"https://crm.example.com/{RECORD_ID}"`}, upload + "builder_url", "{ATTACHMENT_ID}", true},
	"an address that is a path":         {oursURL, edits{upload + "builder_url": `"/{ATTACHMENT_ID}"`}, upload + "builder_url", "whole URL", true},
	"comments on files without a call":  {fromUpload, edits{endpoints + "comment": ``}, upload + "comment", "crm.endpoints.comment", true},
}

// oauth signs in by OAuth, one key of it changed.
func oauth(key, value string) edits {
	e := edits{"crm.headers": ``, "crm.oauth": `{"grant":"client_credentials","token_url":"https://crm.example.com/token","client_id":"i","client_secret":"secret://s"}`}
	return with(e, "crm.oauth."+key, value)
}

// only has one endpoint of all, and nothing that requires another.
func only(name string) edits {
	e := edits{"crm.skip_record_creation": ``, "crm.reuse_records": ``, "crm.records": ``}
	for _, other := range strings.Fields("find_account_by_id find_account find_account_also create_account find_record find_own_record create_record update_record comment upload") {
		if other != name {
			e[endpoints+other] = ``
		}
	}
	return e
}

// form is an upload by multipart, one key of it changed.
func form(key, value string) edits {
	return with(edits{upload + "type": `"multipart"`, upload + "parameters": `[{"key":"note","value":"{FILE_NAME}"}]`}, upload+key, value)
}

func with(e edits, path, value string) edits {
	if path != "" {
		e[path] = value
	}
	return e
}

func TestEveryMistakeIsFoundAtItsPlace(t *testing.T) {
	t.Parallel()
	good, schema := full(t), compiled(t)
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, m.from)
			doc := edit(t, good, m.edits)
			var places []string
			for _, p := range problems(t, doc) {
				if places = append(places, p.Path); p.Path == m.path && !strings.Contains(p.Detail, m.says) {
					t.Errorf("it says %q, want %q in it", p.Detail, m.says)
				}
			}
			if !slices.Equal(places, []string{m.path}) {
				t.Errorf("found at %q, want at %s alone", places, m.path)
			}
			if validBySchema(schema, doc) != m.lax {
				t.Errorf("valid by the schema: %v, want %v", !m.lax, m.lax)
			}
		})
	}
}

// variants are changes of the full document that leave it right.
var variants = map[string]variant{
	"as it is":                      {fromConfig, edits{}},
	"nothing at all":                {oursEmpty, edits{"sources": ``, "crm": ``, "storage": ``, "mail": ``}},
	"words left empty":              {oursEmpty, edits{"crm.retry": `""`, "crm.retry_on": `[]`, "crm.phone.format": `""`, "crm.phone.region": `""`, made + "parameters[0].type": `""`}},
	"numbers left at nothing":       {oursEmpty, edits{"crm.timeout_seconds": `0`, "crm.rate.per_second": `0`, "crm.rate.at_once": `0`, account + "max_hits": `0`}},
	"the documented retries":        {fromErrors, edits{"crm.retry": `"documented"`, "crm.retry_on": ``}},
	"OAuth with a person":           {fromSignIn, with(oauth("grant", `"authorization_code"`), "crm.oauth.authorization_url", `"https://crm.example.com/auth"`)},
	"OAuth without one":             {fromClient, oauth("scope", `"crm"`)},
	"Kustomer with both":            {oursSource, edits{"sources.kustomer": `{"signature":"secret://k","username":"u","password":"secret://p"}`}},
	"Kustomer with a password":      {oursSource, edits{"sources.kustomer": `{"username":"u","password":"secret://p"}`}},
	"Basic":                         {fromSignIn, edits{"crm.headers": ``, "crm.basic": `{"username":"u","password":"secret://p"}`}},
	"a CRM on the same machine":     {oursNear, edits{account + "url": `"http://127.0.0.1:8081/api"`}},
	"no accounts at all":            {fromSkip, with(with(only("create_record"), "crm.skip_account_creation", `true`), endpoints+"create_record.answers", ``)},
	"accounts that are only found":  {fromSkip, with(with(only("find_account"), "crm.skip_account_creation", `true`), "", ``)},
	"records that are only found":   {fromSkip, edits{endpoints + "create_record": ``, endpoints + "find_own_record": ``}},
	"a form with its file":          {fromUpload, form("file_part", `"Attachments"`)},
	"a file in a body of its own":   {oursBody, edits{upload + "parameters": ``, upload + "body": `"{\"data\":\"{FILE_DATA}\"}"`}},
	"the file's address in the end": {fromUpload, edits{upload + "attachment_id": ``, upload + "builder_url": ``, upload + "attachment_url": `"url"`}},
	"keys with brackets in a query": {oursKeys, edits{parameter + "key": `"where[0][type]"`}},
	"places in lists as they come":  {oursKeys, edits{made + "parameters": `[{"key":"tags[]","value":"a"},{"key":"tags[]","value":"b"}]`}},
	"selectors and places":          {oursPaths, edits{account + "response_data_location": `"[0].items"`, account + "verify[0].field": `"CustomFields[name=phone].values[0]"`}},
	"an address, or else an id":     {fromUpload, edits{upload + "attachment_url": `"url"`, upload + "attachment_id": ``}},
	"an empty value":                {oursEmpty, edits{parameter + "value": `""`}},
	"a name in braces nobody knows": {oursOthers, edits{parameter + "value": `"CustomField.{ccai_phone}"`}},
}

func TestWhatIsRightIsRightByParseAndSchema(t *testing.T) {
	t.Parallel()
	whole, schema := full(t), compiled(t)
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, v.from)
			doc := edit(t, whole, v.edits)
			if got := problems(t, doc); got != nil {
				t.Errorf("Parse: %v", got)
			}
			if !validBySchema(schema, doc) {
				t.Error("not valid by the schema")
			}
		})
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	doc := edit(t, full(t), edits{
		"crm.quue": `1`, "crm.queue": ``, "crm.timeout_seconds": `"5"`, "crm.reuse_records": ``, "storage": `[]`,
		account + "url": `5`, account + "method": `"get"`, endpoints + "comment.parameters[0].vale": `""`,
	})
	var got []string
	for _, p := range problems(t, doc) {
		got = append(got, p.Path)
	}
	slices.Sort(got)
	want := []string{
		"crm.endpoints.comment.parameters[0].vale", "crm.endpoints.find_account.method", "crm.endpoints.find_account.url",
		"crm.queue", "crm.quue", "crm.records.match", "crm.skip_record_creation", "crm.timeout_seconds", "storage",
	}
	if !slices.Equal(got, want) {
		t.Errorf("mistakes at\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestOnlySoManyMistakesAreNamed(t *testing.T) {
	t.Parallel()
	var doc strings.Builder
	doc.WriteString(`{"storage": {"bucket": "demo-sessions"`)
	for i := range settings.MaxProblems + 5 {
		fmt.Fprintf(&doc, `, "k%d": {"a": []}`, i)
	}
	got := problems(t, doc.String()+"}}")
	if last := got[len(got)-1]; len(got) != settings.MaxProblems+1 || last.Path != "$" || last.Detail != "has 5 more mistakes" {
		t.Errorf("%d problems, the last %v", len(got), last)
	}
}

// Settings that no document made can lack what a document cannot.
func TestValidateOfSettingsMadeByHand(t *testing.T) {
	t.Parallel()
	s := settings.Settings{CRM: &settings.CRM{Queue: "q", Endpoints: settings.Endpoints{FindAccountAlso: []*settings.Endpoint{nil}}}}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "find_account_also[0]: must not be empty") {
		t.Errorf("error is %v", err)
	}
}
