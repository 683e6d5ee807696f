using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>Adds to each scored row the score it is predicted to have once some training rows are forgotten. Created by <c>ml.Unlearning.PredictForgotten</c>.</summary>
public sealed class ForgottenScoreEstimator : PreviewEstimator<ForgottenScoreTransformer>
{
    private readonly UnlearningRequest request;
    private readonly PredictForgottenOptions options;

    internal ForgottenScoreEstimator(IHostEnvironment env, ITransformer model, IDataView train, UnlearningRequest request, PredictForgottenOptions options) : base(env, "PredictForgotten", model, train)
    {
        options.Validate();
        this.options = options.Clone();
        this.request = request;
    }

    private protected override IAttributorOptions? Attribution => null;

    private protected override IReadOnlyList<ComputedColumn> Computed => ForgottenScoreModel.Computed(Location.Network, options);

    private protected override ForgottenScoreTransformer Create(AttributedModel source, IChannel channel)
    {
        using var models = Location.Network.Scorer.With(network => network.ToStack());
        var context = new UnlearningContext { Models = models, Rows = source.Rows, Attributor = source.Attributor };
        var outcome = new DatamodelDirect(new DatamodelDirectOptions { Multiplier = options.Multiplier }).Unlearn(request, context);
        source.Own(outcome);
        var result = new ForgottenScoreTransformer(source, outcome, options);
        foreach (string warning in result.Warnings)
        {
            channel.Warning(MessageSensitivity.None, warning);
        }

        return result;
    }
}
