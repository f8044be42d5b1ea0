package attendance

// Fitting is fitting.
var Fitting = fitting
