package adt

import "maps"

// Builtins assembles the bodies of every routine of this package by prosrc
// name. Each file of a type owns one table and its line here.
func Builtins() Funcs {
	all := Funcs{}
	for _, t := range []Funcs{
		boolFuncs(), intFuncs(), oidFuncs(), floatFuncs(), numericFuncs(), aggFuncs(), moneyFuncs(),
		dateFuncs(), timeFuncs(), timeTZFuncs(), timestampFuncs(), intervalFuncs(), generateFuncs(), randomFuncs(), formattingFuncs(),
		windowFuncs(), orderedSetFuncs(),
		textFuncs(), varcharFuncs(), bpcharFuncs(), nameFuncs(), charFuncs(), byteaFuncs(), encodeFuncs(), digestFuncs(), uuidFuncs(),
		likeFuncs(), quoteFuncs(), pseudoFuncs(), arrayFuncs(), recordFuncs(), jsonbFuncs(),
		textOpsFuncs(), textAggFuncs(), jsonBuildFuncs(), unicodeFuncs(), convertFuncs(), formatFuncs(), arrayOpsFuncs(), jsonAccessFuncs(), jsonbEditFuncs(), regexpFuncs(), jsonPathFuncs(), vectorFuncs(), jsonRecordFuncs(), inputCheckFuncs(), bitFuncs(), inetFuncs(), macFuncs(), rangeFuncs(), multirangeFuncs(), lsnFuncs(), walFileFuncs(), tidFuncs(), snapshotFuncs(), enumFuncs(), domainFuncs(), tsvectorFuncs(), tsqueryFuncs(), geoFuncs(), xmlFuncs(),
	} {
		maps.Copy(all, t)
	}
	return all
}
