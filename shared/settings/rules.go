package settings

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// bracket is a part of a location: a place in a list, which is a number of at most nine digits, or what an element has, whose
// name is more than blanks.
const bracket = `\[([0-9]{1,9}|[^=\]]*[^=\] \t\r\n][^=\]]*=[^\]]*)\]`

// rule is what one field must hold beside its JSON type; for a list, what each of its elements must, and for a map, what each of
// its keys must. A field that is empty
// breaks only required. Both Validate and Schema read it.
type rule struct {
	required bool
	words    []string // the only values there are
	min, max float64  // of a number, where they differ
	pattern  string   // of the whole text; RE2 and ECMA-262 read it alike
	says     string   // what would be right, where the rest does not say it
	values   *rule    // what each value of a map must hold; nil: what its type must
}

var (
	secretRef  = rule{pattern: `secret://[A-Za-z0-9_-]{1,255}`, says: "must be a reference such as secret://crm-password, never the secret itself"}
	headerName = rule{pattern: `[A-Za-z0-9-]{1,100}`, says: "must be a header's name, such as Idempotency-Key"}
	printable  = rule{pattern: `[ -~]*`, says: "must be of printable ASCII characters (RFC 9110, section 5.5)"}
	required   = rule{required: true}
	// location is a path into an answer: names joined by dots, and brackets with a place in a list or with what an
	// element has.
	location = rule{pattern: `([^.\[]+|` + bracket + `)(\.[^.\[]+|` + bracket + `)*`,
		says: `must be a path such as "data.id", "items[0].id" or "fields[name=phone].value"`}
)

func must(r rule) rule {
	r.required = true
	return r
}

