using Microsoft.ML;

namespace MLNetUnlearning.Scoring;

/// <summary>Buffered values of a scalar column.</summary>
internal sealed class ScalarBuffer<T>(ValueGetter<T> source, int capacity) : ColumnBuffer
{
    private readonly T[] values = new T[capacity];

    public override void Store(int slot) => source(ref values[slot]);

    public override Delegate Getter(Func<int> current) => (ValueGetter<T>)((ref T value) => value = values[current()]);
}
