package firestore

import (
	"fmt"
	"math"
	"math/big"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// aggregation reduces the documents that a query found to one value.
type aggregation struct {
	field  fieldPath // of a sum or an average; nil of a count
	reduce func([]*pb.Document) *pb.Value
}

// parseAggregations compiles aggregations by alias; those without one are field_1, field_2, … in their order
// (google/firestore/v1/query.proto, StructuredAggregationQuery.aggregations).
func parseAggregations(in []*pb.StructuredAggregationQuery_Aggregation) (map[string]aggregation, error) {
	if len(in) == 0 || len(in) > maxAggregations {
		return nil, invalid("an aggregation query must have 1 to %d aggregations, not %d", maxAggregations, len(in))
	}
	out := map[string]aggregation{}
	unnamed := 0
	for _, a := range in {
		alias := a.GetAlias()
		if alias == "" {
			unnamed++
			alias = fmt.Sprintf("field_%d", unnamed)
		}
		if err := checkFieldName(alias); err != nil {
			return nil, err
		}
		if _, ok := out[alias]; ok {
			return nil, invalid("alias %q must not be used twice", clip(alias))
		}
		parsed, err := parseAggregation(a)
		if err != nil {
			return nil, err
		}
		out[alias] = parsed
	}
	return out, nil
}

// fieldsOf are the fields that are aggregated.
func fieldsOf(by map[string]aggregation) []fieldPath {
	var fields []fieldPath
	for _, a := range by {
		if a.field != nil {
			fields = append(fields, a.field)
		}
	}
	return fields
}

func parseAggregation(a *pb.StructuredAggregationQuery_Aggregation) (aggregation, error) {
	switch x := a.GetOperator().(type) {
	case *pb.StructuredAggregationQuery_Aggregation_Count_:
		reduce, err := parseCount(x.Count)
		return aggregation{reduce: reduce}, err
	case *pb.StructuredAggregationQuery_Aggregation_Sum_:
		return parseArithmetic(x.Sum.GetField(), total)
	case *pb.StructuredAggregationQuery_Aggregation_Avg_:
		return parseArithmetic(x.Avg.GetField(), average)
	}
	return aggregation{}, invalid("an aggregation must be a count, a sum or an average")
}

func parseArithmetic(f *pb.StructuredQuery_FieldReference, of func([]*pb.Value) *pb.Value) (aggregation, error) {
	path, err := parseField(f.GetFieldPath())
	reduce := func(docs []*pb.Document) *pb.Value { return of(numbers(docs, path)) }
	return aggregation{path, reduce}, err
}

func parseCount(c *pb.StructuredAggregationQuery_Aggregation_Count) (func([]*pb.Document) *pb.Value, error) {
	most := int64(math.MaxInt64)
	if c.GetUpTo() != nil {
		most = c.UpTo.Value
	}
	if most < 0 {
		return nil, invalid("count.up_to must not be negative")
	}
	return func(docs []*pb.Document) *pb.Value { return integerValue(min(int64(len(docs)), most)) }, nil
}

// numbers are the numeric values at a path; documents with another value there, or none, are passed over.
func numbers(docs []*pb.Document, path fieldPath) []*pb.Value {
	var out []*pb.Value
	for _, d := range docs {
		if v := fieldOf(d, path); rank(v) == rankNumber {
			out = append(out, v)
		}
	}
	return out
}

// total is an integer while all values are and the sum fits, else a double.
func total(values []*pb.Value) *pb.Value {
	exact, sum, doubles := new(big.Int), 0.0, false
	for _, v := range values {
		n, ok := integer(v)
		if ok {
			exact.Add(exact, big.NewInt(n))
		} else {
			sum += v.GetDoubleValue()
			doubles = true
		}
	}
	if !doubles && exact.IsInt64() {
		return integerValue(exact.Int64())
	}
	integers, _ := new(big.Float).SetInt(exact).Float64()
	return doubleValue(integers + sum)
}

// average is a double, or null of no values.
func average(values []*pb.Value) *pb.Value {
	if len(values) == 0 {
		return null()
	}
	return doubleValue(number(total(values)) / float64(len(values)))
}
