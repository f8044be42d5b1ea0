package kustomer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// bucket is where files are uploaded to.
const bucket = "kustomer-attachments"

// Bounds of a file. A policy lets it be uploaded for half an hour.
const (
	maxFile    = 512 << 20 // bytes
	policyLife = 30 * time.Minute
)

// upload is the file of an attachment.
type upload struct {
	fields  map[string]string // what the form must give before the file
	length  int64             // bytes it must have
	expires time.Time
	sha256  string // in hexadecimal digits; empty before it is uploaded
}

var attachmentSchema = schema{
	"name": filled, "contentType": isMediaType, "contentLength": whole(1, maxFile), "externalUrl": isPlace,
	"renderMode": oneOf("default", "metadata_only"),
}

// blocked are extensions that no file may have (https://developer.kustomer.com/kustomer-api-docs/reference/createmedia).
var blocked = strings.Fields("bin bat chm com cpl crt exe hlp hta inf ins isp jse lnk mdb msc msi msp mst pcd pif ps1 reg scr sct shs vba vbe vbs wsf wsh wsl")

func isMediaType(v any) string {
	s, _ := v.(string)
	kind, _, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(kind, "/") || len(s) > 255 {
		return "must be a media type such as audio/mpeg"
	}
	return ""
}

// isPlace is whether Kustomer would link a file there.
func isPlace(v any) string {
	s, _ := v.(string)
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > 2048 {
		return "must be an address with https and without a user"
	}
	return ""
}

// createAttachment is the first of the two steps; the second is the upload that meta.upload says
// (https://developer.kustomer.com/docs/guides/attachments). A file elsewhere needs only this one.
func (k *Kustomer) createAttachment(c *call) answer {
	given, bad := c.attributes()
	if bad != nil {
		return bad.answer()
	}
	attributes, bad := attachmentSchema.merge(map[string]any{"redacted": false}, given)
	if bad != nil {
		return bad.answer()
	}
	name, _ := attributes["name"].(string)
	elsewhere, _ := attributes["externalUrl"].(string)
	switch wrong := missing(attributes, "name", "contentType", "contentLength"); {
	case wrong != "":
		return fail(http.StatusBadRequest, "", wrong)
	case slices.Contains(blocked, strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))):
		return fail(http.StatusBadRequest, "name", "files with this extension are not allowed")
	case elsewhere == "" && attributes["renderMode"] != nil:
		return fail(http.StatusBadRequest, "renderMode", "goes with externalUrl alone")
	case k.full("attachment"):
		return isFull()
	}
	delete(attributes, "externalUrl")
	attributes["uploaded"] = elsewhere != ""
	r := k.add("attachment", attributes, nil, c.user)
	if elsewhere == "" {
		u := k.expect(r)
		return reply(http.StatusCreated, map[string]any{"data": r, "meta": map[string]any{"provider": "s3",
			"upload": map[string]any{"url": origin(c.r) + "/s3/" + bucket, "fields": u.fields}}})
	}
	if attributes["renderMode"] != "metadata_only" {
		r.Links["related"] = elsewhere
	}
	return reply(http.StatusCreated, map[string]any{"data": r})
}

// expect makes the policy of an upload, whose fields are those of Amazon S3
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html).
func (k *Kustomer) expect(r *Record) *upload {
	length, _ := r.Attributes["contentLength"].(float64)
	u := &upload{length: int64(length), expires: k.now().Add(policyLife)}
	at := k.now().Format("20060102T150405Z")
	key := fmt.Sprintf("attachments/%s/%s-%s", orgID, r.ID, r.Text("name"))
	policy, _ := json.Marshal(map[string]any{"expiration": stamp(u.expires), // texts and numbers: it cannot fail
		"conditions": []any{[]any{"content-length-range", u.length, u.length}, map[string]string{"key": key}}})
	encoded := base64.StdEncoding.EncodeToString(policy)
	mac := hmac.New(sha256.New, []byte(r.ID)) // a stand-in has no secret to keep: only equality with what it gave is checked
	_, _ = mac.Write([]byte(encoded))
	u.fields = map[string]string{
		"key": key, "acl": "private", "Content-Type": r.Text("contentType"), "X-Amz-Meta-Attachment-Id": r.ID, "bucket": bucket,
		"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": "AKIAEXAMPLE/" + at[:8] + "/us-east-1/s3/aws4_request",
		"X-Amz-Date": at, "Policy": encoded, "X-Amz-Signature": hex.EncodeToString(mac.Sum(nil)),
	}
	k.uploads[r.ID] = u
	return u
}

// origin is the address that was asked, so that what is in front of the stand-in is in front of uploads too.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (k *Kustomer) getAttachment(c *call) answer {
	return k.answerOne("attachment", c.r.PathValue("id"))
}
