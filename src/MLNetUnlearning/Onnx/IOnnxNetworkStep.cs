using MLNetUnlearning.Networks;

namespace MLNetUnlearning.Onnx;

/// <summary>The step of an ML.NET model that scores rows with a network; what the export needs to know of it.</summary>
internal interface IOnnxNetworkStep
{
    /// <summary>The network.</summary>
    Network Network { get; }

    /// <summary>Column of features, a vector of Single.</summary>
    string FeatureColumnName { get; }

    /// <summary>Column of class probabilities.</summary>
    string ScoreColumnName { get; }

    /// <summary>Column of predicted labels, a key.</summary>
    string PredictedLabelColumnName { get; }
}
