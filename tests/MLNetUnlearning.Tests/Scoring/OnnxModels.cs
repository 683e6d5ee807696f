using Google.Protobuf;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;
using DataType = MLNetUnlearning.Onnx.Proto.TensorProto.Types.DataType;

namespace MLNetUnlearning.Tests.Scoring;

/// <summary>Small ONNX models whose outputs are known.</summary>
internal static class OnnxModels
{
    /// <summary>Each output is a copy of its input; shapes leave out the batch axis.</summary>
    public static byte[] Copies(params (string Input, string Output, DataType Type, long[] Shape)[] pairs)
    {
        var builder = new OnnxGraphBuilder("copies", 17, pairs.Select(pair => pair.Output));
        foreach (var (input, output, type, shape) in pairs)
        {
            builder.AddInput(input, type, shape);
        }

        foreach (var (input, output, type, shape) in pairs)
        {
            builder.AddOutput(output, input, type, shape);
        }

        return builder.ToBytes("");
    }

    /// <summary>Sum [batch] of features [batch, 3] plus a bias [batch], whether it is above 0 [batch], and the features doubled [batch, 3].</summary>
    public static byte[] SumAndDouble()
    {
        var builder = new OnnxGraphBuilder("sum", 12, ["sum", "positive", "doubled"]);
        string x = builder.AddInput("x", DataType.Float, 3), bias = builder.AddInput("bias", DataType.Float);
        string rows = builder.AddNode("ReduceSum", "rows", [x], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 0));
        string sum = builder.AddNode("Add", "total", [rows, bias]);
        builder.AddOutput("sum", sum, DataType.Float);
        builder.AddOutput("positive", builder.AddNode("Greater", "greater", [sum, builder.AddConstant<float>("zero", DataType.Float, [0f])]), DataType.Bool);
        builder.AddOutput("doubled", builder.AddNode("Add", "twice", [x, x]), DataType.Float, 3);
        return builder.ToBytes("");
    }

    /// <summary>A model after a change to its parsed form.</summary>
    public static byte[] Changed(byte[] model, Action<ModelProto> change)
    {
        var parsed = ModelProto.Parser.ParseFrom(model);
        change(parsed);
        return parsed.ToByteArray();
    }

    /// <summary>Sets the axes of all inputs and outputs; 0 stands for a dynamic one.</summary>
    public static byte[] WithShape(byte[] model, params long[] shape) => Changed(model, parsed =>
    {
        foreach (var value in parsed.Graph.Input.Concat(parsed.Graph.Output))
        {
            value.Type.TensorType.Shape.Dim.Clear();
            value.Type.TensorType.Shape.Dim.Add(shape.Select(length => length == 0
                ? new TensorShapeProto.Types.Dimension { DimParam = "any" }
                : new TensorShapeProto.Types.Dimension { DimValue = length }));
        }
    });
}
