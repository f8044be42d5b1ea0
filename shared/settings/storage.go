package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Storage is where the company keeps the files of its sessions: a Cloud Storage bucket, an SFTP server, or both, each of
// which then has every file (docs.cloud.google.com, CCAI Platform, "External storage").
type Storage struct {
	// Bucket is one the function's service account may write to.
	Bucket string `json:"bucket,omitempty"`
	// KMSKey encrypts what is written (projects/…/cryptoKeys/…); empty: the bucket's own way.
	KMSKey string `json:"kms_key,omitempty"`
	SFTP   *SFTP  `json:"sftp,omitempty"`

	// Folder is a path in front of the documented folders, in every place. It may contain {TENANT}, {CHANNEL}, {QUEUE_ID} and, of
	// the session's start in UTC, {YEAR}, {MONTH} and {DAY}.
	Folder string `json:"folder,omitempty"`
	// Files are the kinds that are stored; absent: all of them.
	Files []string `json:"files,omitempty"`
	// VoicemailName is the name of a voicemail's file without its type, for which there is no documented one. It may contain
	// {SESSION_KEY} and {FILE_ID}; empty: "{SESSION_KEY}-voicemail".
	VoicemailName string `json:"voicemail_name,omitempty"`

	// ToCRM says what the CRM gets of a file that is stored: "files" (itself, where crm.endpoints.upload takes its kind; the
	// default) or "links" (a comment with its address).
	ToCRM string `json:"to_crm,omitempty"`
	// LinkSource says which address of a file people are shown: its own "storage" (the default) or, once it is there, the "crm".
	LinkSource string `json:"link_source,omitempty"`
	// LinkURL is a file's address for people, for good, with {PATH} or with {SESSION_KEY}, {FILE_ID}, {SOURCE} and {TENANT}; empty:
	// that of the bucket, which asks for a sign-in with Google. The console's asks for a sign-in here and gives the file to whoever
	// has a role, wherever it is stored:
	// https://CONSOLE/console/api/tenants/{TENANT}/sessions/{SESSION_KEY}/files/{FILE_ID}?source={SOURCE}
	LinkURL string `json:"link_url,omitempty"`
	// LinkHours gives the CRM signed addresses in the bucket instead, for which nobody signs in, and which end after so many
	// hours and are not renewed. More than 12 count as 12, since Google may change the key that signs
	// (docs.cloud.google.com/storage/docs/authentication/creating-signatures); whoever is to open a file later needs LinkURL.
	LinkHours int `json:"link_hours,omitempty"`
}

// SFTP is a server that speaks the SSH File Transfer Protocol.
type SFTP struct {
	Host     string `json:"host"`
	Port     int    `json:"port,omitempty"` // 0 means 22
	Username string `json:"username"`
	Password string `json:"password,omitempty"` // secret://name
	// PrivateKey is in OpenSSH's or PEM's form, and Passphrase opens it.
	PrivateKey string `json:"private_key,omitempty"` // secret://name
	Passphrase string `json:"passphrase,omitempty"`  // secret://name
	// HostKeys are the keys by which the server is known: "ssh-ed25519 AAAA…", or the fingerprint "SHA256:…".
	HostKeys []string `json:"host_keys"`
	// Folder is where everything is kept on this server, before Storage.Folder; relative to where the sign-in leads.
	Folder string `json:"folder,omitempty"`
}

// The kinds of files that are stored or uploaded.
const (
	Recordings  = "recordings"
	Voicemails  = "voicemails"
	Photos      = "photos"
	Videos      = "videos"
	Transcripts = "transcripts"
	Metadata    = "metadata"
)

var fileKinds = []string{Recordings, Transcripts, Voicemails, Photos, Videos, Metadata}

// The words of ToCRM and LinkSource.
const (
	SendFiles   = "files"
	SendLinks   = "links"
	FromStorage = "storage"
	FromCRM     = "crm"
)

