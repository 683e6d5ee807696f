namespace MLNetUnlearning.Benchmarks;

/// <summary>The convex theory of Datamodel Matching in numbers: squared distance to the retrained parameters, as a multiple of that at the start, after 10 to 400 full-batch steps.</summary>
internal static class ConvexBenchmark
{
    public static IEnumerable<IReadOnlyDictionary<string, object?>> Run(bool quick)
    {
        foreach (double ridge in quick ? [0.05] : new[] { 0.5, 0.05, 0.005, 0.0005 })
        {
            using var simulation = new ConvexSimulation(ridge, seed: 1);
            var exact = simulation.GroupExact();
            var additive = simulation.AdditiveLeaveOneOut();
            var influence = simulation.AdditiveInfluence();
            (string Method, Func<int, double[]> Walk, double? TargetError)[] methods =
            [
                ("descent on retain rows", simulation.Descent, null),
                ("ascent on forget rows", simulation.Ascent, null),
                ("ascent and descent", simulation.AscentDescent, null),
                ("oracle matching", simulation.OracleMatching, null),
                ("matching, group-exact targets", steps => simulation.DatamodelMatching(exact, steps), simulation.TargetError(exact)),
                ("matching, added-up exact leave-one-out", steps => simulation.DatamodelMatching(additive, steps), simulation.TargetError(additive)),
                ("matching, added-up influence", steps => simulation.DatamodelMatching(influence, steps), simulation.TargetError(influence)),
            ];
            foreach (var (method, walk, error) in methods)
            {
                double[] distances = walk(400);
                yield return new Dictionary<string, object?>
                {
                    ["ridge"] = ridge,
                    ["method"] = method,
                    ["after10"] = distances[10],
                    ["after50"] = distances[50],
                    ["after100"] = distances[100],
                    ["after400"] = distances[400],
                    ["targetError"] = error,
                };
            }
        }
    }
}
