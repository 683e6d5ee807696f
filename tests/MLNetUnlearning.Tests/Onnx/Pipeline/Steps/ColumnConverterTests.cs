using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetUnlearning.Tests.Onnx.Pipeline.Steps;

/// <summary>Steps that move and convert columns.</summary>
[TestClass]
public sealed class ColumnConverterTests
{
    [TestMethod]
    public void Concatenate_AnyType_KeepsTheOrder()
    {
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Out", "Numbers", "Number", "OneSlot", "Numbers"), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Out", "Wides", "Wide"), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Out", "Texts", "Text", "Texts"), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Out", "Flags", "Flag"), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Out", "Code", "Codes", "Code"), "Out");
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Out", "Count"), "Out");
    }

    [TestMethod]
    public void Concatenate_OwnName_ReadsTheColumnBefore() =>
        ConverterAssert.SameAsTransform(transforms => transforms.Concatenate("Number", "Number", "OneSlot").Append(transforms.Concatenate("Number", "Number", "Numbers")), "Number");

    [TestMethod]
    public void CopyDropAndSelect_PassThrough() => ConverterAssert.SameAsTransform(
        transforms => transforms.CopyColumns("Copy", "Numbers").Append(transforms.DropColumns("Text", "Numbers")).Append(transforms.SelectColumns("Copy", "Number"))
            .Append(transforms.Concatenate("Out", "Number", "Copy")),
        "Out");

    [TestMethod]
    [DataRow("Wide", DataKind.Single)]
    [DataRow("Wides", DataKind.Single)]
    [DataRow("Number", DataKind.Double)]
    [DataRow("Number", DataKind.Boolean)]
    [DataRow("Count", DataKind.Single)]
    [DataRow("Count", DataKind.Int64)]
    [DataRow("Count", DataKind.Boolean)]
    [DataRow("Big", DataKind.Single)]
    [DataRow("Big", DataKind.Double)]
    [DataRow("Huge", DataKind.Single)]
    [DataRow("Small", DataKind.Single)]
    [DataRow("Flag", DataKind.Single)]
    [DataRow("Flags", DataKind.Double)]
    [DataRow("Flag", DataKind.Int32)]
    [DataRow("Text", DataKind.String)]
    [DataRow("Code", DataKind.UInt32)]
    public void ConvertType_Widening_IsACast(string column, DataKind kind) => ConverterAssert.SameAsTransform(transforms => transforms.Conversion.ConvertType("Out", column, kind), "Out");

    [TestMethod]
    [DataRow("Text", DataKind.Single, "no number")]
    [DataRow("Number", DataKind.String, "another way")]
    [DataRow("Big", DataKind.Int32, "wider type")]
    public void ConvertType_WhereOnnxDiffers_IsRefused(string column, DataKind kind, string reason)
    {
        var error = ConverterAssert.Refuses(transforms => transforms.Conversion.ConvertType("Out", column, kind), "Out", reason);
        Assert.AreEqual("TypeConvertingTransformer", error.Operation);
        StringAssert.Contains(error.Message, "step 1 (TypeConverting)", StringComparison.Ordinal);
    }
}
