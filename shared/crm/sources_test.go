package crm_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// Whoever reads a failing row is told where its rule is written: the tables of every package that has rules of the page
// have a column for it, and the tests print it.
func TestEveryTableTellsWhereItsRulesAreFrom(t *testing.T) {
	t.Parallel()
	for _, pkg := range []string{"crm", "flow", "phone", "settings", "signin", "template"} {
		files, err := filepath.Glob(filepath.Join("..", pkg, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("the tests of %s: %v, %v", pkg, files, err)
		}
		for _, file := range files {
			checkTables(t, file)
		}
	}
}

// checkTables finds the tables of a file: maps and lists of structs, written out.
func checkTables(t *testing.T, file string) {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range parsed.Decls {
		tables, cites := 0, false
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if row := rowOf(n.Type); row != nil {
					tables++
					if !hasFrom(row) {
						t.Errorf("%s: the table has no column \"from\"", set.Position(n.Pos()))
					}
				}
			case *ast.CallExpr:
				name, ok := n.Fun.(*ast.Ident)
				cites = cites || ok && name.Name == "cite"
			}
			return true
		})
		if _, isFunc := d.(*ast.FuncDecl); isFunc && tables > 0 && !cites {
			t.Errorf("%s: the test does not cite its rows' sources", set.Position(d.Pos()))
		}
	}
}

// rowOf is the struct of a table's rows; nil where a type is no table.
func rowOf(table ast.Expr) *ast.StructType {
	var row ast.Expr
	switch table := table.(type) {
	case *ast.MapType:
		row = table.Value
	case *ast.ArrayType:
		row = table.Elt
	}
	of, _ := row.(*ast.StructType)
	return of
}

func hasFrom(row *ast.StructType) bool {
	return slices.ContainsFunc(row.Fields.List, func(f *ast.Field) bool {
		return slices.ContainsFunc(f.Names, func(n *ast.Ident) bool { return n.Name == "from" })
	})
}
