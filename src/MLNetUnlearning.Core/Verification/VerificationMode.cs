namespace MLNetUnlearning.Verification;

/// <summary>How a verification comes to know what retraining would have given.</summary>
public enum VerificationMode
{
    /// <summary>By retraining: N students and 2N oracles for this very request. Slow, and the only proof.</summary>
    Full,

    /// <summary>Without retraining for this request: from the model bank, from predictions and how well they held up, and from the one deployed model.</summary>
    Audit,
}
