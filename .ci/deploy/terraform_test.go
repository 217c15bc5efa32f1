package deploy

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// TestTerraform checks what `terraform fmt` and the part of `terraform
// validate` that needs no provider check: the syntax, that what an expression
// refers to is declared, and that the files which it reads exist.
func TestTerraform(t *testing.T) {
	var blocks []*hclsyntax.Block
	for _, f := range files(t, "deploy/terraform/*.tf") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(hclwrite.Format(text), text) {
			t.Errorf("%s: not formatted", f)
		}
		parsed, diags := hclsyntax.ParseConfig(text, f, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		blocks = append(blocks, parsed.Body.(*hclsyntax.Body).Blocks...)
	}
	declared, used := map[string]bool{"path.module": true, "each.value": true}, map[string]bool{}
	for _, b := range blocks {
		for _, name := range addresses(b) {
			if declared[name] {
				t.Errorf("%s: %s is declared twice", b.DefRange(), name)
			}
			declared[name] = true
		}
		if b.Type == "variable" && b.Body.Attributes["description"] == nil {
			t.Errorf("variable %s: no description", b.Labels[0])
		}
	}
	for _, b := range blocks {
		if b.Type == "variable" {
			continue // its type is written like a reference
		}
		diags := hclsyntax.VisitAll(b.Body, func(node hclsyntax.Node) hcl.Diagnostics {
			switch node := node.(type) {
			case *hclsyntax.ScopeTraversalExpr:
				name := refersTo(node.Traversal)
				used[name] = true
				if !declared[name] {
					t.Errorf("%s: %s is not declared", node.Range(), name)
				}
			case *hclsyntax.TemplateExpr:
				checkFile(t, node)
			}
			return nil
		})
		if diags.HasErrors() {
			t.Error(diags)
		}
	}
	for name := range declared {
		if strings.HasPrefix(name, "var.") && !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
	checkConfig(t, map[string]string{"flowgres.yaml": read(t, "deploy/terraform/flowgres.yaml")}, "/tls")
}

// addresses are the names under which expressions know what a block declares.
func addresses(b *hclsyntax.Block) []string {
	switch b.Type {
	case "variable":
		return []string{"var." + b.Labels[0]}
	case "resource":
		return []string{b.Labels[0] + "." + b.Labels[1]}
	case "data":
		return []string{"data." + b.Labels[0] + "." + b.Labels[1]}
	case "locals":
		var out []string
		for name := range b.Body.Attributes {
			out = append(out, "local."+name)
		}
		return out
	}
	return nil
}

// refersTo is the address of what an expression's traversal begins with.
func refersTo(tr hcl.Traversal) string {
	parts := 2
	if tr.RootName() == "data" {
		parts = 3
	}
	name := tr.RootName()
	for _, step := range tr[1:min(parts, len(tr))] {
		if attr, ok := step.(hcl.TraverseAttr); ok {
			name += "." + attr.Name
		}
	}
	return name
}

// checkFile checks that a template that names a file beside the module, with
// constants after ${path.module}, names one that exists.
func checkFile(t *testing.T, node *hclsyntax.TemplateExpr) {
	t.Helper()
	if len(node.Parts) != 2 {
		return
	}
	root, ok := node.Parts[0].(*hclsyntax.ScopeTraversalExpr)
	rest, constant := node.Parts[1].(*hclsyntax.LiteralValueExpr)
	if !ok || !constant || root.Traversal.RootName() != "path" {
		return
	}
	if _, err := os.Stat(top + "/deploy/terraform" + rest.Val.AsString()); err != nil {
		t.Error(err)
	}
}
