using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Onnx;
using MLNetUnlearning.Onnx.Proto;
using MLNetUnlearning.Trainers;
using ColorBits = Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorBits;
using ColorsOrder = Microsoft.ML.Transforms.Image.ImagePixelExtractingEstimator.ColorsOrder;

namespace MLNetUnlearning.Tests.Onnx.Pipeline;

/// <summary>Pipelines on pictures: the exported graph begins with their bytes.</summary>
[TestClass]
public sealed class ImageExportTests
{
    private static readonly MLContext Ml = new(seed: 1);
    private static readonly PictureRow[] Rows = PictureRow.Draw(90, seed: 3), Others = PictureRow.Draw(60, seed: 4);

    /// <summary>
    /// Bytes that the test lays out itself, scored by ONNX Runtime, against ML.NET's scores of the pictures. Control: the same bytes with red and blue exchanged.
    /// </summary>
    [TestMethod]
    [DataRow(ColorBits.Rgb, ColorsOrder.ARGB, false, 0f, 1f)]
    [DataRow(ColorBits.Rgb, ColorsOrder.ARGB, true, 0f, 1f / 255)]
    [DataRow(ColorBits.Rgb, ColorsOrder.ABGR, true, 117f, 0.5f)]
    [DataRow(ColorBits.All, ColorsOrder.AGBR, false, 127.5f, 1f / 127.5f)]
    [DataRow(ColorBits.All, ColorsOrder.ABRG, true, 3f, 0.1f)]
    [DataRow(ColorBits.Red, ColorsOrder.ARGB, false, 1f, 0.25f)]
    [DataRow(ColorBits.Green | ColorBits.Alpha, ColorsOrder.ARGB, false, 0f, 0.01f)]
    public void ExportOnnx_ExtractPixels_ScoresRawBytesAlike(ColorBits colors, ColorsOrder order, bool interleave, float offset, float scale)
    {
        using var model = Pipeline(Ml.Transforms.ExtractPixels("Pixels", "Picture", colors, order, interleave, offset, scale)).Fit(View(Rows));
        using var folder = new TemporaryFolder();

        var report = Ml.Unlearning.ExportOnnx(model, View(Others), folder.File("model.onnx"));

        Assert.AreEqual(Others.Length, report.RowsChecked);
        Check(model, folder.File("model.onnx"), exchanges: colors != (ColorBits.Green | ColorBits.Alpha));
    }

    [TestMethod]
    public void ExportOnnx_PixelsAsBytes_ScoresRawBytesAlike()
    {
        var pixels = Ml.Transforms.ExtractPixels("Bytes", "Picture", outputAsFloatArray: false).Append(Ml.Transforms.Conversion.ConvertType("Pixels", "Bytes"));
        using var model = Pipeline(pixels).Fit(View(Rows));
        using var folder = new TemporaryFolder();

        Ml.Unlearning.ExportOnnx(model, View(Others), folder.File("model.onnx"));

        Check(model, folder.File("model.onnx"), exchanges: true);
    }

    /// <summary>Files of other sizes, loaded and resized: the graph begins behind that, and says so.</summary>
    [TestMethod]
    public void ExportOnnx_LoadedAndResizedPictures_BeginsWithTheResizedOnes()
    {
        using var folder = new TemporaryFolder();
        var rows = Saved(folder, 60);
        var view = Ml.Data.LoadFromEnumerable(rows);
        var pixels = Ml.Transforms.LoadImages("Loaded", null, "Path")
            .Append(Ml.Transforms.ResizeImages("Small", PictureRow.Width, PictureRow.Height, "Loaded", ImageResizingEstimator.ResizingKind.Fill))
            .Append(Ml.Transforms.ExtractPixels("Pixels", "Small", scaleImage: 1f / 255));
        using var model = Pipeline(pixels).Fit(view);

        var steps = Ml.Unlearning.CanExport(model, view.Schema);
        Ml.Unlearning.ExportOnnx(model, view, folder.File("model.onnx"));

        using var session = new InferenceSession(folder.File("model.onnx"));
        CollectionAssert.AreEqual(new[] { "Small" }, session.InputNames.ToArray());
        CollectionAssert.AreEqual(new[] { -1, PictureRow.Height, PictureRow.Width, 4 }, session.InputMetadata["Small"].Dimensions);
        foreach (string name in new[] { "ImageLoading", "ImageResizing" })
        {
            var step = steps.Single(step => step.Name == name);
            Assert.IsFalse(step.CanExport);
            Assert.IsFalse(step.IsNeeded);
            StringAssert.Contains(step.Reason, name == "ImageLoading" ? "begins behind it" : "of any size");
        }

        var extracting = steps.Single(step => step.Name == "ImagePixelExtracting");
        Assert.IsTrue(extracting.CanExport && extracting.IsNeeded == true, extracting.Reason);
    }

