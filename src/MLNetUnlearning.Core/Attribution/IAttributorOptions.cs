namespace MLNetUnlearning.Attribution;

/// <summary>Settings of an attribution method; their type chooses the method.</summary>
public interface IAttributorOptions
{
    /// <summary>Throws if a setting is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting.</exception>
    void Validate();

    /// <summary>Creates the method with a copy of these settings.</summary>
    IAttributor CreateAttributor();
}
