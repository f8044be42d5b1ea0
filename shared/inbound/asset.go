package inbound

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"time"

	"sessionbridge.internal/shared/fault"
)

// assetTypes are told by hand: Go's own table asks the machine, and some machines serve JavaScript as text/plain, which no
// browser runs as a module.
var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// Asset answers a file of a function's pages: a stylesheet, a JavaScript module or a picture. Browsers keep it and ask each
// time whether it is still the same, so that a page is never made of files of two builds.
func Asset(w http.ResponseWriter, r *http.Request, files fs.FS, name string) error {
	kind := assetTypes[path.Ext(name)]
	body, err := fs.ReadFile(files, name)
	if err != nil || kind == "" {
		return fault.New(fault.NotFound, "There is no such file.")
	}
	sum := sha256.Sum256(body)
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
	h.Set("Cache-Control", "private, no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}
