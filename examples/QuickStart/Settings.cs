using System.Globalization;

namespace QuickStart;

/// <summary>What the command line asks for.</summary>
internal sealed record Settings(string Data, int Models, int Seed, string? Json, string Output)
{
    public const string Usage = "Usage: QuickStart [--data digits|fashion-mnist] [--models 100] [--seed 1] [--json FILE] [--output FOLDER]";

    /// <exception cref="ArgumentException">An option is unknown or its value is bad.</exception>
    public static Settings Parse(string[] arguments)
    {
        var settings = new Settings("digits", 100, 1, null, "quickstart-output");
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"Option {arguments[i]} has no value. {Usage}");
            settings = arguments[i] switch
            {
                "--data" when value is "digits" or "fashion-mnist" => settings with { Data = value },
                "--models" when int.TryParse(value, CultureInfo.InvariantCulture, out int models) && models >= 20 => settings with { Models = models },
                "--models" => throw new ArgumentException($"--models takes a number from 20 up, not '{value}': below that KLoM says nothing."),
                "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed) => settings with { Seed = seed },
                "--json" => settings with { Json = value },
                "--output" => settings with { Output = value },
                _ => throw new ArgumentException($"Cannot read '{arguments[i]} {value}'. {Usage}"),
            };
        }

        return settings;
    }
}
