using Microsoft.ML;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

namespace MLNetUnlearning.Tests.Documentation;

/// <summary>The sample of the README, word for word between the markers; <see cref="ReadmeTests"/> compares them and runs it.</summary>
internal static class ReadmeSample
{
    public static VerificationReport Run(IDataView train, IDataView test, IReadOnlyList<long> forgetIds, string folder, int models)
    {
        Directory.SetCurrentDirectory(folder);
        // README begin
        var ml = new MLContext(seed: 1);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Digit")
            .Append(ml.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions
            {
                RowIdColumnName = "RowId",
                Network = NetworkSpec.Mlp(64, 64),
                LearningRate = 0.1,                                         // gentler than the default: retraining can be predicted better
                Attribution = new UnrolledInfluenceOptions(),               // predictions nearest to retraining; the default is cheaper
                Bank = new ModelBankOptions { Members = 20 },
            }));
        using var model = pipeline.Fit(train);                          // trains, and builds what later deletions need

        using var unlearned = model.Unlearn(ml, train, forgetIds);      // the same type of model; the old one is untouched
        ml.Model.Save(unlearned, train.Schema, "model.zip");            // an ordinary ML.NET model
        ml.Unlearning.ExportOnnx(unlearned, test, "model.onnx");        // preprocessing and network in one file, checked
        // README end

        var result = ml.Unlearning.Unlearn(model, train, new UnlearningRequest { ForgetRowIds = forgetIds });
        using var again = result.Model;
        return ml.Unlearning.Verify(result, train, test, new VerificationOptions { Oracles = models });
    }
}
