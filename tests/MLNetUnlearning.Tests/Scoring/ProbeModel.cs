using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Scoring;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>A model that doubles a number and lets a test see, stop and break its runs.</summary>
internal sealed class ProbeModel : IBatchModel
{
    private readonly ProbeColumns columns;
    private int running;

    public ProbeModel(DataViewSchema input) => columns = new ProbeColumns(input);

    public AddedColumns Columns => columns;

    public int BatchSize { get; init; } = 10;

    public int Workers { get; init; } = 1;

    /// <summary>Called in each run with the first value of its rows.</summary>
    public Action<int> OnRun { get; init; } = _ => { };

    /// <summary>Runs that began.</summary>
    public int Runs { get; private set; }

    /// <summary>Most runs at the same time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Whether a batch was disposed while none of its runs was under way.</summary>
    public bool? DisposedAtRest { get; private set; }

    public Batch CreateBatch(DataViewRow source, IReadOnlyList<int> added, BatchShape shape) => new Doubling(this, source, shape);

    private sealed class ProbeColumns : AddedColumns
    {
        public ProbeColumns(DataViewSchema input) : base(input)
        {
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(input);
            builder.AddColumn("Doubled", NumberDataViewType.Int32);
            Output = builder.ToSchema();
            Sources = [input["Value"]];
        }

        public override DataViewSchema Output { get; }

        public override IReadOnlyList<DataViewSchema.Column> Sources { get; }
    }

    private sealed class Doubling(ProbeModel model, DataViewRow source, BatchShape shape) : Batch
    {
        private readonly int[] values = new int[shape.Slots], doubled = new int[shape.Slots];
        private readonly ValueGetter<int> getter = source.GetGetter<int>(source.Schema["Value"]);

        public override void Read(int slot) => getter(ref values[slot]);

        public override void Compute(int first, int rows)
        {
            lock (model)
            {
                model.Runs++;
                model.MostAtOnce = Math.Max(model.MostAtOnce, ++model.running);
            }

            try
            {
                model.OnRun(values[first]);
                for (int slot = first; slot < first + rows; slot++)
                {
                    doubled[slot] = 2 * values[slot];
                }
            }
            finally
            {
                lock (model)
                {
                    model.running--;
                }
            }
        }

        public override Delegate Getter(int added, Func<int> slot) => (ValueGetter<int>)((ref int value) => value = doubled[slot()]);

        public override void Dispose()
        {
            lock (model)
            {
                model.DisposedAtRest = model.running == 0;
            }
        }
    }
}
