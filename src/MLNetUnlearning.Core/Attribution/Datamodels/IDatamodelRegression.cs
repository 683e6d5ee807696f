using static TorchSharp.torch;

namespace MLNetUnlearning.Attribution.Datamodels;

/// <summary>Regression of member outputs on the rows that members lack; a coefficient is the change of the output when its row leaves.</summary>
internal interface IDatamodelRegression : IDisposable
{
    /// <summary>What cannot be had from the masks and the settings without work; tensors of this object or of the current dispose scope.</summary>
    IReadOnlyList<Tensor> State() => [];

    /// <summary>All coefficients.</summary>
    /// <param name="outputs">[members, outputs], the outputs of one target side by side.</param>
    /// <param name="outputsPerTarget">How many outputs a target has; they share what is chosen per target.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>[rows, outputs], float64.</returns>
    Tensor Coefficients(Tensor outputs, int outputsPerTarget, CancellationToken cancellationToken);

    /// <summary>The sum of the coefficients of some rows: the predicted change when they leave together.</summary>
    /// <param name="outputs">[members, outputs], the outputs of one target side by side.</param>
    /// <param name="outputsPerTarget">How many outputs a target has; they share what is chosen per target.</param>
    /// <param name="rows">Positions of the rows.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>[outputs], float64.</returns>
    Tensor Sum(Tensor outputs, int outputsPerTarget, IReadOnlyList<int> rows, CancellationToken cancellationToken);
}