// Keeps says whether a kind of files is stored.
func (s *Storage) Keeps(kind string) bool {
	return s != nil && (len(s.Files) == 0 || slices.Contains(s.Files, kind))
}

// SendsLinks says whether the CRM gets addresses in the place of files.
func (s *Storage) SendsLinks() bool { return s != nil && s.ToCRM == SendLinks }

// The variables of the storage's texts.
var (
	folderVariables    = []string{"TENANT", "CHANNEL", "QUEUE_ID", "YEAR", "MONTH", "DAY"}
	voicemailVariables = []string{"SESSION_KEY", "FILE_ID"}
)

const (
	// maxLinkHours is what may be written: earlier releases had links of a week.
	maxLinkHours = 7 * 24
	// longestLink is how long an address that Google's own key has signed is sure to be good.
	longestLink = 12 * time.Hour
)

// LinkTime is for how long the CRM's addresses are signed: LinkHours, as far as a signature is sure to last; 0 where they are not.
func (s *Storage) LinkTime() time.Duration {
	return min(time.Duration(s.LinkHours)*time.Hour, longestLink)
}

// linkVariables are what a file's address may be made of.
var linkVariables = []string{"PATH", "TENANT", "SOURCE", "SESSION_KEY", "FILE_ID"}

func (s *Storage) validate(c *checker) {
	c.check(s.Bucket != "" || s.SFTP != nil, "storage", "must have a bucket, sftp or both")
	c.check(s.KMSKey == "" || s.Bucket != "", "storage.kms_key", "counts only with storage.bucket")
	c.folder("storage.folder", s.Folder, folderVariables)
	c.folder("storage.voicemail_name", s.VoicemailName, voicemailVariables)
	c.check(s.VoicemailName == "" || uses(s.VoicemailName, "SESSION_KEY"), "storage.voicemail_name",
		"must contain {SESSION_KEY}: two sessions' voicemails may have the same {FILE_ID}")
	c.check(!strings.Contains(s.VoicemailName, "/"), "storage.voicemail_name", "must be one name, without a slash")
	c.check(s.LinkHours == 0 || s.Bucket != "", "storage.link_hours", "counts only with storage.bucket: other addresses cannot be signed")
	c.check(s.LinkHours == 0 || s.LinkURL == "", "storage.link_hours", "and storage.link_url cannot both make the address")
	c.check(s.ToCRM != SendLinks || s.Bucket != "" || s.LinkURL != "", "storage.to_crm",
		"needs storage.bucket or storage.link_url: files on an SFTP server have no addresses of their own")
	if s.LinkURL != "" {
		c.link("storage.link_url", s.LinkURL, linkVariables)
		c.check(uses(s.LinkURL, "PATH") || uses(s.LinkURL, "SESSION_KEY") && uses(s.LinkURL, "FILE_ID"), "storage.link_url",
			"must contain {PATH}, or both {SESSION_KEY} and {FILE_ID}: it is one file's address")
	}
	if s.SFTP != nil {
		s.SFTP.validate(c)
	}
}

func (s *SFTP) validate(c *checker) {
	c.check(cmp.Or(s.Password, s.PrivateKey) != "", "storage.sftp.password", "or storage.sftp.private_key is required")
	c.check(s.Passphrase == "" || s.PrivateKey != "", "storage.sftp.passphrase", "counts only with storage.sftp.private_key")
	c.folder("storage.sftp.folder", s.Folder, nil)
}

// folder checks a text that becomes part of a path. What the parts may be is checked when the path is made, since it
// depends on the values.
func (c *checker) folder(path, text string, known []string) {
	c.template(path, text)
	c.variables(path, text, known)
	for part := range strings.SplitSeq(strings.Trim(text, "/"), "/") {
		c.check(text == "" || part != "" && part != "." && part != "..", path, fmt.Sprintf("has the part %q; every part must be a name", part))
	}
	c.check(!strings.ContainsAny(text, "\\\x00\r\n"), path, "must not have a backslash or a control character")
}
