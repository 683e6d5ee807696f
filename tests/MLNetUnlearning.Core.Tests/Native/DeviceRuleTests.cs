using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MLNetUnlearning.Native;
using static TorchSharp.torch;

namespace MLNetUnlearning.Core.Tests.Native;

/// <summary>
/// No tensor is made on another device than the process's: every factory that the sources call obeys TorchSharp's default device, and devices are named in a few files only. Values are read, and random numbers
/// drawn, through helpers that pass the CPU. This holds without a GPU at hand; that CUDA kernels then do the right thing is for a machine that has one.
/// </summary>
[TestClass]
public sealed partial class DeviceRuleTests
{
    private static readonly Dictionary<string, Func<Tensor>> Factories = new()
    {
        ["tensor"] = () => tensor(new[] { 1f, 2f }),
        ["zeros"] = () => zeros(2, 3),
        ["ones"] = () => ones(2, 3),
        ["empty"] = () => empty(2, 3),
        ["full"] = () => full([2], Held(1.0)),
        ["eye"] = () => eye(3),
        ["arange"] = () => arange(Held(0), Held(3), Held(1), ScalarType.Int64),
        ["linspace"] = () => linspace(0, 1, 3),
        ["rand"] = () => rand([2]),
        ["randn"] = () => randn([2]),
        ["randint"] = () => randint(0, 2, [2]),
        ["randperm"] = () => randperm(3),
    };

    // Each names the CPU because bytes lie there: files, checksums, coordinate descent.
    private static readonly string[] MayNameDevices = ["DeviceSpec.cs", "HostValues.cs", "Draws.cs", "TensorFile.cs", "FeatureStore.cs", "KernelFile.cs", "LassoSolver.cs"];
    private static readonly string[] MayReadBytes = ["TensorFile.cs", "FeatureStore.cs", "KernelFile.cs", "FeatureChecksums.cs", "LassoSolver.cs"];

    [TestMethod]
    public void EveryFactoryInTheSources_ObeysTheDefaultDevice()
    {
        string[] used = [.. Sources().SelectMany(source => FactoryCall().Matches(source.Text)).Select(match => match.Groups[1].Value).Distinct()];
        CollectionAssert.Contains(used, "tensor");
        var before = get_default_device();
        set_default_device(META);
        try
        {
            foreach (string name in used)
            {
                Assert.IsTrue(Factories.TryGetValue(name, out var make), $"Factory '{name}' is new in the sources; say here how to try it.");
                using var made = make();
                Assert.AreEqual(TorchSharp.DeviceType.META, made.device_type, name);
            }
        }
        finally
        {
            set_default_device(before);
        }
    }

    [TestMethod]
    public void Sources_NameDevicesWhereBytesLieAlone() => CollectionAssert.AreEqual(Array.Empty<string>(), Sources().SelectMany(Offences).ToArray());

    [TestMethod]
    [DataRow("var a = zeros(2, device: CPU);")]
    [DataRow("var a = zeros(2).cuda();")]
    [DataRow("float[] a = b.data<float>().ToArray();")]
    [DataRow("var a = b.bytes;")]
    [DataRow("var a = rand(2, generator: generator);")]
    public void Offences_OfASourceThatBreaksTheRule_AreFound(string line) => Assert.IsNotEmpty(Offences(("Some.cs", line)).ToArray());

    [TestMethod]
    public void Offences_OfAComment_AreNone() => Assert.IsEmpty(Offences(("Some.cs", "// faster on the CPU")).ToArray());

    private static IEnumerable<string> Offences((string File, string Text) source)
    {
        foreach (string line in source.Text.Split('\n').Select(line => line.Trim()).Where(line => !line.StartsWith("//", StringComparison.Ordinal)))
        {
            string code = Strings().Replace(line, "");
            bool device = DeviceName().IsMatch(code) && !MayNameDevices.Contains(source.File);
            bool values = code.Contains(".data<", StringComparison.Ordinal) && source.File != "HostValues.cs";
            bool bytes = code.Contains(".bytes", StringComparison.Ordinal) && !MayReadBytes.Contains(source.File);
            bool draws = code.Contains("generator: generator", StringComparison.Ordinal) && source.File != "Draws.cs";
            if (device || values || bytes || draws)
            {
                yield return $"{source.File}: {line}";
            }
        }
    }

    private static IEnumerable<(string File, string Text)> Sources([CallerFilePath] string here = "")
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
        if (!Directory.Exists(Path.Combine(root, "src")))
        {
            Assert.Inconclusive("The sources are not on this machine.");
        }

        foreach (string project in new[] { "MLNetUnlearning.Core", "MLNetUnlearning" })
        {
            foreach (string folder in Directory.EnumerateDirectories(Path.Combine(root, "src", project)).Where(folder => Path.GetFileName(folder) is not ("bin" or "obj")))
            {
                foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
                {
                    // ONNX Runtime has devices of its own there.
                    if (!file.Contains($"Scoring{Path.DirectorySeparatorChar}", StringComparison.Ordinal) || Path.GetFileName(file) == "TorchEngine.cs")
                    {
                        yield return (Path.GetFileName(file), File.ReadAllText(file));
                    }
                }
            }
        }
    }

    [GeneratedRegex(@"(?<![\w.""])(tensor|zeros|ones|empty|full|eye|arange|linspace|logspace|rand|randn|randint|randperm|bartlett_window|complex|from_array|frombuffer|scalar_tensor|sparse_coo_tensor|normal|multinomial)\(")]
    private static partial Regex FactoryCall();

    [GeneratedRegex(@"\b(CPU|CUDA|META)\b|\.(cpu|cuda)\(|device:")]
    private static partial Regex DeviceName();

    [GeneratedRegex(@"""[^""]*""")]
    private static partial Regex Strings();
}
