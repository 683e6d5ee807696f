namespace MLNetUnlearning.Unlearning;

/// <summary>Settings of an unlearning method; their type chooses the method.</summary>
public interface IUnlearnerOptions
{
    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    void Validate();

    /// <summary>Creates the method with a copy of these settings.</summary>
    IUnlearner CreateUnlearner();
}
