using Microsoft.ML;
using MLNetUnlearning.Attribution;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Tests.Documentation;

/// <summary>The samples of docs/how-to/attribution.md, word for word between the markers.</summary>
internal static class AttributionGuideSample
{
    public static string[] Attribute(MLContext ml, ITransformer model, IDataView train, IDataView test)
    {
        // sample 1 begin
        var influences = ml.Unlearning.Attribute(model, train, new AttributionOptions { TopK = 10 });
        using var explained = influences.Fit(test);
        var rows = explained.Transform(test);       // the model's columns, InfluentialRowIds and InfluenceScores
        // sample 1 end
        return [.. rows.Schema.Select(column => column.Name)];
    }

    public static string[] Preview(MLContext ml, ITransformer model, IDataView train, IDataView test, IReadOnlyList<long> forgetIds)
    {
        // sample 2 begin
        var preview = ml.Unlearning.PredictForgotten(model, train, forgetIds);
        using var predicted = preview.Fit(test);
        var rows = predicted.Transform(test);       // PredictedScore, PredictedScoreLower, PredictedScoreUpper; the model stays as it is
        // sample 2 end
        return [.. rows.Schema.Select(column => column.Name)];
    }

    public static NeuralNetworkOptions Options()
    {
        // sample 3 begin
        var options = new NeuralNetworkOptions
        {
            Bank = new ModelBankOptions { FullMembers = 10, Members = 100 },
            Attribution = new DeletionGaussianProcessOptions(),     // the options' type chooses the method; default: GaussNewtonInfluenceOptions
        };
        // sample 3 end
        return options;
    }

    public static GaussNewtonInfluenceOptions CheapRequests()
    {
        // sample 4 begin
        var cheapRequests = new GaussNewtonInfluenceOptions
        {
            CurvatureFloor = 0.001,             // backward passes along directions that matter, not for every class
            WorkingFolder = "attribution",      // gradients of a random pool of rows on disk ...
            MaxCacheBytes = 1L << 30,           // ... as many as this holds
        };
        // sample 4 end
        return cheapRequests;
    }

    public static IReadOnlyList<long> Refit<TModel>(MLContext ml, IEstimator<TModel> pipeline, IDataView train, IReadOnlyList<long> forgetIds) where TModel : class, ITransformer, IEnumerable<ITransformer>, IDisposable
    {
        // sample 5 begin
        var forgetting = pipeline.Unlearn(ml, forgetIds, refitPreprocessing: true);
        using var clean = forgetting.Fit(train);
        // sample 5 end
        return clean.OfType<NeuralNetworkTransformer>().Single().RowIds;
    }

    public static IReadOnlyList<long> AfterTraining<TModel>(MLContext ml, TModel model, IDataView train, IReadOnlyList<long> forgetIds) where TModel : class, ITransformer, IEnumerable<ITransformer>, IDisposable
    {
        // sample 6 begin
        var step = ml.Unlearning.CalibrateStep(model, train).Chosen;            // once for all requests, on the bank's own deletions
        using var stepped = ml.Unlearning.FitAttribution(model, train, GaussNewtonInfluenceOptions.OfSteps(step));
        using var unlearned = stepped.Unlearn(ml, train, forgetIds);
        // sample 6 end
        return unlearned.OfType<NeuralNetworkTransformer>().Single().RowIds;
    }
}
