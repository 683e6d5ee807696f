using MLNetUnlearning.Benchmarks.Comparison;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Training;

namespace MLNetUnlearning.Core.Tests.Comparison;

/// <summary>The cache of trained models behind the comparison of methods: what a kill leaves must never be taken for something else.</summary>
[TestClass]
public sealed class ModelCacheTests
{
    private static readonly LabeledRows Rows = Digits.Train(60);

    [TestMethod]
    public void Students_AskedAgain_AreReadAndNotTrained()
    {
        using var folder = new TempFolder();
        using var first = Open(folder).Students(4);
        string file = Directory.GetFiles(folder.Path, "0000.bin", SearchOption.AllDirectories).Single();
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        using var second = Open(folder).Students(4);

        Assert.AreEqual(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
        RequireEqual(first, second);
    }

    [TestMethod]
    public void Students_OneChunkLost_IsTrainedAgainToTheSameBits()
    {
        using var folder = new TempFolder();
        using var whole = Open(folder).Students(4);
        string lost = Directory.GetFiles(folder.Path, "0002.bin", SearchOption.AllDirectories).Single();
        File.WriteAllText($"{lost}.partial", "what a kill leaves");
        File.Delete(lost);

        using var resumed = Open(folder).Students(4);

        RequireEqual(whole, resumed);
    }

    [TestMethod]
    public void Students_MoreThanBefore_BeginWithTheSame()
    {
        using var folder = new TempFolder();
        using var few = Open(folder).Students(2);

        using var more = Open(folder).Students(5);

        Assert.AreEqual(5, more.Count);
        using var beginning = more.Slice(0, 2);
        RequireEqual(few, beginning);
    }

    [TestMethod]
    public void Bank_AskedAgain_IsTheSameAndThatOfTheLibrary()
    {
        using var folder = new TempFolder();
        using var first = Open(folder).Bank("bank", Setting(rate: 0.2).Bank);
        using var second = Open(folder).Bank("bank", Setting(rate: 0.2).Bank);
        var setting = Setting(rate: 0.2);

        using var direct = ModelBank.Train(new Trainer(setting.Graph, setting.Training), Rows, setting.Bank, setting.Training.Epochs, StableRandom.Mix(setting.Seed, StableRandom.Member));

        RequireEqual(first.Models.Final, second.Models.Final);
        RequireEqual(direct.Models.Final, second.Models.Final);
        RequireEqual(direct.Models.Checkpoints[0].Models, second.Models.Checkpoints[0].Models);
    }

    [TestMethod]
    public void Open_OtherTraining_IsRefusedByName()
    {
        using var folder = new TempFolder();
        Open(folder).Students(2).Dispose();

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Open(folder, rate: 0.1));

        Assert.Contains("training", error.Message);
        Assert.Contains("--cache", error.Message);
    }

    [TestMethod]
    public void RequestFolder_OtherRows_IsRefused()
    {
        using var folder = new TempFolder();
        Open(folder).RequestFolder("random", [1, 2]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Open(folder).RequestFolder("random", [1, 3]));

        Assert.Contains("forget", error.Message);
    }

    [TestMethod]
    public void Students_FileCutShort_IsRefusedWithItsName()
    {
        using var folder = new TempFolder();
        Open(folder).Students(2).Dispose();
        string file = Directory.GetFiles(folder.Path, "0000.bin", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^4]);

        var error = Assert.ThrowsExactly<InvalidDataException>(() => Open(folder).Students(2));

        Assert.Contains(file, error.Message);
    }

    private static ModelCache Open(TempFolder folder, double rate = 0.2) => new(Setting(rate), folder.Path);

    private static ComparisonSetting Setting(double rate) => new()
    {
        Name = "small",
        Dataset = "digits",
        Network = "mlp",
        Train = Rows,
        Test = Rows,
        Graph = NetworkSpec.Mlp(8).CreateGraph(Digits.Pixels, Digits.Classes),
        Training = new TrainerOptions { LearningRate = rate, Epochs = 2, BatchSize = 20 },
        Bank = new ModelBankOptions { FullMembers = 2, Members = 3 },
        Requests = [],
        Models = 4,
        Chunk = 2,
    };

    private static void RequireEqual(ModelStack expected, ModelStack actual) => Assert.AreEqual(Bits.Of(expected), Bits.Of(actual));
}
