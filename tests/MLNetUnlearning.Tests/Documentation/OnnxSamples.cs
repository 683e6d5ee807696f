using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using MLNetUnlearning.Onnx;

namespace MLNetUnlearning.Tests.Documentation;

/// <summary>The samples of docs/how-to/onnx.md, word for word between the markers; <see cref="OnnxSamplesTests"/> compares them and runs them.</summary>
internal static class OnnxSamples
{
    public static OnnxExportReport Export(MLContext ml, ITransformer model, IDataView test)
    {
        // sample export begin
        var report = ml.Unlearning.ExportOnnx(model, test, "model.onnx", new OnnxExportOptions { MaximumCheckedRows = 1000 });
        Console.WriteLine($"{report.RowsChecked} rows, largest difference {report.MaxAbsDifference}, {report.LabelsDiffering} labels differ");
        // sample export end
        return report;
    }

    public static IReadOnlyList<OnnxStepSupport> List(MLContext ml, ITransformer model, IDataView test)
    {
        // sample list begin
        foreach (var step in ml.Unlearning.CanExport(model, test.Schema))
        {
            Console.WriteLine($"{step.Position} {step.Name}: {(step.CanExport ? "yes" : step.Reason)}");
        }
        // sample list end
        return ml.Unlearning.CanExport(model, test.Schema);
    }

    public static string[] Score()
    {
        // sample score begin
        using var session = new InferenceSession("model.onnx");
        string[] cities = ["Oslo", "a city that training did not see"];
        using var city = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [2, 1]);
        for (int i = 0; i < cities.Length; i++)
        {
            city.StringTensorSetElementAt(cities[i], i);
        }

        using var age = OrtValue.CreateTensorValueFromMemory([42f, float.NaN], [2, 1]);
        using var visits = OrtValue.CreateTensorValueFromMemory([1f, 2f, 3f, 0f, 0f, 5f], [2, 3]);
        using var run = new RunOptions();
        using var results = session.Run(run, ["City", "Age", "Visits"], [city, age, visits], ["Score", "PredictedLabel"]);
        string[] plans = results[1].GetStringTensorAsArray();
        // sample score end
        return plans;
    }

#if USE_ONNX_CONVERTER
    public static OnnxExportReport Convert(MLContext ml, ITransformer model, IDataView test)
    {
        // sample converter begin
        var options = new OnnxExportOptions { PreprocessingConverter = (steps, rows, stream) => ml.Model.ConvertToOnnx(steps, rows, stream) };
        var report = ml.Unlearning.ExportOnnx(model, test, "model.onnx", options);
        // sample converter end
        return report;
    }
#endif
}
