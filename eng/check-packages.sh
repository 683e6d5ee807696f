#!/usr/bin/env bash
# Checks the packages as a user gets them: packs the three, then builds and runs a console program and an MSTest project that know nothing but the packages.
#
#   eng/check-packages.sh
#
# Everything is restored into an empty package folder, ours from a temporary folder, all others from the feeds that the machine is configured with. Writes nothing into the repository but build outputs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version() { sed -nE "s/.*<PackageVersion Include=\"$1\" Version=\"([^\"\$]+)\".*/\1/p" Directory.Packages.props; }
property() { sed -nE "s/.*<$1>([^<]+)<.*/\1/p" "$2"; }

own=$(property Version Directory.Build.props)
torch=$(version libtorch-cpu-linux-x64)
onnx=$(property OnnxRuntimeVersion Directory.Packages.props)
mstest=$(version MSTest.TestFramework)
for value in "$own" "$torch" "$onnx" "$mstest"; do
    [[ -n "$value" ]] || { echo "FAILED: a version was not found in Directory.Build.props or Directory.Packages.props" >&2; exit 1; }
done

for project in MLNetUnlearning.Core MLNetUnlearning MLNetUnlearning.MSTest; do
    dotnet pack "src/$project" -c Release -v q -nologo -o "$work/source"
    [[ -f "$work/source/$project.$own.nupkg" && -f "$work/source/$project.$own.snupkg" ]] || { echo "FAILED: $project was not packed" >&2; exit 1; }
done

cat >"$work/NuGet.config" <<XML
<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources>
    <add key="packed" value="source" />
  </packageSources>
</configuration>
XML
mkdir "$work/console" "$work/gate"
common='<TargetFramework>net10.0</TargetFramework><Nullable>enable</Nullable><ImplicitUsings>enable</ImplicitUsings><OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier><SelfContained>false</SelfContained><TreatWarningsAsErrors>true</TreatWarningsAsErrors>'
native="<PackageReference Include=\"libtorch-cpu-linux-x64\" Version=\"$torch\" /><PackageReference Include=\"Microsoft.ML.OnnxRuntime\" Version=\"$onnx\" />"

cat >"$work/console/console.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>$common</PropertyGroup>
  <ItemGroup><PackageReference Include="MLNetUnlearning" Version="$own" />$native</ItemGroup>
</Project>
XML
cat >"$work/console/Program.cs" <<'CS'
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Scoring;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;

var ml = new MLContext(seed: 1);
var random = new Random(1);
Row[] rows = [.. Enumerable.Range(0, 300).Select(i => { float[] x = [random.NextSingle(), random.NextSingle(), random.NextSingle()]; return new Row { RowId = i, Features = x, Class = x[0] > x[1] ? "left" : "right" }; })];
var data = ml.Data.LoadFromEnumerable(rows);
var options = new NeuralNetworkOptions { Network = NetworkSpec.Mlp(8), Epochs = 10, Bank = new ModelBankOptions { Members = 0, FullMembers = 2 } };
using var model = ml.Transforms.Conversion.MapValueToKey("Label", "Class").Append(ml.MulticlassClassification.Trainers.NeuralNetwork(options)).Fit(data);
using var unlearned = model.Unlearn(ml, data, [1, 2, 3]);
double accuracy = ml.MulticlassClassification.Evaluate(unlearned.Transform(data)).MicroAccuracy;
string file = Path.Combine(args[0], "model.onnx");
ml.Unlearning.ExportOnnx(unlearned, data, file);
using var scorer = ml.Transforms.ScoreOnnx(new OnnxScoringOptions { ModelFile = file, Outputs = [new OnnxOutput("Score", "Again")] }).Fit(data);
var expected = unlearned.Transform(data).GetColumn<float[]>("Score").SelectMany(row => row);
var actual = scorer.Transform(data).GetColumn<float[]>("Again").SelectMany(row => row);
float difference = expected.Zip(actual, (a, b) => Math.Abs(a - b)).Max();
Console.WriteLine($"accuracy {accuracy:f2}, largest difference of the exported model {difference:g2}");
return accuracy > 0.8 && difference < 1e-5f ? 0 : 1;

internal sealed class Row
{
    public long RowId { get; set; }

    [VectorType(3)]
    public float[] Features { get; set; } = [];

    public string Class { get; set; } = "";
}
CS

cat >"$work/gate/gate.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>$common<EnableMSTestRunner>true</EnableMSTestRunner><IsTestProject>true</IsTestProject></PropertyGroup>
  <ItemGroup><PackageReference Include="MLNetUnlearning.MSTest" Version="$own" /><PackageReference Include="MSTest.TestAdapter" Version="$mstest" />$native</ItemGroup>
</Project>
XML
cat >"$work/gate/GateTests.cs" <<'CS'
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.VisualStudio.TestTools.UnitTesting;
using MLNetUnlearning.MSTest;
using MLNetUnlearning.Networks;
using MLNetUnlearning.Trainers;
using MLNetUnlearning.Training;
using MLNetUnlearning.Unlearning;
using MLNetUnlearning.Verification;

[assembly: DoNotParallelize]

[TestClass]
public sealed class GateTests
{
    [TestMethod]
    public void Verified_UntrainedBounds_FailsWithTheMeasuredValues()
    {
        var ml = new MLContext(seed: 1);
        var random = new Random(1);
        var data = ml.Data.LoadFromEnumerable(Enumerable.Range(0, 200).Select(i => new Row { RowId = i, Features = [random.NextSingle(), random.NextSingle()], Class = i % 2 == 0 ? "a" : "b" }).ToArray());
        var options = new NeuralNetworkOptions { Network = NetworkSpec.Mlp(8), Epochs = 5, Bank = new ModelBankOptions { Members = 0, FullMembers = 2 } };
        using var model = ml.Transforms.Conversion.MapValueToKey("Label", "Class").Append(ml.MulticlassClassification.Trainers.NeuralNetwork(options)).Fit(data);
        var result = ml.Unlearning.Unlearn(model, data, new UnlearningRequest { ForgetRowIds = [0, 1, 2] }, new RetrainOptions());
        using var unlearned = result.Model;
        var report = ml.Unlearning.Verify(result, data, data, new VerificationOptions { Oracles = 20, Resamples = 0 });
        UnlearningAssert.AccuracyWithin(report, 1);
        Assert.ThrowsExactly<AssertFailedException>(() => UnlearningAssert.Verified(report, new VerificationBounds { ForgetTimesFloor = 1, RetainTimesFloor = 1, ValidationTimesFloor = 1, ULiraExcess = 0, AccuracyTolerance = 0 }));
    }

    private sealed class Row
    {
        public long RowId { get; set; }

        [VectorType(2)]
        public float[] Features { get; set; } = [];

        public string Class { get; set; } = "";
    }
}
CS

export NUGET_PACKAGES="$work/packages" OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
for project in console gate; do
    dotnet build "$work/$project" -c Release -v q -nologo
done

find "$work/packages" -maxdepth 1 -iname 'mlnetunlearning*' -printf '%f\n' | sort
"$work/console/bin/Release/net10.0/linux-x64/console" "$work"
"$work/gate/bin/Release/net10.0/linux-x64/gate" --no-progress
echo "packages: packed, restored, built and run"
