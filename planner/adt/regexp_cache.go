package adt

// regexCache keeps a call's compiled expressions: one for a constant pattern, a
// few when the pattern is data.
type regexCache map[regexKey]*Regex

type regexKey struct {
	pattern string
	flags   reFlags
}

func cachedRegex(c *Call, pattern string, flags reFlags) (*Regex, error) {
	cache, _ := c.Memo.(regexCache)
	key := regexKey{pattern, flags}
	if re := cache[key]; re != nil {
		return re, nil
	}
	re, err := sessionRegex(c.Env, key)
	if err != nil {
		return nil, err
	}
	if cache == nil || len(cache) >= regexCacheSize {
		cache = regexCache{}
		c.Memo = cache
	}
	cache[key] = re
	return re, nil
}

// sessionRegex gives an expression that another call of the session has compiled, or
// compiles it.
func sessionRegex(env *Env, key regexKey) (*Regex, error) {
	if env == nil || env.Session == nil { // which sessions may share
		return compileRegex(env, key.pattern, key.flags)
	}
	if re := env.regexes[key]; re != nil {
		return re, nil
	}
	re, err := compileRegex(env, key.pattern, key.flags)
	if err != nil {
		return nil, err
	}
	if env.regexes == nil || len(env.regexes) >= envRegexCacheSize {
		env.regexes = regexCache{}
	}
	env.regexes[key] = re
	return re, nil
}
