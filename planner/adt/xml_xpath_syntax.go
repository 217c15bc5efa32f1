package adt

import (
	"regexp"
	"slices"
	"strings"
)

// What may come next in an XPath expression.
type xpathState uint8

const (
	xpathOperand xpathState = iota // an operand
	xpathArgs                      // an argument of a function, or the end of its list
	xpathStep                      // a step of a path
	xpathTest                      // a node test, after @ or an axis
	xpathCall                      // the parenthesis after a function's name
	xpathAxis                      // the colons after an axis
	xpathRoot                      // after a leading /: a step, or what may come after an operand
	xpathAfter                     // an operator, a predicate or the end
)

var (
	xpathName  = regexp.MustCompile(`^[\pL_][-.\pL\pM\pN_]*(?::(?:[\pL_][-.\pL\pM\pN_]*|\*))?`)
	xpathToken = regexp.MustCompile(`^(?:"[^"]*"|'[^']*'|[0-9]+(?:\.[0-9]*)?|\.[0-9]+|` +
		`\$?` + xpathName.String()[1:] + `|\.\.|//|!=|<=|>=|::|[-+*/|=<>().@,\[\]])`)
	xpathNodeTypes = map[string]bool{"node": true, "text": true, "comment": true, "processing-instruction": true}
	xpathOperators = []string{"+", "-", "*", "=", "!=", "<", "<=", ">", ">=", "|", "and", "or", "mod", "div"}
)

// wellFormedXPath tells whether the order of an expression's tokens is one of XPath 1.0's
// grammar: the package reads what it can, and passes over the rest.
func wellFormedXPath(text string) bool {
	var s xpathScanner
	for {
		text = strings.TrimLeft(text, xmlSpaceBlank)
		if text == "" {
			return len(s.open) == 0 && s.state >= xpathRoot
		}
		token := xpathToken.FindString(text)
		if token == "" {
			return false
		}
		text = text[len(token):]
		ok := false
		if s.state >= xpathRoot && !(s.state == xpathRoot && xpathStepStart(token)) {
			ok = s.after(token)
		} else {
			ok = s.operand(token, strings.TrimLeft(text, xmlSpaceBlank))
		}
		if !ok {
			return false
		}
	}
}

// xpathStepStart tells whether a step can begin with a token.
func xpathStepStart(token string) bool {
	return token == "*" || token == "." || token == ".." || token == "@" || xpathName.MatchString(token)
}

// xpathScanner follows an expression.
type xpathScanner struct {
	state xpathState
	open  []byte // what is to be closed: ( [ and f for a function's list
}

// operand takes a token where an operand or a part of one is wanted; rest is what comes after it.
func (s *xpathScanner) operand(token, rest string) bool {
	anything := s.state == xpathOperand || s.state == xpathArgs
	literal := strings.ContainsRune(`"'$0123456789`, rune(token[0])) || token[0] == '.' && len(token) > 1 && token != ".."
	switch {
	case s.state == xpathCall:
		s.state = xpathArgs
		return token == "("
	case s.state == xpathAxis:
		s.state = xpathTest
		return token == "::"
	case s.state == xpathArgs && token == ")":
		return s.closed('f')
	case anything && token == "(":
		s.open, s.state = append(s.open, '('), xpathOperand
	case anything && token == "-":
		s.state = xpathOperand
	case anything && token == "/":
		s.state = xpathRoot
	case anything && token == "//":
		s.state = xpathStep
	case anything && literal:
		s.state = xpathAfter
	case !xpathStepStart(token) || s.state == xpathTest && !xpathName.MatchString(token) && token != "*":
		return false
	case token == "@":
		s.state = xpathTest
	case xpathName.MatchString(token) && strings.HasPrefix(rest, "("):
		if !anything && !xpathNodeTypes[token] {
			return false
		}
		s.open, s.state = append(s.open, 'f'), xpathCall
	case xpathName.MatchString(token) && strings.HasPrefix(rest, "::"):
		s.state = xpathAxis
	default:
		s.state = xpathAfter
	}
	return true
}

// after takes a token after an operand.
func (s *xpathScanner) after(token string) bool {
	switch {
	case token == "/" || token == "//":
		if s.state == xpathRoot {
			return false
		}
		s.state = xpathStep
	case token == "[":
		s.open, s.state = append(s.open, '['), xpathOperand
		return true
	case token == "]":
		return s.closed('[')
	case token == ")":
		return s.closed('(') || s.closed('f')
	case token == ",":
		s.state = xpathOperand
		return len(s.open) > 0 && s.open[len(s.open)-1] == 'f'
	case slices.Contains(xpathOperators, token):
		s.state = xpathOperand
	default:
		return false
	}
	return true
}

// closed closes what was opened last, if it is this.
func (s *xpathScanner) closed(what byte) bool {
	if len(s.open) == 0 || s.open[len(s.open)-1] != what {
		return false
	}
	s.open, s.state = s.open[:len(s.open)-1], xpathAfter
	return true
}