// rules are by type and key. What two fields must have in common is in validate.go, endpoint.go and ladder.go.
var rules = map[string]rule{
	"Settings.version":  {max: Version, says: fmt.Sprintf("must be %d, or absent for the first", Version)},
	"Settings.people":   email,
	"Settings.sources":  {words: sourceNames, says: "is no source; there are " + quoted(sourceNames, " and ")},
	"Source.password":   secretRef,
	"Source.signature":  secretRef,
	"Source.utc_offset": {pattern: `[+-]([01][0-9]|2[0-3]):[0-5][0-9]`, says: "must be hours and minutes from UTC, such as +09:00"},

	"Source.file_hosts": {pattern: `(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?`,
		says: `must be a host such as "media.example.com", or "*.example.com" for all below a name`},

	"Storage.bucket": {pattern: `[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]`,
		says: "must be the name of a Cloud Storage bucket: 3 to 222 of a-z, 0-9, dot, dash and underscore"},

	"Storage.kms_key": {pattern: `projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+`,
		says: "must be a key of Cloud KMS: projects/P/locations/L/keyRings/R/cryptoKeys/K"},
	"Storage.files":       {words: fileKinds},
	"Storage.to_crm":      {words: []string{SendFiles, SendLinks}},
	"Storage.link_source": {words: []string{FromStorage, FromCRM}},
	"Storage.link_hours":  {min: 1, max: maxLinkHours},

	"SFTP.host":        {required: true, says: "is required: the name or address of the server"},
	"SFTP.port":        {min: 1, max: 65535},
	"SFTP.username":    required,
	"SFTP.password":    secretRef,
	"SFTP.private_key": secretRef,
	"SFTP.passphrase":  secretRef,
	"SFTP.host_keys": {required: true, pattern: `SHA256:[A-Za-z0-9+/]{43}|[a-z0-9@.-]+ [A-Za-z0-9+/]+=*`,
		says: `must be the server's key "ssh-ed25519 AAAA…" or its fingerprint "SHA256:…", as ssh-keyscan and ssh-keygen -l print them`},

	"Mail.from":     required,
	"Mail.host":     {required: true, says: "is required: the name of the mail server"},
	"Mail.port":     {required: true, min: 1, max: 65535, says: "must be from 1 to 65535, mostly 587"},
	"Mail.password": secretRef,

	"CRM.queue": {required: true, pattern: `[A-Za-z0-9-]{1,100}`,
		says: "must be the id of a Cloud Tasks queue: 1 to 100 letters, digits and dashes"},
	"CRM.timeout_seconds": {min: 1, max: 10},
	"CRM.retry":           {words: []string{RetryDocumented, RetrySafe, RetryCustom}},
	"CRM.retry_on": {pattern: `[345][0-9][0-9]|[345]xx|no_answer`,
		says: `must be a status such as "503", a class of them such as "5xx", or "no_answer"`},
	"CRM.idempotency_header": headerName,
	"CRM.comment_on":         {words: []string{OnStart, OnEnd, OnRating, OnCustomData, OnTransfer, OnDisposition, OnSurvey, OnSmartAction}},
	"CRM.update_on":          {words: []string{OnEnd, OnRating, OnQueue, OnVerified}},

	"Rate.per_second": {min: 0, max: 500},
	"Rate.at_once":    {min: 1, max: 100},

	"Header.name":   must(headerName),
	"Header.prefix": printable,
	"Header.value":  printable,
	"Header.secret": secretRef,

	"Basic.username": {required: true, pattern: `[^:]*`, says: "is required, and has no colon (RFC 7617, section 2)"},
	"Basic.password": must(secretRef),

	"OAuth.grant":         {required: true, words: []string{ClientCredentials, AuthorizationCode}},
	"OAuth.token_url":     required,
	"OAuth.client_id":     required,
	"OAuth.client_secret": must(secretRef),

	"QualityEndpoint.url":            required,
	"QualityEndpoint.signing_secret": secretRef,
	"QualityEndpoint.batch":          {min: 1, max: MaxBatch},

	"Retention.days": {required: true, min: minRetention, max: maxRetention,
		says: "must be the days that a session is kept after its last change, from 30 to 3650, such as 90"},

	"Presence.priority":       {words: []string{PriorityLatest, PriorityCRM}},
	"Presence.window_seconds": {min: 1, max: 3600},
	"Presence.crm":            {required: true, says: "is required: where the CRM's agents are read and written"},
	"PresenceCRM.type":        {required: true, words: []string{CRMKustomer}},
	"PresenceCRM.url":         required,
	"PresenceCRM.key":         must(secretRef),
	"PresenceCentre.type":     {required: true, words: []string{CentreCCAI, CentreEvents}},
	"PresenceCentre.password": secretRef,

	"Desk.from":          {pattern: `[A-Za-z0-9_-]{1,50}`, says: `must be a word such as "custom"`},
	"Desk.embed_origins": embedOrigin,
	"Adapters.call":      adapterURL,
	"Adapters.chat":      adapterURL,

	"AgentDesktop.widget_url":   widgetURL,
	"AgentDesktop.consultation": functionName,

	"Phone.format": {words: phoneFormats},
	"Phone.region": {pattern: `[A-Z]{2}`, says: `must be a country of ISO 3166-1, two capital letters such as "IT"`},
	"Phone.lookup": {pattern: strings.Join(phoneFormats, "|") + `|raw|digits|national_digits|last:([4-9]|1[0-5])`,
		says: fmt.Sprintf(`must be %s, "raw", "digits", "national_digits", or "last:7" for so many last digits, from 4 to 15`, quoted(phoneFormats, ", "))},

	"RecordPolicy.at":          {words: []string{AtArrival, AtAnswer}},
	"RecordPolicy.arrival_for": {words: []string{"mobile", "web", "sms", "whatsapp", "api"}},
	"RecordPolicy.match":       {words: []string{"menu", "channel"}},

	"Endpoint.url":                    required,
	"Endpoint.method":                 {required: true, words: []string{"GET", "POST", "PUT", "PATCH"}},
	"Endpoint.format":                 {words: []string{formatProperty, formatMap, formatArray}},
	"Endpoint.response_data_location": location,
	"Endpoint.custom_id_location":     location,
	"Endpoint.choose_by":              location,

	"Endpoint.max_hits": {min: 1, max: 100},
	"Endpoint.choose":   {words: []string{"first", chooseNewest, chooseUpdated, "agent"}},

	"Parameter.key":    required,
	"Parameter.type":   {words: []string{"string", "number", "boolean", "json"}},
	"Parameter.escape": {words: []string{"json", "quoted", "html"}},
	"Parameter.in":     {words: []string{inQuery, inBody}},
	"Parameter.max":    {min: 1, max: 1 << 20},

	"Check.field":  must(location),
	"Check.equals": required,

	"Meaning.status": {min: 100, max: 599},
	"Meaning.means":  {required: true, words: []string{MeansRetry, MeansRefused, MeansExists, MeansNotFound, MeansDone}},

	"Upload.type":             {required: true, words: []string{uploadBase64, uploadMultipart, uploadRaw, uploadPresigned}},
	"Upload.presigned_url":    location,
	"Upload.presigned_fields": location,
	"Upload.attachment_url":   location,
	"Upload.attachment_id":    location,

	"Upload.files": {required: true, words: fileKinds},
}

