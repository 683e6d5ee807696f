using Google.Protobuf;
using MLNetUnlearning.Onnx.Proto;

namespace MLNetUnlearning.Onnx;

/// <summary>Makes node attributes.</summary>
internal static class OnnxAttribute
{
    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeProto.Types.Kind.Int, I = value };

    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeProto.Types.Kind.Float, F = value };

    public static AttributeProto Ints(string name, params ReadOnlySpan<long> values) =>
        new() { Name = name, Type = AttributeProto.Types.Kind.Ints, Ints = { values.ToArray() } };

    public static AttributeProto Floats(string name, params ReadOnlySpan<float> values) =>
        new() { Name = name, Type = AttributeProto.Types.Kind.Floats, Floats = { values.ToArray() } };

    public static AttributeProto Strings(string name, IEnumerable<string> values) =>
        new() { Name = name, Type = AttributeProto.Types.Kind.Strings, Strings = { values.Select(ByteString.CopyFromUtf8) } };
}
