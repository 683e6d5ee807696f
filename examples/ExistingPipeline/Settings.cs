using System.Globalization;

namespace ExistingPipeline;

/// <summary>What the command line asks for.</summary>
internal sealed record Settings(int Rows, int Forget, int Seed)
{
    public const string Usage = """
        Adds .Unlearn() to an ML.NET pipeline for census rows, and compares the pipeline before, the pipeline after, and one really retrained.

        Usage: ExistingPipeline [--rows 8000] [--forget 800] [--seed 1]

          --rows N     training rows, from 1000
          --forget N   rows to forget, drawn at random, fewer than half of them
          --seed N     fixes every draw
          --help       this text

        Exit codes: 0 done, 1 wrong arguments, 2 the data is missing; the message says how to get it.
        """;

    /// <exception cref="ArgumentException">An option is unknown or its value is bad.</exception>
    public static Settings Parse(string[] arguments)
    {
        var settings = new Settings(8000, 800, 1);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length || !int.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out int value))
            {
                throw new ArgumentException($"Option {arguments[i]} needs a whole number. --help lists the options.");
            }

            settings = arguments[i] switch
            {
                "--rows" when value >= 1000 => settings with { Rows = value },
                "--forget" when value >= 1 => settings with { Forget = value },
                "--seed" => settings with { Seed = value },
                _ => throw new ArgumentException($"Cannot use '{arguments[i]} {value}'. --help lists the options."),
            };
        }

        return settings.Forget * 2 < settings.Rows ? settings : throw new ArgumentException($"--forget {settings.Forget} must be below half of --rows {settings.Rows}.");
    }
}
