package local

import "net/http"

func (c *Cloud) page(w http.ResponseWriter, r *http.Request) { http.NotFound(w, r) }
func assets() http.Handler                                   { return http.NotFoundHandler() }
