using MLNetUnlearning.Networks;
using MLNetUnlearning.Tasks;

namespace MLNetUnlearning.Onnx;

/// <summary>The step of an ML.NET model that scores rows with a network; what the export needs to know of it.</summary>
internal interface IOnnxNetworkStep
{
    /// <summary>The network.</summary>
    Network Network { get; }

    /// <summary>Column of features, a vector of Single.</summary>
    string FeatureColumnName { get; }

    /// <summary>What becomes of the network's outputs.</summary>
    PredictionHead Head { get; }
}
