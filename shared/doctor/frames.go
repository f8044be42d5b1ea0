package doctor

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// forbids is the header by which a page forbids the desk's page to show it in a frame, as browsers read it; empty where it does
// not. A policy's frame-ancestors goes before X-Frame-Options, which then does not count (w3.org/TR/CSP3, "frame-ancestors",
// relation to X-Frame-Options).
func forbids(h http.Header, page, desk *url.URL) string {
	policies := ancestorsIn(h)
	for _, sources := range policies {
		if !slices.ContainsFunc(sources, func(s string) bool { return allows(s, page, desk) }) {
			return "Content-Security-Policy: frame-ancestors " + strings.Join(sources, " ")
		}
	}
	if options := strings.Join(h.Values("X-Frame-Options"), ", "); len(policies) == 0 && optionsForbid(options, page, desk) {
		return "X-Frame-Options: " + options
	}
	return ""
}

// ancestorsIn are the sources that each policy has for frame-ancestors; all of them count. A policy that only reports is none.
func ancestorsIn(h http.Header) (all [][]string) {
	for policy := range strings.SplitSeq(strings.Join(h.Values("Content-Security-Policy"), ","), ",") {
		for directive := range strings.SplitSeq(policy, ";") {
			if words := strings.Fields(directive); len(words) > 0 && strings.EqualFold(words[0], "frame-ancestors") {
				all = append(all, words[1:])
				break // a second one in a policy does not count
			}
		}
	}
	return all
}

// optionsForbid reads X-Frame-Options (html.spec.whatwg.org, "The X-Frame-Options header"): what is neither DENY nor SAMEORIGIN,
// such as ALLOW-FROM, has no effect, unless it contradicts one of these.
func optionsForbid(options string, page, desk *url.URL) bool {
	known, values := false, map[string]bool{}
	for value := range strings.SplitSeq(strings.ToLower(options), ",") {
		value = strings.TrimSpace(value)
		values[value] = true
		known = known || value == "deny" || value == "sameorigin" || value == "allowall"
	}
	switch {
	case len(values) > 1:
		return known
	case values["deny"]:
		return true
	}
	return values["sameorigin"] && !sameOrigin(page, desk)
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// allows says whether a source of a policy, such as "https://*.example.com", stands for the desk (w3.org/TR/CSP3, "Does url match
// expression in origin with redirect count?"). Of one with a path, the path does not count: an ancestor is known by its origin.
func allows(source string, page, desk *url.URL) bool {
	switch source = strings.ToLower(source); source {
	case "'none'":
		return false
	case "'self'":
		return sameOrigin(page, desk)
	case "*":
		return true
	case "http:", "https:":
		return fitsScheme(strings.TrimSuffix(source, ":"), desk)
	}
	scheme, rest, ok := strings.Cut(source, "://")
	if !ok {
		scheme, rest = page.Scheme, source
	}
	site, _, _ := strings.Cut(rest, "/")
	host, port := site, ""
	if i := strings.LastIndexByte(site, ':'); i > strings.LastIndexByte(site, ']') {
		host, port = site[:i], site[i+1:]
	}
	return fitsScheme(scheme, desk) && fitsHost(host, desk) && fitsPort(port, desk)
}

// fitsScheme: what is allowed with http is allowed with https.
func fitsScheme(scheme string, desk *url.URL) bool {
	return scheme == desk.Scheme || scheme == "http" && desk.Scheme == "https"
}

func fitsHost(host string, desk *url.URL) bool {
	own := strings.ToLower(desk.Hostname())
	if below, ok := strings.CutPrefix(host, "*"); ok {
		return strings.HasSuffix(own, below)
	}
	return own == strings.Trim(host, "[]")
}

func fitsPort(port string, desk *url.URL) bool {
	own := portOf(desk)
	switch port {
	case "*":
		return true
	case "":
		return own == portOf(&url.URL{Scheme: desk.Scheme})
	}
	return port == own || port == "80" && own == "443"
}
