using Microsoft.ML;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace EnterpriseVerification;

/// <summary>A deletion request, served and verified as in production. The tests judge what came out.</summary>
internal sealed class Deletion : IDisposable
{
    private readonly ITransformer deployed;

    private Deletion(MLContext ml, IReadOnlyList<long> forget, IUnlearnerOptions method)
    {
        var train = Data.Train(ml);
        Test = Data.Test(ml);

        // A real gate loads the deployed model instead: ml.Unlearning.Load("model.zip", out _).
        var model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Example.Class))
            .Append(ml.Transforms.NormalizeMinMax("Features", nameof(Example.Pixels)))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
            {
                Network = NetworkSpec.Mlp(32),
                Bank = new ModelBankOptions { Members = 0 },
            }))
            .Fit(train);
        deployed = model;
        var result = ml.Unlearning.Unlearn(deployed, train, new UnlearningRequest { ForgetRowIds = forget }, method);
        Unlearned = result.Model;
        Report = ml.Unlearning.Verify(result, train, Test, new VerificationOptions { Oracles = 100, Resamples = 0 });
    }

    /// <summary>The model that is to replace the deployed one.</summary>
    public ITransformer Unlearned { get; }

    /// <summary>Rows that no model was trained on.</summary>
    public IDataView Test { get; }

    /// <summary>How close unlearned models come to models retrained without the rows, 100 of each.</summary>
    public VerificationReport Report { get; }

    /// <summary>Serves the request.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="forget">Ids of the rows to forget.</param>
    /// <param name="method">Name of the method.</param>
    /// <exception cref="ArgumentException">There is no such method.</exception>
    public static Deletion Serve(MLContext ml, IReadOnlyList<long> forget, string method) => new(ml, forget, method switch
    {
        "datamodel-matching" => new DatamodelMatchingOptions(),
        "do-nothing" => new DoNothingOptions(),
        _ => throw new ArgumentException($"Test parameter method is '{method}'; use datamodel-matching or do-nothing."),
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        (Unlearned as IDisposable)?.Dispose();
        (deployed as IDisposable)?.Dispose();
    }
}
