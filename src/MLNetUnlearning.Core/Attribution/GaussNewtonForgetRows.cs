using MLNetUnlearning.Training;
using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution;

/// <summary>The rows to forget, sorted by where each row's gradients come from; the same for all models. Its tensors belong to the dispose scope it was made in.</summary>
internal sealed class GaussNewtonForgetRows
{
    /// <param name="rows">The rows that the attribution covers.</param>
    /// <param name="forgetRowIds">Ids of those to forget.</param>
    /// <param name="pool">The rows whose gradients are at hand.</param>
    public GaussNewtonForgetRows(LabeledRows rows, IReadOnlyList<long> forgetRowIds, GaussNewtonPool pool)
    {
        int[] forget = rows.IndexesOf(forgetRowIds);
        // Rows of the pool first: order does not matter to a sum.
        int[] sorted = [.. forget.Where(row => pool.PlaceOf(rows.RowIds[row]) is not null), .. forget.Where(row => pool.PlaceOf(rows.RowIds[row]) is null)];
        Places = GaussNewtonTargets.Index(sorted.Select(row => pool.PlaceOf(rows.RowIds[row])).OfType<int>());
        var index = GaussNewtonTargets.Index(sorted);
        Labels = rows.Labels.index_select(0, index);
        Fresh = rows.Features.index_select(0, index.slice(0, Places.shape[0], sorted.Length, 1));
        Positions = sorted.Select((row, position) => (Id: rows.RowIds[row], position)).ToDictionary(pair => pair.Id, pair => pair.position);
    }

    /// <summary>Places in the pool of the rows that it holds, which come first.</summary>
    public Tensor Places { get; }

    /// <summary>Features of the rows that the pool does not hold, [rows, features].</summary>
    public Tensor Fresh { get; }

    /// <summary>Labels of all of them.</summary>
    public Tensor Labels { get; }

    /// <summary>Position of each by its id.</summary>
    public IReadOnlyDictionary<long, int> Positions { get; }
}
