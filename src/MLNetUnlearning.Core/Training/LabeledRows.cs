using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Training;

/// <summary>Validated training or test rows in tensors, sorted by row id, so that the order in which rows arrive changes nothing.</summary>
public sealed class LabeledRows : IDisposable
{
    private readonly long[] rowIds;

    private LabeledRows(Tensor features, Tensor labels, long[] rowIds, int[]? groups, int outputs, ColumnNames columns)
    {
        Features = features.DetachFromDisposeScope();
        Labels = labels.DetachFromDisposeScope();
        this.rowIds = rowIds;
        Groups = groups;
        OutputCount = outputs;
        Columns = columns;
    }

    /// <summary>Features [rows, features], float32.</summary>
    public Tensor Features { get; }

    /// <summary>What a model is to predict: the class of each row, [rows], int64, from 0; or values, [rows, outputs], float32.</summary>
    public Tensor Labels { get; }

    /// <summary>Whether the labels are values and not classes.</summary>
    public bool HasValues => Labels.is_floating_point();

    /// <summary>The loss that models are trained with on such labels.</summary>
    public TrainingLoss Loss => HasValues ? TrainingLoss.SquaredError : TrainingLoss.CrossEntropy;

    /// <summary>Id of each row, ascending.</summary>
    public IReadOnlyList<long> RowIds => rowIds;

    /// <summary>
    /// Deletion unit of each row, such as all rows of one person: numbers from 0 in the order of each unit's smallest row id, in place of the caller's own. Null if every row is a unit by
    /// itself.
    /// </summary>
    public IReadOnlyList<int>? Groups { get; }

    /// <summary>Number of outputs that a network for these labels has: of classes, or of values a row.</summary>
    public int OutputCount { get; }

    /// <summary>Number of classes; 0 if the labels are values.</summary>
    public int Classes => HasValues ? 0 : OutputCount;

    /// <summary>Number of rows.</summary>
    public int Count => rowIds.Length;

    /// <summary>Number of features.</summary>
    public int FeatureCount => (int)Features.shape[1];

    /// <summary>The caller's column names, for messages.</summary>
    public ColumnNames Columns { get; }

    internal ReadOnlySpan<long> RowIdSpan => rowIds;

    /// <summary>What outputs stand for, in messages.</summary>
    internal string OutputNoun => HasValues ? "values" : "classes";

    /// <summary>Class of each row, for what keeps apart rows of different classes: values are all of one.</summary>
    internal long[] ClassOfRow => HasValues ? new long[Count] : [.. Labels.ToHost<long>()];

    /// <summary>Throws if the labels are values.</summary>
    /// <param name="what">What asks for classes, as subject of a sentence.</param>
    /// <exception cref="ArgumentException">They are.</exception>
    internal void RequireClasses(string what)
    {
        if (HasValues)
        {
            throw new ArgumentException($"{what} needs classes, but column '{Columns.Label}' holds values.");
        }
    }

    /// <summary>Throws if models cannot have been trained on such labels with a loss. Squared error suits both: one-hot classes are values.</summary>
    /// <exception cref="ArgumentException">They cannot.</exception>
    internal void RequireLoss(TrainingLoss loss)
    {
        if (HasValues && loss != TrainingLoss.SquaredError)
        {
            throw new ArgumentException($"Column '{Columns.Label}' holds values, and models of values are trained with squared error. Set Loss to {nameof(TrainingLoss)}.{nameof(TrainingLoss.SquaredError)}.");
        }
    }

    /// <summary>Checks rows with classes and copies them into tensors.</summary>
    /// <param name="features">Features row by row, rows x <paramref name="featureCount"/> values.</param>
    /// <param name="featureCount">Number of features of a row.</param>
    /// <param name="labels">Class of each row, from 0.</param>
    /// <param name="rowIds">Id of each row; unique.</param>
    /// <param name="classes">Number of classes, at least 2.</param>
    /// <param name="columns">Column names for messages; default <c>RowId</c>, <c>Features</c>, <c>Label</c>.</param>
    /// <param name="groups">Deletion unit of each row, any numbers, equal for rows that leave together; empty if every row is a unit by itself. The numbers are not kept, see <see cref="Groups"/>.</param>
    /// <exception cref="RowDataException">No rows, a repeated id, a feature that is not finite, or a label out of range.</exception>
    public static LabeledRows Create(
        ReadOnlySpan<float> features, int featureCount, ReadOnlySpan<int> labels, ReadOnlySpan<long> rowIds, int classes, ColumnNames? columns = null, ReadOnlySpan<long> groups = default)
    {
        columns ??= new ColumnNames();
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        var sorted = SortedRows.Of(features, featureCount, labels, 1, rowIds, columns, groups);
        var values = new long[sorted.RowIds.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int label = sorted.Labels[i];
            values[i] = label >= 0 && label < classes ? label : throw new RowDataException(
                $"Column '{columns.Label}': row {sorted.RowIds[i]} has class {label}, outside 0 to {classes - 1}. Remove the row or correct its label.", sorted.RowIds[i], columns.Label);
        }

        using var scope = NewDisposeScope();
        return new LabeledRows(sorted.CreateFeatures(featureCount), tensor(values), sorted.RowIds, sorted.Groups is null ? null : Number(sorted.Groups), classes, columns);
    }

