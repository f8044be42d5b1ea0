package remote

// Ending is the ending of a name for content of the MIME type that TypeOf gave; empty for any other.
func Ending(mimeType string) string {
	for _, c := range classes {
		for _, f := range c.formats {
			if f.mime == mimeType {
				return f.ext
			}
		}
	}
	for _, f := range raw {
		if f.mime == mimeType {
			return f.ext
		}
	}
	return ""
}
