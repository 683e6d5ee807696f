namespace MLNetUnlearning.Verification;

/// <summary>What every verification gives, whatever its mode.</summary>
public interface IVerificationReport
{
    /// <summary>How the verification came to know what retraining gives.</summary>
    VerificationMode Mode { get; }

    /// <summary>Name of the unlearning method.</summary>
    string Method { get; }

    /// <summary>Number of rows forgotten.</summary>
    int ForgetRows { get; }

    /// <summary>What this verification did not test, one sentence each.</summary>
    IReadOnlyList<string> NotTested { get; }

    /// <summary>Sets the measurements against bounds.</summary>
    /// <param name="bounds">The bounds. Default null: the defaults.</param>
    /// <returns>One check per bound; the verification passes if all do.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A bound is out of range.</exception>
    IReadOnlyList<VerificationCheck> Judge(VerificationBounds? bounds = null);
}
