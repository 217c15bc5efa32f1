package adt

import (
	"github.com/jackc/pgerrcode"

	"github.com/flowgres/flowgres/planner/pgerr"
)

// collated are the routines that look at the collation of their call, by their prosrc, with
// what they want it for.
var collated = func() map[string]string {
	out := map[string]string{"lower": "lower() function", "upper": "upper() function", "initcap": "initcap() function"}
	for what, list := range map[string][]string{
		"string comparison": {
			"texteq", "textne", "text_lt", "text_le", "text_gt", "text_ge", "text_larger", "text_smaller", "bttextcmp", "text_starts_with",
			"bpchareq", "bpcharne", "bpcharlt", "bpcharle", "bpchargt", "bpcharge", "bpchar_larger", "bpchar_smaller", "bpcharcmp",
			"nameeq", "namene", "namelt", "namele", "namegt", "namege", "btnamecmp", "btnametextcmp", "bttextnamecmp",
			"nameeqtext", "namenetext", "namelttext", "nameletext", "namegttext", "namegetext",
			"texteqname", "textnename", "textltname", "textlename", "textgtname", "textgename",
			"textpos", "replace_text", "split_part", "text_to_array", "text_to_array_null", "text_to_table", "text_to_table_null",
			"btvarstrequalimage",
		},
		"string hashing": {"hashtext", "hashtextextended", "hashbpchar", "hashbpcharextended"},
		"ILIKE":          {"texticlike", "texticnlike", "nameiclike", "nameicnlike"},
		"regular expression": {
			"textregexeq", "textregexne", "texticregexeq", "texticregexne", "nameregexeq", "nameregexne", "nameicregexeq", "nameicregexne",
			"textregexsubstr", "textregexreplace", "textregexreplace_noopt", "textregexreplace_extended",
			"textregexreplace_extended_no_flags", "textregexreplace_extended_no_n",
			"regexp_match", "regexp_match_no_flags", "regexp_matches", "regexp_matches_no_flags",
			"regexp_split_to_array", "regexp_split_to_array_no_flags", "regexp_split_to_table", "regexp_split_to_table_no_flags",
			"regexp_count", "regexp_count_no_flags", "regexp_count_no_start", "regexp_like", "regexp_like_no_flags",
			"regexp_instr", "regexp_instr_no_endoption", "regexp_instr_no_flags", "regexp_instr_no_n", "regexp_instr_no_start", "regexp_instr_no_subexpr",
			"regexp_substr", "regexp_substr_no_flags", "regexp_substr_no_n", "regexp_substr_no_start", "regexp_substr_no_subexpr",
		},
	} {
		for _, src := range list {
			out[src] = what
		}
	}
	return out
}()

// Uncollated is the error of a call without a collation of a routine that needs one, nil of
// others (check_collation_set and its like in varlena.c, formatting.c, like.c, regexp.c).
func Uncollated(src string) error {
	what, ok := collated[src]
	if !ok {
		return nil
	}
	return pgerr.New(pgerrcode.IndeterminateCollation, "could not determine which collation to use for %s", what).
		Hintf("Use the COLLATE clause to set the collation explicitly.")
}
