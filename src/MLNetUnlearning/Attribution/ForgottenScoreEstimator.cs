using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNetUnlearning.Chains;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Unlearning;

namespace MLNetUnlearning.Attribution;

/// <summary>Adds to each scored row the score it is predicted to have once some training rows are forgotten. Created by <c>ml.Unlearning.PredictForgotten</c>.</summary>
public sealed class ForgottenScoreEstimator : IEstimator<ForgottenScoreTransformer>
{
    private readonly IHost host;
    private readonly NetworkLocation location;
    private readonly IDataView train;
    private readonly UnlearningRequest request;
    private readonly PredictForgottenOptions options;

    internal ForgottenScoreEstimator(IHostEnvironment env, ITransformer model, IDataView train, UnlearningRequest request, PredictForgottenOptions options)
    {
        options.Validate();
        this.options = options.Clone();
        this.train = train;
        this.request = request;
        location = NetworkLocation.Find(model);
        ModelUnlearner.StateOf(location.Network);
        host = env.Register(nameof(ForgottenScoreEstimator));
    }

    /// <summary>Reads the training rows, checks the request and predicts one row, so that whatever is wrong shows here.</summary>
    /// <param name="input">Rows like those that will be scored; their columns are checked, their values are not read.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing, or the training data does not fit the model.</exception>
    /// <exception cref="Training.RowDataException">The request names unknown or repeated rows, none, all, or all of a class; or a training row is bad or missing.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public ForgottenScoreTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = host.Start("PredictForgotten");
        var source = AttributedModel.Create(location, train, null, typeof(ForgottenScoreTransformer), new LoggedProgress(channel, null));
        try
        {
            using var models = location.Network.Scorer.With(network => network.ToStack());
            var context = new UnlearningContext { Models = models, Rows = source.Rows, Attributor = source.Attributor };
            var outcome = new DatamodelDirect(new DatamodelDirectOptions { Multiplier = options.Multiplier }).Unlearn(request, context);
            source.Own(outcome);
            var result = new ForgottenScoreTransformer(source, outcome, options);
            result.GetOutputSchema(input.Schema);
            foreach (string warning in result.Warnings)
            {
                channel.Warning(MessageSensitivity.None, warning);
            }

            return result;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The columns of the model, and the three that are added.</summary>
    /// <param name="inputSchema">Columns that go into the model.</param>
    /// <exception cref="ArgumentException">A column that the model reads is missing.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return ModelExtension.Shape(location, train.Schema, ForgottenScoreModel.Computed(location.Network, options), inputSchema);
    }
}
