using System.Collections.Immutable;
using System.Numerics;
using MLNetUnlearning.Onnx.Pipeline.Steps;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx.Pipeline.Normalization;

/// <summary>The distribution function of a normal or log-normal distribution, by ML.NET's approximation of the error function (Winitzki): arithmetic in the same order and precision.</summary>
/// <remarks>
/// Values whose logarithm is not finite, and slots without variance, become 0. In sparse vectors ML.NET leaves out the zeros, which stay 0 whatever the distribution says of 0; the graph
/// sees no difference between a zero that is stored and one that is not, so the check on sample rows refuses such columns.
/// </remarks>
/// <param name="mean">Means of the slots.</param>
/// <param name="deviation">Standard deviations of the slots.</param>
/// <param name="useLog">Whether the logarithm is distributed so.</param>
internal sealed class CdfNormalizer<T>(ImmutableArray<T> mean, ImmutableArray<T> deviation, bool useLog) : Normalizer<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const double Shape = 0.147;

    public override int Width => mean.Length;

    protected override int ProbeCount => 3;

    public override string Append(StepContext context, OnnxColumn source)
    {
        string Double(string value) => context.Cast(value, TensorProto.Types.DataType.Double);
        string Own(string value) => context.Cast(value, source.Type);
        string Number(string name, double value) => context.Constant<T>(name, [T.CreateTruncating(value)]);
        string Wide(string name, double value) => context.Constant<double>(name, [value]);

        string x = useLog ? Own(context.Node("Log", "log", [Double(source.Value)])) : source.Value;
        T[] divisors = [.. deviation.Select(value => Varies(value) ? value : T.One)];
        string z = context.Node("Div", "score", [context.Node("Sub", "shifted", [x, context.Constant("mean", mean.AsSpan(), Width)]), context.Constant<T>("deviation", divisors, Width)]);
        string half = context.Node("Div", "half", [context.Node("Mul", "square", [z, z]), Number("two", 2)]);
        string shaped = context.Node("Mul", "shaped", [Number("shape", Shape), half]);
        string above = context.Node("Mul", "above", [Double(context.Node("Neg", "negative", [half])), context.Node("Add", "upper", [Wide("limit", 4 / Math.PI), Double(shaped)])]);
        string exponent = context.Node("Div", "exponent", [above, Double(context.Node("Add", "lower", [Number("one", 1), shaped]))]);
        string root = context.Node("Sqrt", "root", [context.Node("Sub", "rest", [Wide("one", 1), context.Node("Exp", "exp", [exponent])])]);
        string signed = context.Node("Mul", "signed", [context.Node("Mul", "halved", [Wide("half", 0.5), context.Node("Sign", "sign", [Double(z)])]), root]);
        string result = Own(context.Node("Add", "share", [Wide("half", 0.5), signed]));

        // A difference with itself is zero unless the value is infinite or not a number.
        string finite = context.Node("Equal", "finite", [context.Node("Sub", "gap", [x, x]), Number("zero", 0)]);
        bool[] varies = [.. deviation.Select(Varies)];
        string known = context.Node("And", "known", [finite, context.Constant<bool>("varies", varies, Width)]);
        return context.Node("Where", "normalized", [known, result, Number("zero", 0)]);
    }

    // One standard deviation below, at and above the mean: the values there tell both parameters.
    protected override T Probe(int slot, int row)
    {
        T value = mean[slot] + T.CreateTruncating(row - 1) * deviation[slot];
        return useLog ? T.Exp(value) : value;
    }

    protected override T Evaluate(int slot, T value)
    {
        T x = useLog ? T.CreateTruncating(Math.Log(double.CreateTruncating(value))) : value;
        if (!T.IsFinite(x) || !Varies(deviation[slot]))
        {
            return T.Zero;
        }

        T z = (x - mean[slot]) / deviation[slot];
        T half = z * z / T.CreateTruncating(2);
        T shaped = T.CreateTruncating(Shape) * half;
        double exponent = double.CreateTruncating(-half) * (4 / Math.PI + double.CreateTruncating(shaped)) / double.CreateTruncating(T.One + shaped);
        return T.CreateTruncating(0.5 + 0.5 * T.Sign(z) * Math.Sqrt(1 - Math.Exp(exponent)));
    }

    private static bool Varies(T deviation) => deviation > T.Epsilon;
}
