namespace MLNetUnlearning.Onnx.Pipeline.Normalization;

/// <summary>What a row is divided by.</summary>
internal enum RowNormKind
{
    /// <summary>Root of the sum of squares.</summary>
    L2,

    /// <summary>Sum of absolute values.</summary>
    L1,

    /// <summary>Largest absolute value.</summary>
    Infinity,

    /// <summary>Standard deviation around the row's own mean.</summary>
    StandardDeviation,
}
