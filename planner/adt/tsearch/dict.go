package tsearch

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/adt"
	"github.com/flowgres/flowgres/planner/adt/tsearch/snowball"
	"github.com/flowgres/flowgres/planner/pgerr"
)

// Dict is a dictionary: it gives a word's lexemes, none for a stop word; known
// is false for a word that it leaves to others.
type Dict interface {
	Lexize(word string) (lexemes []string, known bool)
}

// NewDict makes a dictionary of a template with the options of its pg_ts_dict row.
func NewDict(template, options string) (Dict, error) {
	opts, err := parseOptions(options, (*adt.Env)(nil))
	if err != nil {
		return nil, err
	}
	switch template {
	case "simple":
		d := simpleDict{accept: true}
		for _, o := range opts {
			switch o.name {
			case "stopwords":
				d.stop, err = stopWords(o.value)
			case "accept":
				d.accept = o.value == "true"
			default:
				err = pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized simple dictionary parameter: \"%s\"", o.name)
			}
			if err != nil {
				return nil, err
			}
		}
		return d, nil
	case "snowball":
		d := snowballDict{}
		for _, o := range opts {
			switch o.name {
			case "stopwords":
				d.stop, err = stopWords(o.value)
			case "language":
				if d.stemmer, err = snowball.New(o.value); err == nil && d.stemmer == nil {
					err = pgerr.New(pgerrcode.UndefinedObject,
						"no Snowball stemmer available for language \"%s\" and encoding \"%s\"", o.value, "UTF8")
				}
			default:
				err = pgerr.New(pgerrcode.InvalidParameterValue, "unrecognized Snowball parameter: \"%s\"", o.name)
			}
			if err != nil {
				return nil, err
			}
		}
		if d.stemmer == nil {
			return nil, pgerr.New(pgerrcode.InvalidParameterValue, "missing Language parameter")
		}
		return d, nil
	}
	return nil, pgerr.Unsupported("text search template \"%s\" is not supported", template)
}

// simpleDict takes every word but stop words as it is, in lower case
// (dict_simple.c).
type simpleDict struct {
	stop   stopList
	accept bool
}

func (d simpleDict) Lexize(word string) ([]string, bool) {
	word = adt.LowerText(word)
	switch {
	case word == "" || d.stop.has(word):
		return nil, true
	case d.accept:
		return []string{word}, true
	}
	return nil, false
}

// snowballDict takes the stems of words (dict_snowball.c).
type snowballDict struct {
	stop    stopList
	stemmer *snowball.Stemmer
}

// maxStemmed is the longest word, in bytes, that is stemmed.
const maxStemmed = 1000

func (d snowballDict) Lexize(word string) ([]string, bool) {
	long := len(word) > maxStemmed
	word = adt.LowerText(word)
	if !long {
		if word == "" || d.stop.has(word) {
			return nil, true
		}
		if stem := d.stemmer.Stem(word); stem != "" {
			word = stem
		}
	}
	return []string{word}, true
}

// stopList is the words of data/*.stop, which are PostgreSQL's, sorted.
type stopList []string

func (s stopList) has(word string) bool {
	_, ok := slices.BinarySearch(s, word)
	return ok
}

var stopLists sync.Map // of stopList by name

func stopWords(name string) (stopList, error) {
	if s, ok := stopLists.Load(name); ok {
		return s.(stopList), nil
	}
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return nil, pgerr.New(pgerrcode.InvalidParameterValue, "invalid text search configuration file name \"%s\"", name)
	}
	text, err := files.ReadFile("data/" + name + ".stop")
	if err != nil {
		return nil, pgerr.New(pgerrcode.ConfigFileError, "could not open stop-word file \"%s\": %s", fmt.Sprintf("%s.stop", name), "No such file or directory")
	}
	var list stopList
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 0 && !adt.IsSpaceRune(rune(line[0])) {
			list = append(list, adt.LowerText(f[0]))
		}
	}
	slices.Sort(list)
	stopLists.Store(name, list)
	return list, nil
}
