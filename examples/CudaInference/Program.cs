using System.Globalization;
using CudaInference;
using Microsoft.ML;
using MLNetUnlearning.Scoring;

if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(Settings.Usage);
    return 0;
}

Settings settings;
try
{
    settings = Settings.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

try
{
    var ml = new MLContext(seed: 1);
    var rows = ml.Data.Cache(ml.Data.LoadFromEnumerable(Example.Take(settings.Rows)));
    var cpu = Run.On(ScoringProvider.Cpu, ml, settings, rows);
    Print("CPU", cpu);
    try
    {
        var cuda = Run.On(ScoringProvider.Cuda, ml, settings, rows);
        Print($"CUDA device {settings.Device}", cuda);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Probabilities differ by at most {cuda.DistanceFrom(cpu):0.0E+0}."));
    }
    catch (InvalidOperationException e)
    {
        Console.Error.WriteLine($"warning: used the CPU. {e.Message}");
    }

    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException or ArgumentException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}

void Print(string device, Run run) =>
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{device}: {settings.Rows} rows, {settings.Batch} at a time, {run.RowsPerSecond:n0} rows per second"));
