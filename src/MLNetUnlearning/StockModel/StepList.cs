using Microsoft.ML;

namespace MLNetUnlearning.StockModel;

/// <summary>Fits steps one after the other, each on what the earlier ones make of the rows.</summary>
internal sealed class StepList(IDataView rows) : IDisposable
{
    private readonly List<ITransformer> steps = [];
    private IDataView current = rows;

    /// <summary>Columns before the first step.</summary>
    public DataViewSchema InputSchema { get; } = rows.Schema;

    /// <summary>Columns after the last step.</summary>
    public DataViewSchema Schema => current.Schema;

    public void Fit<T>(IEstimator<T> estimator) where T : class, ITransformer => Add(estimator.Fit(current));

    public void Add(ITransformer step)
    {
        steps.Add(step);
        current = step.Transform(current);
    }

    public ITransformer[] ToArray() => [.. steps];

    public void Dispose()
    {
        foreach (var step in steps.OfType<IDisposable>())
        {
            step.Dispose();
        }
    }
}
