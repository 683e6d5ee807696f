using System.Text.Json;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Storage;

/// <summary>A method of attribution that files know.</summary>
/// <param name="Word">Its name in files, which never changes.</param>
/// <param name="Options">Type of its settings.</param>
/// <param name="Open">Prepares to read it, given its settings as JSON, the bank and the ids of the rows it covers.</param>
internal sealed record AttributorKind(string Word, Type Options, Func<JsonElement, ModelBank, long[], AttributorReader> Open)
{
    /// <summary>All methods that can be stored.</summary>
    public static IReadOnlyList<AttributorKind> All { get; } =
    [
        Create<GaussNewtonInfluenceOptions>("gauss-newton", (options, bank, rowIds) =>
            options.Solver == InfluenceSolver.Projected ? FittedGaussNewtonInfluence.Reader(options, bank, rowIds) : FittedFullGaussNewton.Reader(options, bank, rowIds)),
        Create<CalibrationOptions>("calibrated-gauss-newton", FittedCalibration.Reader),
        Create<DeletionGaussianProcessOptions>("deletion-gaussian-process", FittedDeletionGaussianProcess.Reader),
        Create<UnrolledInfluenceOptions>("unrolled", FittedUnrolledInfluence.Reader),
        Create<TrakOptions>("trak", FittedTrak.Reader),
        Create<RegressionDatamodelsOptions>("regression-datamodels", FittedRegressionDatamodels.Reader),
        Create<ExactKernelOptions>("exact-kernel", FittedExactKernel.Reader),
        Create<LeverageExactOptions>("leverage-exact", (options, bank, rowIds) =>
            options.Loss == TrainingLoss.SquaredError ? FittedRidgeLeverage.Reader(options, bank, rowIds) : FittedSoftmaxLeverage.Reader(options, bank, rowIds)),
    ];

    private static AttributorKind Create<TOptions>(string word, Func<TOptions, ModelBank, long[], AttributorReader> open) where TOptions : class, IAttributorOptions =>
        new(word, typeof(TOptions), (json, bank, rowIds) =>
        {
            var options = json.Deserialize<TOptions>(StorageJson.Options) ?? throw new InvalidDataException("The settings of the attribution are missing.");
            options.Validate();
            var epochs = bank.Models.Checkpoints.Select(checkpoint => checkpoint.Epoch).ToArray();
            options.CreateAttributor().Require(new BankOutline(bank.Graph, rowIds.Length, bank.FullMembers, bank.Members.Count - bank.FullMembers, epochs));
            return open(options, bank, rowIds);
        });
}
