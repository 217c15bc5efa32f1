package fdw

import "testing"

func TestFits(t *testing.T) {
	for _, x := range []struct {
		allowed, value, like string
		want                 bool
	}{
		{"eu-west-1", "eu-west-1", "eu-west-1", true},
		{"eu-west-1", "eu-west-10", "eu-west-1", false},
		{"eu-*", "eu-west-1", "eu-%", true},
		{"eu-*", "us-east-1", "eu-%", false},
		{"*-1", "eu-west-1", "%-1", true},
		{"*-1", "eu-west-2", "%-1", false},
		{"us-*-?", "us-east-1", "us-%-_", true},
		{"us-*-?", "us-gov-east-11", "us-%-_", false},
		{"*", "", "%", true},
		{"", "", "", true},
		{"", "x", "", false},
		{"?", "", "_", false},
		{`a_%\`, `a_%\`, `a\_\%\\`, true},
	} {
		if got := Fits(x.allowed, x.value); got != x.want {
			t.Errorf("%s, %s: %v", x.allowed, x.value, got)
		}
		if got := LikePattern(x.allowed); got != x.like {
			t.Errorf("%s: %s, want %s", x.allowed, got, x.like)
		}
	}
	if Wild([]string{"a", "b"}) || !Wild([]string{"a", "b?"}) {
		t.Error("wildcards")
	}
}
