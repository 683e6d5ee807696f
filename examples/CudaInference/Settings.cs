using System.Globalization;

namespace CudaInference;

/// <summary>What the command line asks for.</summary>
internal sealed record Settings(string Model, int Rows, int Batch, int Device)
{
    public const string Usage = """
        Scores the digits with an exported pipeline on a CUDA device and on the CPU, and says how fast each is. Where CUDA cannot be used, the CPU does the work, and one line says why.

        Usage: CudaInference --model FILE [--rows 200000] [--batch 4096] [--device 0]

          --model FILE   an ONNX file whose input is Pixels, such as the quick start's quickstart-output/model.onnx
          --rows N       rows to score
          --batch N      rows per run of the model
          --device N     the CUDA device
          --help         this text

        Build with -p:ComputeBackend=cuda to have CUDA. Exit codes: 0 scored, on whichever device, 1 wrong arguments, 2 the model cannot be used.
        """;

    /// <exception cref="ArgumentException">An option is unknown or its value is bad.</exception>
    public static Settings Parse(string[] arguments)
    {
        var settings = new Settings("", 200_000, 4096, 0);
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"Option {arguments[i]} has no value. --help lists the options.");
            bool isNumber = int.TryParse(value, CultureInfo.InvariantCulture, out int number);
            settings = arguments[i] switch
            {
                "--model" => settings with { Model = value },
                "--rows" when isNumber && number >= 1 => settings with { Rows = number },
                "--batch" when isNumber && number >= 1 => settings with { Batch = number },
                "--device" when isNumber && number >= 0 => settings with { Device = number },
                _ => throw new ArgumentException($"Cannot use '{arguments[i]} {value}'. --help lists the options."),
            };
        }

        return settings.Model.Length > 0 ? settings : throw new ArgumentException("No model: give --model FILE. --help lists the options.");
    }
}
