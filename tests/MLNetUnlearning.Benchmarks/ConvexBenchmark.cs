namespace MLNetUnlearning.Benchmarks;

/// <summary>The convex theory of Datamodel Matching in numbers: squared distance to the retrained parameters, as a multiple of that at the start, over 400 full-batch steps.</summary>
internal static class ConvexBenchmark
{
    public const string
        Descent = "descent on retain rows", Ascent = "ascent on forget rows", AscentDescent = "ascent and descent", OracleMatching = "oracle matching", OracleMatchingSome = "oracle matching, forget rows and 18 others",
        GroupExact = "matching, group-exact targets", LeaveOneOut = "matching, added-up exact leave-one-out", Influence = "matching, added-up influence";

    /// <summary>Steps that get a row of results.</summary>
    private static readonly int[] Reported = [0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 65, 80, 100, 125, 150, 175, 200, 225, 250, 275, 300, 325, 350, 375, 400];

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
                (Descent, simulation.Descent, null),
                (Ascent, simulation.Ascent, null),
                (AscentDescent, simulation.AscentDescent, null),
                (OracleMatching, simulation.OracleMatching, null),
                (OracleMatchingSome, steps => simulation.OracleMatching(steps, retained: 18), null),
                (GroupExact, steps => simulation.DatamodelMatching(exact, steps), simulation.TargetError(exact)),
                (LeaveOneOut, steps => simulation.DatamodelMatching(additive, steps), simulation.TargetError(additive)),
                (Influence, steps => simulation.DatamodelMatching(influence, steps), simulation.TargetError(influence)),
            ];
            foreach (var (method, walk, error) in methods)
            {
                double[] distances = walk(Reported[^1]);
                foreach (int step in Reported)
                {
                    yield return new Dictionary<string, object?> { ["ridge"] = ridge, ["method"] = method, ["step"] = step, ["distance"] = distances[step], ["targetError"] = error };
                }
            }
        }
    }
}