    /// <summary>Checks rows with values, for regression, and copies them into tensors.</summary>
    /// <param name="features">Features row by row, rows x <paramref name="featureCount"/> values.</param>
    /// <param name="featureCount">Number of features of a row.</param>
    /// <param name="values">
    /// Values row by row, rows x <paramref name="outputs"/>. Scale each output to a deviation of about 1: learning rates suit that, and KLoM clips residuals at ±100.
    /// </param>
    /// <param name="outputs">Number of values of a row.</param>
    /// <param name="rowIds">Id of each row; unique.</param>
    /// <param name="columns">Column names for messages; default <c>RowId</c>, <c>Features</c>, <c>Label</c>.</param>
    /// <param name="groups">Deletion unit of each row, as for classes.</param>
    /// <exception cref="RowDataException">No rows, a repeated id, or a feature or value that is not finite.</exception>
    public static LabeledRows CreateWithValues(
        ReadOnlySpan<float> features, int featureCount, ReadOnlySpan<float> values, int outputs, ReadOnlySpan<long> rowIds, ColumnNames? columns = null, ReadOnlySpan<long> groups = default)
    {
        columns ??= new ColumnNames();
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        var sorted = SortedRows.Of(features, featureCount, values, outputs, rowIds, columns, groups);
        for (int i = 0; i < sorted.Labels.Length; i++)
        {
            if (!float.IsFinite(sorted.Labels[i]))
            {
                long id = sorted.RowIds[i / outputs];
                throw new RowDataException($"Column '{columns.Label}': row {id} has the label {sorted.Labels[i]}. Remove the row or correct its label.", id, columns.Label);
            }
        }

        using var scope = NewDisposeScope();
        return new LabeledRows(
            sorted.CreateFeatures(featureCount), tensor(sorted.Labels, [sorted.RowIds.Length, outputs]).clone(), sorted.RowIds, sorted.Groups is null ? null : Number(sorted.Groups), outputs, columns);
    }

    /// <summary>Position of a row, or -1 if there is none with this id.</summary>
    public int IndexOf(long rowId)
    {
        int index = Array.BinarySearch(rowIds, rowId);
        return index < 0 ? -1 : index;
    }

    /// <summary>Positions of rows, ascending.</summary>
    /// <exception cref="RowDataException">An id is unknown or given twice.</exception>
    public int[] IndexesOf(IEnumerable<long> ids)
    {
        var indexes = new SortedSet<int>();
        foreach (long id in ids)
        {
            int index = IndexOf(id);
            if (index < 0)
            {
                throw new RowDataException($"Column '{Columns.RowId}': no training row has id {id}. Ask only for rows that the model was trained on.", id, Columns.RowId);
            }

            if (!indexes.Add(index))
            {
                throw new RowDataException($"Column '{Columns.RowId}': id {id} is given more than once in the request.", id, Columns.RowId);
            }
        }

        return [.. indexes];
    }

    /// <summary>Copies the rows at some positions, given in ascending order.</summary>
    public LabeledRows Select(IReadOnlyList<int> indexes)
    {
        using var scope = NewDisposeScope();
        using var index = tensor(indexes.Select(i => (long)i).ToArray());
        return new LabeledRows(Features.index_select(0, index), Labels.index_select(0, index), [.. indexes.Select(i => rowIds[i])], Groups is null ? null : Number([.. indexes.Select(i => (long)Groups[i])]), OutputCount, Columns);
    }

    /// <summary>Copies all rows but those at some positions.</summary>
    public LabeledRows Without(IReadOnlyCollection<int> indexes)
    {
        var left = indexes.ToHashSet();
        return Select([.. Enumerable.Range(0, Count).Where(i => !left.Contains(i))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Features.Dispose();
        Labels.Dispose();
    }

    /// <summary>Numbers groups from 0 in the order in which they appear.</summary>
    private static int[] Number(long[] groups)
    {
        var numbers = new Dictionary<long, int>();
        return Array.ConvertAll(groups, group => numbers.TryGetValue(group, out int number) ? number : numbers[group] = numbers.Count);
    }
}
