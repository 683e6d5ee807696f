namespace MLNetUnlearning.Attribution;

/// <summary>What an attribution method asks of a model bank and of a request; checked before any work.</summary>
[Flags]
public enum AttributorNeeds
{
    /// <summary>Nothing beyond the training rows.</summary>
    None = 0,

    /// <summary>Members trained on all rows.</summary>
    FullMembers = 1,

    /// <summary>Members trained without the rows of a deletion plan.</summary>
    DeletionMembers = 2,

    /// <summary>The models to be unlearned, in every request.</summary>
    Students = 4,

    /// <summary>Rows with classes: the method is about margins or probabilities, which values have not.</summary>
    Classes = 8,
}
