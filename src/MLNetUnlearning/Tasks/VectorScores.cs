using Microsoft.ML.Data;

namespace MLNetUnlearning.Tasks;

/// <summary>Scores as a vector column.</summary>
internal static class VectorScores
{
    /// <summary>Copies scores into a caller's dense vector.</summary>
    public static void CopyTo(ReadOnlySpan<float> scores, ref VBuffer<float> value)
    {
        var editor = VBufferEditor.Create(ref value, scores.Length);
        scores.CopyTo(editor.Values);
        value = editor.Commit();
    }
}
