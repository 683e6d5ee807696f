using System.Globalization;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Benchmarks.Comparison;

/// <summary>The methods that are compared.</summary>
internal static class ComparedMethods
{
    public const string HeldOutOracles = "held-out-oracles", DoNothing = "do-nothing", DatamodelMatching = "dmm", Process = "dmm-process", StepTargets = "dmm-steps", PathTargets = "dmm-paths", UnrolledTargets = "dmm-unrolled", Step = "gauss-newton-step", Path = "gauss-newton-path", OwnTargets = "step-and-dmm";

    /// <summary>Names, in the order of tables. Those that end in "-best" are tried over a grid.</summary>
    public static readonly string[] Names =
    [
        DoNothing, DatamodelMatching, UnrolledTargets, StepTargets, PathTargets, Process, "dmm-shared", OwnTargets, Step, Path, "dm-direct", "oracle-matching", "partial-retraining",
        "gradient-descent", "gradient-ascent", "ascent-descent", "scrub", "just-in-time", "gradient-descent-best", "gradient-ascent-best", "ascent-descent-best", "scrub-best", "just-in-time-best",
    ];

    /// <summary>Makes a method.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="step">The Gauss-Newton step, calibrated on the model bank; called only by methods that take it.</param>
    /// <param name="path">The step in stages, calibrated likewise.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static ComparedMethod Create(string name, Func<GaussNewtonStepOptions> step, Func<GaussNewtonStepOptions> path) => name switch
    {
        DoNothing => new(name, "", new DoNothingOptions()),
        DatamodelMatching => new(name, "the library's defaults", new DatamodelMatchingOptions()),
        Process => new(name, [("the library's defaults, targets from the Gaussian process over deletions, unrolled influence in its mean", new DatamodelMatchingOptions())], TargetSource.Process),
        StepTargets => new(name, [("the library's defaults, targets from the calibrated step of five members", new DatamodelMatchingOptions())], TargetSource.Steps),
        PathTargets => new(name, [("the library's defaults, targets from the calibrated step in stages of five members", new DatamodelMatchingOptions())], TargetSource.Paths),
        UnrolledTargets => new(name, [("the library's defaults, targets from unrolled influence", new DatamodelMatchingOptions())], TargetSource.Unrolled),
        "dmm-shared" => new(name, "published form: one change for all models", new DatamodelMatchingOptions { Targets = MatchTargets.Attribution, OwnStep = null }),
        OwnTargets => new(name, "warm start and targets from each model's own calibrated step; rate 1e-3, for it starts near its targets", new DatamodelMatchingOptions { Targets = MatchTargets.OwnLinearized, OwnStep = step(), LearningRate = 1e-3, MaxBacktracks = 1 }),
        Step => Calibrated(name, step()),
        Path => Calibrated(name, path()),
        "dm-direct" => new(name, "the library's defaults", new DatamodelDirectOptions()),
        "oracle-matching" => new(name, "the library's defaults, one oracle per model", new OracleMatchingOptions()),
        "partial-retraining" => new(name, "a quarter of the epochs", new RetrainOptions { Share = 0.25 }),
        "gradient-descent" => new(name, "published defaults", new GradientDescentOptions()),
        "gradient-ascent" => new(name, "published defaults", new GradientAscentOptions()),
        "ascent-descent" => new(name, "published defaults", new AscentDescentOptions()),
        "scrub" => new(name, "published defaults", new ScrubOptions()),
        "just-in-time" => new(name, "published defaults for random rows", new JustInTimeUnlearningOptions()),
        "gradient-descent-best" => new(name, BaselineGrids.Descent),
        "gradient-ascent-best" => new(name, BaselineGrids.Ascent),
        "ascent-descent-best" => new(name, BaselineGrids.AscentDescent),
        "scrub-best" => new(name, BaselineGrids.Scrub),
        "just-in-time-best" => new(name, BaselineGrids.JustInTime),
        _ => throw new ArgumentException($"There is no method '{name}'; there are {string.Join(", ", Names)}."),
    };

    private static ComparedMethod Calibrated(string name, GaussNewtonStepOptions step) =>
        new(name, string.Create(CultureInfo.InvariantCulture, $"{step.Stages} stage(s) of {step.Iterations} iterations, calibrated on the bank: damping {step.Damping}, multiplier {step.Multiplier}, shrinkage {step.Shrinkage}"), step);
}
