using System.Globalization;

namespace MLNetUnlearning.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage =
        "Usage: MLNetUnlearning.Benchmarks NAME [--quick] [--json FILE] [--figures FOLDER]; for klom, compute, ulira and stability also [--data SET] [--n MODELS] [--rate RATE] [--requests A,B] [--methods A,B] [--bank MEMBERS] [--cache FOLDER]; for targets, deletion, lds and growth [--methods A,B], which are estimators, variants, settings and means there; for targets also [--requests A,B] [--bank MEMBERS].";

    /// <summary>The benchmark.</summary>
    public required string Name { get; init; }

    /// <summary>Smaller sizes, under a minute.</summary>
    public bool Quick { get; init; }

    /// <summary>Where rows go as JSON; null for nowhere.</summary>
    public string? Json { get; init; }

    /// <summary>Where figures go; null for nowhere.</summary>
    public string? Figures { get; init; }

    /// <summary>Data set and network of the comparison of methods.</summary>
    public string Data { get; init; } = "digits";

    /// <summary>Models of each kind; null for the setting's own number.</summary>
    public int? Models { get; init; }

    /// <summary>Peak learning rate of the training; null for the setting's own.</summary>
    public double? Rate { get; init; }

    /// <summary>Members that lack rows in the bank of the Gaussian process, and in every bank of <c>targets</c> but unrolled influence's own; null for the setting's own number.</summary>
    public int? BankMembers { get; init; }

    /// <summary>Names of the requests; empty for all.</summary>
    public IReadOnlyList<string> Requests { get; init; } = [];

    /// <summary>Names of the methods; empty for all.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Folder that keeps trained models and results.</summary>
    public string Cache { get; init; } = Path.Combine("artifacts", "benchmark-cache");

    /// <summary>JSON files of earlier runs, to draw again.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <exception cref="ArgumentException">An option is unknown, lacks its value or has a bad one.</exception>
    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions { Name = arguments.Count > 0 && !arguments[0].StartsWith('-') ? arguments[0] : throw new ArgumentException(Usage) };
        for (int i = 1; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            string Value() => ++i < arguments.Count ? arguments[i] : throw new ArgumentException($"Option {argument} has no value. {Usage}");
            options = argument switch
            {
                "--quick" => options with { Quick = true },
                "--json" => options with { Json = Value() },
                "--figures" => options with { Figures = Value() },
                "--data" => options with { Data = Value() },
                "--cache" => options with { Cache = Value() },
                "--requests" => options with { Requests = Value().Split(',') },
                "--methods" => options with { Methods = Value().Split(',') },
                "--n" => options with { Models = (int)Number(argument, Value(), 2) },
                "--bank" => options with { BankMembers = (int)Number(argument, Value(), 1) },
                "--rate" => options with { Rate = Number(argument, Value(), 1e-9) },
                _ when !argument.StartsWith('-') => options with { Inputs = [.. options.Inputs, argument] },
                _ => throw new ArgumentException($"Option {argument} is unknown. {Usage}"),
            };
        }

        return options;
    }

    private static double Number(string option, string text, double least) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least
            ? value
            : throw new ArgumentException($"{option} takes a number from {least.ToString(CultureInfo.InvariantCulture)} up, not '{text}'.");
}
