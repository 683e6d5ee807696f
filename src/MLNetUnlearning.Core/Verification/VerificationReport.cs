namespace MLNetUnlearning.Verification;

/// <summary>How far unlearned models are from models retrained without the forget set, measured on N models of each kind.</summary>
public sealed record VerificationReport
{
    /// <summary>Name of the unlearning method.</summary>
    public required string Method { get; init; }

    /// <summary>Number N of students, of oracles and of held-out oracles.</summary>
    public required int Models { get; init; }

    /// <summary>Number of rows forgotten.</summary>
    public required int ForgetRows { get; init; }

    /// <summary>Unlearned students against oracles.</summary>
    public required KlomBySet Unlearned { get; init; }

    /// <summary>Students as they were trained, against oracles: what unlearning has to improve on.</summary>
    public required KlomBySet DoNothing { get; init; }

    /// <summary>Held-out oracles against oracles: the floor that sampling alone gives; nothing can be told to be better.</summary>
    public required KlomBySet Floor { get; init; }

    /// <summary>Mean share of validation rows classified correctly by the students as trained, from 0 to 1.</summary>
    public required double OriginalAccuracy { get; init; }

    /// <summary>Mean share of validation rows classified correctly by the unlearned students.</summary>
    public required double UnlearnedAccuracy { get; init; }

    /// <summary>Mean share of validation rows classified correctly by the oracles.</summary>
    public required double OracleAccuracy { get; init; }

    /// <summary>Time to retrain one model on its own, measured in this run.</summary>
    public required TimeSpan RetrainOne { get; init; }

    /// <summary>Time to train the N oracles, many at once, measured in this run.</summary>
    public required TimeSpan TrainOracles { get; init; }

    /// <summary>Time to predict outputs for the request; shared by all models.</summary>
    public required TimeSpan Attribution { get; init; }

    /// <summary>Time to fine-tune one model on its own, measured in this run.</summary>
    public required TimeSpan FineTuneOne { get; init; }
}