    /// <summary>Larger and smaller, in one direction or both, and with a margin or cut off at the same scale: what enters are the pictures before that. Control as above.</summary>
    [TestMethod]
    [DataRow(3, 4, ImageResizingEstimator.ResizingKind.Fill)]
    [DataRow(13, 9, ImageResizingEstimator.ResizingKind.Fill)]
    [DataRow(4, 9, ImageResizingEstimator.ResizingKind.Fill)]
    [DataRow(6, 9, ImageResizingEstimator.ResizingKind.IsoPad)]
    [DataRow(6, 3, ImageResizingEstimator.ResizingKind.IsoCrop)]
    public void ExportOnnx_ResizeImages_ScoresRawBytesAlike(int height, int width, ImageResizingEstimator.ResizingKind kind)
    {
        using var model = Pipeline(Resize(height, width, kind)).Fit(View(Rows));
        using var folder = new TemporaryFolder();

        Ml.Unlearning.ExportOnnx(model, View(Others), folder.File("model.onnx"));

        Assert.IsTrue(Ml.Unlearning.CanExport(model, View(Rows).Schema).Where(step => step.Name != "ValueToKeyMapping").All(step => step.CanExport && step.IsNeeded == true));
        Check(model, folder.File("model.onnx"), exchanges: true);
    }

    /// <summary>With margins and cut off, ML.NET mixes pixels. The graph then begins with the resized pictures.</summary>
    [TestMethod]
    [DataRow(4, 9, ImageResizingEstimator.ResizingKind.IsoPad)]
    [DataRow(9, 4, ImageResizingEstimator.ResizingKind.IsoPad)]
    [DataRow(4, 9, ImageResizingEstimator.ResizingKind.IsoCrop)]
    [DataRow(11, 4, ImageResizingEstimator.ResizingKind.IsoCrop)]
    public void ExportOnnx_ResizeThatMixesPixels_BeginsBehindIt(int height, int width, ImageResizingEstimator.ResizingKind kind)
    {
        using var model = Pipeline(Resize(height, width, kind)).Fit(View(Rows));
        using var folder = new TemporaryFolder();

        var report = Ml.Unlearning.ExportOnnx(model, View(Others), folder.File("model.onnx"));

        Assert.AreEqual(Others.Length, report.RowsChecked);
        using var session = new InferenceSession(folder.File("model.onnx"));
        CollectionAssert.AreEqual(new[] { -1, height, width, 4 }, session.InputMetadata["Resized"].Dimensions);
        var step = Ml.Unlearning.CanExport(model, View(Rows).Schema).Single(step => step.Name == "ImageResizing");
        Assert.IsFalse(step.CanExport || step.IsNeeded == true);
        StringAssert.Contains(step.Reason, "mixes pixels");
    }

    /// <summary>That ML.NET takes the nearest pixel, which its documentation does not say; ONNX's operator in its own words agrees to the bit, and no other mode comes near.</summary>
    [TestMethod]
    [DataRow(17, 13)]
    [DataRow(4, 3)]
    public void ResizeImages_Fill_TakesTheNearestPixel(int height, int width)
    {
        var random = new Random(5);
        byte[] bytes = new byte[height * width * 4];
        random.NextBytes(bytes);
        for (int i = 3; i < bytes.Length; i += 4)
        {
            bytes[i] = byte.MaxValue;
        }

        float[] expected = Resized(bytes, height, width);
        var differences = new Dictionary<string, double>();
        foreach (string mode in new[] { "nearest", "linear", "cubic" })
        {
            foreach (string coordinates in new[] { "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric" })
            {
                foreach (bool antialias in mode == "nearest" ? [false] : new[] { false, true })
                {
                    differences[$"{mode}, {coordinates}{(antialias ? ", antialias" : "")}"] = Difference(expected, OnnxResized(bytes, height, width, mode, coordinates, antialias));
                }
            }
        }

        Assert.AreEqual(0, differences["nearest, half_pixel"]);
        Assert.IsGreaterThan(20, differences.Where(pair => !pair.Key.StartsWith("nearest", StringComparison.Ordinal)).Min(pair => pair.Value));
    }

    private static EstimatorChain<ITransformer> Pipeline(IEstimator<ITransformer> pixels) => Ml.Transforms.Conversion.MapValueToKey("Label", "Kind")
        .Append(pixels)
        .Append(Ml.Transforms.NormalizeMinMax("Features", "Pixels"))
        .Append((IEstimator<ITransformer>)Ml.MulticlassClassification.Trainers.NeuralNetwork(new NeuralNetworkOptions { RowIdColumnName = null, Network = NetworkSpec.Mlp(8), Epochs = 5, Seed = 1 }));

