package settings

import "sessionbridge.internal/shared/template"

const uploadPath = "crm.endpoints.upload"

// validate checks what an upload has beyond other endpoints.
func (u *Upload) validate(c *checker, comment *Endpoint) {
	c.check(u.Method != "GET", uploadPath+".method", "must be POST, PUT or PATCH: a file is sent in the body")
	c.check(u.FilePart == "" || u.Type == uploadMultipart || u.Presigned(), uploadPath+".file_part", `counts only where type is "multipart" or "presigned"`)
	u.validateFile(c)
	u.validatePresigned(c)
	u.validateNamed(c, comment)
	c.check(u.AttachmentURL != locationHeader, uploadPath+".attachment_url", "is a path in the body; the header's last part is an id, for attachment_id")
	if u.BuilderURL != "" {
		c.wholeURL(uploadPath+".builder_url", u.BuilderURL)
		c.check(uses(u.BuilderURL, "ATTACHMENT_ID"), uploadPath+".builder_url", "must contain {ATTACHMENT_ID}")
	}
	c.check(!u.Comment || comment != nil, uploadPath+".comment", "also requires crm.endpoints.comment")
}

// validateFile checks that the file itself is sent, once, whole, and in the body.
func (u *Upload) validateFile(c *checker) {
	places := 0
	texts, _ := textsOf(u.Body) // that it is JSON is checked with every body
	for _, text := range texts {
		places += c.file(uploadPath+".body", text)
	}
	c.check(!uses(u.URL, "FILE_DATA"), uploadPath+".url", "cannot hold {FILE_DATA}: a file is sent in the body")
	for i, p := range u.Parameters {
		path := index(uploadPath+".parameters", i)
		n := c.file(path+".value", p.Value)
		if n == 0 {
			continue
		}
		places += n
		c.check(p.In != inQuery, path+".in", `must be "body" with {FILE_DATA}: a file is sent in the body`)
		c.check(p.Max == 0, path+".max", "would cut the file")
		c.check(p.Type != "number" && p.Type != "boolean", path+".type", "must be a text with {FILE_DATA}, which is the file in base64")
	}
	switch u.Type {
	case uploadBase64:
		c.check(places > 0, uploadPath+".parameters", "need one with {FILE_DATA}, the file in base64")
		c.check(places < 2, uploadPath+".parameters", "have {FILE_DATA} more than once")
	case uploadRaw:
		c.check(u.Body == "", uploadPath+".body", `must be empty: with the type "raw" the body is the file`)
		for i, p := range u.Parameters {
			c.check(p.In == inQuery, index(uploadPath+".parameters", i)+".in", `must be "query": with the type "raw" the body is the file`)
		}
		c.check(places == 0, uploadPath+".parameters", `have no {FILE_DATA} with the type "raw": the body is the file`)
	case uploadMultipart:
		c.check(places == 0, uploadPath+".parameters", "have no {FILE_DATA} in a form: the file is a part of its own, named by file_part")
	case uploadPresigned:
		c.check(places == 0, uploadPath+".parameters", `have no {FILE_DATA} with the type "presigned": the file goes where the answer says`)
	}
}

// Presigned says whether the call only announces a file, which then goes where the answer says.
func (u *Upload) Presigned() bool { return u.Type == uploadPresigned }

// validatePresigned checks where the answer says where the file goes.
func (u *Upload) validatePresigned(c *checker) {
	for _, f := range []struct{ key, value string }{{"presigned_url", u.PresignedURL}, {"presigned_fields", u.PresignedFields}} {
		path := uploadPath + "." + f.key
		c.check(u.Presigned() || f.value == "", path, `counts only where type is "presigned"`)
		c.check(!u.Presigned() || f.value != "", path, `is required where type is "presigned": a path such as "upload.url" in the answer`)
		c.check(f.value != locationHeader, path, "is a path in the body; the header's last part is an id, for attachment_id")
	}
}

// validateNamed holds that a file which is only announced gets into the record: by the comment that names it, and nothing else.
func (u *Upload) validateNamed(c *checker, comment *Endpoint) {
	if !u.Presigned() {
		return
	}
	c.check(u.AttachmentID != "", uploadPath+".attachment_id", `is required where type is "presigned": the comment names the file by it`)
	c.check(u.Comment, uploadPath+".comment", `must be true where type is "presigned": the file is in no record before a comment names it`)
	c.check(comment == nil || comment.Mentions("ATTACHMENT_ID"), "crm.endpoints.comment", `must have {ATTACHMENT_ID} where crm.endpoints.upload has the type "presigned": else the file is in no record`)
}

// file counts how often a text has the file, which no function can take: it is never held whole.
func (c *checker) file(path, text string) int {
	n := times(text, "FILE_DATA")
	t, err := template.Parse(text)
	c.check(n == 0 || err != nil || !t.IsFunction(), path, "cannot have {FILE_DATA} within a function")
	return n
}
