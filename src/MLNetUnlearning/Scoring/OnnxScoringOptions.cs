namespace MLNetUnlearning.Scoring;

/// <summary>Settings of <see cref="OnnxScoringEstimator"/>.</summary>
public sealed class OnnxScoringOptions
{
    /// <summary>Path of the model. Read once, when the estimator is made. Give this or <see cref="Model"/>.</summary>
    public string? ModelFile { get; set; }

    /// <summary>Content of the model. Give this or <see cref="ModelFile"/>; must not be changed afterwards.</summary>
    public byte[]? Model { get; set; }

    /// <summary>Columns of the inputs. Default empty. Inputs that are not named here are fed by the column that is called like them.</summary>
    public IReadOnlyList<OnnxInput> Inputs { get; set; } = [];

    /// <summary>The outputs that are wanted, and their columns. Default empty: all, in columns called like them.</summary>
    public IReadOnlyList<OnnxOutput> Outputs { get; set; } = [];

    /// <summary>Where and how the model runs.</summary>
    public ScoringOptions Scoring { get; set; } = new();

    /// <summary>Checks the settings.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong, or a name occurs twice.</exception>
    public void Validate()
    {
        if ((ModelFile is null) == (Model is null))
        {
            throw new ArgumentException("Give the ONNX model either as a path (ModelFile) or as bytes (Model).");
        }

        ArgumentNullException.ThrowIfNull(Inputs);
        ArgumentNullException.ThrowIfNull(Outputs);
        ArgumentNullException.ThrowIfNull(Scoring);
        Scoring.Validate();
        ThrowIfRepeated("input", Inputs.Select(input => input.Name));
        ThrowIfRepeated("output", Outputs.Select(output => output.Name));
        ThrowIfRepeated("output column", Outputs.Select(output => output.ColumnName));
    }

    private static void ThrowIfRepeated(string what, IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            ArgumentException.ThrowIfNullOrEmpty(name, what);
            if (!seen.Add(name))
            {
                throw new ArgumentException($"The {what} '{name}' is named twice.");
            }
        }
    }
}
