package form

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentence is a description as a page shows it below the setting's name, which is not said twice: "timeout_seconds bounds every
// request" becomes "Bounds every request.", "queue is the queue" becomes "The queue.". A first word that people write as it is, such
// as secret://name or the name of another setting, stays so.
func Sentence(name, description string) string {
	text := strings.TrimLeft(strings.TrimSpace(description), " ,;:") // of which a secret's place was taken
	if first, rest, more := strings.Cut(text, " "); more && sameName(first, name) {
		verb, object, _ := strings.Cut(rest, " ")
		switch {
		case slices.Contains([]string{"is", "are"}, verb):
			text = object
		case !slices.Contains([]string{"and", "or", "of"}, verb):
			text = rest
		}
	}
	if text == "" {
		return ""
	}
	if !strings.ContainsAny(text[len(text)-1:], ".?!:") {
		text += "."
	}
	if first, _, _ := strings.Cut(text, " "); strings.ContainsAny(first, "_/{") {
		return text
	}
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

// sameName says whether a word is the setting's name, as JSON or as Go writes it.
func sameName(word, name string) bool {
	return strings.EqualFold(word, name) || strings.EqualFold(word, strings.ReplaceAll(name, "_", ""))
}
