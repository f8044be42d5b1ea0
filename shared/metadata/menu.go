package metadata

import (
	"cmp"
	"strings"

	"sessionbridge.internal/shared/session"
)

type selectedMenu struct {
	ID        any     `json:"id"`
	Name      *string `json:"name"`
	ParentID  any     `json:"parent_id"`
	Position  unknown `json:"position"`
	Deleted   unknown `json:"deleted"`
	Hidden    unknown `json:"hidden"`
	MenuType  unknown `json:"menu_type"`
	OutputMsg unknown `json:"output_msg"`
}

// newSelectedMenu is the last menu of the path. Its id is the path's last one too: the queue's own id may be that of
// another queue, which the session was handed to.
func newSelectedMenu(q session.Queue) *selectedMenu {
	if q == (session.Queue{}) {
		return nil
	}
	ids := menuIDs(q.PathIDs)
	m := &selectedMenu{ID: number(cmp.Or(last(ids), q.ID)), Name: text(last(menuNames(q.Path)))}
	if n := len(ids); n > 1 {
		m.ParentID = number(ids[n-2])
	}
	return m
}

type menuPath struct {
	ItemsCount       int     `json:"items_count"`
	Name             *string `json:"name"`
	MaterializedPath *string `json:"materialized_path"` // the menus' ids, joined by a slash
}

// newMenuPath reads the two paths of a session.Queue.
func newMenuPath(path, pathIDs string) *menuPath {
	names, ids := menuNames(path), menuIDs(pathIDs)
	if len(names) == 0 && len(ids) == 0 {
		return nil
	}
	return &menuPath{
		ItemsCount: cmp.Or(len(names), len(ids)), Name: text(strings.Join(names, "/")),
		MaterializedPath: text(strings.Join(ids, "/")),
	}
}

// menuNames are the parts of session.Queue.Path, which joins them by " / "; the metadata's menu path has a bare slash.
func menuNames(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, " / ")
}

func menuIDs(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func last(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}
