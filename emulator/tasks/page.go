package tasks

import (
	"encoding/base64"
	"slices"
)

// page cuts one page out of sorted names: those after the one in the token, at most size of them, and at most limit;
// size 0 is limit. The token of the next page is empty at the end. Since it names the last one shown, what is added or
// removed meanwhile makes no other appear twice or not at all.
func page(names []string, size int32, limit int, token string) (shown []string, next string, err error) {
	if size < 0 {
		return nil, "", invalid("page_size: %d must not be negative", size)
	}
	last, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, "", invalid("page_token: %q must be the next_page_token of an earlier answer", clip(token))
	}
	from, found := slices.BinarySearch(names, string(last))
	if found {
		from++
	}
	names = names[from:]
	if size > 0 {
		limit = min(limit, int(size))
	}
	if len(names) <= limit {
		return names, "", nil
	}
	return names[:limit], base64.RawURLEncoding.EncodeToString([]byte(names[limit-1])), nil
}
