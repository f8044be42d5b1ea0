package flow

// Cite is cite, for the tests that see the package from outside.
var Cite = cite
