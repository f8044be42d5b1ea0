package remote_test

import (
	"errors"
	"strings"
	"testing"

	"sessionbridge.internal/shared/files/remote"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, entry, address string
		want                 bool
	}{
		{"exact", "media.example.com", "https://media.example.com/a.mp3?sig=1", true},
		{"another", "media.example.com", "https://evil.example.com/", false},
		{"name as a prefix", "example.com", "https://example.com.evil.net/", false},
		{"name as a suffix", "example.com", "https://notexample.com/", false},
		{"sub-domain of an exact name", "example.com", "https://a.example.com/", false},
		{"name before an at sign", "example.com", "https://example.com@evil.net/", false},
		{"name before a backslash", "example.com", `https://example.com\@evil.net/`, false},
		{"letter case", "Media.Example.COM", "https://mEdia.example.com/", true},
		{"final dot in the address", "example.com", "https://example.com./", true},
		{"final dot in the entry", "example.com.", "https://example.com/", true},
		{"two final dots", "example.com", "https://example.com../", false},
		{"underscore", "my_bucket.example.com", "https://my_bucket.example.com/", true},
		{"sub-domain", "*.example.com", "https://a.example.com/", true},
		{"sub-domain of a sub-domain", "*.example.com", "https://a.b.example.com/", true},
		{"not itself", "*.example.com", "https://example.com/", false},
		{"not what ends alike", "*.example.com", "https://notexample.com/", false},
		{"not an empty name below", "*.example.com", "https://.example.com/", false},
		{"a star alone", "*", "https://example.com/", false},
		{"a star within", "a.*.com", "https://a.b.com/", false},
		{"an address is below no name", "*.0.0.1", "https://127.0.0.1/", false},
		{"nothing", "", "https://example.com/", false},
		{"other port", "example.com", "https://example.com:8443/", false},
		{"default port, spelled out", "example.com", "https://example.com:443/", true},
		{"default port in the entry", "example.com:443", "https://example.com/", true},
		{"port", "example.com:8443", "https://example.com:8443/", true},
		{"port below", "*.example.com:8443", "https://a.example.com:8443/", true},
		{"port that is wanted", "example.com:8443", "https://example.com/", false},
		{"without TLS", "example.com", "http://example.com/", true}, // which the guard refuses
		{"IPv6", "[2001:db8::1]:8443", "https://[2001:DB8::1]:8443/", true},
		{"punycode in the address", "bücher.example", "https://xn--bcher-kva.example/", true},
		{"punycode in the entry", "xn--bcher-kva.example", "https://bücher.example/", true},
		{"capital in another script", "bücher.example", "https://BÜCHER.example/", true},
		{"wide letters", "example.com", "https://ｅxample.com/", true},
		{"ideographic full stop", "example.com", "https://example。com。/", true},
		{"letters that only look alike", "example.com", "https://еxample.com/", false},
		{"other scheme", "example.com", "ftp://example.com/", false},
		{"no scheme", "example.com", "//example.com/", false},
		{"opaque", "example.com", "https:example.com", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := remote.Meant(row.entry, row.address); got != row.want {
				t.Errorf("%q means %q: %v, want %v", row.entry, row.address, got, row.want)
			}
		})
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	hosts := []string{" media.example.com ", "*.cdn.example.com"}
	for _, row := range []struct{ name, from, location, want, say string }{
		{"path", "https://media.example.com/a?b", "/c?d", "https://media.example.com/c?d", ""},
		{"query", "https://media.example.com/a?b", "?d", "https://media.example.com/a?d", ""},
		{"other server that is allowed", "https://media.example.com/a", "//X.CDN.example.com./b", "https://x.cdn.example.com/b", ""},
		{"up to https", "http://media.example.com/a", "https://media.example.com/a", "https://media.example.com/a", ""},
		{"other server", "https://media.example.com/a", "https://login.example.com/?canary", "", `"login.example.com"`},
		{"metadata server", "https://media.example.com/a", "http://169.254.169.254/canary", "", "from https to http"},
		{"down to http", "https://media.example.com/a", "http://media.example.com/canary", "", "from https to http"},
		{"no location", "https://media.example.com/a", "", "", "to nowhere"},
		{"a file", "https://media.example.com/a", "file:///etc/canary", "", "no https URL"},
		{"garbage", "https://media.example.com/a", "https://media.example.com:canary/", "", "no https URL"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := remote.Follow(row.from, row.location, hosts...)
			if got != row.want || (err == nil) != (row.say == "") {
				t.Fatalf("%q, %v; want %q", got, err, row.want)
			}
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), row.say) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %q, want one with %q and no part of the address", err, row.say)
			}
			if row.location != "" && !errors.Is(err, remote.ErrHost) {
				t.Errorf("error %v, want %v", err, remote.ErrHost)
			}
		})
	}
}

func TestContentRange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]int64{
		"bytes 5-9/10": {5, 10, 10}, "bytes 5-8/10": {5, 9, 10}, "bytes 5-9/*": {5, 10, -1}, "bytes */10": {-1, 0, 10}, "bytes 0-0/1": {0, 1, 1},
		"": {}, "5-9/10": {}, "bytes 5-9": {}, "bytes 9-5/10": {}, "bytes 5-10/10": {}, "bytes -5-9/10": {}, "bytes 5/10": {},
		"bytes 5-/10": {}, "bytes 99999999999999999999-5/10": {}, "bytes 5-9223372036854775807/*": {}, "items 5-9/10": {},
	} {
		from, end, total, err := remote.ContentRange(text)
		if got := [3]int64{from, end, total}; (err == nil) != (want != [3]int64{}) || got != want {
			t.Errorf("%q: from, end and size are %v, %v; want %v", text, got, err, want)
		}
	}
}