// sourceNames are the doorways there are (functions/webhook, whose test holds that they are the same).
var sourceNames = []string{"agentdesktop", "ccai", "ccai-adapter", "kustomer", "qm", "udesk", "udesk-chat"}

// SourceNames are the doorways that Settings.Sources may open.
func SourceNames() []string { return slices.Clone(sourceNames) }

var phoneFormats = []string{PhoneAutomatic, PhoneE164, PhoneUSLocal, PhoneUSLocalStandard, PhoneInternational}

// Words of the document that only this package speaks.
const (
	formatProperty  = "property"
	formatMap       = "map"
	formatArray     = "array"
	chooseNewest    = "newest"
	chooseUpdated   = "updated"
	inQuery         = "query"
	inBody          = "body"
	uploadBase64    = "base64"
	uploadMultipart = "multipart"
	uploadRaw       = "raw"
	uploadPresigned = "presigned"
	locationHeader  = "Location"
)

// patterns are those of the rules, each compiled when it is first asked for: all of them would cost a function's start some
// milliseconds, and a document uses few.
var patterns sync.Map // pattern → *regexp.Regexp

func matches(pattern, text string) bool {
	known, ok := patterns.Load(pattern)
	if !ok {
		known, _ = patterns.LoadOrStore(pattern, regexp.MustCompile("^(?:"+pattern+")$"))
	}
	return known.(*regexp.Regexp).MatchString(text)
}

// fits says whether a value that is not empty keeps the rule.
func (r rule) fits(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return (r.words == nil || slices.Contains(r.words, v.String())) && (r.pattern == "" || matches(r.pattern, v.String()))
	case reflect.Int:
		return !r.bounded() || float64(v.Int()) >= r.min && float64(v.Int()) <= r.max
	case reflect.Float64:
		return !r.bounded() || v.Float() >= r.min && v.Float() <= r.max
	}
	return true
}

func (r rule) bounded() bool { return r.min != r.max }

// want is what would be right.
func (r rule) want() string {
	switch {
	case r.says != "":
		return r.says
	case r.words != nil:
		return "must be " + quoted(r.words, " or ")
	case r.bounded():
		return "must be from " + decimal(r.min) + " to " + decimal(r.max)
	}
	return "is required"
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// quoted lists words, the last after the given one: "a", "b" or "c".
func quoted(words []string, last string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(last)
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Quote(w))
	}
	return b.String()
}

// field is one key of a JSON object and the Go field behind it.
type field struct {
	key   string
	rule  rule
	typ   reflect.Type
	index []int
	doc   string // its name in descriptions.json
}

var knownFields sync.Map // of []field, by reflect.Type

// fieldsOf lists a struct's fields in order, those of embedded structs in their place, as encoding/json sees them.
func fieldsOf(t reflect.Type) []field {
	if known, ok := knownFields.Load(t); ok {
		return known.([]field)
	}
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for _, in := range fieldsOf(f.Type) {
				in.index = slices.Concat([]int{i}, in.index)
				all = append(all, in)
			}
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		id := t.Name() + "." + key
		all = append(all, field{key, rules[id], f.Type, []int{i}, id})
	}
	knownFields.Store(t, all)
	return all
}
