using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;

namespace MLNetUnlearning.Onnx.Pipeline;

/// <summary>Rows of text.</summary>
internal sealed class TextRows(DataViewSchema.Column column, ColumnShape shape) : ColumnRows<ReadOnlyMemory<char>>(column, shape)
{
    public override OrtValue ToValue()
    {
        var texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, Dimensions);
        for (int i = 0; i < Values.Count; i++)
        {
            texts.StringTensorSetElementAt(Values[i].Span, i);
        }

        return texts;
    }

    public override string? FirstDifference(OrtValue value) =>
        First<string>(value.GetStringTensorAsArray(), (expected, actual) => expected.Span.SequenceEqual(actual));

    // Text lies in the cursor's memory until the next row.
    protected override ReadOnlyMemory<char> Keep(ReadOnlyMemory<char> value) => value.ToString().AsMemory();
}
