using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Tests.Onnx;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Examples.Tests.OnnxDeployment;

/// <summary>A classifier of digits, and what becomes of it as five requests to forget come in, one after the other; each exported.</summary>
internal static class ExportedModels
{
    private const int Requests = 5;
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly Lazy<TemporaryFolder> Folder = new(() => new TemporaryFolder());
    private static readonly Lazy<IReadOnlyList<ExportedModel>> Models = new(Make);
    private static readonly Lazy<string> Other = new(MakeOther);

    /// <summary>The rows that are scored; no model saw them.</summary>
    public static DigitRow[] Rows { get; } = DigitRow.All[400..656];

    /// <summary>The original, then the model after each request.</summary>
    public static IReadOnlyList<ExportedModel> All => Models.Value;

    /// <summary>A model of another pipeline: other inputs.</summary>
    public static string OtherPipeline => Other.Value;

    /// <summary>Removes the files.</summary>
    public static void Delete()
    {
        if (Folder.IsValueCreated)
        {
            Folder.Value.Dispose();
        }
    }

    private static ExportedModel[] Make()
    {
        var train = Ml.Data.LoadFromEnumerable(DigitRow.All[..400]);
        ITransformer model = Ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(Ml.Transforms.NormalizeMinMax("Features", "Pixels"))
            .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions { Network = NetworkSpec.Mlp(24), Seed = 5, Bank = new ModelBankOptions { Members = 0, FullMembers = 2 } }))
            .Fit(train);
        List<ExportedModel> models = [Export("original", model)];
        for (int request = 0; request < Requests; request++)
        {
            var unlearned = model.Unlearn(Ml, train, [.. DigitRow.All.Skip(request * 10).Take(10).Select(row => row.RowId)]);
            (model as IDisposable)!.Dispose();
            model = unlearned;
            models.Add(Export($"unlearned-{request}", model));
        }

        (model as IDisposable)!.Dispose();
        return [.. models];
    }

    private static ExportedModel Export(string name, ITransformer model)
    {
        var rows = Ml.Data.LoadFromEnumerable(Rows);
        string file = Folder.Value.File($"{name}.onnx");
        Ml.Unlearning.ExportOnnx(model, rows, file);
        var scored = Ml.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel").Fit(model.Transform(rows)).Transform(model.Transform(rows));
        return new ExportedModel(
            file,
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))),
            [.. scored.GetColumn<float[]>("Score")],
            [.. scored.GetColumn<string>("PredictedClass")]);
    }

    private static string MakeOther()
    {
        var train = Ml.Data.LoadFromEnumerable(DigitRow.All[..100]);
        using var model = Ml.Transforms.Conversion.MapValueToKey("Label", "Class")
            .Append(Ml.Transforms.CopyColumns("Grey", "Pixels"))
            .Append(Ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions { FeatureColumnName = "Grey", RowIdColumnName = null, Network = NetworkSpec.Linear(), Epochs = 1 }))
            .Fit(train);
        string file = Folder.Value.File("other.onnx");
        Ml.Unlearning.ExportOnnx(model.LastTransformer, Ml.Transforms.CopyColumns("Grey", "Pixels").Fit(train).Transform(train), file);
        return file;
    }
}
