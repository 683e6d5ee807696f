using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Scoring;

/// <summary>Buffered values of a vector column, sparse or dense as they came.</summary>
internal sealed class VectorBuffer<T>(ValueGetter<VBuffer<T>> source, int capacity) : ColumnBuffer
{
    private readonly VBuffer<T>[] values = new VBuffer<T>[capacity];

    public override void Store(int slot) => source(ref values[slot]);

    // A copy, since the caller keeps its vector over the next block, which overwrites the slot.
    public override Delegate Getter(Func<int> current) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => values[current()].CopyTo(ref value));
}