    private static EstimatorChain<ImagePixelExtractingTransformer> Resize(int height, int width, ImageResizingEstimator.ResizingKind kind) =>
        Ml.Transforms.ResizeImages("Resized", width, height, "Picture", kind, ImageResizingEstimator.Anchor.Left).Append(Ml.Transforms.ExtractPixels("Pixels", "Resized", ColorBits.All));

    private static IDataView View(PictureRow[] rows) => Ml.Data.LoadFromEnumerable(rows);

    private static void Check(TransformerChain<ITransformer> model, string file, bool exchanges)
    {
        float[] expected = [.. model.Transform(View(Others)).GetColumn<float[]>("Score").SelectMany(row => row)];
        byte[] bytes = [.. Others.SelectMany(row => row.Bytes)];
        using var session = new InferenceSession(file);
        CollectionAssert.AreEqual(new[] { "Picture" }, session.InputNames.ToArray());
        Assert.IsLessThan(1e-5, Difference(expected, Score(session, bytes)));
        byte[] exchanged = [.. bytes.Select((_, i) => bytes[i % 4 == 0 ? i + 2 : i % 4 == 2 ? i - 2 : i])];
        Assert.AreEqual(exchanges, Difference(expected, Score(session, exchanged)) > 1e-3, "with red and blue exchanged");
    }

    private static float[] Score(InferenceSession session, byte[] bytes)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(bytes, [Others.Length, PictureRow.Height, PictureRow.Width, 4]);
        using var run = new RunOptions();
        using var results = session.Run(run, ["Picture"], [input], ["Score"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static double Difference(float[] expected, float[] actual) => expected.Zip(actual, (left, right) => Math.Abs((double)left - right)).Max();

    private static PictureRow[] Saved(TemporaryFolder folder, int count)
    {
        var rows = PictureRow.Draw(count, seed: 6);
        for (int i = 0; i < rows.Length; i++)
        {
            // Twice as large as it will be.
            byte[] large = new byte[rows[i].Bytes.Length * 4];
            for (int pixel = 0; pixel < large.Length / 4; pixel++)
            {
                int y = pixel / (2 * PictureRow.Width) / 2, x = pixel % (2 * PictureRow.Width) / 2;
                rows[i].Bytes.AsSpan(4 * ((y * PictureRow.Width) + x), 3).CopyTo(large.AsSpan(4 * pixel));
                large[(4 * pixel) + 3] = byte.MaxValue;
            }

            rows[i].Path = folder.File($"{i}.png");
            using var image = MLImage.CreateFromPixels(2 * PictureRow.Width, 2 * PictureRow.Height, MLPixelFormat.Rgba32, large);
            image.Save(rows[i].Path);
        }

        return rows;
    }

    private static float[] Resized(byte[] bytes, int height, int width)
    {
        using var folder = new TemporaryFolder();
        using (var image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, bytes))
        {
            image.Save(folder.File("picture.png"));
        }

        var view = Ml.Data.LoadFromEnumerable(new[] { new PictureRow { Path = folder.File("picture.png") } });
        var steps = Ml.Transforms.LoadImages("Loaded", null, "Path")
            .Append(Ml.Transforms.ResizeImages("Small", PictureRow.Width, PictureRow.Height, "Loaded", ImageResizingEstimator.ResizingKind.Fill))
            .Append(Ml.Transforms.ExtractPixels("Pixels", "Small"));
        return steps.Fit(view).Transform(view).GetColumn<float[]>("Pixels").Single();
    }

    private static float[] OnnxResized(byte[] bytes, int height, int width, string mode, string coordinates, bool antialias)
    {
        // The one operator set in which the operator can smooth is newer than those of exports.
        var builder = new OnnxGraphBuilder("resize", 18, ["planes"]);
        string planes = builder.AddInput("pixels", TensorProto.Types.DataType.Float, 3, height, width);
        string sizes = builder.AddConstant<long>("sizes", TensorProto.Types.DataType.Int64, [1, 3, PictureRow.Height, PictureRow.Width], 4);
        static AttributeProto Text(string name, string value) => new() { Name = name, Type = AttributeProto.Types.Kind.String, S = ByteString.CopyFromUtf8(value) };
        string resized = builder.AddNode(
            "Resize", "resized", [planes, "", "", sizes], [Text("mode", mode), Text("coordinate_transformation_mode", coordinates), OnnxAttribute.Int("antialias", antialias ? 1 : 0)]);
        builder.AddOutput("planes", resized, TensorProto.Types.DataType.Float, 3, PictureRow.Height, PictureRow.Width);
        float[] values = new float[3 * height * width];
        for (int pixel = 0; pixel < height * width; pixel++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                values[(channel * height * width) + pixel] = bytes[(4 * pixel) + channel];
            }
        }

        using var session = new InferenceSession(builder.ToBytes(""));
        using var input = OrtValue.CreateTensorValueFromMemory(values, [1, 3, height, width]);
        using var run = new RunOptions();
        using var results = session.Run(run, ["pixels"], [input], ["planes"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
