# Passes on what `go test -cover` prints, and fails where one of the packages that must not guess is covered by less than 90 %:
# the session model and the readers of all sources.
{ print }
$2 ~ /\/shared\/(session|source\/(payload|ccai|qm|udesk|agentdesktop))$/ && /coverage:/ {
	percent = $0
	sub(/.*coverage: /, "", percent)
	seen++
	if (percent + 0 < 90) low = low "\n  " $2 ": " percent + 0 " %"
}
END {
	if (low != "") { print "Less than 90 % of the statements are tested:" low; exit 1 }
	if (seen < 6) { print "The coverage of " 6 - seen " of six packages is missing."; exit 1 }
}
